/* SPDX-License-Identifier: ISC */
/*
 * Strict JSON (RFC 8259 as RFC 7515 section 4 and RFC 7519 section 4 demand
 * it): one object, no duplicate member, valid UTF-8, no NUL in a string,
 * nesting of at most JSON_DEPTH_MAX, nothing but white space around it.
 */
#ifndef JWT_JOSE_JSON_H
#define JWT_JOSE_JSON_H

#include "base/bytes.h"
#include "base/report.h"

#include <jansson.h>

#define JSON_DEPTH_MAX 16

JWT_AUTO_TYPE(json, json_t *, json_decref);

/*
 * Parses one object. what names it in the report ("header"). On failure
 * token_malformed, *out untouched. Caller owns *out (json_decref).
 */
enum jwt_reason json_parse_object(struct slice text, const char *what,
	json_t **out, struct report *report) JWT_MUST_CHECK;

/* A string member as a borrowed slice; false if absent or not a string. */
bool json_get_string(const json_t *object, const char *name,
	struct slice *out) JWT_MUST_CHECK;

#endif
