/* SPDX-License-Identifier: ISC */
/* JSON's strings (RFC 8259 section 7) and numbers (section 6). */
#include "jose/json_text.h"

#include <string.h>

struct json_cursor
json_cursor_of(struct slice text)
{
	return (struct json_cursor){ .next = text.data,
		.end = text.data + text.len };
}

bool
json_fail(struct json_cursor *at, const char *fault)
{
	at->fault = fault;
	return false;
}

bool
json_no_memory(struct json_cursor *at)
{
	at->no_memory = true;
	return json_fail(at, "out of memory");
}

void
json_skip_space(struct json_cursor *at)
{
	while (at->next < at->end &&
		(*at->next == ' ' || *at->next == '\t' || *at->next == '\n' ||
			*at->next == '\r'))
		at->next++;
}

bool
json_skip_word(struct json_cursor *at, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(at->end - at->next) < len ||
		memcmp(at->next, word, len) != 0)
		return false;
	at->next += len;
	return true;
}

size_t
json_utf8_len(const uint8_t *data, size_t left)
{
	uint8_t first = data[0], low = 0x80, high = 0xbf;
	size_t len = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (first < 0xc2 || first > 0xf4 || left < len)
		return 0;
	if (first == 0xe0)
		low = 0xa0; /* a shorter form exists */
	else if (first == 0xed)
		high = 0x9f; /* surrogates */
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f; /* above U+10FFFF */
	if (data[1] < low || data[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((data[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

/* ASCII that stands for itself in a string: no control, quote, backslash. */
static const bool is_plain[UINT8_MAX + 1] = {
	[0x20 ... '"' - 1] = true,
	['"' + 1 ... '\\' - 1] = true,
	['\\' + 1 ... 0x7f] = true,
};

/* Takes what needs no decoding: up to a quote or backslash. */
static bool
skip_plain(struct json_cursor *at)
{
	for (;;) {
		size_t len;

		while (at->next < at->end && is_plain[*at->next])
			at->next++;
		if (at->next == at->end)
			return json_fail(at, "a string without end");
		if (*at->next == '"' || *at->next == '\\')
			return true;
		if (*at->next < 0x20)
			return json_fail(at, "a control character");
		len = json_utf8_len(at->next, (size_t)(at->end - at->next));
		if (len == 0)
			return json_fail(at, "not UTF-8");
		at->next += len;
	}
}

static bool
hex4(struct json_cursor *at, uint32_t *out)
{
	uint32_t value = 0;

	if (at->end - at->next < 4)
		return json_fail(at, "\\u needs four hex digits");
	for (int i = 0; i < 4; i++) {
		uint8_t c = *at->next++, lower = c | 0x20;

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint32_t)(c - '0');
		else if (lower >= 'a' && lower <= 'f')
			value = value << 4 | (uint32_t)(lower - 'a' + 10);
		else
			return json_fail(at, "\\u needs four hex digits");
	}
	*out = value;
	return true;
}

static void
put_utf8(struct json_cursor *at, uint32_t c)
{
	uint8_t *out = at->unescaped;

	if (c < 0x80) {
		*out++ = (uint8_t)c;
	} else if (c < 0x800) {
		*out++ = (uint8_t)(0xc0 | c >> 6);
		*out++ = (uint8_t)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*out++ = (uint8_t)(0xe0 | c >> 12);
		*out++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		*out++ = (uint8_t)(0x80 | (c & 0x3f));
	} else {
		*out++ = (uint8_t)(0xf0 | c >> 18);
		*out++ = (uint8_t)(0x80 | (c >> 12 & 0x3f));
		*out++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		*out++ = (uint8_t)(0x80 | (c & 0x3f));
	}
	at->unescaped = out;
}

/* Behind "\u". Surrogates come in pairs or not at all; NUL never. */
static bool
unicode_escape(struct json_cursor *at)
{
	uint32_t c, low;

	if (!hex4(at, &c))
		return false;
	if (c == 0)
		return json_fail(at, "a NUL in a string");
	if (c >= 0xdc00 && c <= 0xdfff)
		return json_fail(at, "half a surrogate pair");
	if (c >= 0xd800 && c <= 0xdbff) {
		if (!json_skip_word(at, "\\u") || !hex4(at, &low) ||
			low < 0xdc00 || low > 0xdfff)
			return json_fail(at, "half a surrogate pair");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	put_utf8(at, c);
	return true;
}

/* Behind the backslash. */
static bool
escape(struct json_cursor *at)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *which;

	if (at->next == at->end)
		return json_fail(at, "a string without end");
	if (*at->next == 'u') {
		at->next++;
		return unicode_escape(at);
	}
	which = memchr(from, *at->next, sizeof(from) - 1);
	if (which == NULL)
		return json_fail(at, "an unknown escape");
	at->next++;
	*at->unescaped++ = (uint8_t)to[which - from];
	return true;
}

/* The rest of a string that has an escape, its first part already passed. */
static bool
read_escaped(struct json_cursor *at, const uint8_t *start, struct slice *out)
{
	uint8_t *to = at->unescaped;

	for (;;) {
		size_t len = (size_t)(at->next - start);

		memcpy(at->unescaped, start, len);
		at->unescaped += len;
		if (*at->next++ == '"')
			break;
		if (!escape(at))
			return false;
		start = at->next;
		if (!skip_plain(at))
			return false;
	}
	*out = slice_of(to, (size_t)(at->unescaped - to));
	return true;
}

bool
json_read_string(struct json_cursor *at, struct slice *out)
{
	const uint8_t *start = ++at->next;

	if (!skip_plain(at))
		return false;
	if (*at->next == '\\')
		return read_escaped(at, start, out);
	*out = slice_of(start, (size_t)(at->next - start));
	at->next++;
	return true;
}

static bool
skip_digits(struct json_cursor *at)
{
	const uint8_t *start = at->next;

	while (at->next < at->end && *at->next >= '0' && *at->next <= '9')
		at->next++;
	return at->next > start;
}

bool
json_read_number(struct json_cursor *at, struct slice *out)
{
	const uint8_t *start = at->next;

	if (json_peek(at) == '-')
		at->next++;
	if (json_peek(at) == '0')
		at->next++; /* nothing may follow a leading zero */
	else if (!skip_digits(at))
		return json_fail(at, "not a JSON value");
	if (json_peek(at) == '.') {
		at->next++;
		if (!skip_digits(at))
			return json_fail(at, "a number without its fraction");
	}
	if (json_peek(at) == 'e' || json_peek(at) == 'E') {
		at->next++;
		if (json_peek(at) == '+' || json_peek(at) == '-')
			at->next++;
		if (!skip_digits(at))
			return json_fail(at, "a number without its exponent");
	}
	*out = slice_of(start, (size_t)(at->next - start));
	return true;
}
