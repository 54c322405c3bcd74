/* SPDX-License-Identifier: ISC */
/* Fresh keys, and tokens signed with them. */
#ifndef JWT_BENCH_MATERIAL_H
#define JWT_BENCH_MATERIAL_H

#include "contestant.h"

#include "jose/jwk.h"

#define BENCH_ISSUER   "https://idp.example.com/realms/staff"
#define BENCH_AUDIENCE "ssh://web1.example.com"
#define BENCH_SERVICE  "sshd"
#define BENCH_SCOPE    "ssh"
#define BENCH_USER     "alice"

struct material {
	struct bench_case bench; /* the strings are owned */
	enum jws_alg alg;
	struct jwk *signer;
	uint8_t secret[32]; /* HS256 */
};

/* What makes the payload large. */
enum payload {
	PAYLOAD_USUAL,	 /* an access token as issuers write it */
	PAYLOAD_STRING,	 /* and one long string */
	PAYLOAD_MEMBERS, /* and many short members */
	PAYLOAD_GROUPS,	 /* and a long array */
};

/* Ends the program where it fails. The RSA keys have 2048 bits. */
void material_make(struct material *out, const char *alg);
/* A new token of at least size bytes, as near as the shape allows. */
void material_sign(struct material *m, enum payload shape, size_t size);
/* Spoils the signature, or what was signed, of the token as it stands. */
void material_spoil_signature(struct material *m);
void material_spoil_payload(struct material *m);
void material_free(struct material *m);

/* {"keys": [...]} of count Ed25519 keys with kids like thumbprints. */
char *material_jwks(size_t count);

#endif
