/* SPDX-License-Identifier: ISC */
/* Base64 in its two alphabets: one coder, a table for each. */
#include "base/base64.h"

struct alphabet {
	char digit[65];
	bool padded;
};

static const struct alphabet url = {
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
	false
};
static const struct alphabet standard = {
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true
};

/* The value of a digit, or -1. */
static int
digit_value(const struct alphabet *a, uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (uint8_t)a->digit[62])
		return 62;
	if (c == (uint8_t)a->digit[63])
		return 63;
	return -1;
}

bool
base64url_is_char(uint8_t c)
{
	return digit_value(&url, c) >= 0;
}

/* Takes the padding off; false where it is not exactly right. */
static bool
strip_padding(struct slice *text)
{
	size_t padding = 0;

	if (text->len % 4 != 0)
		return false;
	while (padding < 2 && text->len > 0 &&
		text->data[text->len - 1] == '=') {
		text->len--;
		padding++;
	}
	return true; /* a third '=' is no digit: the decoder refuses it */
}

static bool
decode(const struct alphabet *a, struct slice text, struct buffer *out)
{
	uint32_t bits = 0;
	unsigned count = 0;
	size_t start = out->len;
	uint8_t *at;

	if (a->padded && !strip_padding(&text))
		return false;
	if (text.len % 4 == 1)
		return false;
	at = buffer_extend(out, text.len / 4 * 3 + text.len % 4 * 3 / 4);
	if (at == NULL)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int value = digit_value(a, text.data[i]);

		if (value < 0)
			goto malformed;
		bits = bits << 6 | (uint32_t)value;
		count += 6;
		if (count >= 8) {
			count -= 8;
			*at++ = (uint8_t)(bits >> count);
			bits &= (1u << count) - 1;
		}
	}
	if (bits == 0) /* the last character's unused bits */
		return true;
malformed:
	wipe(out->data + start, out->len - start);
	out->len = start;
	return false;
}

static bool
encode(const struct alphabet *a, struct slice data, struct buffer *out)
{
	size_t full = data.len / 3, left = data.len % 3;
	size_t tail = left == 0 ? 0 : a->padded ? 4 : left + 1;
	uint8_t *at = buffer_extend(out, full * 4 + tail);
	const uint8_t *in = data.data;

	if (at == NULL)
		return false;
	for (size_t i = 0; i < full; i++, in += 3) {
		*at++ = (uint8_t)a->digit[in[0] >> 2];
		*at++ = (uint8_t)a->digit[(in[0] & 3) << 4 | in[1] >> 4];
		*at++ = (uint8_t)a->digit[(in[1] & 15) << 2 | in[2] >> 6];
		*at++ = (uint8_t)a->digit[in[2] & 63];
	}
	if (left == 0)
		return true;
	*at++ = (uint8_t)a->digit[in[0] >> 2];
	if (left == 1) {
		*at++ = (uint8_t)a->digit[(in[0] & 3) << 4];
	} else {
		*at++ = (uint8_t)a->digit[(in[0] & 3) << 4 | in[1] >> 4];
		*at++ = (uint8_t)a->digit[(in[1] & 15) << 2];
	}
	if (a->padded) {
		if (left == 1)
			*at++ = '=';
		*at = '=';
	}
	return true;
}

bool
base64url_decode(struct slice text, struct buffer *out)
{
	return decode(&url, text, out);
}

bool
base64url_encode(struct slice data, struct buffer *out)
{
	return encode(&url, data, out);
}

bool
base64_decode(struct slice text, struct buffer *out)
{
	return decode(&standard, text, out);
}

bool
base64_encode(struct slice data, struct buffer *out)
{
	return encode(&standard, data, out);
}
