/* SPDX-License-Identifier: ISC */
/*
 * The cache file: what is in it, who may have written it, and how it is
 * replaced. What its keys are worth is keys.c's to judge.
 */
#include "keys/cache.h"

#include "jose/json_write.h"

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
	free(cache->last_modified);
	json_doc_clear(&cache->doc);
	buffer_free(&cache->text);
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
take_string(const struct json_node *root, const char *member, char **out)
{
	const struct json_node *value = json_member(root, member);

	*out = NULL;
	if (value == NULL || json_is(value, JSON_KIND_NULL))
		return true;
	if (!json_is(value, JSON_KIND_STRING))
		return false;
	*out = slice_to_string(value->text);
	return *out != NULL;
}

static bool
take_time(const struct json_node *root, const char *member, int64_t *out)
{
	return json_get_integer(root, member, out) && *out >= 0;
}

/* What older files lack, and nothing that keys are refused for. */
static void
take_more_times(const struct json_node *root, struct key_cache *out)
{
	if (!take_time(root, "whole_at", &out->whole_at))
		out->whole_at = 0;
	if (!take_time(root, "aside_fetched_at", &out->aside_fetched_at) ||
		!take_time(
			root, "aside_fresh_until", &out->aside_fresh_until) ||
		!take_time(root, "aside_stale_until", &out->aside_stale_until))
		out->aside_fetched_at = out->aside_fresh_until =
			out->aside_stale_until = 0;
}

static enum jwt_reason
take_members(const struct json_node *root, const char *path, const char *issuer,
	struct key_cache *out, struct report *r)
{
	int64_t version;

	if (!json_get_integer(root, "version", &version) ||
		version != KEY_CACHE_VERSION)
		return unavailable(r, path, "\"version\" is not one we know");
	if (!take_string(root, "issuer", &out->issuer) ||
		!take_string(root, "jwks_uri", &out->jwks_uri) ||
		!take_string(root, "etag", &out->etag) ||
		!take_string(root, "last_modified", &out->last_modified))
		return unavailable(r, path,
			"\"issuer\", \"jwks_uri\", \"etag\" or "
			"\"last_modified\" is no string");
	if (!take_time(root, "fetched_at", &out->fetched_at) ||
		!take_time(root, "fresh_until", &out->fresh_until) ||
		!take_time(root, "stale_until", &out->stale_until))
		return unavailable(r, path,
			"\"fetched_at\", \"fresh_until\" or \"stale_until\" is "
			"missing or no time");
	take_more_times(root, out);
	if (out->issuer == NULL || strcmp(out->issuer, issuer) != 0)
		return unavailable(r, path, "belongs to another issuer");
	out->jwks = json_member(root, "jwks");
	if (!json_is(out->jwks, JSON_KIND_OBJECT))
		return unavailable(r, path, "\"jwks\" is missing");
	return JWT_OK;
}

enum jwt_reason
key_cache_set_jwks(struct key_cache *cache, struct slice text, struct report *r)
{
	JWT_AUTO(buffer) copy = BUFFER(JWKS_MAX);
	JWT_AUTO(json_doc) doc = { 0 };

	if (text.len > copy.max)
		return report(r, JWT_TOKEN_MALFORMED,
			"the JWKS has %zu bytes, more than %zu", text.len,
			copy.max);
	if (!buffer_append_slice(&copy, text))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	JWT_TRY(json_parse_object(buffer_slice(&copy), "the JWKS", &doc, r));
	json_doc_clear(&cache->doc);
	buffer_free(&cache->text);
	cache->text = copy;
	cache->doc = doc;
	cache->jwks = json_root(&doc);
	copy = (struct buffer){ 0 };
	doc = (struct json_doc){ 0 };
	return JWT_OK;
}

/* Takes the text over if it is a cache. */
static enum jwt_reason
parse(struct buffer *text, const char *path, const char *issuer,
	struct key_cache *out, struct report *r)
{
	JWT_AUTO(key_cache) cache = { 0 };
	struct report inner = { 0 };

	if (json_parse_object(buffer_slice(text), "key cache", &cache.doc,
		    &inner) != JWT_OK)
		return unavailable(r, path, inner.text);
	JWT_TRY(take_members(json_root(&cache.doc), path, issuer, &cache, r));
	cache.text = *text;
	*text = (struct buffer){ 0 };
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
	return parse(&text, path, issuer, out, r);
}

/* null where not known: a reader sees that nothing was forgotten. */
static json_t *
string_or_null(const char *string)
{
	return string != NULL ? json_string(string) : json_null();
}

/* Only where they are known. */
static bool
add_more_times(const struct key_cache *cache, json_t *head)
{
	const struct {
		const char *member;
		int64_t time;
	} times[] = { { "whole_at", cache->whole_at },
		{ "aside_fetched_at", cache->aside_fetched_at },
		{ "aside_fresh_until", cache->aside_fresh_until },
		{ "aside_stale_until", cache->aside_stale_until } };

	for (size_t i = 0; i < JWT_COUNT(times); i++)
		if (times[i].time != 0 &&
			json_object_set_new(head, times[i].member,
				json_integer((json_int_t)times[i].time)) != 0)
			return false;
	return true;
}

/* All members but the JWKS: an object without its end. */
static bool
write_head(const struct key_cache *cache, struct buffer *out)
{
	JWT_AUTO(json) head =
		json_pack("{s:i, s:s, s:o, s:I, s:I, s:I, s:o, s:o}", "version",
			KEY_CACHE_VERSION, "issuer", cache->issuer, "jwks_uri",
			string_or_null(cache->jwks_uri), "fetched_at",
			(json_int_t)cache->fetched_at, "fresh_until",
			(json_int_t)cache->fresh_until, "stale_until",
			(json_int_t)cache->stale_until, "etag",
			string_or_null(cache->etag), "last_modified",
			string_or_null(cache->last_modified));
	char *text = head != NULL && add_more_times(cache, head)
			     ? json_dumps(head, JSON_COMPACT)
			     : NULL;
	bool done = text != NULL &&
		    buffer_append(out, text, strlen(text) - strlen("}"));

	free(text);
	return done;
}

/* The JWKS goes out byte for byte as it came in. */
static bool
write_cache(const struct key_cache *cache, struct buffer *out)
{
	return write_head(cache, out) &&
	       buffer_append_string(out, ",\"jwks\":") &&
	       buffer_append_slice(out, cache->jwks->text) &&
	       buffer_append_string(out, "}\n");
}

bool
key_cache_store(const char *dir, const char *name,
	const struct key_cache *cache, struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(KEY_CACHE_FILE_MAX);
	JWT_AUTO(key_cache) again = { 0 };
	char path[PATH_MAX];

	if (!write_cache(cache, &text) || !path_of(dir, name, path)) {
		report(r, JWT_KEYS_UNAVAILABLE,
			"%s/%s.json: more than %d bytes, or not UTF-8", dir,
			name, KEY_CACHE_FILE_MAX);
		errno = EFBIG;
		return false;
	}
	/* A set that is as deep as JSON may be is too deep one level down. */
	if (parse(&text, path, cache->issuer, &again, r) != JWT_OK) {
		errno = EINVAL;
		return false;
	}
	return file_write(
		path, buffer_slice(&again.text), 0644, (uid_t)-1, (gid_t)-1, r);
}
