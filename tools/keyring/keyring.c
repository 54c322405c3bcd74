/* SPDX-License-Identifier: ISC */
/*
 * The folder, its lock, and the list of keys. A change counts once
 * keyring.json is replaced: a new key's file is there before that, an old
 * one's goes after it, so a crash leaves at most a file that nothing names.
 */
#include "keyring.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define LOCK_POLL_MS 50

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
	*out = (struct keyring){
		.dir = dir, .fd = -1, .token_lifetime = KEYRING_TOKEN_LIFETIME
	};
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
keyring_unlock(struct keyring *keyring)
{
	if (keyring->dir != NULL && keyring->fd >= 0)
		close(keyring->fd);
	keyring->fd = -1;
}

void
keyring_close(struct keyring *keyring)
{
	for (size_t i = 0; i < keyring->count; i++)
		jwk_free(keyring->keys[i].public);
	free(keyring->issuer);
	keyring_unlock(keyring);
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
keyring_in_state(struct keyring *keyring, enum key_state state)
{
	for (size_t i = 0; i < keyring->count; i++)
		if (keyring->keys[i].state == state)
			return &keyring->keys[i];
	return NULL;
}

struct keyring_key *
keyring_current(struct keyring *keyring)
{
	return keyring_in_state(keyring, KEY_CURRENT);
}

struct keyring_key *
keyring_room(struct keyring *keyring, struct report *r)
{
	struct keyring_key *key = &keyring->keys[keyring->count];

	if (keyring->count == KEYRING_KEYS_MAX) {
		report(r, JWT_CONFIG_ERROR, "%s: %d keys already; drop some",
			keyring->dir, KEYRING_KEYS_MAX);
		return NULL;
	}
	*key = (struct keyring_key){ 0 };
	return key;
}

void
keyring_forget(struct keyring *keyring, size_t index)
{
	jwk_free(keyring->keys[index].public);
	keyring->count--;
	memmove(&keyring->keys[index], &keyring->keys[index + 1],
		(keyring->count - index) * sizeof(keyring->keys[0]));
}

enum jwt_reason
keyring_drop_retiring(
	struct keyring *keyring, bool note, size_t *dropped, struct report *r)
{
	size_t count = 0;

	for (size_t i = keyring->count; i-- > 0;) {
		if (keyring->keys[i].state != KEY_RETIRING)
			continue;
		if (note)
			JWT_TRY(keyring_note(keyring, EVENT_DROPPED,
				keyring->keys[i].kid, r));
		keyring_forget(keyring, i);
		count++;
	}
	JWT_TRY(keyring_save(keyring, r));
	*dropped = count;
	return JWT_OK;
}

static struct keyring_pending *
find_pending(struct keyring *keyring, enum keyring_event event, const char *kid)
{
	for (size_t i = 0; i < keyring->pending_count; i++)
		if (keyring->pending[i].event == event &&
			strcmp(keyring->pending[i].kid, kid) == 0)
			return &keyring->pending[i];
	return NULL;
}

enum jwt_reason
keyring_note(struct keyring *keyring, enum keyring_event event, const char *kid,
	struct report *r)
{
	size_t place = keyring->pending_count;

	if (find_pending(keyring, event, kid) != NULL)
		return JWT_OK;
	if (keyring->pending_count == KEYRING_PENDING_MAX)
		return report(r, JWT_INTERNAL_ERROR,
			"%s: %d hooks and commands wait for \"rotate\" "
			"already",
			keyring->dir, KEYRING_PENDING_MAX);
	while (event < EVENT_HOOKS && place > 0 &&
		keyring->pending[place - 1].event >= EVENT_HOOKS)
		place--;
	memmove(&keyring->pending[place + 1], &keyring->pending[place],
		(keyring->pending_count - place) * sizeof(keyring->pending[0]));
	keyring->pending[place].event = event;
	memmove(keyring->pending[place].kid, kid, strlen(kid) + 1);
	keyring->pending_count++;
	return JWT_OK;
}

void
keyring_told(struct keyring *keyring, enum keyring_event event, const char *kid,
	int64_t now)
{
	struct keyring_pending *told = find_pending(keyring, event, kid);
	size_t index;

	if (told == NULL)
		return;
	index = (size_t)(told - keyring->pending);
	keyring->pending_count--;
	memmove(told, told + 1,
		(keyring->pending_count - index) * sizeof(*told));
	if (event != EVENT_SIGNING)
		return;
	/* Only now may we believe that no signer uses the old one. */
	for (size_t i = 0; i < keyring->count; i++)
		if (keyring->keys[i].state == KEY_RETIRING &&
			keyring->keys[i].retired == 0)
			keyring->keys[i].retired = now;
}
