/* SPDX-License-Identifier: ISC */
/*
 * base64.c, both alphabets. What decodes has one text: encoding it again
 * gives that text. What encodes decodes to itself. A failure leaves out alone.
 */
#include "fuzz.h"
#include "base/base64.h"

#include <string.h>

typedef bool coder(struct slice in, struct buffer *out);

#define OUT_MAX (256 * 1024)
#define BEFORE	255 /* bytes that stand in out: more need more memory */

static void
check(struct slice input, coder *first, coder *back)
{
	JWT_AUTO(buffer) out = BUFFER(OUT_MAX);
	JWT_AUTO(buffer) again = BUFFER(OUT_MAX);
	struct slice made;
	bool done;

	REQUIRE(buffer_extend(&out, BEFORE) != NULL);
	done = UNDER_TEST(first(input, &out));
	REQUIRE(out.len >= BEFORE && out.data[0] == 0 &&
		memcmp(out.data, out.data + 1, BEFORE - 1) == 0);
	if (fault_struck())
		REQUIRE(!done);
	if (!done) {
		REQUIRE(out.len == BEFORE);
		return;
	}
	made = slice_of(out.data + BEFORE, out.len - BEFORE);
	REQUIRE(back(made, &again));
	REQUIRE(slice_equal(buffer_slice(&again), input));
}

/* Room for one byte less than needed is no room. */
static void
check_small(struct slice input)
{
	JWT_AUTO(buffer) whole = BUFFER(OUT_MAX);
	JWT_AUTO(buffer) small = BUFFER(0);

	if (!base64url_decode(input, &whole) || whole.len == 0)
		return;
	small.max = whole.len - 1;
	REQUIRE(!base64url_decode(input, &small) && small.len == 0);
}

static void
check_alphabet(struct slice input)
{
	JWT_AUTO(buffer) out = BUFFER(OUT_MAX);
	bool all = true;

	for (size_t i = 0; i < input.len; i++)
		all = all && base64url_is_char(input.data[i]);
	if (base64url_decode(input, &out))
		REQUIRE(all && input.len % 4 != 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = fuzz_copy(slice_of(data, size));

	check(input, base64url_decode, base64url_encode);
	if (!fault_struck())
		check(input, base64_decode, base64_encode);
	if (!fault_struck())
		check(input, base64url_encode, base64url_decode);
	if (!fault_struck())
		check(input, base64_encode, base64_decode);
	check_small(input);
	check_alphabet(input);
	fuzz_copy_free(input);
	return 0;
}
