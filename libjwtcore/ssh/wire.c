/* SPDX-License-Identifier: ISC */
/* Reads SSH wire types: each read is checked against what is left. */
#include "ssh/wire.h"

bool
wire_bytes(struct slice *rest, size_t len, struct slice *out)
{
	if (len > rest->len)
		return false;
	*out = slice_of(rest->data, len);
	if (len > 0)
		*rest = slice_of(rest->data + len, rest->len - len);
	return true;
}

static bool
big_endian(struct slice *rest, size_t width, uint64_t *out)
{
	struct slice bytes;
	uint64_t value = 0;

	if (!wire_bytes(rest, width, &bytes))
		return false;
	for (size_t i = 0; i < width; i++)
		value = value << 8 | bytes.data[i];
	*out = value;
	return true;
}

bool
wire_u32(struct slice *rest, uint32_t *out)
{
	uint64_t value;

	if (!big_endian(rest, sizeof(*out), &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

bool
wire_u64(struct slice *rest, uint64_t *out)
{
	return big_endian(rest, sizeof(*out), out);
}

bool
wire_string(struct slice *rest, struct slice *out)
{
	struct slice r = *rest;
	uint32_t len;

	if (!wire_u32(&r, &len) || !wire_bytes(&r, len, out))
		return false;
	*rest = r;
	return true;
}

bool
wire_text(struct slice *rest, struct slice *out)
{
	struct slice r = *rest, text;

	if (!wire_string(&r, &text) || slice_has_nul(text))
		return false;
	*out = text;
	*rest = r;
	return true;
}

bool
wire_positive(struct slice *rest, struct slice *out)
{
	struct slice r = *rest, number, zero;

	if (!wire_string(&r, &number) || number.len == 0 ||
		(number.data[0] & 0x80) != 0)
		return false;
	if (number.data[0] == 0) {
		/* A zero byte stands only before a byte with the top bit. */
		if (!wire_bytes(&number, 1, &zero) || number.len == 0 ||
			(number.data[0] & 0x80) == 0)
			return false;
	}
	*out = number;
	*rest = r;
	return true;
}

struct slice
wire_between(struct slice earlier, struct slice rest)
{
	return slice_of(earlier.data, earlier.len - rest.len);
}
