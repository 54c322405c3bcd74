/* SPDX-License-Identifier: ISC */
/*
 * Cuts a text into lines and words without copying.
 */
#include "text_lines.h"

#include <string.h>
#include <strings.h>

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

bool
line_next(struct slice *rest, struct slice *line)
{
	const uint8_t *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->data, '\n', rest->len);
	*line = slice_of(rest->data,
		end == NULL ? rest->len : (size_t)(end - rest->data) + 1);
	*rest = slice_of(rest->data + line->len, rest->len - line->len);
	return true;
}

/* A backslash in a comment joins nothing. */
static bool
goes_on(struct slice line)
{
	const uint8_t *comment = memchr(line.data, '#', line.len);
	size_t len = line.len;

	if (comment != NULL)
		return false;
	while (len > 0 && is_blank(line.data[len - 1]))
		len--;
	return len > 0 && line.data[len - 1] == '\\';
}

bool
line_next_joined(struct slice *rest, struct slice *line)
{
	struct slice part;

	if (!line_next(rest, line))
		return false;
	part = *line;
	while (goes_on(part) && line_next(rest, &part))
		line->len += part.len;
	return true;
}

bool
word_next(struct slice *line, const char *separators, struct slice *word)
{
	size_t start = 0, end;
	const uint8_t *text = line->data;

	/* A joining backslash stands between words, too. */
	while (start < line->len &&
		(is_blank(text[start]) || text[start] == '\\' ||
			strchr(separators, text[start]) != NULL))
		start++;
	end = start;
	while (end < line->len && !is_blank(text[end]) && text[end] != '#' &&
		strchr(separators, text[end]) == NULL)
		end++;
	*word = slice_of(text + start, end - start);
	*line = slice_of(text + end, line->len - end);
	return word->len > 0;
}

bool
word_is(struct slice word, const char *name)
{
	return word.len == strlen(name) &&
	       strncasecmp((const char *)word.data, name, word.len) == 0;
}
