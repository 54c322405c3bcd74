/* SPDX-License-Identifier: ISC */
/*
 * What the targets hold ours against: jansson for JSON, and rules written
 * down once more in the shortest way. Slow, and of no other use.
 */
#ifndef JWT_TESTS_FUZZ_ORACLE_H
#define JWT_TESTS_FUZZ_ORACLE_H

#include "base/bytes.h"
#include "jose/json.h"

#include <jansson.h>

enum oracle {
	ORACLE_REFUSES,
	ORACLE_ACCEPTS,
	/* Jansson refuses numbers that don't fit its types, and stops there:
	 * we keep a number's text. Or the text holds so many values that our
	 * own cap may count. */
	ORACLE_UNSURE,
};

/* One object, no member twice, no deeper than ours. Caller's json_decref. */
enum oracle oracle_json(struct slice text, json_t **out);

/* The whole seconds of a JSON number's text; false: negative, above max. */
bool oracle_seconds(struct slice number, int64_t max, int64_t *out);

/* Does this member equal the string? Is it there and no string? */
bool oracle_equals(const json_t *object, const char *name, const char *text);
bool oracle_is_strange(const json_t *object, const char *name);
struct slice oracle_text(const json_t *string);

/* Requires that both hold the same, all the way down. */
void oracle_require_same(const json_t *theirs, const struct json_node *ours);

/* Canonical base64url of exactly len bytes. */
bool oracle_is_base64url(struct slice text, size_t len);

#endif
