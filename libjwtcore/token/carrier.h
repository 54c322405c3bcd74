/* SPDX-License-Identifier: ISC */
/*
 * From what was carried (a prompt's text, SSH_AUTH_INFO_0, sshd's %k) to the
 * token inside and the key that goes with it; and the token's binding to
 * that key (cnf.jkt, RFC 7800 and RFC 9449 section 6.1).
 */
#ifndef JWT_TOKEN_CARRIER_H
#define JWT_TOKEN_CARRIER_H

#include "ssh/cert.h"
#include "token/claims.h"

struct carried {
	struct slice token;		 /* the compact JWS, in storage */
	bool has_key;			 /* a key was proved or certified */
	uint8_t jkt[JWK_THUMBPRINT_LEN]; /* its thumbprint, if has_key */
	bool has_cert;			 /* it came in a certificate of ours */
	uint64_t serial;		 /* of that certificate */
	uint64_t valid_before;		 /* of that certificate, seconds */
	struct buffer storage;
};

void carried_clear(struct carried *carried);

/* RFC 7638 thumbprint of an SSH key: what cnf.jkt names it by. */
enum jwt_reason ssh_key_thumbprint(const struct ssh_key *key,
	uint8_t out[JWK_THUMBPRINT_LEN]) JWT_MUST_CHECK;

static inline void
jwt_auto_carried(struct carried *carried)
{
	carried_clear(carried);
}
typedef struct carried jwt_auto_carried_t; /* for JWT_AUTO(carried) */

/* As "now": whenever the certificate was good (purpose recheck). */
#define CARRIER_ANY_TIME INT64_MIN

/*
 * kind prompt or password: bytes are the token (white space dropped), and
 * proved_key may hold "[publickey ]TYPE BASE64" of the key that the client
 * proved (empty: none; of several lines, as SSH_AUTH_INFO_0 has them, the
 * first that says publickey). A key of a type that no jkt can name counts as
 * none; one of ours that is broken is proof_mismatch.
 *
 * kind ssh-auth-info: bytes are "[publickey ]TYPE BASE64" or BASE64 alone,
 * of a certificate; proved_key is not looked at, since the certificate names
 * the proved key. It must be a self-signed user certificate with our
 * principal, no critical option, valid now, and hold a token:
 * token_malformed without one ("not ours ..."), expired or not_yet_valid by
 * its times, proof_mismatch for the rest, and what ssh_cert_parse says of a
 * broken one.
 */
enum jwt_reason carrier_open(enum jwt_carrier kind, struct slice bytes,
	struct slice proved_key, int64_t now, struct carried *out,
	struct report *report) JWT_MUST_CHECK;

enum token_binding {
	BINDING_WHEN_PRESENT, /* a bound token needs its key */
	BINDING_REQUIRED,     /* an unbound token is refused */
};

/*
 * proof_missing: the token has a cnf and no key was proved, or it has none
 * where one is required or it came in a certificate (argv is readable by
 * all). proof_mismatch: bound to another key.
 */
enum jwt_reason carrier_check_binding(const struct carried *carried,
	const struct claims *claims, enum token_binding binding,
	struct report *report) JWT_MUST_CHECK;

#endif
