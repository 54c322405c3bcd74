/* SPDX-License-Identifier: ISC */
/*
 * Whoever holds an ECDSA signature (r, s) can make (r, n - s), which verifies
 * as well. Applications revoke the raw token, so both texts are asked for.
 */
#ifndef JWT_REVOCATION_TWINS_H
#define JWT_REVOCATION_TWINS_H

#include "jose/alg.h"

/*
 * Appends "header.payload.twin" to out. False: there is no twin (the
 * algorithm is not ECDSA, or the signature can't be a valid one), or out is
 * full; *full tells them apart.
 */
bool twin_of_token(enum jws_alg alg, struct slice signing_input,
	struct slice signature, struct buffer *out, bool *full) JWT_MUST_CHECK;

/* n, the order of the alg's curve, big-endian; empty if it has none. */
struct slice twin_order(enum jws_alg alg);

#endif
