/* SPDX-License-Identifier: ISC */
#include "cache_pair.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MANY_KEYS                                                  \
	100 /* 12 KiB: more than a page, as a large provider's set \
	     */

static const struct file_trust anyone = { .any_owner = true };

static bool
append_keys(struct buffer *out, int count)
{
	for (int i = 0; i < count; i++)
		if (!buffer_append_format(out,
			    "%s{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
			    "\"kid\":\"%d-of-%d\",\"x\":\"11qYAYKxCrfVS_"
			    "7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
			    i > 0 ? "," : "", i, count))
			return false;
	return true;
}

/* By way of a file: the struct is then what the fetcher would have. */
static bool
make_one(const char *dir, int keys, struct key_cache *out)
{
	JWT_AUTO(buffer) text = BUFFER(KEY_CACHE_FILE_MAX);
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" PAIR_NAME ".json", dir);
	return buffer_append_format(&text,
		       "{\"version\":1,\"issuer\":\"" PAIR_ISSUER "\","
		       "\"jwks_uri\":null,\"etag\":\"\\\"%d\\\"\","
		       "\"fetched_at\":1000,\"fresh_until\":1600,"
		       "\"stale_until\":2000,\"jwks\":{\"keys\":[",
		       keys) &&
	       append_keys(&text, keys) && buffer_append_string(&text, "]}}") &&
	       file_write(path, buffer_slice(&text), 0644, (uid_t)-1, (gid_t)-1,
		       NULL) &&
	       key_cache_load(dir, PAIR_NAME, PAIR_ISSUER, geteuid(), out,
		       NULL) == JWT_OK;
}

static bool
read_text(const char *dir, struct buffer *out, struct report *why)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" PAIR_NAME ".json", dir);
	return file_read(path, &anyone, out, why) == FILE_OK;
}

bool
cache_pair_make(const char *dir, struct cache_pair *out)
{
	*out = (struct cache_pair){ .text = { BUFFER(KEY_CACHE_FILE_MAX),
					    BUFFER(KEY_CACHE_FILE_MAX) } };
	return make_one(dir, 1, &out->content[0]) &&
	       make_one(dir, MANY_KEYS, &out->content[1]) &&
	       cache_pair_store(dir, out, 1, NULL) &&
	       read_text(dir, &out->text[1], NULL) &&
	       cache_pair_store(dir, out, 0, NULL) &&
	       read_text(dir, &out->text[0], NULL);
}

void
cache_pair_clear(struct cache_pair *pair)
{
	for (int i = 0; i < 2; i++) {
		key_cache_clear(&pair->content[i]);
		buffer_free(&pair->text[i]);
	}
}

bool
cache_pair_store(const char *dir, const struct cache_pair *pair, int which,
	struct report *why)
{
	return key_cache_store(dir, PAIR_NAME, &pair->content[which], why);
}

int
cache_pair_which(
	const char *dir, const struct cache_pair *pair, struct report *why)
{
	JWT_AUTO(key_cache) cache = { 0 };
	JWT_AUTO(buffer) text = BUFFER(KEY_CACHE_FILE_MAX);

	if (key_cache_load(dir, PAIR_NAME, PAIR_ISSUER, geteuid(), &cache,
		    why) != JWT_OK ||
		!read_text(dir, &text, why))
		return -1;
	for (int i = 0; i < 2; i++)
		if (slice_equal(
			    buffer_slice(&text), buffer_slice(&pair->text[i])))
			return i;
	report(why, JWT_INTERNAL_ERROR, "%zu bytes that nobody wrote",
		text.len);
	return -1;
}

unsigned
cache_pair_others(const char *dir)
{
	DIR *folder = opendir(dir);
	struct dirent *entry;
	unsigned others = 0;

	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.' &&
			strcmp(entry->d_name, PAIR_NAME ".json") != 0)
			others++;
	if (folder != NULL)
		closedir(folder);
	return others;
}
