/* SPDX-License-Identifier: ISC */
/*
 * The key cache's file: the input is its content. Held against jansson; what
 * loads can be stored, and loads again as the same.
 */
#include "fuzz.h"
#include "oracle.h"
#include "keys/cache.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ISSUER "https://idp.test"

static char folder[FUZZ_FOLDER_MAX];

static void
remove_folder(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/in.json", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/out.json", folder);
	unlink(path);
	rmdir(folder);
}

static void
write_input(struct slice text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/in.json", folder);
	f = fopen(path, "w");
	REQUIRE(f != NULL);
	if (text.len > 0)
		REQUIRE(fwrite(text.data, 1, text.len, f) == text.len);
	REQUIRE(fclose(f) == 0);
}

static bool
is_time(const json_t *root, const char *name)
{
	const json_t *value = json_object_get(root, name);

	return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool
is_text_or_none(const json_t *root, const char *name)
{
	const json_t *value = json_object_get(root, name);

	return value == NULL || json_is_null(value) || json_is_string(value);
}

static bool
is_cache(const json_t *root)
{
	const json_t *version = json_object_get(root, "version");

	return json_is_integer(version) && json_integer_value(version) == 1 &&
	       oracle_equals(root, "issuer", ISSUER) &&
	       is_text_or_none(root, "jwks_uri") &&
	       is_text_or_none(root, "etag") && is_time(root, "fetched_at") &&
	       is_time(root, "fresh_until") && is_time(root, "stale_until") &&
	       json_is_object(json_object_get(root, "jwks"));
}

static bool
same_text(const char *a, const char *b)
{
	return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static void
check_round_trip(const struct key_cache *cache)
{
	JWT_AUTO(key_cache) again = { 0 };
	struct report r = { 0 };
	bool done = UNDER_TEST(key_cache_store(folder, "out", cache, &r));

	REQUIRE(done == !fault_struck());
	REQUIRE(done == (r.text[0] == '\0'));
	if (!done)
		return;
	REQUIRE(key_cache_load(folder, "out", ISSUER, getuid(), &again, &r) ==
		JWT_OK);
	REQUIRE(same_text(cache->jwks_uri, again.jwks_uri));
	REQUIRE(same_text(cache->etag, again.etag));
	REQUIRE(cache->fetched_at == again.fetched_at &&
		cache->fresh_until == again.fresh_until &&
		cache->stale_until == again.stale_until);
	REQUIRE(slice_equal(cache->jwks->text, again.jwks->text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	JWT_AUTO(key_cache) cache = { 0 };
	struct report r = { 0 };
	json_t *root = NULL;
	enum oracle oracle = oracle_json(slice_of(data, size), &root);
	enum jwt_reason reason;

	if (folder[0] == '\0')
		fuzz_make_folder(folder, remove_folder);
	write_input(slice_of(data, size));
	reason = UNDER_TEST(
		key_cache_load(folder, "in", ISSUER, getuid(), &cache, &r));
	REQUIRE(reason == JWT_OK || reason == JWT_KEYS_UNAVAILABLE);
	REQUIRE((reason == JWT_OK) == (r.text[0] == '\0'));
	if (fault_struck() || oracle == ORACLE_REFUSES)
		REQUIRE(reason != JWT_OK);
	else if (oracle == ORACLE_ACCEPTS)
		REQUIRE((reason == JWT_OK) == is_cache(root));
	json_decref(root);
	if (reason == JWT_OK)
		check_round_trip(&cache);
	return 0;
}
