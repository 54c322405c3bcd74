/* SPDX-License-Identifier: ISC */
/* The strict reader: what it takes, what it refuses, what it says. */
#include "jose/json.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

static enum jwt_reason
parse(const char *text, struct json_doc *out)
{
	return json_parse_object(slice_of_string(text), "test", out, NULL);
}

static bool
takes(const char *text)
{
	JWT_AUTO(json_doc) doc = { 0 };

	return parse(text, &doc) == JWT_OK;
}

/* As the value of a member. */
static bool
takes_value(const char *value)
{
	char text[256];

	snprintf(text, sizeof(text), "{\"x\":%s}", value);
	return takes(text);
}

static bool
string_is(const char *value, const char *expected)
{
	JWT_AUTO(json_doc) doc = { 0 };
	struct slice out;
	char text[256];

	snprintf(text, sizeof(text), "{\"x\":\"%s\"}", value);
	return parse(text, &doc) == JWT_OK &&
	       json_get_string(json_root(&doc), "x", &out) &&
	       slice_equals_string(out, expected);
}

static void
takes_every_kind_of_value(void)
{
	JWT_AUTO(json_doc) doc = { 0 };
	const struct json_node *root;

	CU_ASSERT_EQUAL_FATAL(
		parse(" {\"a\" : [ ] ,\t\"b\":{},\r\n\"c\":null,\"d\":true,"
		      "\"e\":false,\"f\":-1.5e+3,\"g\":\"\"} ",
			&doc),
		JWT_OK);
	root = json_root(&doc);
	CU_ASSERT(json_is(root, JSON_KIND_OBJECT) && root->count == 7);
	CU_ASSERT(json_is(json_member(root, "a"), JSON_KIND_ARRAY));
	CU_ASSERT(json_is(json_member(root, "b"), JSON_KIND_OBJECT));
	CU_ASSERT(json_is(json_member(root, "c"), JSON_KIND_NULL));
	CU_ASSERT(json_is(json_member(root, "d"), JSON_KIND_TRUE));
	CU_ASSERT(json_is(json_member(root, "e"), JSON_KIND_FALSE));
	CU_ASSERT(json_is(json_member(root, "f"), JSON_KIND_NUMBER));
	CU_ASSERT(json_is(json_member(root, "g"), JSON_KIND_STRING));
	CU_ASSERT_PTR_NULL(json_member(root, "h"));
	CU_ASSERT_PTR_NULL(json_member(json_member(root, "a"), "a"));
	CU_ASSERT_PTR_NULL(json_member(NULL, "a"));
}

static void
refuses_what_is_not_one_object(void)
{
	static const char *const bad[] = { "", " ", "[]", "1", "\"x\"", "null",
		"{", "}", "{}}", "{}{}", "{},", "{} x", "\xef\xbb\xbf{}", "{,}",
		"{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1 \"b\":2}",
		"{a:1}", "{'a':1}", "{\"a\":[1,]}", "{\"a\":[,1]}",
		"{\"a\":[1 2]}", "{\"a\":[1}", "{\"a\":{]}", "{1:2}",
		"{\"a\":1/**/}", "{\"a\"::1}" };

	CU_ASSERT(takes("{}"));
	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		if (takes(bad[i]))
			CU_FAIL(bad[i]);
}

static void
refuses_numbers_that_rfc_8259_does_not_know(void)
{
	static const char *const good[] = { "0", "-0", "10", "1.0", "1e5",
		"1E-5", "0.1e+1", "1e400", "123456789012345678901234567890" };
	static const char *const bad[] = { "+1", "01", "-", "1.", ".5", "1e",
		"1e+", "0x10", "NaN", "Infinity", "-Infinity", "1_000", "1.e1",
		"--1", "tru", "truE", "nul", "undefined" };

	for (size_t i = 0; i < JWT_COUNT(good); i++)
		CU_ASSERT(takes_value(good[i]));
	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		if (takes_value(bad[i]))
			CU_FAIL(bad[i]);
}

static void
resolves_escapes(void)
{
	CU_ASSERT(string_is("plain", "plain"));
	CU_ASSERT(string_is("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"));
	CU_ASSERT(string_is("a\\u0062c", "abc"));
	CU_ASSERT(string_is("\\u00e9\\u20AC", "\xc3\xa9\xe2\x82\xac"));
	CU_ASSERT(string_is("\\ud83d\\ude00!", "\xf0\x9f\x98\x80!"));
	CU_ASSERT(string_is("\\uffff\\u0001", "\xef\xbf\xbf\x01"));
}

