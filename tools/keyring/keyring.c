/* SPDX-License-Identifier: ISC */
/*
 * The folder: opening, locking, and the files of the private keys. A change
 * counts once keyring.json is replaced: a new key's file is there before
 * that, an old one's goes after it, so a crash leaves at most a file that
 * nothing names.
 */
#include "keyring.h"

#include "base/base64.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define LOCK_POLL_MS 50
#define PEM_NAME_MAX (JWK_KID_MAX + sizeof(".pem"))

static enum jwt_reason
system_failure(const char *what, struct report *r)
{
	return report(r, JWT_INTERNAL_ERROR, "%s: %s", what, strerror(errno));
}

/* Who else could read or write here could sign as the issuer. */
static enum jwt_reason
check_folder(const struct keyring *keyring, struct report *r)
{
	struct stat st;

	if (fstat(keyring->fd, &st) != 0)
		return system_failure(keyring->dir, r);
	if (st.st_uid != geteuid())
		return report(r, JWT_CONFIG_ERROR,
			"%s: belongs to uid %u, not to uid %u who runs this",
			keyring->dir, (unsigned)st.st_uid, (unsigned)geteuid());
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return report(r, JWT_CONFIG_ERROR,
			"%s: mode is %04o; run: chmod 700 %s", keyring->dir,
			(unsigned)(st.st_mode & 07777), keyring->dir);
	return JWT_OK;
}

static enum jwt_reason
lock_folder(const struct keyring *keyring, int how, struct report *r)
{
	int64_t deadline = clock_monotonic_ms() + KEYRING_LOCK_MS;

	while (flock(keyring->fd, how | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return system_failure(keyring->dir, r);
		if (clock_left_ms(deadline) == 0)
			return report(r, JWT_INTERNAL_ERROR,
				"%s: another jwt-keyring has it for more than "
				"%d s",
				keyring->dir, KEYRING_LOCK_MS / 1000);
		poll(NULL, 0, LOCK_POLL_MS);
	}
	return JWT_OK;
}

enum jwt_reason
keyring_open(const char *dir, enum keyring_access access, struct keyring *out,
	struct report *r)
{
	*out = (struct keyring){ .dir = dir, .fd = -1 };
	if (access == KEYRING_CREATE && mkdir(dir, S_IRWXU) != 0 &&
		errno != EEXIST)
		return system_failure(dir, r);
	out->fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out->fd < 0)
		return system_failure(dir, r);
	JWT_TRY(check_folder(out, r));
	JWT_TRY(lock_folder(
		out, access == KEYRING_READ ? LOCK_SH : LOCK_EX, r));
	if (access != KEYRING_CREATE)
		return keyring_load(out, r);
	if (faccessat(out->fd, KEYRING_FILE, F_OK, 0) == 0)
		return report(r, JWT_CONFIG_ERROR,
			"%s: there is a keyring already", dir);
	return JWT_OK;
}

void
keyring_close(struct keyring *keyring)
{
	for (size_t i = 0; i < keyring->count; i++)
		json_decref(keyring->keys[i].public);
	free(keyring->issuer);
	if (keyring->dir != NULL && keyring->fd >= 0)
		close(keyring->fd); /* unlocks */
	*keyring = (struct keyring){ .fd = -1 };
}

struct keyring_key *
keyring_find(struct keyring *keyring, const char *kid)
{
	for (size_t i = 0; i < keyring->count; i++)
		if (strcmp(keyring->keys[i].kid, kid) == 0)
			return &keyring->keys[i];
	return NULL;
}

struct keyring_key *
keyring_current(struct keyring *keyring)
{
	for (size_t i = 0; i < keyring->count; i++)
		if (keyring->keys[i].state == KEY_CURRENT)
			return &keyring->keys[i];
	return NULL;
}

static enum jwt_reason
write_private(
	const struct keyring *keyring, const struct jwk *key, struct report *r)
{
	JWT_AUTO(buffer) pem = BUFFER(KEYRING_PEM_MAX);
	struct slice kid = jwk_kid(key);
	char path[PATH_MAX];

	if (!jwk_private_to_pem(key, &pem))
		return report(r, JWT_INTERNAL_ERROR, "cannot write a PEM");
	if (snprintf(path, sizeof(path), "%s/%.*s.pem", keyring->dir,
		    (int)kid.len, (const char *)kid.data) >= (int)sizeof(path))
		return report(r, JWT_CONFIG_ERROR, "%s: a path too long",
			keyring->dir);
	if (!file_write(path, buffer_slice(&pem), S_IRUSR | S_IWUSR, (uid_t)-1,
		    (gid_t)-1, r))
		return JWT_INTERNAL_ERROR;
	return JWT_OK;
}

