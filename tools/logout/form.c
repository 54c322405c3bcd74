/* SPDX-License-Identifier: ISC */
#include "form.h"

#include <string.h>
#include <strings.h>

#define MEDIA_TYPE "application/x-www-form-urlencoded"

bool
form_is_type(struct slice content_type)
{
	const size_t len = sizeof(MEDIA_TYPE) - 1;

	if (content_type.len < len ||
		strncasecmp((const char *)content_type.data, MEDIA_TYPE, len) !=
			0)
		return false;
	return content_type.len == len || content_type.data[len] == ';' ||
	       content_type.data[len] == ' ';
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool
decode(struct slice text, struct buffer *out)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i] == '+' ? ' ' : text.data[i];

		if (c == '%') {
			int high, low;

			if (text.len - i < 3)
				return false;
			high = hex_digit(text.data[i + 1]);
			low = hex_digit(text.data[i + 2]);
			if (high < 0 || low < 0)
				return false;
			c = (uint8_t)(high << 4 | low);
			i += 2;
		}
		if (!buffer_append(out, &c, 1))
			return false;
	}
	return true;
}

/* The next parameter of the body; false: there is no more. */
static bool
next_parameter(struct slice *rest, struct slice *name, struct slice *value)
{
	struct slice parameter;

	if (rest->len == 0)
		return false;
	if (!slice_cut(rest, '&', &parameter)) {
		parameter = *rest;
		*rest = slice_of(NULL, 0);
	}
	*value = parameter;
	if (!slice_cut(value, '=', name)) {
		*name = parameter;
		*value = slice_of(NULL, 0);
	}
	return true;
}

enum form_found
form_find(struct slice body, const char *wanted, struct buffer *out)
{
	struct slice name = { 0 }, value = { 0 };
	bool found = false;

	while (next_parameter(&body, &name, &value)) {
		if (!slice_equals_string(name, wanted))
			continue;
		if (found)
			return FORM_TWICE;
		found = true;
		if (!decode(value, out))
			return FORM_BROKEN;
	}
	return found ? FORM_FOUND : FORM_MISSING;
}
