/* SPDX-License-Identifier: ISC */
/* keys: sets that serve again, and when they must not. */
#include "keys_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct keys_places places = { .cache_dir = dir,
	.fetch_socket = sock };
static struct keys_kept kept;

/* A cache that serves until stale_until; other times count from aside on. */
static void
put_cache(const char *jwks, int64_t stale_until, int64_t aside)
{
	char text[2048], times[256];

	snprintf(times, sizeof(times),
		"\"fetched_at\":1000,\"fresh_until\":1600,\"stale_until\":%lld",
		(long long)stale_until);
	if (aside != 0)
		snprintf(times + strlen(times), sizeof(times) - strlen(times),
			",\"aside_fetched_at\":%lld,\"aside_fresh_until\":%lld,"
			"\"aside_stale_until\":%lld",
			(long long)aside, (long long)aside, (long long)aside);
	snprintf(text, sizeof(text),
		"{\"version\":1,\"issuer\":\"" ISSUER "\",\"jwks_uri\":null,"
		"\"etag\":null,%s,\"jwks\":%s}",
		times, jwks);
	put("corp.json", text, 0644);
}

static const struct jwks *
take(const char *kid, int64_t now)
{
	const struct jwks *set = NULL;
	enum jwt_reason reason;

	why = (struct report){ "" };
	reason = keys_kept_for_token(
		&kept, &issuer, &places, slice_of_string(kid), now, &set, &why);
	CU_ASSERT((reason == JWT_OK) == (set != NULL));
	return set;
}

/* Long enough after the files were written that none of them is in doubt. */
static int64_t
later(void)
{
	return time(NULL) + 10;
}

static void
begin(void)
{
	fresh_folder();
	memset(&kept, 0, sizeof(kept));
}

static void
end(void)
{
	keys_kept_clear(&kept);
	remove_folder();
}

static void
the_same_file_is_read_once(void)
{
	const struct jwks *first;
	char path[128];

	begin();
	put_cache(SET_A, later() + 1000, 0);
	first = take("a", later());
	CU_ASSERT_PTR_NOT_NULL(first);
	/* Only root could read it now, and nobody asks. */
	CU_ASSERT_PTR_EQUAL(take("a", later() + 1), first);
	CU_ASSERT_PTR_EQUAL(take("", later() + 1), first);
	snprintf(path, sizeof(path), "%s/corp.json", dir);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_PTR_NULL(take("a", later() + 2));
	end();
}

static void
a_new_file_counts_at_once(void)
{
	begin();
	put_cache(SET_AB, later() + 1000, 0);
	CU_ASSERT(jwks_has_kid(take("b", later()), slice_of_string("b")));
	put_cache(SET_A, later() + 1000, 0);
	CU_ASSERT_FALSE(jwks_has_kid(take("a", later()), slice_of_string("b")));
	end();
}

static void
a_file_that_changed_just_now_is_read_again(void)
{
	const struct jwks *set;

	begin();
	put_cache(SET_A, later() + 1000, 0);
	set = take("a", time(NULL));
	CU_ASSERT_PTR_NOT_NULL(set);
	CU_ASSERT_FALSE(kept.item[0].serves);
	CU_ASSERT_PTR_NOT_NULL(take("a", time(NULL)));
	end();
}

static void
a_file_that_others_may_write_is_no_longer_believed(void)
{
	char path[128];

	begin();
	put_cache(SET_A, later() + 1000, 0);
	CU_ASSERT_PTR_NOT_NULL(take("a", later()));
	snprintf(path, sizeof(path), "%s/corp.json", dir);
	CU_ASSERT_EQUAL(chmod(path, 0666), 0);
	CU_ASSERT_PTR_NULL(take("a", later()));
	CU_ASSERT_PTR_NOT_NULL(strstr(why.text, "mode"));
	end();
}

static void
a_set_serves_no_longer_than_its_file_says(void)
{
	int64_t stale = later() + 100;

	begin();
	put_cache(SET_A, stale, 0);
	CU_ASSERT_PTR_NOT_NULL(take("a", stale));
	CU_ASSERT_PTR_NULL(take("a", stale + 1));
	CU_ASSERT_PTR_NOT_NULL(strstr(why.text, "last renewed"));
	/* The clock went back: what was asked later is no answer now. */
	CU_ASSERT_PTR_NOT_NULL(take("a", stale));
	CU_ASSERT_EQUAL(kept.item[0].since, stale);
	CU_ASSERT_PTR_NOT_NULL(take("a", stale - 10));
	CU_ASSERT_EQUAL(kept.item[0].since, stale - 10);
	end();
}

static void
times_set_aside_count_when_they_come(void)
{
	int64_t aside = later() + 50;

	begin();
	put_cache(SET_A, later() + 1000, aside);
	CU_ASSERT_PTR_NOT_NULL(take("a", later()));
	CU_ASSERT_EQUAL(kept.item[0].until, aside - 1);
	CU_ASSERT_PTR_NULL(take("a", aside + 1)); /* stale by then */
	end();
}

static void
a_kid_that_is_not_in_it_has_the_file_read_again(void)
{
	begin();
	put_cache(SET_A, later() + 1000, 0);
	CU_ASSERT_PTR_NOT_NULL(take("a", later()));
	kept.item[0].since = later() - 5;
	CU_ASSERT_PTR_NOT_NULL(take("b", later() + 5));
	CU_ASSERT(kept.item[0].since > later());
	end();
}

static void
each_issuer_has_its_own(void)
{
	static char names[KEYS_KEPT_MAX + 1][16];
	struct issuer_config many[KEYS_KEPT_MAX + 1];
	const struct jwks *set = NULL;

	begin();
	for (size_t i = 0; i < JWT_COUNT(many); i++) {
		char file[32], text[1024];

		snprintf(names[i], sizeof(names[i]), "i%zu", i);
		many[i] = issuer;
		many[i].name = names[i];
		snprintf(file, sizeof(file), "i%zu.json", i);
		snprintf(text, sizeof(text),
			CACHE("\"fetched_at\":1,\"fresh_until\":2,"
			      "\"stale_until\":%lld",
				"%s"),
			(long long)later() + 1000, i % 2 ? SET_A : SET_AB);
		put(file, text, 0644);
	}
	for (size_t round = 0; round < 3; round++)
		for (size_t i = 0; i < JWT_COUNT(many); i++) {
			CU_ASSERT_EQUAL(keys_kept_for_token(&kept, &many[i],
						&places, slice_of_string("a"),
						later(), &set, NULL),
				JWT_OK);
			CU_ASSERT_EQUAL(jwks_count(set), i % 2 ? 1 : 2);
		}
	end();
}

static const struct unit_test tests[] = {
	UNIT_TEST(the_same_file_is_read_once),
	UNIT_TEST(a_new_file_counts_at_once),
	UNIT_TEST(a_file_that_changed_just_now_is_read_again),
	UNIT_TEST(a_file_that_others_may_write_is_no_longer_believed),
	UNIT_TEST(a_set_serves_no_longer_than_its_file_says),
	UNIT_TEST(times_set_aside_count_when_they_come),
	UNIT_TEST(a_kid_that_is_not_in_it_has_the_file_read_again),
	UNIT_TEST(each_issuer_has_its_own),
};
UNIT_SUITE("keys_kept", tests)
