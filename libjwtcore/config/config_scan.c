/* SPDX-License-Identifier: ISC */
/*
 * A look at the text before libconfig parses it, for what libconfig would
 * do without a word: include other files, wrap numbers, end strings at a
 * NUL, recurse. It follows the same lexical rules: comments "#", "//" and
 * slash-star, strings with backslash escapes.
 */
#include "config/config_read.h"

#include <string.h>

/* libconfig 1.5 keeps the low 32 bits of a longer number. */
#define NUMBER_MAX   INT32_MAX
#define NUMBER_SHOWN 24

struct scan {
	struct config_reader *reader;
	const char *at, *end;	/* *end is a NUL */
	config_setting_t place; /* carries the line for config_fail */
	unsigned depth;
};

static bool
starts(const struct scan *s, const char *with)
{
	return strncmp(s->at, with, strlen(with)) == 0;
}

static void
step(struct scan *s)
{
	if (s->at == s->end)
		return;
	if (*s->at == '\n')
		s->place.line++;
	s->at++;
}

static void
skip_line(struct scan *s)
{
	while (s->at < s->end && *s->at != '\n')
		step(s);
}

static enum jwt_reason
skip_block_comment(struct scan *s)
{
	const config_setting_t start = s->place;

	step(s);
	step(s);
	while (s->at < s->end && !starts(s, "*/"))
		step(s);
	if (s->at == s->end)
		return config_fail(
			s->reader, &start, "a comment has no end, expected */");
	step(s);
	step(s);
	return JWT_OK;
}

static enum jwt_reason
skip_string(struct scan *s)
{
	const config_setting_t start = s->place;

	step(s);
	while (s->at < s->end && *s->at != '"') {
		if (starts(s, "\\x00"))
			return config_fail(s->reader, &s->place,
				"\\x00 in a string, expected text");
		if (*s->at == '\\')
			step(s);
		step(s);
	}
	if (s->at == s->end)
		return config_fail(s->reader, &start,
			"a string has no end, expected a quote");
	step(s);
	return JWT_OK;
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static enum jwt_reason
fail_number(struct scan *s, const char *start)
{
	size_t len = strcspn(start, " \t\r\n;,)]}");

	return config_fail(s->reader, &s->place,
		"the number %.*s is too large, expected at most %d",
		len < NUMBER_SHOWN ? (int)len : NUMBER_SHOWN, start,
		NUMBER_MAX);
}

static enum jwt_reason
skip_number(struct scan *s)
{
	const char *start = s->at;
	bool hex = starts(s, "0x") || starts(s, "0X");
	int base = hex ? 16 : 10;
	int64_t value = 0;

	s->at += hex ? 2 : 0;
	for (; s->at < s->end && digit_value(*s->at) < base; s->at++) {
		value = value * base + digit_value(*s->at);
		if (value > NUMBER_MAX)
			return fail_number(s, start);
	}
	return JWT_OK;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A name may hold digits, which are no number then. */
static void
skip_name(struct scan *s)
{
	while (is_letter(*s->at) || (*s->at >= '0' && *s->at <= '9') ||
		*s->at == '_' || *s->at == '-' || *s->at == '*')
		s->at++;
}

static enum jwt_reason
scan_other(struct scan *s)
{
	char c = *s->at;

	if (c == '@')
		return config_fail(s->reader, &s->place,
			"@include is refused, since it would read files "
			"unchecked; put them into conf.d");
	if (c >= '0' && c <= '9')
		return skip_number(s);
	if (is_letter(c)) {
		skip_name(s);
		return JWT_OK;
	}
	if (c == '{' || c == '(' || c == '[')
		s->depth++;
	if ((c == '}' || c == ')' || c == ']') && s->depth > 0)
		s->depth--;
	step(s);
	if (s->depth > CONFIG_DEPTH_MAX)
		return config_fail(s->reader, &s->place,
			"nested more than %d deep", CONFIG_DEPTH_MAX);
	return JWT_OK;
}

enum jwt_reason
config_scan(struct config_reader *reader, struct slice text)
{
	struct scan s = { .reader = reader,
		.at = (const char *)text.data,
		.end = (const char *)text.data + text.len,
		.place.line = 1 };

	if (text.len == 0)
		return JWT_OK;
	if (slice_has_nul(text))
		return config_fail(
			reader, NULL, "holds a NUL byte, expected text");
	while (s.at < s.end) {
		if (*s.at == '#' || starts(&s, "//"))
			skip_line(&s);
		else if (starts(&s, "/*"))
			JWT_TRY(skip_block_comment(&s));
		else if (*s.at == '"')
			JWT_TRY(skip_string(&s));
		else
			JWT_TRY(scan_other(&s));
	}
	return JWT_OK;
}
