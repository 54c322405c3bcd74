/* SPDX-License-Identifier: ISC */
/*
 * The fingerprint of RSA keys that can be factored (ROCA, CVE-2017-15361):
 * their primes are powers of 65537 modulo a product of small primes, so the
 * modulus is such a power modulo each of them. A sound modulus passes all of
 * these tests with a chance of less than one in a hundred million.
 */
#include "jose/family.h"

#define GENERATOR 65537

/* What the generator uses for its shortest keys, and so for all of them. */
static const uint8_t primes[] = { 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41,
	43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
	127, 131, 137, 139, 149, 151, 157, 163, 167 };

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
	for (size_t i = 0; i < JWT_COUNT(primes); i++) {
		uint32_t residue = 0;

		for (size_t j = 0; j < modulus.len; j++)
			residue = (residue << 8 | modulus.data[j]) % primes[i];
		if (!is_power_of_generator(residue, primes[i]))
			return false;
	}
	return true;
}