enum jwt_reason
keyring_add_fresh(struct keyring *keyring, enum jws_alg alg, int64_t now,
	struct report *r)
{
	struct keyring_key *current = keyring_current(keyring);
	struct keyring_key *added = &keyring->keys[keyring->count];
	JWT_AUTO(jwk) key = NULL;
	struct slice kid;

	if (keyring->count == KEYRING_KEYS_MAX)
		return report(r, JWT_CONFIG_ERROR,
			"%s: %d keys already; drop some", keyring->dir,
			KEYRING_KEYS_MAX);
	JWT_TRY(jwk_generate(alg, slice_of_string(NULL), &key, r));
	kid = jwk_kid(key);
	JWT_TRY(write_private(keyring, key, r));
	*added = (struct keyring_key){ .alg = alg,
		.state = KEY_CURRENT,
		.created = now,
		.public = jwk_to_public_json(key) };
	if (added->public == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	memcpy(added->kid, kid.data, kid.len);
	keyring->count++;
	if (current != NULL)
		current->state = KEY_RETIRING;
	return JWT_OK;
}

void
keyring_forget(struct keyring *keyring, size_t index)
{
	json_decref(keyring->keys[index].public);
	keyring->count--;
	memmove(&keyring->keys[index], &keyring->keys[index + 1],
		(keyring->count - index) * sizeof(keyring->keys[0]));
}

enum jwt_reason
keyring_unlink(const struct keyring *keyring, const char *kid, struct report *r)
{
	char name[PEM_NAME_MAX];

	snprintf(name, sizeof(name), "%s.pem", kid);
	if (unlinkat(keyring->fd, name, 0) != 0 && errno != ENOENT)
		return system_failure(name, r);
	if (fsync(keyring->fd) != 0)
		return system_failure(keyring->dir, r);
	return JWT_OK;
}

enum jwt_reason
keyring_drop_retiring(
	struct keyring *keyring, size_t *dropped, struct report *r)
{
	char kids[KEYRING_KEYS_MAX][JWK_KID_MAX + 1];
	size_t count = 0;

	for (size_t i = keyring->count; i-- > 0;)
		if (keyring->keys[i].state == KEY_RETIRING) {
			memcpy(kids[count++], keyring->keys[i].kid,
				sizeof(kids[0]));
			keyring_forget(keyring, i);
		}
	JWT_TRY(keyring_save(keyring, r));
	for (size_t i = 0; i < count; i++)
		JWT_TRY(keyring_unlink(keyring, kids[i], r));
	*dropped = count;
	return JWT_OK;
}

enum jwt_reason
keyring_private(const struct keyring *keyring, const struct keyring_key *key,
	struct jwk **out, struct report *r)
{
	const struct file_trust trust = { .owner = geteuid(), .secret = true };
	JWT_AUTO(buffer) pem = BUFFER(KEYRING_PEM_MAX);
	char name[PEM_NAME_MAX];

	snprintf(name, sizeof(name), "%s.pem", key->kid);
	if (file_read_at(keyring->fd, name, &trust, &pem, r) != FILE_OK)
		return JWT_CONFIG_ERROR;
	if (jwk_private_from_pem(buffer_slice(&pem), key->alg,
		    slice_of_string(key->kid), out, r) != JWT_OK)
		return JWT_CONFIG_ERROR;
	return JWT_OK;
}

enum jwt_reason
keyring_public(
	const struct keyring_key *key, struct jwk **out, struct report *r)
{
	JWT_AUTO(json_doc) doc = { 0 };
	char *text = json_dumps(key->public, JSON_COMPACT);
	enum jwt_reason reason;

	if (text == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	reason = json_parse_object(slice_of_string(text), "JWK", &doc, r);
	if (reason == JWT_OK)
		reason = jwk_from_json(json_root(&doc), out, r);
	free(text);
	return reason;
}
