/* SPDX-License-Identifier: ISC */
/*
 * The fingerprint of RSA keys that can be factored (ROCA, CVE-2017-15361):
 * their primes are powers of 65537 modulo a product of small primes, so the
 * modulus is such a power modulo each of them. A sound modulus passes all of
 * these tests with a chance of less than one in a hundred million.
 */
#include "jose/family.h"

#define GENERATOR 65537
#define GROUP_MAX 5 /* primes */

/*
 * Of the primes to 167, which the generator uses for its shortest keys and so
 * for all of them, those with residues that are no power: the others tell
 * nothing. In groups whose product has 32 bits, since dividing the modulus is
 * the dear part; the first group clears all but 1 in 17,000 sound keys.
 */
static const struct group {
	uint32_t product;
	uint8_t primes[GROUP_MAX];
} groups[] = {
	{ 190249301, { 97, 37, 79, 11, 61 } },
	{ 309382541, { 73, 127, 151, 13, 17 } },
	{ 787968437, { 19, 53, 71, 103, 107 } },
	{ 17113, { 109, 157 } },
};

static uint32_t
remainder_of(struct slice number, uint32_t divisor)
{
	uint64_t remainder = 0;
	size_t i = 0;

	for (; i < number.len % 4; i++)
		remainder = remainder << 8 | number.data[i];
	remainder %= divisor;
	for (; i < number.len; i += 4) {
		uint32_t word = (uint32_t)number.data[i] << 24 |
				(uint32_t)number.data[i + 1] << 16 |
				(uint32_t)number.data[i + 2] << 8 |
				number.data[i + 3];

		remainder = (remainder << 32 | word) % divisor;
	}
	return (uint32_t)remainder;
}

static bool
is_power_of_generator(uint32_t residue, uint32_t prime)
{
	uint32_t power = 1;

	do {
		if (power == residue)
			return true;
		power = power * (GENERATOR % prime) % prime;
	} while (power != 1);
	return false;
}

bool
rsa_has_roca_fingerprint(struct slice modulus)
{
	for (size_t i = 0; i < JWT_COUNT(groups); i++) {
		const struct group *group = &groups[i];
		uint32_t rest = remainder_of(modulus, group->product);

		for (size_t j = 0; j < GROUP_MAX && group->primes[j] > 0; j++)
			if (!is_power_of_generator(
				    rest % group->primes[j], group->primes[j]))
				return false;
	}
	return true;
}
