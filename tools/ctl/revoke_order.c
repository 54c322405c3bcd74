/* SPDX-License-Identifier: ISC */
/*
 * The lines between the two halves of a revocation. Who wrote them may have
 * been broken by the token that it read.
 */
#include "revoke_order.h"

#include "revocation/entry.h"

#include <string.h>

#define WORDS_MAX 128 /* bytes of a claim that we repeat */

static const char *const token_word[REVOKE_TOKEN_STATES] = {
	[REVOKE_TOKEN_VALID] = "valid",
	[REVOKE_TOKEN_EXPIRED] = "expired",
	[REVOKE_TOKEN_UNVERIFIED] = "unverified",
};

const char *
revoke_token_word(enum revoke_token_state state)
{
	return token_word[state];
}

void
revoke_order_clear(struct revoke_order *order)
{
	for (size_t i = 0; i < order->count; i++)
		revocation_entry_clear(&order->entry[i]);
	order->count = 0;
}

static bool
parse_token_word(struct slice word, enum revoke_token_state *out)
{
	for (size_t i = REVOKE_TOKEN_VALID; i < REVOKE_TOKEN_STATES; i++) {
		if (!slice_equals_string(word, token_word[i]))
			continue;
		*out = (enum revoke_token_state)i;
		return true;
	}
	return false;
}

static bool
parse_line(struct slice line, struct revoke_order *out)
{
	struct revocation_entry *entry = &out->entry[out->count];
	struct slice name;

	if (!slice_cut(&line, ' ', &name))
		return false;
	if (slice_equals_string(name, "token"))
		return out->count == 0 && out->token == REVOKE_NO_TOKEN &&
		       parse_token_word(line, &out->token);
	if (out->count == JWT_COUNT(out->entry) ||
		!entry_from_name(name, '-', entry) ||
		entry_parse(line, entry, NULL) != JWT_OK)
		return false;
	out->count++;
	return true;
}

bool
revoke_order_parse(struct slice lines, struct revoke_order *out)
{
	struct slice line;

	memset(out, 0, sizeof(*out));
	while (slice_cut(&lines, '\n', &line)) {
		if (slice_equals_string(line, "end"))
			return lines.len == 0 && out->count > 0;
		if (!parse_line(line, out))
			return false;
	}
	return false;
}

/* At the beginning of a line: the words of an entry may say anything. */
static bool
has_name(const struct buffer *lines, const char *name)
{
	struct slice rest = buffer_slice(lines), line, first;

	while (slice_cut(&rest, '\n', &line))
		if (slice_cut(&line, ' ', &first) &&
			slice_equals_string(first, name))
			return true;
	return false;
}

bool
revoke_order_add(struct buffer *lines, const struct revocation_entry *entry)
{
	char name[ENTRY_NAME_MAX];

	entry_name(entry->kind, entry->hex, '-', name);
	if (has_name(lines, name))
		return true;
	return buffer_append_format(lines, "%s ", name) &&
	       entry_format(entry, lines, NULL) == JWT_OK &&
	       buffer_append_string(lines, "\n");
}

bool
revoke_append_words(struct buffer *out, struct slice words)
{
	struct slice begin = slice_cut_text(words, WORDS_MAX);

	for (size_t i = 0; i < begin.len; i++) {
		uint8_t c = begin.data[i];

		if (c < 0x20 || c == 0x7f)
			c = '?';
		if (!buffer_append(out, &c, 1))
			return false;
	}
	return begin.len == words.len || buffer_append_string(out, "...");
}
