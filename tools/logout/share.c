/* SPDX-License-Identifier: ISC */
/*
 * Each user's share of what all users together may have revoked.
 */
#include "logout.h"

#include "rate.h"
#include "revocation/revocation.h"

#include <stdio.h>

#define NAME_MAX_LEN (sizeof("user-") + REVOKED_HEX_LEN)

bool
logout_take_share(const char *folder, const struct logout *l, int64_t seconds)
{
	const struct claims *c = &l->claims;
	char hex[REVOKED_HEX_LEN + 1], name[NAME_MAX_LEN];
	const struct rate share = { name, SHARE_BURST, 1, SHARE_EVERY };

	if (c->sid.len == 0 || c->sub.len == 0 ||
		!revocation_hex(REVOKED_SUB, c->iss, c->sub, hex))
		return true;
	snprintf(name, sizeof(name), "user-%s", hex);
	return rate_take(folder, &share, 1, seconds, NULL) !=
	       JWT_REVOCATION_UNREACHABLE;
}
