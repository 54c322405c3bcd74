/* SPDX-License-Identifier: ISC */
/*
 * A stream of requests: lines found, their JSON taken strictly, and each
 * answered in its turn before the next is looked at.
 */
#include "check.h"

#include "jose/json.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 16384

/* What was read and not yet answered. */
struct lines {
	struct buffer data;
	size_t start;	/* of the next line */
	size_t scanned; /* no newline before it */
	bool ended;
};

enum line { LINE_WHOLE, LINE_TOO_LONG, LINE_NONE };

/* The front, which was answered, makes room; no token stays behind. */
static void
drop_answered(struct lines *lines)
{
	size_t rest = lines->data.len - lines->start;

	if (lines->start == 0)
		return;
	memmove(lines->data.data, lines->data.data + lines->start, rest);
	wipe(lines->data.data + rest, lines->start);
	lines->data.len = rest;
	lines->scanned -= lines->start;
	lines->start = 0;
}

/* False: a read failed. The end of input is none. */
static bool
read_more(int in, struct lines *lines)
{
	uint8_t chunk[READ_SIZE];
	ssize_t got;
	bool ok;

	drop_answered(lines);
	do
		got = read(in, chunk, sizeof(chunk));
	while (got < 0 && errno == EINTR);
	lines->ended = got <= 0;
	ok = got >= 0 && buffer_append(&lines->data, chunk, (size_t)got);
	wipe(chunk, got > 0 ? (size_t)got : 0);
	return ok;
}

/* Is there a newline among what was read? *end is where. */
static bool
find_end(struct lines *lines, size_t *end)
{
	const uint8_t *from = lines->data.data + lines->scanned;
	const uint8_t *at = NULL;

	if (lines->data.len > lines->scanned)
		at = memchr(from, '\n', lines->data.len - lines->scanned);
	lines->scanned = lines->data.len;
	if (at != NULL)
		*end = (size_t)(at - lines->data.data);
	return at != NULL;
}

/* Reads the rest of a line that nobody will look at. */
static bool
skip_line(int in, struct lines *lines)
{
	size_t end;

	for (;;) {
		if (find_end(lines, &end)) {
			lines->start = lines->scanned = end + 1;
			return true;
		}
		lines->start = lines->data.len;
		if (lines->ended)
			return true;
		if (!read_more(in, lines))
			return false;
	}
}

/* False: the input can't be read. */
static bool
next_line(int in, struct lines *lines, enum line *status, struct slice *line)
{
	size_t end;

	while (!find_end(lines, &end)) {
		size_t len = lines->data.len - lines->start;

		if (len > CHECK_LINE_MAX) {
			*status = LINE_TOO_LONG;
			return skip_line(in, lines);
		}
		if (lines->ended) {
			/* The last one may lack its newline. */
			*status = len > 0 ? LINE_WHOLE : LINE_NONE;
			*line = slice_of(lines->data.data + lines->start, len);
			lines->start = lines->data.len;
			return true;
		}
		if (!read_more(in, lines))
			return false;
	}
	*line = slice_of(lines->data.data + lines->start, end - lines->start);
	*status = line->len > CHECK_LINE_MAX ? LINE_TOO_LONG : LINE_WHOLE;
	lines->start = lines->scanned = end + 1;
	return true;
}

/* A request, its texts copied so that they end in NUL. */
struct request {
	char service[FRAME_NAME_MAX + 1], user[FRAME_NAME_MAX + 1];
	struct check_question question; /* token borrowed from the document */
};

static enum jwt_reason
take_text(const struct json_node *value, const char *name,
	char out[FRAME_NAME_MAX + 1], struct report *r)
{
	if (!json_is(value, JSON_KIND_STRING) || value->text.len == 0 ||
		value->text.len > FRAME_NAME_MAX)
		return report(r, JWT_TOKEN_MALFORMED,
			"request: \"%s\" must be a string of 1 to %u bytes",
			name, FRAME_NAME_MAX);
	memcpy(out, value->text.data, value->text.len);
	out[value->text.len] = '\0';
	return JWT_OK;
}

/* A misspelt "uid" must not become a question without one. */
static enum jwt_reason
know_all_members(const struct json_node *root, struct report *r)
{
	static const char *const known[] = { "service", "user", "uid",
		"token" };
	uint32_t found = 0; /* no name is there twice */

	for (size_t i = 0; i < JWT_COUNT(known); i++)
		found += json_member(root, known[i]) != NULL;
	if (found == root->count)
		return JWT_OK;
	return report(r, JWT_TOKEN_MALFORMED,
		"request: only service, user, uid and token can be in it");
}

static enum jwt_reason
take_request(
	const struct json_node *root, struct request *out, struct report *r)
{
	const struct json_node *user = json_member(root, "user");
	int64_t uid = JWT_NO_UID;

	JWT_TRY(know_all_members(root, r));
	JWT_TRY(take_text(
		json_member(root, "service"), "service", out->service, r));
	if (user != NULL)
		JWT_TRY(take_text(user, "user", out->user, r));
	if (json_member(root, "uid") != NULL &&
		(!json_get_integer(root, "uid", &uid) || uid < 0 ||
			uid >= JWT_NO_UID))
		return report(r, JWT_TOKEN_MALFORMED,
			"request: \"uid\" must be a number of a user");
	if (!json_get_string(root, "token", &out->question.token))
		return report(r, JWT_TOKEN_MALFORMED,
			"request: \"token\" must be a string");
	out->question.service = out->service;
	out->question.user = user != NULL ? out->user : NULL;
	out->question.uid = (uint32_t)uid;
	return JWT_OK;
}

static bool
answer_line(const struct stream_answerer *answerer, enum line status,
	struct slice line, struct buffer *out)
{
	JWT_AUTO(json_doc) doc = { 0 };
	struct request request = { .question.uid = JWT_NO_UID };
	struct report r = { "" };
	enum jwt_reason reason;

	if (status == LINE_TOO_LONG)
		reason = report(&r, JWT_TOKEN_TOO_LARGE,
			"request: a line of more than %d bytes",
			CHECK_LINE_MAX);
	else
		reason = json_parse_object(line, "request", &doc, &r);
	if (reason == JWT_OK)
		reason = take_request(json_root(&doc), &request, &r);
	if (reason != JWT_OK)
		return answerer->refuse(answerer->arg, reason, r.text, out);
	return answerer->ask(answerer->arg, &request.question, out);
}

bool
stream_serve(int in, int out, const struct stream_answerer *answerer)
{
	JWT_AUTO(buffer) answer = BUFFER(CHECK_DETAIL_MAX + 1);
	struct lines lines = { .data = BUFFER(CHECK_LINE_MAX + 2 * READ_SIZE) };
	enum line status = LINE_NONE;
	struct slice line;
	bool ok = true;

	while (ok) {
		ok = next_line(in, &lines, &status, &line);
		if (!ok || status == LINE_NONE)
			break;
		buffer_clear(&answer);
		ok = answer_line(answerer, status, line, &answer) &&
		     buffer_append(&answer, "\n", 1) &&
		     fd_write_all(out, buffer_slice(&answer));
	}
	buffer_free(&lines.data);
	return ok;
}
