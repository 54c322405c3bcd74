/* SPDX-License-Identifier: ISC */
/*
 * HMAC secrets as files with fixed names, for secret_files of jwtauth.conf,
 * Docker secrets or a Vault agent: current.secret, next.secret, and
 * older-1.secret and on, the one retired last first.
 */
#include "places.h"
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/crypto.h>

#define SLOT_CURRENT 0
#define SLOT_NEXT    1
#define SLOT_OLDER   2
#define SECRET_MAX   (JWK_HMAC_MAX + sizeof("\r\n") - 1)

/* What lies in the folder, and what shall: ids are places in text[]. */
struct slots {
	const char *folder;		   /* borrowed */
	struct buffer text[2 * SLOTS_MAX]; /* owned, wiped */
	size_t texts;
	int is[SLOTS_MAX], wanted[SLOTS_MAX];
};

static void
slots_clear(struct slots *slots)
{
	for (size_t i = 0; i < slots->texts; i++)
		buffer_free(&slots->text[i]);
}

static inline void
jwt_auto_slots(struct slots *slots)
{
	slots_clear(slots);
}
typedef struct slots jwt_auto_slots_t;

static enum jwt_reason
slot_path(const struct slots *slots, size_t slot, char out[PATH_MAX],
	struct report *r)
{
	static const char *const fixed[] = { "current", "next" };
	int len;

	if (slot < SLOT_OLDER)
		len = snprintf(out, PATH_MAX, "%s/%s.secret", slots->folder,
			fixed[slot]);
	else
		len = snprintf(out, PATH_MAX, "%s/older-%zu.secret",
			slots->folder, slot - SLOT_OLDER + 1);
	if (len >= PATH_MAX)
		return report(r, JWT_CONFIG_ERROR, "%s: a path too long",
			slots->folder);
	return JWT_OK;
}

/* The id of these bytes; the text is taken over where it is new. */
static int
intern(struct slots *slots, struct buffer *text)
{
	for (size_t i = 0; i < slots->texts; i++)
		if (slots->text[i].len == text->len &&
			CRYPTO_memcmp(slots->text[i].data, text->data,
				text->len) == 0) {
			buffer_free(text);
			return (int)i;
		}
	slots->text[slots->texts] = *text;
	*text = BUFFER(SECRET_MAX);
	return (int)slots->texts++;
}

static enum jwt_reason
read_slots(struct slots *slots, struct report *r)
{
	const struct file_trust any = { .any_owner = true };

	for (size_t i = 0; i < SLOTS_MAX; i++) {
		struct buffer text = BUFFER(SECRET_MAX);
		struct report inner = { 0 };
		char path[PATH_MAX];
		enum file_status status;

		JWT_TRY(slot_path(slots, i, path, r));
		status = file_read_at(AT_FDCWD, path, &any, &text, &inner);
		slots->wanted[i] = slots->is[i] = SLOT_EMPTY;
		if (status == FILE_OK && text.len > 0)
			slots->is[i] = intern(slots, &text);
		buffer_free(&text);
		if (status == FILE_MISSING || status == FILE_OK)
			continue;
		return report(r, JWT_INTERNAL_ERROR, "%s", inner.text);
	}
	return JWT_OK;
}

/* The one retired last has the most tokens that still live. */
static size_t
older_slot(const struct keyring *keyring, size_t index)
{
	const struct keyring_key *key = &keyring->keys[index];
	size_t slot = SLOT_OLDER;

	for (size_t i = 0; i < keyring->count; i++) {
		const struct keyring_key *other = &keyring->keys[i];

		if (i == index || other->state != KEY_RETIRING ||
			!key_is_secret(other))
			continue;
		if (other->signing > key->signing ||
			(other->signing == key->signing && i > index))
			slot++;
	}
	return slot;
}

static enum jwt_reason
want_slots(struct slots *slots, const struct keyring *keyring, struct report *r)
{
	for (size_t i = 0; i < keyring->count; i++) {
		const struct keyring_key *key = &keyring->keys[i];
		struct buffer text = BUFFER(SECRET_MAX);
		size_t slot = key->state == KEY_CURRENT ? SLOT_CURRENT
			      : key->state == KEY_NEXT	? SLOT_NEXT
						       : older_slot(keyring, i);

		if (!key_is_secret(key))
			continue;
		if (private_secret(keyring, key, &text, r) != JWT_OK) {
			buffer_free(&text);
			return JWT_INTERNAL_ERROR;
		}
		slots->wanted[slot] = intern(slots, &text);
	}
	return JWT_OK;
}

static enum jwt_reason
change_slot(const struct slots *slots, const struct slot_change *change,
	gid_t group, struct report *r)
{
	char path[PATH_MAX];
	mode_t mode = group == (gid_t)-1 ? S_IRUSR | S_IWUSR
					 : S_IRUSR | S_IWUSR | S_IRGRP;

	JWT_TRY(slot_path(slots, change->slot, path, r));
	if (change->id == SLOT_EMPTY) {
		if (unlink(path) == 0 || errno == ENOENT)
			return JWT_OK;
		return report(
			r, JWT_INTERNAL_ERROR, "%s: %s", path, strerror(errno));
	}
	if (!file_write(path, buffer_slice(&slots->text[change->id]), mode,
		    (uid_t)-1, group, r))
		return JWT_INTERNAL_ERROR;
	return JWT_OK;
}

enum jwt_reason
places_write_secrets(const struct keyring *keyring, const struct places *places,
	struct report *r)
{
	JWT_AUTO(slots) slots = { .folder = places->secrets };
	struct slot_change change[SLOTS_MAX];
	size_t count;

	JWT_TRY(read_slots(&slots, r));
	JWT_TRY(want_slots(&slots, keyring, r));
	count = slots_order(slots.is, slots.wanted, SLOTS_MAX, change);
	for (size_t i = 0; i < count; i++)
		JWT_TRY(change_slot(
			&slots, &change[i], places->secrets_group, r));
	return JWT_OK;
}
