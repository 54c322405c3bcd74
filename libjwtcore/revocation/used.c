/* SPDX-License-Identifier: ISC */
/*
 * Single use among hosts that share a store: what its word, or its silence,
 * means for a token that this host has not seen before.
 */
#include "revocation/store.h"

/* The clock of a host that sees the token later may be behind ours. */
#define SKEW_MAX 300 /* seconds, the largest leeway of the config */

static enum jwt_reason
use_in_store(struct revocation_store *store,
	const struct revocation_question *q, int64_t ttl, struct report *r)
{
	char hex[REVOKED_HEX_LEN + 1];
	bool first = false;

	/* Its silence has taken the time that a login may wait. */
	if (store->silent)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"%s was not asked again", store->class->name);
	if (!revocation_hex(
		    REVOKED_SIG, slice_of(NULL, 0), q->signing_input, hex))
		return report(r, JWT_INTERNAL_ERROR, "SHA-256 failed");
	JWT_TRY(store->class->use(store, hex, ttl, &first, r));
	if (first)
		return JWT_OK;
	return report(r, JWT_REPLAYED,
		"this token has been used on another host, and counts once");
}

/* What this host's own mark can't see is then left to chance, as agreed. */
static bool
is_excused(const struct revocation_config *config, enum jwt_reason reason,
	const struct revocation_question *q, int64_t now)
{
	if (config->on_unreachable == UNREACHABLE_LAST_KNOWN)
		return reason == JWT_REVOCATION_UNREACHABLE ||
		       reason == JWT_REVOCATION_LOST;
	return reason == JWT_REVOCATION_UNREACHABLE &&
	       allowed_as_fresh(config, q, now);
}

enum jwt_reason
revocation_use(struct revocation_store *store,
	const struct revocation_question *q, int64_t until, int64_t now,
	struct report *r)
{
	struct report fault = { "" };
	enum jwt_reason reason;

	if (store->class == NULL || store->class->use == NULL)
		return JWT_OK;
	reason = use_in_store(store, q, until - now + SKEW_MAX, &fault);
	if (reason == JWT_OK)
		return JWT_OK;
	if (is_excused(store->config, reason, q, now))
		return report(r, JWT_OK,
			"marked as used on this host alone: %s", fault.text);
	return report(r, reason, "%s", fault.text);
}
