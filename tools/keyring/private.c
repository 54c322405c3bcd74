/* SPDX-License-Identifier: ISC */
/*
 * Private keys are PKCS#8 in PEM. An HMAC secret is a line of text whose
 * bytes, without the line end, are the secret: what secret_files of
 * jwtauth.conf, Docker and Vault expect a file to be.
 */
#include "private.h"

#include "base/base64.h"
#include "keys/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/rand.h>

#define SECRET_BYTES	 48 /* random; 64 characters: enough for HS512 */
#define SECRET_KID_BYTES 16

JWT_AUTO_TYPE(json_text, char *, free);

void
private_name(const struct keyring_key *key, char out[PRIVATE_NAME_MAX])
{
	snprintf(out, PRIVATE_NAME_MAX, "%s%s", key->kid,
		key_is_secret(key) ? ".secret" : ".pem");
}

static enum jwt_reason
write_file(const struct keyring *keyring, const struct keyring_key *key,
	struct slice content, struct report *r)
{
	char name[PRIVATE_NAME_MAX], path[PATH_MAX];

	private_name(key, name);
	if (snprintf(path, sizeof(path), "%s/%s", keyring->dir, name) >=
		(int)sizeof(path))
		return report(r, JWT_CONFIG_ERROR, "%s: a path too long",
			keyring->dir);
	if (!file_write(
		    path, content, S_IRUSR | S_IWUSR, (uid_t)-1, (gid_t)-1, r))
		return JWT_INTERNAL_ERROR;
	return JWT_OK;
}

/* Its own file where it was handed over, a fresh one where not. */
static enum jwt_reason
read_or_generate(
	enum jws_alg alg, const char *path, struct jwk **out, struct report *r)
{
	const struct file_trust trust = { .owner = geteuid(), .secret = true };
	JWT_AUTO(buffer) pem = BUFFER(PRIVATE_FILE_MAX);
	struct report inner = { 0 };

	if (path == NULL)
		return jwk_generate(alg, slice_of_string(NULL), out, r);
	if (file_read_at(AT_FDCWD, path, &trust, &pem, r) != FILE_OK)
		return JWT_CONFIG_ERROR;
	if (jwk_private_from_pem(buffer_slice(&pem), alg, slice_of_string(NULL),
		    out, &inner) != JWT_OK)
		return report(r, JWT_CONFIG_ERROR, "%s: %s", path, inner.text);
	return JWT_OK;
}

