/* SPDX-License-Identifier: ISC */
/* The fetcher's pure parts: when it asks again, and for which kids not. */
#include "missed.h"
#include "schedule.h"
#include "suite.h"

#include <stdio.h>

#define DRAWS 10000
#define STEP  429496u /* 2^32 / DRAWS: the draws cover all random numbers */

struct range {
	int64_t least, most;
};

static void
widen(struct range *range, int64_t value)
{
	range->least = value < range->least ? value : range->least;
	range->most = value > range->most ? value : range->most;
}

#define RANGE_OF(expression)                                        \
	({                                                          \
		struct range range_ = { INT64_MAX, 0 };             \
		for (uint32_t random = 0; random < DRAWS; random++) \
			widen(&range_, (expression));               \
		range_;                                             \
	})

static void
refresh_comes_ahead_of_the_end_and_not_for_all_at_once(void)
{
	struct range hour = RANGE_OF(refresh_delay_ms(3600, random * STEP));

	CU_ASSERT(hour.least >= 1800000 && hour.least < 1801000);
	CU_ASSERT(hour.most <= 3420000 && hour.most > 3419000);
}

/* 5,000 hosts that began together: no minute has 3 times the mean. */
static void
hosts_that_began_together_come_apart(void)
{
	static unsigned minute[60];
	unsigned most = 0;
	int64_t sum = 0;

	for (uint32_t host = 0; host < 5000; host++) {
		int64_t at = refresh_delay_ms(3600, host * 858993u);

		minute[at / 60000]++;
		sum += at;
	}
	for (size_t i = 0; i < JWT_COUNT(minute); i++)
		most = minute[i] > most ? minute[i] : most;
	/* The mean of a minute, once they are spread out: 5000 / period. */
	CU_ASSERT((double)most < 3.0 * 5000 / ((double)sum / 5000 / 60000));
}

static void
refresh_of_a_cache_from_the_future_comes_within_a_day(void)
{
	CU_ASSERT(refresh_delay_ms(INT64_MAX, UINT32_MAX) <= 86400000);
	CU_ASSERT_EQUAL(refresh_delay_ms(0, 5), 0);
	CU_ASSERT_EQUAL(refresh_delay_ms(INT64_MIN, 5), 0);
}

static void
backoff_doubles_up_to_its_end_with_full_jitter(void)
{
	static const struct {
		unsigned failures;
		int64_t fresh_for;
		int64_t most;
	} cases[] = { { 1, 0, 5000 }, { 2, 0, 10000 }, { 8, 0, 640000 },
		{ 9, 0, 900000 }, { UINT32_MAX, 0, 900000 },
		/* With keys that serve, the usual time counts. */
		{ 1, 1, 5000 }, { 1, 600, 300000 }, { 2, 600, 600000 },
		{ 3, 600, 1200000 }, { 9, 600, 3600000 }, { 1, 86400, 3600000 },
		{ 1, INT64_MAX, 3600000 }, { UINT32_MAX, 600, 3600000 } };

	for (size_t i = 0; i < JWT_COUNT(cases); i++) {
		struct range got = RANGE_OF(backoff_delay_ms(
			cases[i].failures, cases[i].fresh_for, random * STEP));

		CU_ASSERT(got.least >= 1000 &&
			  got.least <= 1000 + cases[i].most / 100);
		CU_ASSERT(got.most <= cases[i].most &&
			  got.most > cases[i].most * 99 / 100);
	}
}

static void
retry_after_is_a_least_time_up_to_an_hour(void)
{
	struct range minute = RANGE_OF(retry_delay_ms(60, random * STEP));
	struct range year =
		RANGE_OF(retry_delay_ms(86400 * 365, random * STEP));

	CU_ASSERT(minute.least >= 60000 && minute.most <= 73000);
	CU_ASSERT(minute.most > minute.least + 12000);
	CU_ASSERT(year.least >= 3600000 && year.most <= 4321000);
	CU_ASSERT_EQUAL(retry_delay_ms(CACHING_UNKNOWN, 5), 0);
}

static void
staleness_grows_with_the_time_that_is_gone(void)
{
	struct key_cache cache = {
		.fetched_at = 1000, .fresh_until = 2000, .stale_until = 10000
	};

	CU_ASSERT_EQUAL(cache_staleness(&cache, 1999), STALENESS_FRESH);
	CU_ASSERT_EQUAL(cache_staleness(&cache, 2000), STALENESS_STALE);
	CU_ASSERT_EQUAL(cache_staleness(&cache, 5999), STALENESS_STALE);
	CU_ASSERT_EQUAL(cache_staleness(&cache, 6000), STALENESS_SERIOUS);
	CU_ASSERT_EQUAL(cache_staleness(&cache, 8999), STALENESS_SERIOUS);
	CU_ASSERT_EQUAL(cache_staleness(&cache, 9000), STALENESS_CRITICAL);
	CU_ASSERT_EQUAL(cache_staleness(&cache, 10000), STALENESS_CRITICAL);
	CU_ASSERT_EQUAL(cache_staleness(&cache, 10001), STALENESS_OVER);
}

