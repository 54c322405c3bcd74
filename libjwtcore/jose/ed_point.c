/* SPDX-License-Identifier: ISC */
/*
 * Which public keys of the Edwards curves are none (RFC 8032 sections 5.1.3
 * and 5.2.3). OpenSSL looks at neither rule when it takes a key.
 *
 * A point whose multiples are few (1, 2, 4 or 8 of them) has signatures that
 * anybody can make: R the neutral point and S = 0 are good for each message
 * under the neutral point, and for one in 2, 4 or 8 under the others.
 */
#include "jose/family.h"

#include <string.h>

#define ED448_Y_LEN 56	 /* bytes of y; one more holds the sign of x */
#define SIGN	    0x80 /* the sign of x, in the last byte */

/* y of the points of order 8: none of the others is so hard to recognise. */
static const uint8_t order_8[2][32] = {
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
		0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3,
		0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc,
		0x05 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
		0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c,
		0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03,
		0x7a },
};

/* Little-endian numbers of the same length. */
static int
compare(const uint8_t *a, const uint8_t *b, size_t len)
{
	while (len-- > 0)
		if (a[len] != b[len])
			return a[len] < b[len] ? -1 : 1;
	return 0;
}

/* p - 1, the largest y that there is: 2^255 - 20 or 2^448 - 2^224 - 2. */
static size_t
largest_y(enum jwk_curve curve, uint8_t out[ED448_Y_LEN])
{
	size_t len = curve == JWK_ED448 ? ED448_Y_LEN : 32;

	memset(out, 0xff, len);
	if (curve == JWK_ED448) {
		out[0] = 0xfe;
		out[28] = 0xfe; /* - 2^224 */
	} else {
		out[0] = 0xec;
		out[31] = 0x7f;
	}
	return len;
}

bool
okp_is_proper_point(enum jwk_curve curve, struct slice x)
{
	uint8_t y[ED448_Y_LEN + 1], largest[ED448_Y_LEN];
	static const uint8_t one[ED448_Y_LEN] = { 1 };
	size_t len = largest_y(curve, largest);

	memcpy(y, x.data, x.len);
	y[x.len - 1] &= (uint8_t)~SIGN;
	if (curve == JWK_ED448 && y[ED448_Y_LEN] != 0)
		return false;
	/* p - 1 has order 2; above it, y is not canonical. 1 is neutral, 0
	 * has order 4. */
	if (compare(y, largest, len) >= 0 || compare(y, one, len) <= 0)
		return false;
	return curve == JWK_ED448 || (compare(y, order_8[0], len) != 0 &&
					     compare(y, order_8[1], len) != 0);
}
