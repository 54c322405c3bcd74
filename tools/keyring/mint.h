/* SPDX-License-Identifier: ISC */
/* mint, inside: what was asked for, and the claims made of it. */
#ifndef JWT_KEYRING_MINT_H
#define JWT_KEYRING_MINT_H

#include "command.h"

#define MINT_LIFETIME	  900 /* seconds, unless said */
#define MINT_LIFETIME_MAX (10LL * 365 * 86400)
#define MINT_TIME_MAX	  253402300799 /* 9999-12-31T23:59:59Z */
#define MINT_NO_TIME	  (-1)
#define MINT_AUTO	  "auto"

struct mint_settings {
	const char *dir, *credentials, *kid;
	const char *secret_file, *alg_name;
	enum jws_alg alg;
	const char *typ;
	const char *issuer, *subject, *client_id, *scope, *jti;
	json_t *audience; /* array of strings, owned */
	json_t *claims;	  /* object of what --claim said, owned */
	const char *cnf_file;
	int64_t lifetime, issued_at, expires_at, not_before;
};

void mint_settings_clear(struct mint_settings *settings);

/* --claim NAME=TEXT or NAME:=JSON; what is wrong is said. */
bool mint_take_claim(struct mint_settings *settings, const char *text);

/*
 * The claims of RFC 9068 section 2.2; what --claim said comes last and
 * wins. New reference.
 */
enum jwt_reason mint_claims(const struct mint_settings *settings,
	const char *issuer, int64_t now, json_t **out,
	struct report *report) JWT_MUST_CHECK;

/* RFC 7638 thumbprint of the key in an SSH public key file. */
enum jwt_reason mint_ssh_thumbprint(const char *path,
	uint8_t out[JWK_THUMBPRINT_LEN], struct report *report) JWT_MUST_CHECK;

#endif
