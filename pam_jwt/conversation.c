/* SPDX-License-Identifier: ISC */
/* The rule for parts, and the prompts that follow it. */
#include "conversation.h"

#include <security/pam_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest reply that is looked at: more can't be part of a token. */
#define REPLY_MAX (2 * JWT_TOKEN_MAX)

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void
parts_init(struct parts *parts)
{
	*parts = (struct parts){
		.token = BUFFER(JWT_TOKEN_MAX),
		.previous = BUFFER(REPLY_MAX),
	};
}

void
parts_clear(struct parts *parts)
{
	buffer_free(&parts->token);
	buffer_free(&parts->previous);
	parts->count = 0;
}

/* Appends what isn't white space. */
static enum part
keep(struct buffer *token, const char *text, size_t len)
{
	while (len > 0) {
		size_t run = 0;

		while (run < len && !is_space(text[run]))
			run++;
		if (run > token->max - token->len)
			return PART_TOO_LARGE;
		if (run > 0 && !buffer_append(token, text, run))
			return PART_NO_MEMORY;
		run += run < len;
		text += run;
		len -= run;
	}
	return PART_LAST;
}

enum part
parts_add(struct parts *parts, const char *reply)
{
	size_t received = strnlen(reply, REPLY_MAX + 1), len = received;
	bool more = received == PART_CUT_SUDO || received == PART_CUT_SSH;
	enum part kept;

	if (received > REPLY_MAX)
		return PART_TOO_LARGE;
	if (received == 0)
		return PART_LAST;
	if (slice_equals_string(buffer_slice(&parts->previous), reply))
		return PART_REPEATED;
	while (len > 0 && is_space(reply[len - 1]))
		len--;
	/* No base64url character: "there is more". */
	if (len > 0 && reply[len - 1] == '+') {
		more = true;
		len--;
	}
	kept = keep(&parts->token, reply, len);
	if (kept != PART_LAST || !more)
		return kept;
	if (++parts->count == PARTS_MAX)
		return PART_TOO_LARGE;
	buffer_clear(&parts->previous);
	if (!buffer_append(&parts->previous, reply, received))
		return PART_NO_MEMORY;
	return PART_MORE;
}

void
parts_prompt(const struct parts *parts, char *out, size_t size)
{
	if (parts->count == 0)
		snprintf(out, size, "Token: ");
	else
		snprintf(
			out, size, "Token (from byte %zu): ", parts->token.len);
}

static void
drop(char *reply)
{
	if (reply)
		wipe(reply, strlen(reply));
	free(reply);
}

/* One prompt. NULL: no reply; else the caller wipes and frees it. */
static char *
ask(pam_handle_t *pamh, const struct parts *parts)
{
	char prompt[64];
	char *reply = NULL;

	parts_prompt(parts, prompt, sizeof(prompt));
	if (pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &reply, "%s", prompt) ==
		PAM_SUCCESS)
		return reply;
	drop(reply);
	return NULL;
}

enum conversation
converse(pam_handle_t *pamh, struct buffer *out)
{
	JWT_AUTO(parts) parts;
	enum part part;

	parts_init(&parts);
	do {
		char *reply = ask(pamh, &parts);

		/* No reply is not an empty one: that would be an opinion. */
		if (!reply)
			return CONVERSATION_FAILED;
		part = parts_add(&parts, reply);
		drop(reply);
	} while (part == PART_MORE);
	switch (part) {
	case PART_LAST:
		if (parts.token.len == 0)
			return CONVERSATION_NONE;
		if (!buffer_append_slice(out, buffer_slice(&parts.token)))
			return CONVERSATION_NO_MEMORY;
		return CONVERSATION_TOKEN;
	case PART_REPEATED:
		return CONVERSATION_REPEATED;
	case PART_TOO_LARGE:
		return CONVERSATION_TOO_LARGE;
	case PART_MORE:
	case PART_NO_MEMORY:
		break;
	}
	return CONVERSATION_NO_MEMORY;
}
