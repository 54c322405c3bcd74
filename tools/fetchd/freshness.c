/* SPDX-License-Identifier: ISC */
#include "freshness.h"

#include <string.h>
#include <strings.h>

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

/* Digits, perhaps in quotes; more than FRESH_MAX counts as that. */
static int64_t
seconds(struct slice value)
{
	int64_t sum = 0;

	if (value.len >= 2 && value.data[0] == '"' &&
		value.data[value.len - 1] == '"')
		value = slice_of(value.data + 1, value.len - 2);
	if (value.len == 0)
		return MAX_AGE_UNKNOWN;
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] < '0' || value.data[i] > '9')
			return MAX_AGE_UNKNOWN;
		if (sum <= FRESH_MAX)
			sum = sum * 10 + (value.data[i] - '0');
	}
	return sum < FRESH_MAX ? sum : FRESH_MAX;
}

int64_t
cache_control_max_age(struct slice field)
{
	int64_t age = MAX_AGE_UNKNOWN;
	struct slice directive, name;

	for (bool more = true; more;) {
		more = slice_cut(&field, ',', &directive);
		if (!more)
			directive = field;
		directive = trim(directive);
		if (is_word(directive, "no-store") ||
			is_word(directive, "no-cache"))
			return 0;
		if (slice_cut(&directive, '=', &name) &&
			is_word(name, "max-age") && age == MAX_AGE_UNKNOWN)
			age = seconds(directive);
	}
	return age;
}

int64_t
freshness_of(int64_t max_age)
{
	if (max_age == MAX_AGE_UNKNOWN)
		return FRESH_DEFAULT;
	if (max_age < FRESH_MIN)
		return FRESH_MIN;
	return max_age < FRESH_MAX ? max_age : FRESH_MAX;
}

/* A value in [low, high]. */
static int64_t
between(int64_t low, int64_t high, uint32_t random)
{
	return low + (int64_t)(random % (uint64_t)(high - low + 1));
}

int64_t
refresh_delay_ms(int64_t fresh_for, uint32_t random)
{
	if (fresh_for <= 0)
		return 0;
	if (fresh_for > FRESH_MAX) /* the clock was set back: ask again */
		fresh_for = FRESH_MAX;
	return between(fresh_for * 750, fresh_for * 950, random);
}

int64_t
backoff_delay_ms(unsigned failures, uint32_t random)
{
	int64_t most = BACKOFF_MIN_MS;

	for (unsigned i = 1; i < failures && most < BACKOFF_MAX_MS; i++)
		most *= 2;
	if (most > BACKOFF_MAX_MS)
		most = BACKOFF_MAX_MS;
	return between(most / 2, most, random);
}