static void
refuses_escapes_that_stand_for_nothing_or_nul(void)
{
	static const char *const bad[] = { "\"\\u0000\"", "\"\\ud800\"",
		"\"\\ud800x\"", "\"\\ud800\\u0041\"", "\"\\udc00\"",
		"\"\\ud800\\ud800\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\x41\"",
		"\"\\U0041\"", "\"\\'\"", "\"\\", "\"\\u", "\"\\\"", "\"\t\"",
		"\"\n\"", "\"\x1f\"", "\"no end" };

	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		if (takes_value(bad[i]))
			CU_FAIL(bad[i]);
	CU_ASSERT(takes_value("\"\x7f\""));
}

static void
refuses_what_is_not_utf8(void)
{
	static const char *const good[] = { "\"\xc2\x80\"", "\"\xdf\xbf\"",
		"\"\xe0\xa0\x80\"", "\"\xed\x9f\xbf\"", "\"\xee\x80\x80\"",
		"\"\xf0\x90\x80\x80\"", "\"\xf4\x8f\xbf\xbf\"" };
	static const char *const bad[] = { "\"\x80\"", "\"\xbf\"",
		"\"\xc0\xaf\"", "\"\xc1\xbf\"", "\"\xc2\"", "\"\xc2\x28\"",
		"\"\xe0\x9f\xbf\"", "\"\xe2\x82\"", "\"\xe2\x82\x28\"",
		"\"\xed\xa0\x80\"", "\"\xf0\x8f\xbf\xbf\"",
		"\"\xf0\x90\x80\x28\"", "\"\xf4\x90\x80\x80\"",
		"\"\xf5\x80\x80\x80\"", "\"\xff\"" };

	for (size_t i = 0; i < JWT_COUNT(good); i++)
		CU_ASSERT(takes_value(good[i]));
	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_FALSE(takes_value(bad[i]));
}

static void
refuses_a_member_that_stands_twice(void)
{
	JWT_AUTO(buffer) text = BUFFER(4096);

	CU_ASSERT(takes("{\"a\":{\"b\":1},\"b\":{\"b\":1}}"));
	CU_ASSERT_FALSE(takes("{\"a\":1,\"b\":2,\"a\":1}"));
	CU_ASSERT_FALSE(takes("{\"a\":1,\"\\u0061\":1}"));
	CU_ASSERT_FALSE(takes("{\"x\":[{\"a\":1,\"a\":1}]}"));
	/* The same where there are too many to compare each with each. */
	CU_ASSERT_FATAL(buffer_append_string(&text, "{\"0\":0"));
	for (int i = 1; i < 40; i++)
		CU_ASSERT_FATAL(
			buffer_append_format(&text, ",\"%d\":[%d]", i, i));
	CU_ASSERT_FATAL(buffer_append_string(&text, ",\"17x\":0}"));
	CU_ASSERT(takes(buffer_string(&text)));
	text.len -= strlen("x\":0}");
	CU_ASSERT_FATAL(buffer_append_string(&text, "\":0}"));
	CU_ASSERT_FALSE(takes(buffer_string(&text)));
}

static void
walks_arrays_and_skips_what_is_nested(void)
{
	JWT_AUTO(json_doc) doc = { 0 };
	const struct json_node *list, *one;
	unsigned count = 0;

	CU_ASSERT_EQUAL_FATAL(
		parse("{\"l\":[1,[2,[3]],{\"a\":[4]},5],\"e\":[]}", &doc),
		JWT_OK);
	list = json_member(json_root(&doc), "l");
	json_each (one, list)
		count++;
	CU_ASSERT_EQUAL(count, 4);
	CU_ASSERT_EQUAL(list->count, 4);
	CU_ASSERT(slice_equals_string(list->text, "[1,[2,[3]],{\"a\":[4]},5]"));
	CU_ASSERT_PTR_NULL(json_first(json_member(json_root(&doc), "e")));
	CU_ASSERT_PTR_NULL(json_first(json_root(&doc)));
}

static bool
integer_is(const char *value, int64_t expected)
{
	JWT_AUTO(json_doc) doc = { 0 };
	char text[128];
	int64_t out;

	snprintf(text, sizeof(text), "{\"x\":%s}", value);
	return parse(text, &doc) == JWT_OK &&
	       json_get_integer(json_root(&doc), "x", &out) && out == expected;
}

