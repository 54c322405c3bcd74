/* SPDX-License-Identifier: ISC */
/* Base64 in its two alphabets: one coder, a table for each. */
#include "base/base64.h"

#define URL	 0x40u /* a digit of base64url */
#define STANDARD 0x80u /* a digit of standard base64 */
#define VALUE	 0x3fu

struct alphabet {
	char digit[65];
	uint8_t flag; /* in values, below */
	bool padded;
};

static const struct alphabet url = {
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", URL,
	false
};
static const struct alphabet standard = {
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	STANDARD, true
};

/*
 * What a character stands for, and in which alphabet. A look-up that depends
 * on the character shows in the cache: tokens and public keys may be read
 * so, private keys come as PEM and go through OpenSSL's decoder.
 */
#define D(c, value) [c] = URL | STANDARD | (value)
static const uint8_t values[256] = { D('A', 0), D('B', 1), D('C', 2), D('D', 3),
	D('E', 4), D('F', 5), D('G', 6), D('H', 7), D('I', 8), D('J', 9),
	D('K', 10), D('L', 11), D('M', 12), D('N', 13), D('O', 14), D('P', 15),
	D('Q', 16), D('R', 17), D('S', 18), D('T', 19), D('U', 20), D('V', 21),
	D('W', 22), D('X', 23), D('Y', 24), D('Z', 25), D('a', 26), D('b', 27),
	D('c', 28), D('d', 29), D('e', 30), D('f', 31), D('g', 32), D('h', 33),
	D('i', 34), D('j', 35), D('k', 36), D('l', 37), D('m', 38), D('n', 39),
	D('o', 40), D('p', 41), D('q', 42), D('r', 43), D('s', 44), D('t', 45),
	D('u', 46), D('v', 47), D('w', 48), D('x', 49), D('y', 50), D('z', 51),
	D('0', 52), D('1', 53), D('2', 54), D('3', 55), D('4', 56), D('5', 57),
	D('6', 58), D('7', 59), D('8', 60), D('9', 61), ['-'] = URL | 62,
	['_'] = URL | 63, ['+'] = STANDARD | 62, ['/'] = STANDARD | 63 };
#undef D

bool
base64url_is_char(uint8_t c)
{
	return (values[c] & URL) != 0;
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

/*
 * The last two or three digits. True: they are some, and the bits that no
 * byte takes are zero, so that no other text has this value.
 */
static bool
decode_tail(struct slice text, uint8_t flag, uint8_t *at)
{
	uint8_t a, b, c;

	if (text.len == 0)
		return true;
	a = values[text.data[0]];
	b = values[text.data[1]];
	*at++ = (uint8_t)((a & VALUE) << 2 | (b & VALUE) >> 4);
	if (text.len == 2)
		return (a & b & flag) != 0 && (b & 0x0f) == 0;
	c = values[text.data[2]];
	*at = (uint8_t)((b & VALUE) << 4 | (c & VALUE) >> 2);
	return (a & b & c & flag) != 0 && (c & 0x03) == 0;
}

static bool
decode(const struct alphabet *alphabet, struct slice text, struct buffer *out)
{
	size_t start = out->len, tail;
	uint8_t flag = alphabet->flag;
	const uint8_t *in;
	uint8_t *at;

	if (alphabet->padded && !strip_padding(&text))
		return false;
	tail = text.len % 4;
	if (tail == 1)
		return false;
	at = buffer_extend(out, text.len / 4 * 3 + tail * 3 / 4);
	if (at == NULL)
		return false;
	/* One foreign character takes the flag away for good. */
	for (in = text.data; in < text.data + (text.len - tail); in += 4) {
		uint32_t a = values[in[0]], b = values[in[1]];
		uint32_t c = values[in[2]], d = values[in[3]];
		uint32_t bits = (a & VALUE) << 18 | (b & VALUE) << 12 |
				(c & VALUE) << 6 | (d & VALUE);

		flag &= (uint8_t)(a & b & c & d);
		*at++ = (uint8_t)(bits >> 16);
		*at++ = (uint8_t)(bits >> 8);
		*at++ = (uint8_t)bits;
	}
	if (flag != 0 && decode_tail(slice_of(in, tail), flag, at))
		return true;
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
