/* SPDX-License-Identifier: ISC */
#include "freshness.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#define SECONDS_MAX (10 * 365 * 86400LL) /* more counts as that */

static struct slice
trim(struct slice s)
{
	while (s.len > 0 && (s.data[0] == ' ' || s.data[0] == '\t'))
		s = slice_of(s.data + 1, s.len - 1);
	while (s.len > 0 &&
		(s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static bool
is_word(struct slice s, const char *word)
{
	return s.len == strlen(word) &&
	       strncasecmp((const char *)s.data, word, s.len) == 0;
}

/* Digits and nothing else (delta-seconds, section 1.2.2). */
static int64_t
seconds(struct slice value)
{
	int64_t sum = 0;

	if (value.len == 0)
		return CACHING_UNKNOWN;
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] < '0' || value.data[i] > '9')
			return CACHING_UNKNOWN;
		if (sum <= SECONDS_MAX)
			sum = sum * 10 + (value.data[i] - '0');
	}
	return sum < SECONDS_MAX ? sum : SECONDS_MAX;
}

/* Section 5.2: recipients ought to take both forms, token and quoted. */
static struct slice
unquote(struct slice value)
{
	if (value.len >= 2 && value.data[0] == '"' &&
		value.data[value.len - 1] == '"')
		return slice_of(value.data + 1, value.len - 2);
	return value;
}

/* Up to the next comma that isn't quoted. False: there was nothing left. */
static bool
next_directive(struct slice *rest, struct slice *out)
{
	bool quoted = false;
	size_t i = 0;

	if (rest->len == 0)
		return false;
	for (; i < rest->len && (quoted || rest->data[i] != ','); i++) {
		if (rest->data[i] == '"')
			quoted = !quoted;
		else if (quoted && rest->data[i] == '\\')
			i++; /* what follows a backslash ends nothing */
	}
	if (i > rest->len)
		i = rest->len;
	*out = trim(slice_of(rest->data, i));
	*rest = i < rest->len ? slice_of(rest->data + i + 1, rest->len - i - 1)
			      : slice_of(NULL, 0);
	return true;
}

/* Of two max-age in one field the first (section 4.2.1). */
static int64_t
max_age_of(struct slice field)
{
	int64_t age = CACHING_UNKNOWN;
	struct slice directive, name;

	while (next_directive(&field, &directive)) {
		if (is_word(directive, "no-store") ||
			is_word(directive, "no-cache"))
			return 0;
		if (slice_cut(&directive, '=', &name) &&
			is_word(name, "max-age") && age == CACHING_UNKNOWN)
			age = seconds(unquote(directive));
	}
	return age;
}

/* A date in one of the three forms of RFC 9110 section 5.6.7. */
static int64_t
date_of(const char *value)
{
	/* All three name the day first; curl would take less for a date. */
	time_t when = strchr("MTWFS", value[0]) != NULL && value[0] != '\0'
			      ? curl_getdate(value, NULL)
			      : -1;

	return when > 0 ? (int64_t)when : CACHING_UNKNOWN;
}

static void
take_cache_control(struct caching *c, const char *value)
{
	int64_t age = max_age_of(slice_of_string(value));

	if (age != CACHING_UNKNOWN &&
		(c->max_age == CACHING_UNKNOWN || age < c->max_age))
		c->max_age = age;
}

void
caching_take(struct caching *c, const char *name, const char *value)
{
	if (strcasecmp(name, "Cache-Control") == 0)
		take_cache_control(c, value);
	else if (strcasecmp(name, "Age") == 0 && c->age == CACHING_UNKNOWN)
		c->age = seconds(trim(slice_of_string(value)));
	else if (strcasecmp(name, "Date") == 0 && c->date == CACHING_UNKNOWN)
		c->date = date_of(value);
	else if (strcasecmp(name, "Expires") == 0) {
		/* "0" and the like mean "already expired" (section 5.3). */
		int64_t when = date_of(value);

		c->expires = when != CACHING_UNKNOWN ? when : 0;
	}
}

int64_t
caching_fresh_for(const struct caching *c, int64_t now)
{
	int64_t left = FRESH_DEFAULT;

	if (c->max_age != CACHING_UNKNOWN)
		left = c->max_age;
	else if (c->expires != CACHING_UNKNOWN)
		left = c->expires -
		       (c->date != CACHING_UNKNOWN ? c->date : now);
	if (c->age != CACHING_UNKNOWN)
		left -= c->age;
	if (left < FRESH_MIN)
		return FRESH_MIN;
	return left < FRESH_MAX ? left : FRESH_MAX;
}

int64_t
retry_after(const char *value, int64_t now)
{
	int64_t when = seconds(trim(slice_of_string(value)));

	if (when != CACHING_UNKNOWN)
		return when;
	when = date_of(value);
	if (when == CACHING_UNKNOWN)
		return CACHING_UNKNOWN;
	return when > now ? when - now : 0;
}
