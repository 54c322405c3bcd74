/* SPDX-License-Identifier: ISC */
/*
 * Slices and buffers. A buffer grows by copying into new memory and wiping
 * the old (realloc would leave a secret behind).
 */
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_FIRST 256

struct slice
slice_of(const void *data, size_t len)
{
	return (struct slice){ data, len };
}

struct slice
slice_of_string(const char *string)
{
	return slice_of(string, string != NULL ? strlen(string) : 0);
}

bool
slice_equal(struct slice a, struct slice b)
{
	/* Most that differ do so at once: the call is spared. */
	return a.len == b.len &&
	       (a.len == 0 || (a.data[0] == b.data[0] &&
				      memcmp(a.data, b.data, a.len) == 0));
}

bool
slice_equals_string(struct slice a, const char *string)
{
	return slice_equal(a, slice_of_string(string));
}

bool
slice_has_nul(struct slice a)
{
	return a.len > 0 && memchr(a.data, '\0', a.len) != NULL;
}

bool
slice_cut(struct slice *rest, uint8_t separator, struct slice *head)
{
	const uint8_t *at;

	if (rest->len == 0)
		return false;
	at = memchr(rest->data, separator, rest->len);
	if (at == NULL)
		return false;
	*head = slice_of(rest->data, (size_t)(at - rest->data));
	*rest = slice_of(at + 1, rest->len - head->len - 1);
	return true;
}

struct slice
slice_cut_text(struct slice text, size_t max)
{
	size_t len = text.len < max ? text.len : max;

	while (len < text.len && len > 0 && (text.data[len] & 0xc0) == 0x80)
		len--;
	return slice_of(text.data, len);
}

char *
slice_to_string(struct slice s)
{
	char *copy = malloc(s.len + 1);

	if (copy == NULL)
		return NULL;
	if (s.len > 0)
		memcpy(copy, s.data, s.len);
	copy[s.len] = '\0';
	return copy;
}

void
wipe(void *data, size_t len)
{
	if (data != NULL && len > 0)
		explicit_bzero(data, len);
}

void
hex_encode(const uint8_t *data, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[data[i] >> 4];
		*out++ = digits[data[i] & 15];
	}
	*out = '\0';
}

bool
buffer_reserve(struct buffer *b, size_t more)
{
	size_t max = b->max < BUFFER_HARD_MAX ? b->max : BUFFER_HARD_MAX;
	size_t capacity = b->capacity;
	uint8_t *data;

	if (b->len > max || more > max - b->len)
		return false;
	if (b->data != NULL && b->len + more < b->capacity)
		return true;
	if (capacity < BUFFER_FIRST)
		capacity = BUFFER_FIRST;
	while (capacity <= b->len + more)
		capacity *= 2;
	data = calloc(1, capacity);
	if (data == NULL)
		return false;
	if (b->len > 0)
		memcpy(data, b->data, b->len);
	wipe(b->data, b->capacity);
	free(b->data);
	b->data = data;
	b->capacity = capacity;
	return true;
}

uint8_t *
buffer_extend(struct buffer *b, size_t len)
{
	uint8_t *at;

	if (!buffer_reserve(b, len))
		return NULL;
	at = b->data + b->len;
	memset(at, 0, len + 1);
	b->len += len;
	return at;
}

bool
buffer_append(struct buffer *b, const void *data, size_t len)
{
	uint8_t *at = buffer_extend(b, len);

	if (at == NULL)
		return false;
	if (len > 0)
		memcpy(at, data, len);
	return true;
}

bool
buffer_append_slice(struct buffer *b, struct slice s)
{
	return buffer_append(b, s.data, s.len);
}

bool
buffer_append_string(struct buffer *b, const char *s)
{
	return buffer_append_slice(b, slice_of_string(s));
}

bool
buffer_append_u32(struct buffer *b, uint32_t value)
{
	const uint8_t bytes[4] = { (uint8_t)(value >> 24),
		(uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value };

	return buffer_append(b, bytes, sizeof(bytes));
}

bool
buffer_append_format(struct buffer *b, const char *format, ...)
{
	va_list args;
	uint8_t *at;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return false;
	at = buffer_extend(b, (size_t)len);
	if (at == NULL)
		return false;
	va_start(args, format);
	vsnprintf((char *)at, (size_t)len + 1, format, args);
	va_end(args);
	return true;
}

void
buffer_clear(struct buffer *b)
{
	wipe(b->data, b->capacity);
	b->len = 0;
}

void
buffer_free(struct buffer *b)
{
	wipe(b->data, b->capacity);
	free(b->data);
	b->data = NULL;
	b->len = 0;
	b->capacity = 0;
}

struct slice
buffer_slice(const struct buffer *b)
{
	return slice_of(b->data, b->len);
}

const char *
buffer_string(const struct buffer *b)
{
	return b->data != NULL ? (const char *)b->data : "";
}
