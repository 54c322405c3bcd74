/* SPDX-License-Identifier: ISC */
/*
 * Bytes that know their length: a borrowed slice and an owned buffer with a
 * hard maximum that is wiped before its memory goes back. libc only.
 */
#ifndef JWT_BASE_BYTES_H
#define JWT_BASE_BYTES_H

#include "base/auto.h"

/* Borrowed; not NUL-terminated. */
struct slice {
	const uint8_t *data;
	size_t len;
};

struct slice slice_of(const void *data, size_t len);
struct slice slice_of_string(const char *string); /* NULL: empty */
/* Not for secrets: returns at the first difference. */
bool slice_equal(struct slice a, struct slice b);
bool slice_equals_string(struct slice a, const char *string);
bool slice_has_nul(struct slice a);
/*
 * Cuts *rest at the first separator: the part before it goes to *head and
 * *rest moves behind it. False, and nothing moved, if there is none.
 */
bool slice_cut(struct slice *rest, uint8_t separator, struct slice *head);
/* The begin of UTF-8: at most max bytes, and no part of a character. */
struct slice slice_cut_text(struct slice text, size_t max);

/* Owned. All zeros but max is empty and ready. */
struct buffer {
	uint8_t *data; /* always has a NUL behind data[len - 1] if not NULL */
	size_t len;
	size_t capacity;
	size_t max; /* append fails beyond it; never above BUFFER_HARD_MAX */
};

#define BUFFER_HARD_MAX (64u * 1024 * 1024)
#define BUFFER(limit)          \
	(struct buffer)        \
	{                      \
		.max = (limit) \
	}

/* False when out of memory or above max: the buffer is as it was. */
bool buffer_append(
	struct buffer *b, const void *data, size_t len) JWT_MUST_CHECK;
bool buffer_append_slice(struct buffer *b, struct slice s) JWT_MUST_CHECK;
bool buffer_append_string(struct buffer *b, const char *s) JWT_MUST_CHECK;
bool buffer_append_format(struct buffer *b, const char *format,
	...) JWT_MUST_CHECK __attribute__((format(printf, 2, 3)));
bool buffer_append_u32(struct buffer *b, uint32_t big_endian) JWT_MUST_CHECK;
/* Takes memory for more bytes now: appending them moves nothing. */
bool buffer_reserve(struct buffer *b, size_t more) JWT_MUST_CHECK;
/* Room for len more bytes at the end, zeroed; NULL on failure. */
uint8_t *buffer_extend(struct buffer *b, size_t len) JWT_MUST_CHECK;
void buffer_clear(struct buffer *b); /* wipes, keeps the memory */
void buffer_free(struct buffer *b);  /* wipes, frees, empties */
struct slice buffer_slice(const struct buffer *b);
const char *buffer_string(const struct buffer *b); /* "" when empty */

static inline void
jwt_auto_buffer(struct buffer *b)
{
	buffer_free(b);
}
typedef struct buffer jwt_auto_buffer_t;

/* Wipes memory in a way that the compiler must not drop. */
void wipe(void *data, size_t len);
/* A NUL-terminated copy, or NULL. Caller frees. */
char *slice_to_string(struct slice s);
/* 2 * len hex digits, lower case, and a NUL. */
void hex_encode(const uint8_t *data, size_t len, char *out);

#endif
