/* SPDX-License-Identifier: ISC */
/*
 * Rendering of the snippets and reading the choices back.
 */
#include "pam_snippet.h"

#include "text_lines.h"

#include <stdio.h>
#include <string.h>

#define OUR_MODULE "pam_jwt.so"
#define OUR_OPTION "exempt="
/* 64 KiB: a snippet is a few hundred bytes. */
#define SNIPPET_MAX (64 * 1024)

/*
 * Not pam_deny: in setcred it would fail the whole login, while
 * pam_succeed_if has no opinion there.
 */
static const char no_passwords[] =
	"\n# sshd took no passwords before \"enable\", so no password is asked "
	"here.\n"
	"auth\trequisite\tpam_succeed_if.so quiet service = no-passwords\n";

static bool
is_name_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') ||
	       (byte != '\0' && strchr("._-@", byte) != NULL);
}

bool
snippet_exempt_is_good(const char *list)
{
	bool in_name = false;

	if (strlen(list) >= EXEMPT_MAX)
		return false;
	for (; *list != '\0'; list++) {
		if (*list == ',' ? !in_name : !is_name_byte(*list))
			return false;
		if (!in_name && *list == '-')
			return false;
		in_name = *list != ',';
	}
	return in_name;
}

static bool
is_our_line(struct slice line)
{
	struct slice word;

	while (word_next(&line, "", &word))
		if (slice_equals_string(word, OUR_MODULE))
			return true;
	return false;
}

/* The line without its newline and without exempt=, wherever it stands. */
static bool
append_without_exempt(struct buffer *out, struct slice line)
{
	const uint8_t *done = line.data;
	struct slice rest = line, word;

	while (word_next(&rest, "", &word)) {
		const uint8_t *end = word.data + word.len;

		if (word.len < strlen(OUR_OPTION) ||
			memcmp(word.data, OUR_OPTION, strlen(OUR_OPTION)) !=
				0) {
			if (!buffer_append(out, done, (size_t)(end - done)))
				return false;
		}
		done = end;
	}
	return true;
}

bool
snippet_render(struct slice template, const struct snippet_choice *choice,
	struct buffer *out)
{
	struct slice line;

	while (line_next(&template, &line)) {
		if (!is_our_line(line)) {
			if (!buffer_append_slice(out, line))
				return false;
			continue;
		}
		if (!append_without_exempt(out, line))
			return false;
		if (choice->exempt[0] != '\0' &&
			!buffer_append_format(
				out, " " OUR_OPTION "%s", choice->exempt))
			return false;
		if (!buffer_append_string(out, "\n"))
			return false;
	}
	return !choice->tokens_only || buffer_append_string(out, no_passwords);
}

static void
find_exempt(struct slice line, char exempt[EXEMPT_MAX])
{
	size_t skip = strlen(OUR_OPTION);
	struct slice word;

	while (word_next(&line, "", &word)) {
		if (word.len > skip && word.len - skip < EXEMPT_MAX &&
			memcmp(word.data, OUR_OPTION, skip) == 0)
			snprintf(exempt, EXEMPT_MAX, "%.*s",
				(int)(word.len - skip),
				(const char *)word.data + skip);
	}
}

bool
snippet_recognize(
	struct slice template, struct slice text, struct snippet_choice *choice)
{
	JWT_AUTO(buffer) rendered = BUFFER(SNIPPET_MAX);
	struct slice rest = text, line;

	*choice = (struct snippet_choice){ .exempt = "" };
	while (line_next(&rest, &line))
		if (is_our_line(line))
			find_exempt(line, choice->exempt);
	choice->tokens_only =
		text.len >= strlen(no_passwords) &&
		memcmp(text.data + text.len - strlen(no_passwords),
			no_passwords, strlen(no_passwords)) == 0;
	return snippet_render(template, choice, &rendered) &&
	       slice_equal(buffer_slice(&rendered), text);
}
