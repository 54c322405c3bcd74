/* SPDX-License-Identifier: ISC */
/* The fetcher's pure parts: how long an answer is fresh, and where to ask. */
#include "discovery.h"
#include "freshness.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

/* Header lines into what they say; the last is followed by NULL. */
static struct caching
headers(const char *const *lines)
{
	struct caching c = CACHING_NOTHING;

	for (; lines[0] != NULL; lines += 2)
		caching_take(&c, lines[0], lines[1]);
	return c;
}
#define HEADERS(...) headers((const char *const[]){ __VA_ARGS__, NULL })

#define NOW 1700000000 /* Tue, 14 Nov 2023 22:13:20 GMT */

static int64_t
age(const char *field)
{
	return HEADERS("Cache-Control", field).max_age;
}

static int64_t
fresh_for(struct caching c)
{
	return caching_fresh_for(&c, NOW);
}

static void
max_age_is_found_among_directives(void)
{
	CU_ASSERT_EQUAL(age("max-age=600"), 600);
	CU_ASSERT_EQUAL(age("public, MAX-AGE=\"7\" , must-revalidate"), 7);
	CU_ASSERT_EQUAL(age("max-age=1, max-age=2"), 1);
	CU_ASSERT_EQUAL(age("max-age=0"), 0);
	CU_ASSERT_EQUAL(age("private=\"a, max-age=5\", max-age=8"), 8);
	CU_ASSERT_EQUAL(age("x=\"\\\", max-age=5\", max-age=8"), 8);
	CU_ASSERT(age("max-age=99999999999999999999999") > FRESH_MAX);
}

static void
max_age_that_makes_no_sense_is_unknown(void)
{
	static const char *const strange[] = { "", ",", "max-age",
		"max-age=", "max-age=-1", "max-age=1.5", "max-age=\"",
		"max-age=\"\"", "max-age=1s", "s-maxage=5", "x-max-age=5",
		"public", "x=\"max-age=5", "x=\"\\", "no-cache=\"a\"" };

	for (size_t i = 0; i < JWT_COUNT(strange); i++)
		CU_ASSERT_EQUAL(age(strange[i]), CACHING_UNKNOWN);
}

static void
no_store_and_no_cache_outweigh_max_age(void)
{
	CU_ASSERT_EQUAL(age("max-age=600, no-store"), 0);
	CU_ASSERT_EQUAL(age("No-Cache,max-age=600"), 0);
}

static void
of_several_fields_the_strictest_counts(void)
{
	struct caching c = HEADERS("cache-control", "max-age=900",
		"Cache-Control", "max-age=800", "CACHE-CONTROL", "public");

	CU_ASSERT_EQUAL(c.max_age, 800);
}

static void
freshness_is_between_five_minutes_and_a_day(void)
{
	CU_ASSERT_EQUAL(fresh_for(HEADERS("Cache-Control", "max-age=0")), 300);
	CU_ASSERT_EQUAL(
		fresh_for(HEADERS("Cache-Control", "max-age=299")), 300);
	CU_ASSERT_EQUAL(
		fresh_for(HEADERS("Cache-Control", "max-age=301")), 301);
	CU_ASSERT_EQUAL(fresh_for(HEADERS("Cache-Control",
				"max-age=9999999999999999999")),
		86400);
	CU_ASSERT_EQUAL(fresh_for(CACHING_NOTHING), 3600);
	CU_ASSERT_EQUAL(
		fresh_for(HEADERS("Cache-Control", "must-revalidate")), 3600);
}

static void
age_is_taken_off(void)
{
	CU_ASSERT_EQUAL(fresh_for(HEADERS("Cache-Control", "max-age=4000",
				"Age", "1000")),
		3000);
	CU_ASSERT_EQUAL(fresh_for(HEADERS("Cache-Control", "max-age=4000",
				"Age", "99999999999999999999")),
		300);
	CU_ASSERT_EQUAL(fresh_for(HEADERS("Age", "600")), 3000);
	CU_ASSERT_EQUAL(fresh_for(HEADERS("Age", "-600")), 3600);
	CU_ASSERT_EQUAL(fresh_for(HEADERS("Age", "10m")), 3600);
}

/* The issuer's clock is a day off: it does not matter. */
static void
expires_counts_from_the_issuers_own_date(void)
{
	CU_ASSERT_EQUAL(
		fresh_for(HEADERS("Date", "Wed, 15 Nov 2023 22:00:00 GMT",
			"Expires", "Wed, 15 Nov 2023 22:20:00 GMT")),
		1200);
	CU_ASSERT_EQUAL(
		fresh_for(HEADERS("Expires", "Tue, 14 Nov 2023 22:33:20 GMT")),
		1200);
	CU_ASSERT_EQUAL(fresh_for(HEADERS(
				"Expires", "Tuesday, 14-Nov-23 22:33:20 GMT")),
		1200);
	CU_ASSERT_EQUAL(
		fresh_for(HEADERS("Expires", "Tue Nov 14 22:33:20 2023")),
		1200);
}

static void
max_age_outweighs_expires(void)
{
	CU_ASSERT_EQUAL(
		fresh_for(HEADERS("Expires", "Tue, 14 Nov 2023 22:33:20 GMT",
			"Cache-Control", "max-age=700")),
		700);
}

static void
expires_in_the_past_or_no_date_is_the_least(void)
{
	static const char *const past[] = { "0", "-1", "", "soon", "1700009999",
		"Tue, 14 Nov 2000 22:33:20 GMT", "Thu, 99 Foo 2023" };

	for (size_t i = 0; i < JWT_COUNT(past); i++)
		CU_ASSERT_EQUAL(fresh_for(HEADERS("Expires", past[i])), 300);
}

static void
retry_after_is_seconds_or_a_date(void)
{
	CU_ASSERT_EQUAL(retry_after("120", NOW), 120);
	CU_ASSERT_EQUAL(retry_after(" 0 ", NOW), 0);
	CU_ASSERT_EQUAL(retry_after("Tue, 14 Nov 2023 22:14:20 GMT", NOW), 60);
	CU_ASSERT_EQUAL(retry_after("Tue, 14 Nov 2000 22:14:20 GMT", NOW), 0);
	CU_ASSERT_EQUAL(retry_after("", NOW), CACHING_UNKNOWN);
	CU_ASSERT_EQUAL(retry_after("-5", NOW), CACHING_UNKNOWN);
	CU_ASSERT_EQUAL(retry_after("later", NOW), CACHING_UNKNOWN);
	CU_ASSERT(retry_after("99999999999999999999999", NOW) > 0);
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
		"https://a.example/ x", "https:/a.example",
		"https:///a.example", "https:a.example" };

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
	UNIT_TEST(of_several_fields_the_strictest_counts),
	UNIT_TEST(freshness_is_between_five_minutes_and_a_day),
	UNIT_TEST(age_is_taken_off),
	UNIT_TEST(expires_counts_from_the_issuers_own_date),
	UNIT_TEST(max_age_outweighs_expires),
	UNIT_TEST(expires_in_the_past_or_no_date_is_the_least),
	UNIT_TEST(retry_after_is_seconds_or_a_date),
	UNIT_TEST(discovery_is_asked_where_both_standards_say),
	UNIT_TEST(issuer_that_cannot_be_discovered_is_refused),
	UNIT_TEST(url_longer_than_its_cap_is_refused),
};
UNIT_SUITE("fetch_rules", tests)
