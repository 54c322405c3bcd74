/* SPDX-License-Identifier: ISC */
/* Which keys of a JWKS may serve an issuer. Pure. */
#ifndef JWT_FETCHD_USABLE_H
#define JWT_FETCHD_USABLE_H

#include "config/config.h"
#include "keys/cache.h"

/*
 * keys_unavailable: not a JWKS, or without a single key that any of the
 * issuer's algorithms may use. *skipped names the last key that was left
 * out; empty: none was.
 */
enum jwt_reason usable_keys(const struct issuer_config *issuer,
	const struct json_node *jwks, struct jwks **out, struct report *skipped,
	struct report *report) JWT_MUST_CHECK;

#endif
