/* SPDX-License-Identifier: ISC */
/*
 * A strict JSON reader (RFC 8259, as RFC 7515 section 4 and RFC 7519 section
 * 4 narrow it): one object, no member twice, valid UTF-8, no NUL in a string,
 * nothing but white space around it. It copies nothing: values lie in one
 * array in the order of the text and point into it.
 */
#ifndef JWT_JOSE_JSON_H
#define JWT_JOSE_JSON_H

#include "base/bytes.h"
#include "base/report.h"

#include <string.h>

#define JSON_DEPTH_MAX 16    /* objects and arrays inside each other */
#define JSON_NODE_MAX  32768 /* values and names in one text */

enum json_kind {
	JSON_KIND_NULL,
	JSON_KIND_FALSE,
	JSON_KIND_TRUE,
	JSON_KIND_NUMBER,
	JSON_KIND_STRING,
	JSON_KIND_ARRAY,
	JSON_KIND_OBJECT,
};

/* A value. Behind an object or array its members or elements follow. */
struct json_node {
	enum json_kind kind;
	uint32_t span;	   /* nodes that it takes, with itself */
	uint32_t count;	   /* elements, or members */
	struct slice text; /* of a string: its bytes, escapes resolved; of
			    * anything else: as it stands in the text */
};

/* A parsed text. All zeros is empty. */
struct json_doc {
	struct json_node *nodes; /* owned; the first is the object */
	uint8_t *strings;	 /* owned, wiped: what escapes stood for */
	size_t strings_len;
};

void json_doc_clear(struct json_doc *doc);

static inline void
jwt_auto_json_doc(struct json_doc *doc)
{
	json_doc_clear(doc);
}
typedef struct json_doc jwt_auto_json_doc_t;

/*
 * Parses one object. The text is borrowed and must outlive *out. what names
 * it in the report ("header"). On failure *out is untouched:
 * token_malformed, or internal_error when memory ran out.
 */
enum jwt_reason json_parse_object(struct slice text, const char *what,
	struct json_doc *out, struct report *report) JWT_MUST_CHECK;

/* The object of a text; NULL: of an empty document. */
static inline const struct json_node *
json_root(const struct json_doc *doc)
{
	return doc->nodes;
}

/* False for NULL too, so that a look-up can stand inside. */
bool json_is(const struct json_node *node, enum json_kind kind);

/* A member; NULL: absent, or not in an object. Names compare as bytes. */
const struct json_node *json_find(
	const struct json_node *object, struct slice name);
/* The same; inline, so that the length of a fixed name is known. */
static inline const struct json_node *
json_member(const struct json_node *object, const char *name)
{
	return json_find(
		object, (struct slice){ (const uint8_t *)name, strlen(name) });
}

/* The elements of an array; NULL: there is no more, or it is no array. */
const struct json_node *json_first(const struct json_node *array);
const struct json_node *json_next(
	const struct json_node *array, const struct json_node *element);
#define json_each(element, array)                              \
	for ((element) = json_first(array); (element) != NULL; \
		(element) = json_next(array, element))

/* A string member; false if absent or not a string. */
bool json_get_string(const struct json_node *object, const char *name,
	struct slice *out) JWT_MUST_CHECK;

/* An integer member (no fraction, no exponent) of 64 bits; false if not. */
bool json_get_integer(const struct json_node *object, const char *name,
	int64_t *out) JWT_MUST_CHECK;

/*
 * NumericDate (RFC 7519 section 2) of a number however it is written, exact:
 * the fraction is cut, nothing is rounded. False: negative, or above max.
 */
bool json_seconds(const struct json_node *number, int64_t max,
	int64_t *out) JWT_MUST_CHECK;

#endif