/* As verifiers import it from what is published. */
static enum jwt_reason
public_half(const struct jwk *pair, struct jwk **out, struct report *r)
{
	JWT_AUTO(json) public = jwk_to_public_json(pair);
	JWT_AUTO(json_text) text = NULL;
	JWT_AUTO(json_doc) doc = { 0 };

	if (public == NULL || (text = json_dumps(public, JSON_COMPACT)) == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	JWT_TRY(json_parse_object(slice_of_string(text), "JWK", &doc, r));
	return jwk_from_json(json_root(&doc), out, r);
}

static enum jwt_reason
make_pair(const struct keyring *keyring, struct keyring_key *key,
	const char *path, struct report *r)
{
	JWT_AUTO(buffer) pem = BUFFER(PRIVATE_FILE_MAX);
	JWT_AUTO(jwk) pair = NULL;
	struct slice kid;

	JWT_TRY(read_or_generate(key->alg, path, &pair, r));
	kid = jwk_kid(pair);
	memcpy(key->kid, kid.data, kid.len);
	key->kid[kid.len] = '\0';
	if (!jwk_private_to_pem(pair, &pem))
		return report(r, JWT_INTERNAL_ERROR, "cannot write a PEM");
	JWT_TRY(public_half(pair, &key->public, r));
	return write_file(keyring, key, buffer_slice(&pem), r);
}

static enum jwt_reason
random_secret(struct buffer *text, struct report *r)
{
	uint8_t bytes[SECRET_BYTES];
	bool done = RAND_priv_bytes(bytes, sizeof(bytes)) == 1 &&
		    base64url_encode(slice_of(bytes, sizeof(bytes)), text) &&
		    buffer_append(text, "\n", 1);

	wipe(bytes, sizeof(bytes));
	return done ? JWT_OK : report(r, JWT_INTERNAL_ERROR, "no random bytes");
}

static enum jwt_reason
secret_from_file(const char *path, struct buffer *text, struct report *r)
{
	const struct file_trust trust = { .owner = geteuid(), .secret = true };

	return file_read_at(AT_FDCWD, path, &trust, text, r) == FILE_OK
		       ? JWT_OK
		       : JWT_CONFIG_ERROR;
}

/* Random, and not a thumbprint: that would be a hash of the secret. */
static enum jwt_reason
make_secret(const struct keyring *keyring, struct keyring_key *key,
	const char *path, struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(JWK_HMAC_MAX + sizeof("\r\n") - 1);
	JWT_AUTO(buffer) kid = BUFFER(JWK_KID_MAX);
	JWT_AUTO(jwk) checked = NULL;
	uint8_t bytes[SECRET_KID_BYTES];

	JWT_TRY(path != NULL ? secret_from_file(path, &text, r)
			     : random_secret(&text, r));
	if (RAND_bytes(bytes, sizeof(bytes)) != 1 ||
		!base64url_encode(slice_of(bytes, sizeof(bytes)), &kid))
		return report(r, JWT_INTERNAL_ERROR, "no random bytes");
	memcpy(key->kid, kid.data, kid.len);
	key->kid[kid.len] = '\0';
	JWT_TRY(jwk_from_secret(keys_secret_in(buffer_slice(&text)),
		slice_of_string(key->kid), &checked, r));
	if (!jwk_allows(checked, key->alg))
		return report(r, JWT_CONFIG_ERROR,
			"%s: too short for the algorithm", path);
	return write_file(keyring, key, buffer_slice(&text), r);
}

enum jwt_reason
private_make(struct keyring *keyring, enum jws_alg alg, const char *path,
	enum key_state state, int64_t now, struct report *r)
{
	struct keyring_key *key = keyring_room(keyring, r);
	enum jwt_reason made;

	if (key == NULL)
		return JWT_CONFIG_ERROR;
	key->alg = alg;
	key->state = state;
	key->created = now;
	made = key_is_secret(key) ? make_secret(keyring, key, path, r)
				  : make_pair(keyring, key, path, r);
	for (size_t i = 0; made == JWT_OK && i < keyring->count; i++)
		if (strcmp(keyring->keys[i].kid, key->kid) == 0)
			made = report(r, JWT_CONFIG_ERROR,
				"%s: in the keyring already", path);
	if (made != JWT_OK) {
		jwk_free(key->public);
		return made;
	}
	keyring->count++;
	return JWT_OK;
}

enum jwt_reason
private_read_at(int dir_fd, const char *name, const struct keyring_key *key,
	struct jwk **out, struct report *r)
{
	const struct file_trust trust = { .owner = geteuid(), .secret = true };
	JWT_AUTO(buffer) text = BUFFER(PRIVATE_FILE_MAX);
	struct slice kid = slice_of_string(key->kid);

	if (file_read_at(dir_fd, name, &trust, &text, r) != FILE_OK)
		return JWT_CONFIG_ERROR;
	if (key_is_secret(key))
		return jwk_from_secret(
			keys_secret_in(buffer_slice(&text)), kid, out, r);
	if (jwk_private_from_pem(buffer_slice(&text), key->alg, kid, out, r) !=
		JWT_OK)
		return JWT_CONFIG_ERROR;
	return JWT_OK;
}

enum jwt_reason
private_read(const struct keyring *keyring, const struct keyring_key *key,
	struct jwk **out, struct report *r)
{
	char name[PRIVATE_NAME_MAX];

	private_name(key, name);
	return private_read_at(keyring->fd, name, key, out, r);
}

enum jwt_reason
private_secret(const struct keyring *keyring, const struct keyring_key *key,
	struct buffer *out, struct report *r)
{
	const struct file_trust trust = { .owner = geteuid(), .secret = true };
	char name[PRIVATE_NAME_MAX];

	private_name(key, name);
	return file_read_at(keyring->fd, name, &trust, out, r) == FILE_OK
		       ? JWT_OK
		       : JWT_CONFIG_ERROR;
}
