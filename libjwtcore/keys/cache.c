/* SPDX-License-Identifier: ISC */
/*
 * The cache file: what is in it, who may have written it, and how it is
 * replaced. What its keys are worth is keys.c's to judge.
 */
#include "keys/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void
key_cache_clear(struct key_cache *cache)
{
	free(cache->issuer);
	free(cache->jwks_uri);
	free(cache->etag);
	json_decref(cache->jwks);
	*cache = (struct key_cache){ 0 };
}

static enum jwt_reason
unavailable(struct report *r, const char *path, const char *what)
{
	return report(r, JWT_KEYS_UNAVAILABLE, "%s: %s", path, what);
}

enum jwt_reason
key_cache_owner(const char *dir, uid_t *out, struct report *r)
{
	struct stat st;

	if (stat(dir, &st) != 0)
		return unavailable(r, dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return unavailable(r, dir, "not a folder");
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return report(r, JWT_KEYS_UNAVAILABLE,
			"%s: others than its owner can write it; "
			"run: chmod go-w %s",
			dir, dir);
	*out = st.st_uid;
	return JWT_OK;
}

static bool
path_of(const char *dir, const char *name, char out[PATH_MAX])
{
	int len = snprintf(out, PATH_MAX, "%s/%s.json", dir, name);

	return len > 0 && len < PATH_MAX;
}

/* False: there, and not a string. Absent or null is *out = NULL. */
static bool
take_string(const json_t *root, const char *member, char **out)
{
	const json_t *value = json_object_get(root, member);

	*out = NULL;
	if (value == NULL || json_is_null(value))
		return true;
	if (!json_is_string(value))
		return false;
	*out = strdup(json_string_value(value));
	return *out != NULL;
}

static bool
take_time(const json_t *root, const char *member, int64_t *out)
{
	const json_t *value = json_object_get(root, member);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*out = json_integer_value(value);
	return true;
}

static enum jwt_reason
take_members(const json_t *root, const char *path, const char *issuer,
	struct key_cache *out, struct report *r)
{
	const json_t *version = json_object_get(root, "version");
	json_t *jwks = json_object_get(root, "jwks");

	if (!json_is_integer(version) ||
		json_integer_value(version) != KEY_CACHE_VERSION)
		return unavailable(r, path, "\"version\" is not one we know");
	if (!take_string(root, "issuer", &out->issuer) ||
		!take_string(root, "jwks_uri", &out->jwks_uri) ||
		!take_string(root, "etag", &out->etag))
		return unavailable(r, path,
			"\"issuer\", \"jwks_uri\" or \"etag\" is no string");
	if (!take_time(root, "fetched_at", &out->fetched_at) ||
		!take_time(root, "fresh_until", &out->fresh_until) ||
		!take_time(root, "stale_until", &out->stale_until))
		return unavailable(r, path,
			"\"fetched_at\", \"fresh_until\" or \"stale_until\" is "
			"missing or no time");
	if (out->issuer == NULL || strcmp(out->issuer, issuer) != 0)
		return unavailable(r, path, "belongs to another issuer");
	if (!json_is_object(jwks))
		return unavailable(r, path, "\"jwks\" is missing");
	out->jwks = json_incref(jwks);
	return JWT_OK;
}

static enum jwt_reason
parse(struct slice text, const char *path, const char *issuer,
	struct key_cache *out, struct report *r)
{
	JWT_AUTO(json) root = NULL;
	JWT_AUTO(key_cache) cache = { 0 };
	struct report inner = { 0 };

	if (json_parse_object(text, "key cache", &root, &inner) != JWT_OK)
		return unavailable(r, path, inner.text);
	JWT_TRY(take_members(root, path, issuer, &cache, r));
	*out = cache;
	cache = (struct key_cache){ 0 };
	return JWT_OK;
}

enum jwt_reason
key_cache_load(const char *dir, const char *name, const char *issuer,
	uid_t owner, struct key_cache *out, struct report *r)
{
	const struct file_trust trust = { .owner = owner };
	JWT_AUTO(buffer) text = BUFFER(KEY_CACHE_FILE_MAX);
	char path[PATH_MAX];

	if (!path_of(dir, name, path))
		return unavailable(r, dir, "path too long");
	if (file_read(path, &trust, &text, r) != FILE_OK)
		return JWT_KEYS_UNAVAILABLE;
	return parse(buffer_slice(&text), path, issuer, out, r);
}

/* null where not known: a reader sees that nothing was forgotten. */
static json_t *
string_or_null(const char *string)
{
	return string != NULL ? json_string(string) : json_null();
}

static json_t *
to_json(const struct key_cache *cache)
{
	return json_pack("{s:i, s:s, s:o, s:I, s:I, s:I, s:o, s:O}", "version",
		KEY_CACHE_VERSION, "issuer", cache->issuer, "jwks_uri",
		string_or_null(cache->jwks_uri), "fetched_at",
		(json_int_t)cache->fetched_at, "fresh_until",
		(json_int_t)cache->fresh_until, "stale_until",
		(json_int_t)cache->stale_until, "etag",
		string_or_null(cache->etag), "jwks", cache->jwks);
}

bool
key_cache_store(const char *dir, const char *name,
	const struct key_cache *cache, struct report *r)
{
	JWT_AUTO(json) root = to_json(cache);
	JWT_AUTO(buffer) text = BUFFER(KEY_CACHE_FILE_MAX);
	JWT_AUTO(key_cache) again = { 0 };
	char path[PATH_MAX];
	char *dump = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;
	bool fits = dump != NULL && buffer_append_string(&text, dump) &&
		    buffer_append_string(&text, "\n") &&
		    path_of(dir, name, path);

	free(dump);
	if (!fits) {
		report(r, JWT_KEYS_UNAVAILABLE,
			"%s/%s.json: more than %d bytes, or not UTF-8", dir,
			name, KEY_CACHE_FILE_MAX);
		errno = EFBIG;
		return false;
	}
	/* A set that is as deep as JSON may be is too deep one level down. */
	if (parse(buffer_slice(&text), path, cache->issuer, &again, r) !=
		JWT_OK) {
		errno = EINVAL;
		return false;
	}
	return file_write(
		path, buffer_slice(&text), 0644, (uid_t)-1, (gid_t)-1, r);
}
