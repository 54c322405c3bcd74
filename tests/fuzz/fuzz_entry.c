/* SPDX-License-Identifier: ISC */
/*
 * A revocation entry as a store gives it back: first line the name, behind
 * it the JSON. What parses is written again and parses to the same; a name
 * has one form; revoking twice never revokes less.
 */
#include "fuzz.h"
#include "oracle.h"
#include "revocation/entry.h"

#include <string.h>

#define TIME_MAX 253402300799

static void
check_name(struct slice name, struct revocation_entry *entry)
{
	char again[ENTRY_NAME_MAX];

	if (!entry_from_name(name, '-', entry))
		return;
	REQUIRE(entry->kind < REVOKED_KIND_COUNT);
	entry_name(entry->kind, entry->hex, '-', again);
	REQUIRE(slice_equals_string(name, again));
}

static bool
same_words(const char *a, const char *b)
{
	return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static bool
is_time(const json_t *root, const char *name, int64_t expected)
{
	const json_t *value = json_object_get(root, name);

	return json_is_integer(value) && json_integer_value(value) >= 0 &&
	       json_integer_value(value) <= TIME_MAX &&
	       (expected < 0 || json_integer_value(value) == expected);
}

static bool
says(const json_t *root, const char *name, const char *words)
{
	const char *theirs = json_string_value(json_object_get(root, name));

	return same_words(theirs, words);
}

/* An entry, by jansson, and the very one. */
static void
check_parsed(struct slice text, enum jwt_reason reason,
	const struct revocation_entry *entry)
{
	json_t *root = NULL;
	enum oracle oracle = oracle_json(text, &root);
	bool all = json_object_get(root, "before") == NULL;

	if (text.len > REVOKED_ENTRY_MAX || oracle == ORACLE_REFUSES) {
		REQUIRE(reason == JWT_TOKEN_MALFORMED);
	} else if (oracle == ORACLE_ACCEPTS) {
		REQUIRE((reason == JWT_OK) ==
			(is_time(root, "until", -1) &&
				is_time(root, "when", -1) &&
				(all || is_time(root, "before", -1))));
		REQUIRE(reason != JWT_OK ||
			(is_time(root, "until", entry->until) &&
				is_time(root, "when", entry->when) &&
				(all ? entry->before == REVOKED_ALL_BEFORE
				     : is_time(root, "before",
					       entry->before)) &&
				says(root, "by", entry->by) &&
				says(root, "why", entry->why) &&
				says(root, "what", entry->what)));
	}
	json_decref(root);
}

static void
check_round_trip(const struct revocation_entry *entry)
{
	JWT_AUTO(buffer) out = BUFFER(REVOKED_ENTRY_MAX);
	struct revocation_entry again = { .kind = entry->kind };
	struct report r = { 0 };
	enum jwt_reason reason = UNDER_TEST(entry_format(entry, &out, &r));

	if (fault_struck())
		REQUIRE(reason == JWT_INTERNAL_ERROR);
	if (reason != JWT_OK) {
		REQUIRE(out.len == 0 && r.text[0] != '\0');
		return;
	}
	REQUIRE(entry_parse(buffer_slice(&out), &again, &r) == JWT_OK);
	REQUIRE(again.until == entry->until && again.when == entry->when);
	REQUIRE(same_words(again.by, entry->by) &&
		same_words(again.why, entry->why) &&
		same_words(again.what, entry->what));
	if (entry->kind == REVOKED_SUB)
		REQUIRE(again.before == entry->before);
	revocation_entry_clear(&again);
}

/* What either of two entries hits, the widened one hits. */
static void
check_widen(const struct revocation_entry *entry)
{
	struct revocation_entry older = { .until = entry->when,
		.before = entry->until };
	struct revocation_entry wide = { .kind = entry->kind,
		.until = entry->until,
		.before = entry->before };
	const int64_t times[] = { 0, entry->when, entry->until, entry->before,
		TIME_MAX };

	older.kind = entry->kind;
	entry_widen(&wide, &older);
	for (size_t i = 0; i < JWT_COUNT(times); i++)
		for (size_t j = 0; j < JWT_COUNT(times); j++)
			REQUIRE(entry_hits(&wide, true, times[i], times[j]) ||
				!(entry_hits(entry, true, times[i], times[j]) ||
					entry_hits(&older, true, times[i],
						times[j])));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_of(data, size);
	struct slice name = fuzz_part(&input, '\n');
	struct slice text = fuzz_copy(input);
	struct revocation_entry entry = { 0 };
	struct report r = { 0 };
	enum jwt_reason reason;

	check_name(name, &entry);
	reason = UNDER_TEST(entry_parse(text, &entry, &r));
	if (fault_struck())
		REQUIRE(reason != JWT_OK);
	else
		check_parsed(text, reason, &entry);
	fuzz_copy_free(text);
	if (reason != JWT_OK) {
		REQUIRE(r.text[0] != '\0' && entry.by == NULL &&
			entry.why == NULL && entry.what == NULL);
		return 0;
	}
	REQUIRE(entry.until >= 0 && entry.until <= TIME_MAX);
	REQUIRE(entry.when >= 0 && entry.when <= TIME_MAX);
	REQUIRE(entry.before >= 0);
	check_round_trip(&entry);
	check_widen(&entry);
	revocation_entry_clear(&entry);
	return 0;
}
