/* SPDX-License-Identifier: ISC */
/* revoke: the lines between its two halves, and the answer to a program. */
#include "revoke_write.h"

#include "revocation/entry.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

#define NOW 1800000000

static struct revocation_entry
entry_of(char first, char *what)
{
	struct revocation_entry entry = { .kind = REVOKED_JTI,
		.until = NOW + 60,
		.when = NOW,
		.what = what };

	memset(entry.hex, first, REVOKED_HEX_LEN);
	return entry;
}

static void
what_is_added_is_parsed_again(void)
{
	static char what[] = "a token";
	JWT_AUTO(buffer) lines = BUFFER(REVOKE_ORDER_MAX);
	JWT_AUTO(revoke_order) order;
	struct revocation_entry one = entry_of('a', what);
	struct revocation_entry two = entry_of('b', NULL);

	CU_ASSERT(buffer_append_string(&lines, "token expired\n"));
	CU_ASSERT(revoke_order_add(&lines, &one));
	CU_ASSERT(revoke_order_add(&lines, &two));
	CU_ASSERT(buffer_append_string(&lines, REVOKE_END));
	CU_ASSERT_FATAL(revoke_order_parse(buffer_slice(&lines), &order));
	CU_ASSERT_EQUAL(order.token, REVOKE_TOKEN_EXPIRED);
	CU_ASSERT_EQUAL(order.count, 2);
	CU_ASSERT_EQUAL(order.entry[0].until, NOW + 60);
	CU_ASSERT_STRING_EQUAL(order.entry[0].what, what);
	CU_ASSERT_STRING_EQUAL(order.entry[1].hex, two.hex);
}

static void
a_name_is_written_once(void)
{
	JWT_AUTO(buffer) lines = BUFFER(REVOKE_ORDER_MAX);
	struct revocation_entry one = entry_of('a', NULL);
	size_t len;

	CU_ASSERT(revoke_order_add(&lines, &one));
	len = lines.len;
	CU_ASSERT(revoke_order_add(&lines, &one));
	CU_ASSERT_EQUAL(lines.len, len);
}

/* A claim may say anything, also the name of the entry behind it. */
static void
words_hide_no_name(void)
{
	char what[256], name[ENTRY_NAME_MAX];
	JWT_AUTO(buffer) lines = BUFFER(REVOKE_ORDER_MAX);
	struct revocation_entry one = entry_of('a', what);
	struct revocation_entry two = entry_of('b', NULL);
	size_t len;

	entry_name(two.kind, two.hex, '-', name);
	snprintf(what, sizeof(what), "x\n%s {}\n", name);
	CU_ASSERT(revoke_order_add(&lines, &one));
	len = lines.len;
	CU_ASSERT(revoke_order_add(&lines, &two));
	CU_ASSERT(lines.len > len);
}

static bool
parses(const char *text)
{
	JWT_AUTO(revoke_order) order;

	return revoke_order_parse(slice_of_string(text), &order);
}

#define HEX64                              \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ENTRY "{\"until\":1,\"when\":1}"
#define LINE  "jti-" HEX64 " " ENTRY "\n"

static void
what_is_cut_off_or_not_exactly_right_is_no_order(void)
{
	CU_ASSERT(parses(LINE "end\n"));
	CU_ASSERT(parses("token valid\n" LINE "end\n"));
	CU_ASSERT_FALSE(parses(""));
	CU_ASSERT_FALSE(parses("end\n"));
	CU_ASSERT_FALSE(parses("token valid\nend\n"));
	CU_ASSERT_FALSE(parses(LINE));
	CU_ASSERT_FALSE(parses(LINE "end"));
	CU_ASSERT_FALSE(parses(LINE "end\n" LINE));
	CU_ASSERT_FALSE(parses(LINE "end\nx"));
	CU_ASSERT_FALSE(parses(LINE "\nend\n"));
	CU_ASSERT_FALSE(parses("token odd\n" LINE "end\n"));
	CU_ASSERT_FALSE(parses("token valid\ntoken valid\n" LINE "end\n"));
	CU_ASSERT_FALSE(parses(LINE "token valid\nend\n"));
	CU_ASSERT_FALSE(parses("jti-" HEX64 "a " ENTRY "\nend\n"));
	CU_ASSERT_FALSE(parses("jti/" HEX64 " " ENTRY "\nend\n"));
	CU_ASSERT_FALSE(parses("aud-" HEX64 " " ENTRY "\nend\n"));
	CU_ASSERT_FALSE(parses("../jti-" HEX64 " " ENTRY "\nend\n"));
	CU_ASSERT_FALSE(parses("jti-" HEX64 " {\"until\":1}\nend\n"));
}

