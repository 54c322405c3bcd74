/* SPDX-License-Identifier: ISC */
/* keys: the cache file, jwks_file, secret_files. */
#include "keys_fixture.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The reason for a cache file of this content. */
static enum jwt_reason
with_cache(const char *text, int64_t now)
{
	JWT_AUTO(jwks) set = NULL;
	enum jwt_reason reason;

	fresh_folder();
	put("corp.json", text, 0644);
	reason = keys("a", now, &set);
	CU_ASSERT((reason == JWT_OK) == (set != NULL));
	remove_folder();
	return reason;
}

static void
takes_keys_from_a_good_cache(void)
{
	CU_ASSERT_EQUAL(with_cache(CACHE(TIMES, SET_A), 1500), JWT_OK);
	CU_ASSERT_STRING_EQUAL(why.text, "");
}

static void
cache_is_stale_only_past_stale_until(void)
{
	CU_ASSERT_EQUAL(with_cache(CACHE(TIMES, SET_A), 2000), JWT_OK);
	CU_ASSERT_EQUAL(with_cache(CACHE(TIMES, SET_A), 2001), JWT_KEYS_STALE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why.text, "corp.json"));
}

static void
refuses_a_cache_cut_at_any_byte(void)
{
	char text[] = CACHE(TIMES, SET_A);

	for (size_t len = sizeof(text) - 2; len < sizeof(text); len--) {
		text[len] = '\0';
		if (with_cache(text, 1500) != JWT_KEYS_UNAVAILABLE ||
			strstr(why.text, "corp.json") == NULL) {
			CU_FAIL("a cut cache was believed, or not named");
			return;
		}
	}
	CU_PASS("every cut refused");
}

static void
refuses_a_cache_that_does_not_say_all(void)
{
	static const char *const bad[] = { "\x7f"
					   "ELF",
		"[]", "{}", "{\"version\":1}",
		"{\"version\":2,\"issuer\":\"" ISSUER "\"," TIMES
		",\"jwks\":" SET_A "}",
		"{\"version\":1,\"issuer\":\"" ISSUER "/\"," TIMES
		",\"jwks\":" SET_A "}",
		CACHE("\"fetched_at\":1000,\"fresh_until\":1600", SET_A),
		CACHE("\"fetched_at\":1000,\"fresh_until\":1600,"
		      "\"stale_until\":\"2000\"",
			SET_A),
		CACHE("\"fetched_at\":-1,\"fresh_until\":1600,"
		      "\"stale_until\":2000",
			SET_A),
		CACHE(TIMES, "[]"), CACHE(TIMES, "{}"),
		CACHE(TIMES, "{\"keys\":[]}"),
		CACHE(TIMES, "{\"keys\":[{}]}") };

	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		CU_ASSERT_EQUAL(with_cache(bad[i], 1500), JWT_KEYS_UNAVAILABLE);
		CU_ASSERT_PTR_NOT_NULL(strstr(why.text, "corp.json"));
	}
}

static void
refuses_a_cache_of_another_owner(void)
{
	struct key_cache cache = { 0 };
	uid_t trusted = geteuid() + 1;
	const char *path;

	fresh_folder();
	path = put("corp.json", CACHE(TIMES, SET_A), 0644);
	if (geteuid() == 0) /* root's own would be believed */
		CU_ASSERT_EQUAL_FATAL(chown(path, 4711, 0), 0);
	CU_ASSERT_EQUAL(
		key_cache_load(dir, name, ISSUER, trusted, &cache, &why),
		JWT_KEYS_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why.text, "corp.json"));
	CU_ASSERT_PTR_NULL(cache.jwks);
	remove_folder();
}

static void
refuses_a_cache_or_folder_that_others_can_write(void)
{
	JWT_AUTO(jwks) set = NULL;

	fresh_folder();
	put("corp.json", CACHE(TIMES, SET_A), 0664);
	CU_ASSERT_EQUAL(keys("a", 1500, &set), JWT_KEYS_UNAVAILABLE);
	put("corp.json", CACHE(TIMES, SET_A), 0644);
	CU_ASSERT_EQUAL(chmod(dir, 0770), 0);
	CU_ASSERT_EQUAL(keys("a", 1500, &set), JWT_KEYS_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why.text, dir));
	CU_ASSERT_EQUAL(chmod(dir, 0750), 0);
	CU_ASSERT_EQUAL(keys("a", 1500, &set), JWT_OK);
	remove_folder();
}

static void
names_the_file_that_is_missing(void)
{
	JWT_AUTO(jwks) set = NULL;

	fresh_folder();
	CU_ASSERT_EQUAL(keys("a", 1500, &set), JWT_KEYS_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why.text, "corp.json"));
	remove_folder();
}

/* What was stored is what is loaded, and a second file replaces the first. */
static void
loads_what_was_stored(void)
{
	char uri[] = "https://keys.example.com/\"jwks\"", etag[] = "W/\"1\"";
	struct key_cache cache = { .issuer = iss,
		.jwks_uri = uri,
		.etag = etag,
		.fetched_at = 1,
		.fresh_until = 2,
		.stale_until = INT64_MAX };
	JWT_AUTO(key_cache) out = { 0 };

	CU_ASSERT_EQUAL_FATAL(
		key_cache_set_jwks(&cache, slice_of_string(SET_A), NULL),
		JWT_OK);
	fresh_folder();
	put("corp.json", "old", 0644);
	CU_ASSERT(key_cache_store(dir, name, &cache, &why));
	CU_ASSERT_EQUAL_FATAL(
		key_cache_load(dir, name, ISSUER, geteuid(), &out, &why),
		JWT_OK);
	CU_ASSERT_STRING_EQUAL(out.jwks_uri, uri);
	CU_ASSERT_STRING_EQUAL(out.etag, etag);
	CU_ASSERT_EQUAL(out.fetched_at, 1);
	CU_ASSERT_EQUAL(out.fresh_until, 2);
	CU_ASSERT_EQUAL(out.stale_until, INT64_MAX);
	CU_ASSERT(slice_equals_string(out.jwks->text, SET_A));
	json_doc_clear(&cache.doc);
	buffer_free(&cache.text);
	remove_folder();
}

