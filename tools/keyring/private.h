/* SPDX-License-Identifier: ISC */
/*
 * The files of the private keys and HMAC secrets: making, reading, and
 * removing those that no key of keyring.json needs.
 */
#ifndef JWT_KEYRING_PRIVATE_H
#define JWT_KEYRING_PRIVATE_H

#include "keyring.h"

#define PRIVATE_FILE_MAX (16 * 1024) /* bytes; RSA of 8192 bits: 6 KiB */
#define PRIVATE_NAME_MAX (JWK_KID_MAX + sizeof(".secret"))
#define PRIVATE_SIGNING	 "signing" /* the link to the current key's file */

/* KID.pem or KID.secret. */
void private_name(const struct keyring_key *key, char out[PRIVATE_NAME_MAX]);

/*
 * A fresh key for alg, or the one in the file at path, if not NULL, goes
 * into the folder and, in this state, into the list; not yet saved.
 */
enum jwt_reason private_make(struct keyring *keyring, enum jws_alg alg,
	const char *path, enum key_state state, int64_t now,
	struct report *report) JWT_MUST_CHECK;

/* Reads the private key. */
enum jwt_reason private_read(const struct keyring *keyring,
	const struct keyring_key *key, struct jwk **out,
	struct report *report) JWT_MUST_CHECK;
/* The same from a file in another folder (systemd's credentials). */
enum jwt_reason private_read_at(int dir_fd, const char *name,
	const struct keyring_key *key, struct jwk **out,
	struct report *report) JWT_MUST_CHECK;
/* The bytes of the file of an HMAC secret, with its line end. */
enum jwt_reason private_secret(const struct keyring *keyring,
	const struct keyring_key *key, struct buffer *out,
	struct report *report) JWT_MUST_CHECK;

/*
 * After keyring_save: points the link "signing" at the current key and
 * removes private files that no key has, and what a killed run left behind.
 */
enum jwt_reason private_sweep(
	struct keyring *keyring, struct report *report) JWT_MUST_CHECK;

#endif
