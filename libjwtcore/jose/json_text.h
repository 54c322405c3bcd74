/* SPDX-License-Identifier: ISC */
/* Inside the JSON reader and writer: strings, numbers, names. */
#ifndef JWT_JOSE_JSON_TEXT_H
#define JWT_JOSE_JSON_TEXT_H

#include "jose/json.h"

struct json_cursor {
	const uint8_t *next, *end;
	uint8_t *unescaped; /* where the next string with escapes goes */
	const char *fault;  /* why it stopped; static */
	bool no_memory;
};

struct json_cursor json_cursor_of(struct slice text);
/* Keep why; always false. */
bool json_fail(struct json_cursor *at, const char *fault);
bool json_no_memory(struct json_cursor *at);

/* The next byte, not taken; -1 at the end. */
static inline int
json_peek(const struct json_cursor *at)
{
	return at->next < at->end ? *at->next : -1;
}

/* Bytes of the UTF-8 sequence at data, which begins with no ASCII; 0: it is
 * none (RFC 3629 section 4). */
size_t json_utf8_len(const uint8_t *data, size_t left);

void json_skip_space(struct json_cursor *at);
/* False, and nothing taken, if the word is not next. */
bool json_skip_word(struct json_cursor *at, const char *word);
/* From the quote on. The bytes lie in the text, or in at->unescaped. */
bool json_read_string(struct json_cursor *at, struct slice *out);
bool json_read_number(struct json_cursor *at, struct slice *out);

/* No two members of one name? Compared after their escapes are resolved. */
bool json_check_names(struct json_cursor *at, const struct json_node *object);

#endif