static void
more_entries_than_one_call_may_have_are_no_order(void)
{
	JWT_AUTO(buffer) lines = BUFFER(REVOKE_ORDER_MAX);
	JWT_AUTO(revoke_order) order;

	for (size_t i = 0; i < REVOKE_NAMES_MAX; i++)
		CU_ASSERT(buffer_append_string(&lines, LINE));
	CU_ASSERT(buffer_append_string(&lines, REVOKE_END));
	CU_ASSERT(revoke_order_parse(buffer_slice(&lines), &order));
	revoke_order_clear(&order);
	lines.len -= strlen(REVOKE_END);
	CU_ASSERT(buffer_append_string(&lines, LINE REVOKE_END));
	CU_ASSERT_FALSE(revoke_order_parse(buffer_slice(&lines), &order));
}

static void
before_means_in_force_and_as_far(void)
{
	struct revocation_entry jti = entry_of('a', NULL);
	struct revocation_entry sub = { .kind = REVOKED_SUB, .before = NOW };

	CU_ASSERT_FALSE(revoke_was_before(&jti, NOW));
	jti.was_until = NOW - 1;
	CU_ASSERT_FALSE(revoke_was_before(&jti, NOW));
	jti.was_until = NOW;
	CU_ASSERT(revoke_was_before(&jti, NOW));
	sub.was_until = NOW;
	sub.was_before = NOW - 1;
	CU_ASSERT_FALSE(revoke_was_before(&sub, NOW));
	sub.was_before = NOW;
	CU_ASSERT(revoke_was_before(&sub, NOW));
}

static const char *
member(json_t *answer, const char *name)
{
	const char *text = json_string_value(json_object_get(answer, name));

	return text != NULL ? text : "";
}

static void
the_answer_names_what_is_done_and_what_is_not(void)
{
	static char by[] = "root", what[] = "a token";
	const struct revoke_writer writer = { by, "stolen", NOW };
	const struct ctl_store closed = { 0 };
	struct revoke_order order = { .token = REVOKE_TOKEN_VALID,
		.entry = { entry_of('a', what), entry_of('b', what) },
		.count = 2 };
	struct revoke_result result = { 2, JWT_OK, { "" } };
	json_t *answer = revoke_answer(&writer, &closed, &order, &result);

	CU_ASSERT_STRING_EQUAL(member(answer, "result"), "revoked");
	CU_ASSERT_STRING_EQUAL(member(answer, "token"), "valid");
	CU_ASSERT_STRING_EQUAL(member(answer, "why"), "stolen");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(answer, "entries")), 2);
	json_decref(answer);
	order.entry[0].was_until = order.entry[1].was_until = NOW;
	answer = revoke_answer(&writer, &closed, &order, &result);
	CU_ASSERT_STRING_EQUAL(member(answer, "result"), "revoked_before");
	json_decref(answer);
	result = (struct revoke_result){ 1, JWT_REVOCATION_LOST, { "empty" } };
	answer = revoke_answer(&writer, &closed, &order, &result);
	CU_ASSERT_STRING_EQUAL(member(answer, "result"), "failed");
	CU_ASSERT_STRING_EQUAL(member(answer, "error"), "revocation_lost");
	CU_ASSERT_STRING_EQUAL(member(answer, "detail"), "empty");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(answer, "entries")), 1);
	json_decref(answer);
}

static const struct unit_test tests[] = {
	UNIT_TEST(what_is_added_is_parsed_again),
	UNIT_TEST(a_name_is_written_once),
	UNIT_TEST(words_hide_no_name),
	UNIT_TEST(what_is_cut_off_or_not_exactly_right_is_no_order),
	UNIT_TEST(more_entries_than_one_call_may_have_are_no_order),
	UNIT_TEST(before_means_in_force_and_as_far),
	UNIT_TEST(the_answer_names_what_is_done_and_what_is_not),
};

UNIT_SUITE("revoke_order", tests)
