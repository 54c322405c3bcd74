/* SPDX-License-Identifier: ISC */
/*
 * Where verifiers look: the folder of the web server with the JWKS and the
 * discovery document, and the folder of the HMAC secrets' files.
 */
#ifndef JWT_KEYRING_PLACES_H
#define JWT_KEYRING_PLACES_H

#include "keyring.h"

#include <sys/types.h>

#define PLACES_WELL_KNOWN "/.well-known"
#define PLACES_DISCOVERY  PLACES_WELL_KNOWN "/openid-configuration"
#define PLACES_JWKS	  "/jwks.json"

struct places {
	const char *out;     /* of the web server; NULL: none */
	const char *issuer;  /* NULL: the keyring's own */
	const char *secrets; /* NULL: none */
	gid_t secrets_group; /* (gid_t)-1: the process's own */
	bool only_changes;   /* a file that is right stays untouched */
};

/*
 * Makes the files say what the keyring says; each is replaced as a whole,
 * and a key that verifiers need is there at any instant. config_error: no
 * issuer is known; internal_error: a file can't be written.
 */
enum jwt_reason places_write(const struct keyring *keyring,
	const struct places *places, struct report *report) JWT_MUST_CHECK;

/* The part of it for HMAC secrets (secret_places.c). */
enum jwt_reason places_write_secrets(const struct keyring *keyring,
	const struct places *places, struct report *report) JWT_MUST_CHECK;

/*
 * The order in which files change content, so that nothing that is wanted
 * is missing from all of them in between. Pure; an id is a secret's place
 * in a list, SLOT_EMPTY no file.
 */
#define SLOT_EMPTY (-1)
#define SLOTS_MAX  (2 + KEYRING_KEYS_MAX)
struct slot_change {
	size_t slot;
	int id;
};
/* Returns how many changes turn is into wanted, at most count. */
size_t slots_order(const int *is, const int *wanted, size_t count,
	struct slot_change *out);

#endif