static void
integers_have_64_bits_and_no_fraction(void)
{
	static const char *const none[] = { "9223372036854775808",
		"-9223372036854775809", "1.0", "1e2", "\"1\"", "true",
		"92233720368547758070" };

	CU_ASSERT(integer_is("0", 0) && integer_is("-0", 0));
	CU_ASSERT(integer_is("-17", -17));
	CU_ASSERT(integer_is("9223372036854775807", INT64_MAX));
	CU_ASSERT(integer_is("-9223372036854775808", INT64_MIN));
	for (size_t i = 0; i < JWT_COUNT(none); i++) {
		JWT_AUTO(json_doc) doc = { 0 };
		char text[128];
		int64_t out;

		snprintf(text, sizeof(text), "{\"x\":%s}", none[i]);
		CU_ASSERT_EQUAL(parse(text, &doc), JWT_OK);
		CU_ASSERT_FALSE(json_get_integer(json_root(&doc), "x", &out));
	}
}

/* -1: refused. */
static int64_t
seconds_of(const char *value)
{
	JWT_AUTO(json_doc) doc = { 0 };
	char text[128];
	int64_t out;

	snprintf(text, sizeof(text), "{\"x\":%s}", value);
	CU_ASSERT_EQUAL(parse(text, &doc), JWT_OK);
	if (!json_seconds(
		    json_member(json_root(&doc), "x"), 253402300799, &out))
		return -1;
	return out;
}

static void
seconds_are_exact_however_written(void)
{
	CU_ASSERT_EQUAL(seconds_of("1700000000"), 1700000000);
	CU_ASSERT_EQUAL(seconds_of("1700000000.999999999999"), 1700000000);
	CU_ASSERT_EQUAL(seconds_of("1.7e9"), 1700000000);
	CU_ASSERT_EQUAL(seconds_of("1.7E+0009"), 1700000000);
	CU_ASSERT_EQUAL(seconds_of("17000000001e-1"), 1700000000);
	CU_ASSERT_EQUAL(seconds_of("0.0000000017e18"), 1700000000);
	CU_ASSERT_EQUAL(seconds_of("0"), 0);
	CU_ASSERT_EQUAL(seconds_of("0e99999999999"), 0);
	CU_ASSERT_EQUAL(seconds_of("0.9"), 0);
	CU_ASSERT_EQUAL(seconds_of("1e-99999999999"), 0);
	CU_ASSERT_EQUAL(seconds_of("253402300799.9"), 253402300799);
}

static void
seconds_out_of_range_are_refused(void)
{
	static const char *const bad[] = { "253402300800", "2.534023008e11",
		"1e12", "1e400", "1e99999999999", "-1", "-0", "-0.1",
		"18446744073709551617", "9223372036854775808", "\"1\"" };

	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		if (seconds_of(bad[i]) != -1)
			CU_FAIL(bad[i]);
}

/* "[0,0,...]" of so many values, in an object. */
static bool
takes_many(size_t values)
{
	JWT_AUTO(buffer) text = BUFFER(4 * JSON_NODE_MAX);

	CU_ASSERT_FATAL(buffer_append_string(&text, "{\"x\":[0"));
	for (size_t i = 1; i < values; i++)
		CU_ASSERT_FATAL(buffer_append_string(&text, ",0"));
	CU_ASSERT_FATAL(buffer_append_string(&text, "]}"));
	return takes(buffer_string(&text));
}

static void
the_number_of_values_is_bounded(void)
{
	/* The object, the name and the array are nodes too. */
	CU_ASSERT(takes_many(JSON_NODE_MAX - 3));
	CU_ASSERT_FALSE(takes_many(JSON_NODE_MAX - 2));
}

static const struct unit_test tests[] = {
	UNIT_TEST(takes_every_kind_of_value),
	UNIT_TEST(refuses_what_is_not_one_object),
	UNIT_TEST(refuses_numbers_that_rfc_8259_does_not_know),
	UNIT_TEST(resolves_escapes),
	UNIT_TEST(refuses_escapes_that_stand_for_nothing_or_nul),
	UNIT_TEST(refuses_what_is_not_utf8),
	UNIT_TEST(refuses_a_member_that_stands_twice),
	UNIT_TEST(walks_arrays_and_skips_what_is_nested),
	UNIT_TEST(integers_have_64_bits_and_no_fraction),
	UNIT_TEST(seconds_are_exact_however_written),
	UNIT_TEST(seconds_out_of_range_are_refused),
	UNIT_TEST(the_number_of_values_is_bounded),
};
UNIT_SUITE("json", tests)
