/* SPDX-License-Identifier: ISC */
/*
 * Tokens around any header and payload, signed here with OpenSSL and not
 * with jws_sign: with a right signature, or spoilt in one of the ways that
 * a verifier must refuse whatever the header says.
 *
 * An input reads: a letter for the signing algorithm ('a' for the first
 * name), a digit or letter for how it is spoilt ('0': not), the header up to
 * the first line end, the payload.
 */
#ifndef JWT_TESTS_FUZZ_SIGNING_H
#define JWT_TESTS_FUZZ_SIGNING_H

#include "jose/jws.h"

enum spoil {
	SPOIL_NOT,
	SPOIL_BIT,	  /* one bit of the signature */
	SPOIL_CUT,	  /* its last byte is missing */
	SPOIL_EMPTY,	  /* all of it is */
	SPOIL_LONGER,	  /* a zero behind it */
	SPOIL_PAYLOAD,	  /* another payload was signed */
	SPOIL_HEADER,	  /* another header was signed */
	SPOIL_DOT,	  /* one dot more */
	SPOIL_PADDING,	  /* base64 with "=" */
	SPOIL_TAIL,	  /* another last digit that decodes to the same */
	SPOIL_NEWLINE,	  /* a line end in the payload's text */
	SPOIL_HALVES,	  /* r and s, or two halves, swapped */
	SPOIL_DER,	  /* ECDSA as OpenSSL writes it */
	SPOIL_OTHER_KEY,  /* signed with another key of the kind */
	SPOIL_PUBLIC_KEY, /* HMAC, with the RSA public key as secret */
	SPOIL_COUNT
};

struct signed_input {
	unsigned alg; /* who signs: number of a name in fuzz_alg_name */
	enum spoil spoil;
	struct slice header, payload;
};

#define FUZZ_ALGS      14
#define FUZZ_TOKEN_MAX (512 * 1024)
#define FUZZ_HMAC_SECRET                   \
	"0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef"

/* "RS256"; the Ed keys sign what is called EdDSA too. */
const char *fuzz_alg_name(unsigned alg);
/* The kid of the key that signs; the keys of a kind share one. */
const char *fuzz_alg_kid(unsigned alg);
/* The private key that signs; NULL for HMAC. */
const char *fuzz_alg_pem(unsigned alg);
/* Would a header with this alg be right for what alg signs? */
bool fuzz_alg_is(unsigned alg, struct slice name);

struct signed_input fuzz_signed_input(struct slice input);
/* Appends the compact JWS. */
void fuzz_sign(const struct signed_input *in, struct buffer *token);

/* The public keys as a JWKS, made once. HMAC's secret is none of them. */
const char *fuzz_public_jwks(void);

#endif