static void
stores_nothing_that_could_not_be_loaded(void)
{
	char deep[2 * JSON_DEPTH_MAX + 32] = "{\"keys\":[],\"x\":";
	struct key_cache cache = { .issuer = iss };
	JWT_AUTO(buffer) left = BUFFER(16);
	const struct file_trust any = { .any_owner = true };
	const char *path;

	for (int i = 1; i < JSON_DEPTH_MAX; i++)
		strcat(deep, "[");
	for (int i = 1; i < JSON_DEPTH_MAX; i++)
		strcat(deep, "]");
	strcat(deep, "}");
	CU_ASSERT_EQUAL_FATAL(
		key_cache_set_jwks(&cache, slice_of_string(deep), NULL),
		JWT_OK);
	fresh_folder();
	path = put("corp.json", "old", 0644);
	CU_ASSERT_FALSE(key_cache_store(dir, name, &cache, &why));
	CU_ASSERT_EQUAL(file_read(path, &any, &left, NULL), FILE_OK);
	CU_ASSERT(slice_equals_string(buffer_slice(&left), "old"));
	json_doc_clear(&cache.doc);
	buffer_free(&cache.text);
	remove_folder();
}

static void
takes_keys_from_roots_jwks_file_only(void)
{
	JWT_AUTO(jwks) set = NULL;
	bool root = geteuid() == 0;

	fresh_folder();
	issuer.jwks_file = put("keys", SET_AB, 0644);
	CU_ASSERT_EQUAL(
		keys("b", 0, &set), root ? JWT_OK : JWT_KEYS_UNAVAILABLE);
	CU_ASSERT(!root || jwks_count(set) == 2);
	if (root)
		CU_ASSERT_EQUAL(chown(issuer.jwks_file, 4711, 0), 0);
	jwks_free(JWT_TAKE(set));
	CU_ASSERT_EQUAL(keys("b", 0, &set), JWT_KEYS_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why.text, issuer.jwks_file));
	issuer.jwks_file = NULL;
	remove_folder();
}

#define SECRET_1 "0123456789abcdef0123456789abcdef"
#define SECRET_2 "fedcba9876543210fedcba9876543210"

/* The reason for secret files of these contents; NULL: no such file. */
static enum jwt_reason
with_secrets(const char *current, const char *older, mode_t mode, size_t *count)
{
	char *files[] = { current != NULL ? put("s1", current, mode) : dir,
		older != NULL ? put("s2", older, mode) : dir };
	JWT_AUTO(jwks) set = NULL;
	enum jwt_reason reason;

	issuer.secret_files = (struct string_list){ files, 2 };
	reason = keys("any kid", 0, &set);
	*count = set != NULL ? jwks_count(set) : 0;
	if (*count > 0)
		CU_ASSERT(jwks_has_kid(set, slice_of_string("any kid")));
	issuer.secret_files = (struct string_list){ 0 };
	return reason;
}

static void
needs_the_current_secret_but_not_the_older(void)
{
	size_t count;

	if (geteuid() != 0) {
		CU_PASS("secrets are believed from root only");
		return;
	}
	fresh_folder();
	CU_ASSERT_EQUAL(
		with_secrets(SECRET_1 "\n", SECRET_2, 0640, &count), JWT_OK);
	CU_ASSERT_EQUAL(count, 2);
	CU_ASSERT_EQUAL(with_secrets(SECRET_1, NULL, 0640, &count), JWT_OK);
	CU_ASSERT_EQUAL(count, 1);
	CU_ASSERT_EQUAL(with_secrets(SECRET_1, "short", 0640, &count), JWT_OK);
	CU_ASSERT_EQUAL(count, 1);
	CU_ASSERT_EQUAL(with_secrets(NULL, SECRET_2, 0640, &count),
		JWT_KEYS_UNAVAILABLE);
	remove_folder();
}

static void
refuses_a_short_or_readable_secret_by_name(void)
{
	size_t count;

	fresh_folder();
	/* 31 bytes and their newline are not 32. */
	CU_ASSERT_EQUAL(with_secrets(&SECRET_1 "\n"[1], NULL, 0640, &count),
		JWT_KEYS_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why.text, "/s1"));
	CU_ASSERT_PTR_NULL(strstr(why.text, "456789"));
	CU_ASSERT_EQUAL(with_secrets(SECRET_1, NULL, 0644, &count),
		JWT_KEYS_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why.text, "/s1"));
	remove_folder();
}

static const struct unit_test tests[] = {
	UNIT_TEST(takes_keys_from_a_good_cache),
	UNIT_TEST(cache_is_stale_only_past_stale_until),
	UNIT_TEST(refuses_a_cache_cut_at_any_byte),
	UNIT_TEST(refuses_a_cache_that_does_not_say_all),
	UNIT_TEST(refuses_a_cache_of_another_owner),
	UNIT_TEST(refuses_a_cache_or_folder_that_others_can_write),
	UNIT_TEST(names_the_file_that_is_missing),
	UNIT_TEST(loads_what_was_stored),
	UNIT_TEST(stores_nothing_that_could_not_be_loaded),
	UNIT_TEST(takes_keys_from_roots_jwks_file_only),
	UNIT_TEST(needs_the_current_secret_but_not_the_older),
	UNIT_TEST(refuses_a_short_or_readable_secret_by_name),
};
UNIT_SUITE("keys", tests)
