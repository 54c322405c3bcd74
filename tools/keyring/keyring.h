/* SPDX-License-Identifier: ISC */
/*
 * A keyring: a folder (0700) that holds one file a private key, KID.pem
 * (0600), and keyring.json, which says what each is for. The public halves
 * stand in keyring.json, so that publishing never opens a private key.
 */
#ifndef JWT_KEYRING_KEYRING_H
#define JWT_KEYRING_KEYRING_H

#include "base/file.h"
#include "jose/jwk.h"

#define KEYRING_VERSION	   1
#define KEYRING_FILE	   "keyring.json"
#define KEYRING_FILE_MAX   (256 * 1024) /* bytes */
#define KEYRING_PEM_MAX	   (16 * 1024)	/* bytes; RSA of 8192 bits: 6 KiB */
#define KEYRING_KEYS_MAX   32
#define KEYRING_LOCK_MS	   10000 /* the most that we wait for another */
#define KEYRING_ISSUER_MAX 512	 /* bytes of an issuer URL */

/* In the file these are words; a later release may add some. */
enum key_state {
	KEY_CURRENT,  /* signs; there is exactly one */
	KEY_RETIRING, /* published only, for the tokens it has signed */
	KEY_STATE_COUNT
};

struct keyring_key {
	char kid[JWK_KID_MAX + 1]; /* base64url characters: a file's name */
	enum jws_alg alg;
	enum key_state state;
	int64_t created; /* seconds since the epoch */
	json_t *public;	 /* owned; the JWK that is published */
};

struct keyring {
	const char *dir; /* borrowed */
	int fd;		 /* of dir, locked */
	char *issuer;	 /* owned; NULL: not said at init */
	struct keyring_key keys[KEYRING_KEYS_MAX];
	size_t count;
};

enum keyring_access {
	KEYRING_CREATE, /* a new one, made and locked for us alone */
	KEYRING_WRITE,	/* locked for us alone */
	KEYRING_READ,	/* locked against writers */
};

/*
 * Opens and locks a keyring; keyring_close in any case. config_error +
 * report: not a keyring that we may believe; internal_error: see there.
 */
enum jwt_reason keyring_open(const char *dir, enum keyring_access access,
	struct keyring *out, struct report *report) JWT_MUST_CHECK;
void keyring_close(struct keyring *keyring);

/* Replaces keyring.json: a change counts from here on. */
enum jwt_reason keyring_save(
	const struct keyring *keyring, struct report *report) JWT_MUST_CHECK;

/* Reads the folder's keyring.json (keyring_open does). */
enum jwt_reason keyring_load(
	struct keyring *keyring, struct report *report) JWT_MUST_CHECK;

/* A fresh key, written beside the others and current; not yet saved. */
enum jwt_reason keyring_add_fresh(struct keyring *keyring, enum jws_alg alg,
	int64_t now, struct report *report) JWT_MUST_CHECK;
/* Takes a key out of the list; its file stays until keyring_unlink. */
void keyring_forget(struct keyring *keyring, size_t index);
/* After keyring_save: removes the private key's file. */
enum jwt_reason keyring_unlink(const struct keyring *keyring, const char *kid,
	struct report *report) JWT_MUST_CHECK;

/*
 * Takes out every retiring key, saves, and removes their files. *dropped
 * counts them.
 */
enum jwt_reason keyring_drop_retiring(struct keyring *keyring, size_t *dropped,
	struct report *report) JWT_MUST_CHECK;

/* NULL: no such kid. */
struct keyring_key *keyring_find(struct keyring *keyring, const char *kid);
struct keyring_key *keyring_current(struct keyring *keyring);
/* Reads the private key. */
enum jwt_reason keyring_private(const struct keyring *keyring,
	const struct keyring_key *key, struct jwk **out,
	struct report *report) JWT_MUST_CHECK;
/* The key as verifiers import it from what is published. */
enum jwt_reason keyring_public(const struct keyring_key *key, struct jwk **out,
	struct report *report) JWT_MUST_CHECK;

const char *key_state_name(enum key_state state);

/* An https URL without query and fragment (OpenID Connect Discovery 3). */
bool issuer_is_valid(const char *issuer);

static inline void
jwt_auto_keyring(struct keyring *keyring)
{
	keyring_close(keyring);
}
typedef struct keyring jwt_auto_keyring_t;

#endif
