/* SPDX-License-Identifier: ISC */
/* Lines of JSON: what a reader of the log gets, held against jansson. */
#include "jose/json_line.h"
#include "suite.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The line that has this text as its one member. */
static void
line_of(struct slice text, struct buffer *out)
{
	struct json_line line = json_line_begin(out);

	json_line_text(&line, "x", text);
	CU_ASSERT(json_line_end(&line));
}

static bool
line_is(const char *text, const char *expected)
{
	JWT_AUTO(buffer) out = BUFFER(4096);

	line_of(slice_of_string(text), &out);
	return strcmp(buffer_string(&out), expected) == 0;
}

static void
members_come_in_their_order(void)
{
	JWT_AUTO(buffer) out = BUFFER(4096);
	struct json_line line;

	CU_ASSERT(buffer_append_string(&out, "tag: "));
	line = json_line_begin(&out);
	json_line_string(&line, "a", "b");
	json_line_number(&line, "least", INT64_MIN);
	json_line_number(&line, "most", INT64_MAX);
	json_line_bool(&line, "yes", true);
	json_line_bool(&line, "no", false);
	json_line_null(&line, "null");
	json_line_string(&line, "absent", NULL);
	json_line_string(&line, "empty", "");
	CU_ASSERT(json_line_end(&line));
	CU_ASSERT_STRING_EQUAL(buffer_string(&out),
		"tag: {\"a\":\"b\",\"least\":-9223372036854775808,"
		"\"most\":9223372036854775807,\"yes\":true,\"no\":false,"
		"\"null\":null,\"absent\":null,\"empty\":null}");
}

static void
an_object_without_members_is_empty(void)
{
	JWT_AUTO(buffer) out = BUFFER(16);
	struct json_line line = json_line_begin(&out);

	CU_ASSERT(json_line_end(&line));
	CU_ASSERT_STRING_EQUAL(buffer_string(&out), "{}");
}

/* A value can't end its string, nor its line, nor move a cursor. */
static void
what_could_end_a_string_or_a_line_is_escaped(void)
{
	CU_ASSERT(line_is("a\",\"decision\":\"allow",
		"{\"x\":\"a\\\",\\\"decision\\\":\\\"allow\"}"));
	CU_ASSERT(line_is("\\", "{\"x\":\"\\\\\"}"));
	CU_ASSERT(line_is("a\nb\r\tc", "{\"x\":\"a\\u000ab\\u000d\\u0009c\"}"));
	CU_ASSERT(line_is(
		"\x1b[2J\x7f\x01", "{\"x\":\"\\u001b[2J\\u007f\\u0001\"}"));
	CU_ASSERT(line_is("\xc2\x9b"
			  "2J",
		"{\"x\":\"\\u009b2J\"}"));
}

static void
a_nul_inside_ends_nothing(void)
{
	JWT_AUTO(buffer) out = BUFFER(64);

	line_of(slice_of("a\0b", 3), &out);
	CU_ASSERT_STRING_EQUAL(buffer_string(&out), "{\"x\":\"a\\u0000b\"}");
}

static void
beyond_sixteen_bits_stand_two_surrogates(void)
{
	CU_ASSERT(line_is("\xf0\x9f\x94\x91", "{\"x\":\"\\ud83d\\udd11\"}"));
	CU_ASSERT(line_is("\xf0\x90\x80\x80", "{\"x\":\"\\ud800\\udc00\"}"));
	CU_ASSERT(line_is("\xf4\x8f\xbf\xbf", "{\"x\":\"\\udbff\\udfff\"}"));
	CU_ASSERT(line_is("\xef\xbf\xbf", "{\"x\":\"\\uffff\"}"));
}

static void
what_is_not_utf8_is_said_to_be_so(void)
{
	static const char *const bad[] = { "\xff", "ok\xc3", "\xc0\x80",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80", "\xe2\x82",
		"root\xe2\x28\xa1" };

	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT(line_is(bad[i], "{\"x\":\"(not UTF-8)\"}"));
}

static void
no_room_is_a_failure(void)
{
	for (size_t max = 0; max < strlen("{\"x\":\"abc\"}"); max++) {
		JWT_AUTO(buffer) out = BUFFER(max);
		struct json_line line = json_line_begin(&out);

		json_line_string(&line, "x", "abc");
		CU_ASSERT_FALSE(json_line_end(&line));
	}
}

static struct slice
random_text(uint8_t out[32])
{
	size_t len = (size_t)(random() % 32);

	for (size_t i = 0; i < len; i++) {
		static const char likely[] = "a\"\\\n\xc3\xa9\xf0\x9f\x94\x91";

		out[i] = random() % 4 == 0
				 ? (uint8_t)random()
				 : (uint8_t)likely[(size_t)random() %
						   (sizeof(likely) - 1)];
	}
	return slice_of(out, len);
}

static bool
jansson_reads(const struct buffer *line, struct slice text)
{
	json_t *root = json_loadb((const char *)line->data, line->len,
		JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
	json_t *want = json_stringn((const char *)text.data, text.len);
	json_t *got = json_object_get(root, "x");
	bool same = text.len == 0  ? json_is_null(got)
		    : want == NULL ? json_is_string(got) &&
					     strcmp(json_string_value(got),
						     "(not UTF-8)") == 0
				   : json_equal(got, want) == 1;

	json_decref(want);
	json_decref(root);
	return same;
}

static void
jansson_reads_what_was_written(void)
{
	srandom(7);
	for (int i = 0; i < 20000; i++) {
		JWT_AUTO(buffer) out = BUFFER(4096);
		uint8_t bytes[32];
		struct slice text = random_text(bytes);
		bool ascii = true;

		line_of(text, &out);
		for (size_t k = 0; k < out.len; k++)
			ascii = ascii && out.data[k] >= 0x20 &&
				out.data[k] < 0x7f;
		CU_ASSERT(ascii);
		CU_ASSERT(jansson_reads(&out, text));
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(members_come_in_their_order),
	UNIT_TEST(an_object_without_members_is_empty),
	UNIT_TEST(what_could_end_a_string_or_a_line_is_escaped),
	UNIT_TEST(a_nul_inside_ends_nothing),
	UNIT_TEST(beyond_sixteen_bits_stand_two_surrogates),
	UNIT_TEST(what_is_not_utf8_is_said_to_be_so),
	UNIT_TEST(no_room_is_a_failure),
	UNIT_TEST(jansson_reads_what_was_written),
};
UNIT_SUITE("json_line", tests)
