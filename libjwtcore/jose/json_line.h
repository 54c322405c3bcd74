/* SPDX-License-Identifier: ISC */
/*
 * JSON that is written often, line by line: logs and verdicts. One object of
 * plain members, in ASCII, so that no terminal that shows it takes orders
 * from a stranger; appended to a buffer, and nothing else is allocated.
 * Documents are jansson's (json_write.h).
 */
#ifndef JWT_JOSE_JSON_LINE_H
#define JWT_JOSE_JSON_LINE_H

#include "base/bytes.h"

struct json_line {
	struct buffer *out; /* borrowed */
	bool some;	    /* a member is there */
	bool failed;	    /* out of memory, or of out->max */
};

struct json_line json_line_begin(struct buffer *out);
/* Names are ours: ASCII without a need for escapes. Empty text is null; what
 * is not UTF-8 is said to be so. */
void json_line_text(
	struct json_line *line, const char *name, struct slice text);
void json_line_string(
	struct json_line *line, const char *name, const char *text);
void json_line_number(struct json_line *line, const char *name, int64_t number);
void json_line_bool(struct json_line *line, const char *name, bool value);
void json_line_null(struct json_line *line, const char *name);
/* False: some of it is missing in out. */
bool json_line_end(struct json_line *line) JWT_MUST_CHECK;

#endif
