/* SPDX-License-Identifier: ISC */
#include "oracle.h"
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

static unsigned
depth_of(const json_t *value)
{
	unsigned deepest = 0;
	const char *name;
	json_t *child;
	size_t i;

	if (json_is_object(value)) {
		json_object_foreach ((json_t *)(uintptr_t)value, name, child)
			if (depth_of(child) > deepest)
				deepest = depth_of(child);
	} else if (json_is_array(value)) {
		json_array_foreach (value, i, child)
			if (depth_of(child) > deepest)
				deepest = depth_of(child);
	} else {
		return 0;
	}
	return deepest + 1;
}

static bool
may_be_capped(struct slice text)
{
	size_t count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += text.data[i] != '\0' &&
			 strchr(",:[{", text.data[i]) != NULL;
	return count > JSON_NODE_MAX;
}

enum oracle
oracle_json(struct slice text, json_t **out)
{
	json_error_t error;
	json_t *root = json_loadb((const char *)text.data, text.len,
		JSON_REJECT_DUPLICATES, &error);

	*out = NULL;
	/* No JSON has one (RFC 8259 section 2); jansson 2.14 drops one that
	 * stands behind a number. */
	if (slice_has_nul(text)) {
		json_decref(root);
		return ORACLE_REFUSES;
	}
	if (root == NULL)
		return json_error_code(&error) == json_error_numeric_overflow
			       ? ORACLE_UNSURE
			       : ORACLE_REFUSES;
	if (!json_is_object(root) || depth_of(root) > JSON_DEPTH_MAX) {
		json_decref(root);
		return ORACLE_REFUSES;
	}
	if (may_be_capped(text)) {
		json_decref(root);
		return ORACLE_UNSURE;
	}
	*out = root;
	return ORACLE_ACCEPTS;
}

/* The digits without point and leading zeros; *point: where it stands. */
static size_t
digits_of(struct slice number, char *digits, long *point)
{
	size_t count = 0, i = 0;
	bool behind = false;

	*point = 0;
	for (; i < number.len && (number.data[i] | 0x20) != 'e'; i++) {
		if (number.data[i] == '.') {
			behind = true;
			continue;
		}
		if (number.data[i] != '0' || count > 0)
			digits[count++] = (char)number.data[i];
		if (!behind && count > 0)
			(*point)++;
		if (behind && count == 0)
			(*point)--;
	}
	if (i < number.len) {
		char exponent[16] = { 0 };
		struct slice rest =
			slice_of(number.data + i + 1, number.len - i - 1);
		bool minus = rest.data[0] == '-';

		if (minus || rest.data[0] == '+')
			(void)fuzz_take(&rest, 1);
		while (rest.len > 1 && rest.data[0] == '0')
			(void)fuzz_take(&rest, 1);
		if (rest.len > 8) /* more than all the digits of an input */
			strcpy(exponent, "99999999");
		else
			memcpy(exponent, rest.data, rest.len);
		*point += minus ? -atol(exponent) : atol(exponent);
	}
	return count;
}

bool
oracle_seconds(struct slice number, int64_t max, int64_t *out)
{
	char *digits = malloc(number.len + 1);
	char whole[24] = { 0 };
	long point;
	size_t count;

	REQUIRE(digits != NULL);
	count = digits_of(number, digits, &point);
	for (long i = 0; i < point && i < (long)sizeof(whole) - 1; i++)
		whole[i] = (size_t)i < count ? digits[i] : '0';
	free(digits);
	if (number.data[0] == '-')
		return false;
	*out = 0;
	if (count == 0 || point <= 0)
		return true;
	/* Nineteen digits fit into 64 bits without a sign. */
	if (point > 19 || strtoull(whole, NULL, 10) > (uint64_t)max)
		return false;
	*out = (int64_t)strtoull(whole, NULL, 10);
	return true;
}

struct slice
oracle_text(const json_t *string)
{
	return slice_of(json_string_value(string), json_string_length(string));
}

bool
oracle_equals(const json_t *object, const char *name, const char *text)
{
	const json_t *value = json_object_get(object, name);

	return json_is_string(value) &&
	       slice_equals_string(oracle_text(value), text);
}

bool
oracle_is_strange(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return value != NULL && !json_is_string(value);
}

static void
require_same_number(const json_t *theirs, struct slice ours)
{
	char *text = slice_to_string(ours);

	REQUIRE(text != NULL);
	if (json_is_integer(theirs))
		REQUIRE(strtoll(text, NULL, 10) == json_integer_value(theirs));
	else
		REQUIRE(strtod(text, NULL) == json_real_value(theirs));
	free(text);
}

static void
require_same_members(const json_t *theirs, const struct json_node *ours)
{
	const char *name;
	json_t *value;
	int64_t integer;
	struct slice string;

	REQUIRE(ours->count == json_object_size(theirs));
	json_object_foreach ((json_t *)(uintptr_t)theirs, name, value) {
		oracle_require_same(value, json_member(ours, name));
		REQUIRE(json_get_integer(ours, name, &integer) ==
			json_is_integer(value));
		if (json_is_integer(value))
			REQUIRE(integer == json_integer_value(value));
		REQUIRE(json_get_string(ours, name, &string) ==
			json_is_string(value));
		if (json_is_string(value))
			REQUIRE(slice_equal(string, oracle_text(value)));
	}
}

static void
require_same_elements(const json_t *theirs, const struct json_node *ours)
{
	const struct json_node *element;
	size_t i = 0;

	REQUIRE(ours->count == json_array_size(theirs));
	json_each (element, ours)
		oracle_require_same(json_array_get(theirs, i++), element);
	REQUIRE(i == json_array_size(theirs));
}

void
oracle_require_same(const json_t *theirs, const struct json_node *ours)
{
	REQUIRE(ours != NULL);
	switch (json_typeof(theirs)) {
	case JSON_OBJECT:
		REQUIRE(json_is(ours, JSON_KIND_OBJECT));
		require_same_members(theirs, ours);
		break;
	case JSON_ARRAY:
		REQUIRE(json_is(ours, JSON_KIND_ARRAY));
		require_same_elements(theirs, ours);
		break;
	case JSON_STRING:
		REQUIRE(json_is(ours, JSON_KIND_STRING));
		REQUIRE(slice_equal(ours->text, oracle_text(theirs)));
		break;
	case JSON_INTEGER:
	case JSON_REAL:
		REQUIRE(json_is(ours, JSON_KIND_NUMBER));
		require_same_number(theirs, ours->text);
		break;
	case JSON_TRUE:
		REQUIRE(json_is(ours, JSON_KIND_TRUE));
		break;
	case JSON_FALSE:
		REQUIRE(json_is(ours, JSON_KIND_FALSE));
		break;
	case JSON_NULL:
		REQUIRE(json_is(ours, JSON_KIND_NULL));
		break;
	}
}

bool
oracle_is_base64url(struct slice text, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t spare = (text.len * 6) % 8, value = 0;

	if (text.len != (len * 8 + 5) / 6)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		const char *at = memchr(digits, text.data[i], 64);

		if (at == NULL)
			return false;
		value = (size_t)(at - digits);
	}
	return (value & (((size_t)1 << spare) - 1)) == 0;
}
