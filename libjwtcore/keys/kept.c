/* SPDX-License-Identifier: ISC */
/*
 * Key sets kept from one token to the next. Whoever replaces the file is
 * noticed by the next token: the file's identity is asked each time.
 */
#include "keys/keys.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static bool
identify(const struct issuer_config *issuer, const struct keys_places *places,
	struct file_identity *out)
{
	const char *path = issuer->jwks_file;
	char cached[PATH_MAX];

	if (issuer->secret_files.count > 0)
		return false;
	if (path == NULL) {
		int len = snprintf(cached, sizeof(cached), "%s/%s.json",
			places->cache_dir, issuer->name);

		if (len < 0 || (size_t)len >= sizeof(cached))
			return false;
		path = cached;
	}
	return file_identify(path, out);
}

static bool
still_serves(const struct kept_keys *item, const struct file_identity *file,
	struct slice kid, int64_t now)
{
	return item->serves && now >= item->since && now <= item->until &&
	       file_is_same(&item->file, file) &&
	       (kid.len == 0 || jwks_has_kid(item->set, kid));
}

/* This issuer's place, or a free one, or the one that was taken first. */
static struct kept_keys *
place_of(struct keys_kept *kept, const struct issuer_config *issuer)
{
	struct kept_keys *free_place = NULL;

	for (size_t i = 0; i < KEYS_KEPT_MAX; i++) {
		if (kept->item[i].issuer == issuer)
			return &kept->item[i];
		if (kept->item[i].issuer == NULL && free_place == NULL)
			free_place = &kept->item[i];
	}
	if (free_place != NULL)
		return free_place;
	return &kept->item[kept->next++ % KEYS_KEPT_MAX];
}

static void
empty(struct kept_keys *item)
{
	jwks_free(item->set);
	*item = (struct kept_keys){ .issuer = NULL };
}

enum jwt_reason
keys_kept_for_token(struct keys_kept *kept, const struct issuer_config *issuer,
	const struct keys_places *places, struct slice kid, int64_t now,
	const struct jwks **out, struct report *r)
{
	struct kept_keys *item = place_of(kept, issuer);
	struct file_identity before = { 0 }, after = { 0 };
	bool known = identify(issuer, places, &before);
	struct keys_choice read = { NULL, 0 };

	if (item->issuer == issuer && known &&
		still_serves(item, &before, kid, now)) {
		*out = item->set;
		return JWT_OK;
	}
	empty(item);
	JWT_TRY(keys_choose(issuer, places, kid, now, &read, r));
	/* The one that was read must be the one that both saw. */
	known = known && identify(issuer, places, &after) &&
		file_is_same(&before, &after) && file_is_settled(&after, now);
	*item = (struct kept_keys){ issuer, after, known, now, read.until,
		read.set };
	*out = item->set;
	return JWT_OK;
}

void
keys_kept_clear(struct keys_kept *kept)
{
	for (size_t i = 0; i < KEYS_KEPT_MAX; i++)
		empty(&kept->item[i]);
}
