/* SPDX-License-Identifier: ISC */
#include "jose/json_line.h"

#include "jose/json_text.h"

#include <inttypes.h>
#include <stdio.h>

static void
put(struct json_line *line, const void *data, size_t len)
{
	line->failed = line->failed || !buffer_append(line->out, data, len);
}

static void
put_string(struct json_line *line, const char *text)
{
	put(line, text, slice_of_string(text).len);
}

struct json_line
json_line_begin(struct buffer *out)
{
	struct json_line line = { .out = out };

	put_string(&line, "{");
	return line;
}

static void
put_name(struct json_line *line, const char *name)
{
	put_string(line, line->some ? ",\"" : "\"");
	put_string(line, name);
	put_string(line, "\":");
	line->some = true;
}

static void
put_unit(struct json_line *line, uint32_t unit)
{
	char text[sizeof("\\uffff")];

	snprintf(text, sizeof(text), "\\u%04" PRIx32, unit & 0xffff);
	put_string(line, text);
}

/* RFC 8259 section 7: beyond 16 bits a pair of surrogates. */
static void
put_character(struct json_line *line, uint32_t c)
{
	if (c > 0xffff) {
		c -= 0x10000;
		put_unit(line, 0xd800 + (c >> 10));
		put_unit(line, 0xdc00 + (c & 0x3ff));
	} else if (c == '"' || c == '\\') {
		put(line, c == '"' ? "\\\"" : "\\\\", 2);
	} else {
		put_unit(line, c);
	}
}

/* The first character, which is no plain one. False: it is none at all. */
static bool
put_next(struct json_line *line, struct slice *text)
{
	const uint8_t first = text->data[0];
	size_t len = first < 0x80 ? 1 : json_utf8_len(text->data, text->len);
	uint32_t c = len > 1 ? first & (0x7fu >> len) : first;

	if (len == 0)
		return false;
	for (size_t i = 1; i < len; i++)
		c = c << 6 | (text->data[i] & 0x3f);
	put_character(line, c);
	*text = slice_of(text->data + len, text->len - len);
	return true;
}

/* DEL is a terminal's business too. */
static bool
is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static bool
put_text(struct json_line *line, struct slice text)
{
	while (text.len > 0) {
		size_t plain = 0;

		while (plain < text.len && is_plain(text.data[plain]))
			plain++;
		put(line, text.data, plain);
		text = slice_of(text.data + plain, text.len - plain);
		if (text.len > 0 && !put_next(line, &text))
			return false;
	}
	return true;
}

void
json_line_text(struct json_line *line, const char *name, struct slice text)
{
	size_t start;

	if (text.len == 0) {
		json_line_null(line, name);
		return;
	}
	put_name(line, name);
	put_string(line, "\"");
	start = line->out->len;
	if (!put_text(line, text) && !line->failed) {
		/* Whole or not at all: a part may look like another name. */
		line->out->len = start;
		put_string(line, "(not UTF-8)");
	}
	put_string(line, "\"");
}

void
json_line_string(struct json_line *line, const char *name, const char *text)
{
	json_line_text(line, name, slice_of_string(text));
}

void
json_line_number(struct json_line *line, const char *name, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	put_name(line, name);
	put_string(line, text);
}

void
json_line_bool(struct json_line *line, const char *name, bool value)
{
	put_name(line, name);
	put_string(line, value ? "true" : "false");
}

void
json_line_null(struct json_line *line, const char *name)
{
	put_name(line, name);
	put_string(line, "null");
}

bool
json_line_end(struct json_line *line)
{
	put_string(line, "}");
	return !line->failed;
}
