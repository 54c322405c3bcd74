/* SPDX-License-Identifier: ISC */
/* The fetcher's pure parts: when to fetch again, and where. */
#include "discovery.h"
#include "freshness.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static int64_t
age(const char *field)
{
	return cache_control_max_age(slice_of_string(field));
}

static void
max_age_is_found_among_directives(void)
{
	CU_ASSERT_EQUAL(age("max-age=600"), 600);
	CU_ASSERT_EQUAL(age("public, MAX-AGE=\"7\" , must-revalidate"), 7);
	CU_ASSERT_EQUAL(age("max-age=1, max-age=2"), 1);
	CU_ASSERT_EQUAL(age("max-age=0"), 0);
	CU_ASSERT_EQUAL(age("max-age=99999999999999999999999"), FRESH_MAX);
}

static void
max_age_that_makes_no_sense_is_unknown(void)
{
	static const char *const strange[] = { "", ",", "max-age",
		"max-age=", "max-age=-1", "max-age=1.5", "max-age=\"",
		"max-age=\"\"", "max-age=1s", "s-maxage=5", "x-max-age=5",
		"public" };

	for (size_t i = 0; i < JWT_COUNT(strange); i++)
		CU_ASSERT_EQUAL(age(strange[i]), MAX_AGE_UNKNOWN);
}

static void
no_store_and_no_cache_outweigh_max_age(void)
{
	CU_ASSERT_EQUAL(age("max-age=600, no-store"), 0);
	CU_ASSERT_EQUAL(age("No-Cache,max-age=600"), 0);
}

static void
freshness_is_between_five_minutes_and_a_day(void)
{
	CU_ASSERT_EQUAL(freshness_of(0), 300);
	CU_ASSERT_EQUAL(freshness_of(299), 300);
	CU_ASSERT_EQUAL(freshness_of(301), 301);
	CU_ASSERT_EQUAL(freshness_of(86400), 86400);
	CU_ASSERT_EQUAL(freshness_of(INT64_MAX), 86400);
	CU_ASSERT_EQUAL(freshness_of(MAX_AGE_UNKNOWN), 3600);
}

static void
refresh_comes_ahead_of_the_end_and_not_for_all_at_once(void)
{
	int64_t least = INT64_MAX, most = 0;

	for (uint32_t i = 0; i < 10000; i++) {
		int64_t delay = refresh_delay_ms(3600, i * 429496u);

		least = delay < least ? delay : least;
		most = delay > most ? delay : most;
	}
	CU_ASSERT(least >= 2700000 && least < 2800000);
	CU_ASSERT(most <= 3420000 && most > 3320000);
}

static void
refresh_of_a_cache_from_the_future_comes_within_a_day(void)
{
	CU_ASSERT(refresh_delay_ms(INT64_MAX, UINT32_MAX) <= 86400000);
	CU_ASSERT_EQUAL(refresh_delay_ms(0, 5), 0);
	CU_ASSERT_EQUAL(refresh_delay_ms(INT64_MIN, 5), 0);
}

static void
backoff_doubles_up_to_its_end_with_jitter(void)
{
	CU_ASSERT_EQUAL(backoff_delay_ms(1, 0), 2500);
	CU_ASSERT_EQUAL(backoff_delay_ms(2, 0), 5000);
	CU_ASSERT_EQUAL(backoff_delay_ms(3, 0), 10000);
	for (uint32_t i = 0; i < 1000; i++) {
		int64_t first = backoff_delay_ms(1, i * 4294967u);
		int64_t last = backoff_delay_ms(UINT32_MAX, i * 4294967u);

		CU_ASSERT(first >= 2500 && first <= 5000);
		CU_ASSERT(last >= 450000 && last <= 900000);
	}
}

static void
is_asked_at(const char *issuer, enum discovery_form form, const char *expected)
{
	char *url = NULL;
	enum jwt_reason reason = discovery_url(issuer, form, &url, NULL);

	CU_ASSERT_EQUAL(
		reason, expected != NULL ? JWT_OK : JWT_KEYS_UNAVAILABLE);
	CU_ASSERT((expected == NULL) == (url == NULL));
	if (url != NULL && expected != NULL)
		CU_ASSERT_STRING_EQUAL(url, expected);
	free(url);
}

/* OIDC Discovery 4.1 appends, RFC 8414 section 3.1 inserts. */
static void
discovery_is_asked_where_both_standards_say(void)
{
	is_asked_at("https://a.example", DISCOVERY_OIDC,
		"https://a.example/.well-known/openid-configuration");
	is_asked_at("https://a.example/x/", DISCOVERY_OIDC,
		"https://a.example/x/.well-known/openid-configuration");
	is_asked_at("https://a.example:8443", DISCOVERY_OAUTH,
		"https://a.example:8443/.well-known/"
		"oauth-authorization-server");
	is_asked_at("https://a.example/", DISCOVERY_OAUTH,
		"https://a.example/.well-known/oauth-authorization-server");
	is_asked_at("https://a.example/realms/x/", DISCOVERY_OAUTH,
		"https://a.example/.well-known/oauth-authorization-server"
		"/realms/x");
}

static void
issuer_that_cannot_be_discovered_is_refused(void)
{
	static const char *const bad[] = { "http://a.example", "", "https://",
		"a.example", "https://u@a.example", "https://u:p@a.example",
		"https://a.example#f", "https://a.example?q=1",
		"https://a.example/ x" };

	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		is_asked_at(bad[i], DISCOVERY_OIDC, NULL);
		is_asked_at(bad[i], DISCOVERY_OAUTH, NULL);
	}
}

static void
url_longer_than_its_cap_is_refused(void)
{
	char url[URL_MAX_BYTES + 2] = "https://a.example/";

	memset(url + strlen(url), 'x', sizeof(url) - 1 - strlen(url));
	CU_ASSERT_EQUAL(url_check(url, "jwks_uri", NULL), JWT_KEYS_UNAVAILABLE);
	url[URL_MAX_BYTES] = '\0';
	CU_ASSERT_EQUAL(url_check(url, "jwks_uri", NULL), JWT_OK);
}

static const struct unit_test tests[] = {
	UNIT_TEST(max_age_is_found_among_directives),
	UNIT_TEST(max_age_that_makes_no_sense_is_unknown),
	UNIT_TEST(no_store_and_no_cache_outweigh_max_age),
	UNIT_TEST(freshness_is_between_five_minutes_and_a_day),
	UNIT_TEST(refresh_comes_ahead_of_the_end_and_not_for_all_at_once),
	UNIT_TEST(refresh_of_a_cache_from_the_future_comes_within_a_day),
	UNIT_TEST(backoff_doubles_up_to_its_end_with_jitter),
	UNIT_TEST(discovery_is_asked_where_both_standards_say),
	UNIT_TEST(issuer_that_cannot_be_discovered_is_refused),
	UNIT_TEST(url_longer_than_its_cap_is_refused),
};
UNIT_SUITE("fetch_rules", tests)