#define YEAR (365 * 86400)

static void
cache_from_the_future_counts_from_now(void)
{
	struct key_cache cache = { .fetched_at = YEAR,
		.fresh_until = YEAR + 3600,
		.stale_until = YEAR + 7200 };

	CU_ASSERT_FALSE(cache_from_the_future(&cache, YEAR));
	CU_ASSERT_FALSE(cache_from_the_future(&cache, YEAR - CLOCK_SLACK));
	CU_ASSERT(cache_from_the_future(&cache, YEAR - CLOCK_SLACK - 1));
	cache_count_from_now(&cache, 7200, 1000);
	CU_ASSERT_EQUAL(cache.fetched_at, 1000);
	CU_ASSERT_EQUAL(cache_staleness(&cache, 1000), STALENESS_STALE);
	CU_ASSERT_EQUAL(cache_staleness(&cache, 8201), STALENESS_OVER);
}

/* An end that comes sooner stays: nobody's keys get younger. */
static void
counting_from_now_lengthens_nothing(void)
{
	struct key_cache cache = {
		.fetched_at = 2000, .fresh_until = 2500, .stale_until = 3000
	};

	cache_count_from_now(&cache, 7200, 1000);
	CU_ASSERT_EQUAL(cache.stale_until, 3000);
}

/* ---- kids asked for in vain */

static struct missed missed;

static void
remember(const char *kid, int64_t now)
{
	missed_remember(&missed, slice_of_string(kid), 30000, now);
}

static bool
recently(const char *kid, int64_t now)
{
	return missed_recently(&missed, slice_of_string(kid), now);
}

static void
missed_kid_is_remembered_for_a_cooldown_and_no_other_is(void)
{
	missed_forget_all(&missed);
	CU_ASSERT_FALSE(recently("a", 1));
	remember("a", 1000);
	CU_ASSERT(recently("a", 30999));
	CU_ASSERT_FALSE(recently("a", 31000));
	CU_ASSERT_FALSE(recently("b", 1001));
	CU_ASSERT_FALSE(recently("aa", 1001));
	CU_ASSERT_FALSE(recently("", 1001));
}

static void
missed_again_and_again_it_is_remembered_for_longer(void)
{
	int64_t now = 0;

	missed_forget_all(&missed);
	for (int64_t time = 30000; time <= 60000; time *= 2) {
		remember("a", now);
		CU_ASSERT(recently("a", now + time - 1));
		CU_ASSERT_FALSE(recently("a", now + time));
		now += time;
	}
	for (int i = 0; i < 100; i++)
		remember("a", now);
	CU_ASSERT(recently("a", now + MISSED_MOST_MS - 1));
	CU_ASSERT_FALSE(recently("a", now + MISSED_MOST_MS));
	now += MISSED_MOST_MS + MISSED_FORGET_MS + 1;
	remember("a", now);
	CU_ASSERT_FALSE(recently("a", now + 30000));
}

static void
flood_of_kids_pushes_out_the_oldest(void)
{
	char kid[16];

	missed_forget_all(&missed);
	for (int i = 0; i < 10 * MISSED_MAX; i++) {
		snprintf(kid, sizeof(kid), "%d", i);
		remember(kid, i);
	}
	CU_ASSERT(recently("1279", 2000));
	CU_ASSERT(recently("1200", 2000));
	CU_ASSERT_FALSE(recently("0", 2000));
	CU_ASSERT_FALSE(recently("1000", 2000));
}

static void
a_new_set_of_keys_forgets_them_all(void)
{
	remember("a", 0);
	missed_forget_all(&missed);
	CU_ASSERT_FALSE(recently("a", 1));
}

/* The same kid, another seed: not the same hash. */
static void
nobody_knows_what_a_kid_becomes(void)
{
	missed_forget_all(&missed);
	remember("a", 0);
	missed.seed[0] ^= 1;
	CU_ASSERT_FALSE(recently("a", 1));
}

static const struct unit_test tests[] = {
	UNIT_TEST(refresh_comes_ahead_of_the_end_and_not_for_all_at_once),
	UNIT_TEST(hosts_that_began_together_come_apart),
	UNIT_TEST(refresh_of_a_cache_from_the_future_comes_within_a_day),
	UNIT_TEST(backoff_doubles_up_to_its_end_with_full_jitter),
	UNIT_TEST(retry_after_is_a_least_time_up_to_an_hour),
	UNIT_TEST(staleness_grows_with_the_time_that_is_gone),
	UNIT_TEST(cache_from_the_future_counts_from_now),
	UNIT_TEST(counting_from_now_lengthens_nothing),
	UNIT_TEST(missed_kid_is_remembered_for_a_cooldown_and_no_other_is),
	UNIT_TEST(missed_again_and_again_it_is_remembered_for_longer),
	UNIT_TEST(flood_of_kids_pushes_out_the_oldest),
	UNIT_TEST(a_new_set_of_keys_forgets_them_all),
	UNIT_TEST(nobody_knows_what_a_kid_becomes),
};
UNIT_SUITE("fetch_schedule", tests)
