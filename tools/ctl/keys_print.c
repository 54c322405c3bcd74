/* SPDX-License-Identifier: ISC */
/*
 * What keys show prints: a table for people, JSON for programs. A kid is an
 * issuer's text: what could steer a terminal is not printed.
 */
#include "keys_common.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TIME_MAX       32
#define ALGORITHMS_MAX 128
#define KID_WIDTH      44 /* a thumbprint has 43 characters */
#define MINUTE	       60
#define HOUR	       (60 * MINUTE)
#define DAY	       (24 * HOUR)

static const char *
type_name(const struct jwk *key)
{
	static const char *const names[] = { [JWK_RSA] = "RSA",
		[JWK_EC] = "EC",
		[JWK_OKP] = "OKP",
		[JWK_OCT] = "oct" };

	return names[jwk_type(key)];
}

/* Those that key and config both allow, separated by blanks. */
static void
say_algorithms(const struct keys_shown *shown, const struct jwk *key, char *out,
	size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (int i = 0; i < JWS_ALG_COUNT; i++) {
		enum jws_alg alg = (enum jws_alg)i;

		if ((shown->issuer->algorithms & JWS_ALG_BIT(alg)) == 0 ||
			!jwk_allows(key, alg))
			continue;
		len += (size_t)snprintf(out + len, size - len, "%s%s",
			len > 0 ? " " : "", jws_alg_info(alg)->name);
	}
}

static void
say_kid(const struct jwk *key, char out[JWK_KID_MAX + 1])
{
	struct slice kid = jwk_kid(key);

	for (size_t i = 0; i < kid.len && i < JWK_KID_MAX; i++)
		*out++ = kid.data[i] >= ' ' && kid.data[i] < 127
				 ? (char)kid.data[i]
				 : '?';
	*out = '\0';
}

static void
say_time(int64_t when, char out[TIME_MAX])
{
	time_t seconds = (time_t)when;
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL ||
		strftime(out, TIME_MAX, "%Y-%m-%d %H:%M:%SZ", &tm) == 0)
		snprintf(out, TIME_MAX, "%" PRId64, when);
}

/* "in 12 minutes", "3 days ago": the largest unit that says it. */
static void
print_time(const char *what, int64_t when, int64_t now)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = { { DAY, "day" }, { HOUR, "hour" }, { MINUTE, "minute" },
		{ 1, "second" } };
	int64_t distance = when > now ? when - now : now - when, count;
	char text[TIME_MAX];
	size_t i = 0;

	while (i + 1 < JWT_COUNT(units) && distance < units[i].seconds)
		i++;
	count = distance / units[i].seconds;
	say_time(when, text);
	printf("  %-13s%s (%s%" PRId64 " %s%s%s)\n", what, text,
		when > now ? "in " : "", count, units[i].name,
		count == 1 ? "" : "s", when > now ? "" : " ago");
}

static const char *
source_of(const struct keys_shown *shown)
{
	if (shown->issuer->jwks_file != NULL)
		return shown->issuer->jwks_file;
	if (shown->issuer->secret_files.count > 0)
		return "secret_files";
	if (shown->cache.jwks_uri != NULL)
		return shown->cache.jwks_uri;
	return shown->issuer->jwks_uri != NULL ? shown->issuer->jwks_uri
					       : "OIDC discovery";
}

static void
print_keys(const struct keys_shown *shown)
{
	printf("  %-*s  %-4s  %s\n", KID_WIDTH, "KID", "TYPE", "ALGORITHMS");
	for (size_t i = 0; i < jwks_count(shown->keys); i++) {
		const struct jwk *key = jwks_at(shown->keys, i);
		char kid[JWK_KID_MAX + 1], algorithms[ALGORITHMS_MAX];

		say_kid(key, kid);
		say_algorithms(shown, key, algorithms, sizeof(algorithms));
		printf("  %-*s  %-4s  %s\n", KID_WIDTH,
			kid[0] != '\0' ? kid : "(none)", type_name(key),
			algorithms[0] != '\0' ? algorithms : "none allowed");
	}
	if (jwks_skipped(shown->keys) > 0)
		printf("  skipped: %zu, the last because: %s\n",
			jwks_skipped(shown->keys), shown->report.text);
}

