/* SPDX-License-Identifier: ISC */
/*
 * Certificates as no ssh-keygen would make them, yet properly signed, by
 * Ed25519 keys that are the same in each run.
 */
#ifndef JWT_TESTS_CERT_MAKER_H
#define JWT_TESTS_CERT_MAKER_H

#include "ssh/cert.h"

struct cert_wish {
	uint32_t type; /* 1 user, 2 host */
	uint64_t serial, after, before;
	struct slice principals, critical, extensions; /* packed lists */
	const char *key_id;
	unsigned char signer; /* which key signs; the certified one is 1 */
	bool bad_signature;
	const char *behind; /* bytes behind the last field */
};

#define MAKER_MAX (256 * 1024)

void put_string(struct buffer *to, struct slice bytes);
void put_text(struct buffer *to, const char *text);
/* One option: a name and a data string. */
void put_option(struct buffer *to, const char *name, struct slice data);
/* Our extension, token inside a string inside the data. */
void put_token(struct buffer *to, const char *token);
/* What jwt-login would wish, but for the lists, which are empty. */
struct cert_wish usual_wish(void);
void make_cert(const struct cert_wish *wish, struct buffer *blob);
/* The plain blob of a key. */
void make_key(unsigned char which, struct buffer *blob);

#endif