static void
print_fetcher(const struct fetcher_said *said, int64_t now)
{
	if (!said->answered) {
		printf("  %-13sdoes not answer: %s; see: systemctl status "
		       "jwtauth-fetchd\n",
			"fetcher", said->error.text);
		return;
	}
	if (said->problem[0] != '\0' && said->failures == 0)
		printf("  %-13srenewed the keys, but %s\n", "fetcher",
			said->problem);
	else if (said->problem[0] != '\0')
		printf("  %-13sfailed %lld time%s: %s\n", "fetcher",
			(long long)said->failures,
			said->failures == 1 ? "" : "s", said->problem);
	if (said->tried_at != 0)
		print_time("last try", said->tried_at, now);
	if (said->fetching)
		printf("  %-13sunder way\n", "next try");
	else if (said->next_try != 0)
		print_time("next try", said->next_try, now);
}

void
keys_print_table(
	const struct keys_shown *shown, const struct fetcher_said *said)
{
	printf("%s  %s\n", shown->issuer->name, shown->issuer->issuer);
	printf("  %-13s%s\n", "keys from", source_of(shown));
	printf("  %-13s%s\n", "state", keys_state(shown));
	if (shown->cache.issuer != NULL) {
		print_time("fetched", shown->cache.fetched_at, shown->now);
		print_time("fresh until", shown->cache.fresh_until, shown->now);
		print_time("stale until", shown->cache.stale_until, shown->now);
	}
	if (shown->keys == NULL)
		printf("  %-13s%s\n", "reason", shown->report.text);
	if (keys_warning(shown) != NULL)
		printf("  %-13s%s\n", "warning", keys_warning(shown));
	if (said != NULL)
		print_fetcher(said, shown->now);
	if (shown->keys != NULL)
		print_keys(shown);
	printf("\n");
}

static json_t *
key_to_json(const struct keys_shown *shown, const struct jwk *key)
{
	char kid[JWK_KID_MAX + 1], algorithms[ALGORITHMS_MAX];
	JWT_AUTO(json) names = json_array();
	char *rest = algorithms, *name;

	say_kid(key, kid);
	say_algorithms(shown, key, algorithms, sizeof(algorithms));
	while ((name = strsep(&rest, " ")) != NULL)
		if (name[0] != '\0' &&
			json_array_append_new(names, json_string(name)) != 0)
			return NULL;
	return json_pack("{s:s, s:s, s:O}", "kid", kid, "kty", type_name(key),
		"algorithms", names);
}

static json_t *
fetcher_to_json(const struct fetcher_said *said)
{
	if (said == NULL)
		return NULL;
	if (!said->answered)
		return json_pack(
			"{s:b, s:s}", "answers", 0, "error", said->error.text);
	return json_pack("{s:b, s:I, s:b, s:o*, s:o*, s:s*}", "answers", 1,
		"failures", (json_int_t)said->failures, "fetching",
		said->fetching, "tried_at",
		said->tried_at != 0 ? json_integer(said->tried_at) : NULL,
		"next_try",
		said->next_try != 0 ? json_integer(said->next_try) : NULL,
		"problem", said->problem[0] != '\0' ? said->problem : NULL);
}

json_t *
keys_to_json(const struct keys_shown *shown, const struct fetcher_said *said)
{
	size_t count = shown->keys != NULL ? jwks_count(shown->keys) : 0;
	JWT_AUTO(json) keys = json_array();
	bool cached = shown->cache.issuer != NULL;

	for (size_t i = 0; i < count; i++)
		if (json_array_append_new(keys,
			    key_to_json(shown, jwks_at(shown->keys, i))) != 0)
			return NULL;
	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:o*, s:o*, s:o*, s:s*, "
			 "s:s*, s:o*, s:O}",
		"name", shown->issuer->name, "issuer", shown->issuer->issuer,
		"source", source_of(shown), "state", keys_state(shown),
		"usable", keys_usable(shown), "fetched_at",
		cached ? json_integer(shown->cache.fetched_at) : NULL,
		"fresh_until",
		cached ? json_integer(shown->cache.fresh_until) : NULL,
		"stale_until",
		cached ? json_integer(shown->cache.stale_until) : NULL, "error",
		shown->keys == NULL ? shown->report.text : NULL, "warning",
		keys_warning(shown), "fetcher", fetcher_to_json(said), "keys",
		keys);
}
