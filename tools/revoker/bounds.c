/* SPDX-License-Identifier: ISC */
/*
 * The receiver's limits: kinds, times, and two measures for all of its
 * processes together.
 */
#include "bounds.h"

#include "rate.h"

#include <string.h>

/* Names that the store gets, and those that it has and that must reach
 * further. */
struct order_cost {
	size_t fresh, again;
};

/* An issuer's token may be from the future by that, and its second counts. */
int64_t
limits_ahead(const struct jwt_config *config)
{
	int64_t leeway = 0;

	for (size_t i = 0; i < config->issuer_count; i++)
		if (config->issuer[i].logout_audience.count > 0 &&
			config->issuer[i].leeway > leeway)
			leeway = config->issuer[i].leeway;
	return leeway + 1;
}

static enum jwt_reason
check_entry(const struct revocation_entry *entry, int64_t now, int64_t ahead,
	struct report *r)
{
	if (entry->kind != REVOKED_SID && entry->kind != REVOKED_SUB)
		return report(r, JWT_POLICY_DENIED,
			"a logout is of a sid or a sub, not of a %s",
			revoked_kind_name(entry->kind));
	/* It knows none; an administrator's must not be lost to its own. */
	if (entry->by != NULL || entry->why != NULL)
		return report(r, JWT_POLICY_DENIED,
			"a logout has no reason and no author of its own");
	if (entry->until < now || entry->until > now + LOGOUT_LASTS_MAX)
		return report(r, JWT_POLICY_DENIED,
			"a logout lasts at most %d s", LOGOUT_LASTS_MAX);
	/* Without one, or with a late one, nobody could log in again. */
	if (entry->kind == REVOKED_SUB && entry->before > now + ahead)
		return report(r, JWT_POLICY_DENIED,
			"a logout is of tokens that have been issued");
	return JWT_OK;
}

enum jwt_reason
limits_check(const struct revoke_order *order, int64_t now, int64_t ahead,
	struct report *r)
{
	if (order->count > LOGOUT_ENTRIES_MAX)
		return report(r, JWT_POLICY_DENIED,
			"a logout has at most %d entries", LOGOUT_ENTRIES_MAX);
	for (size_t i = 0; i < order->count; i++)
		JWT_TRY(check_entry(&order->entry[i], now, ahead, r));
	return JWT_OK;
}

/* Fills was_*; adds to what the order costs. */
static enum jwt_reason
look_at(struct revocation_store *store, struct revocation_entry *entry,
	int64_t now, struct order_cost *cost, struct report *r)
{
	struct revocation_entry there = { .kind = entry->kind };
	bool found;

	memcpy(there.hex, entry->hex, sizeof(there.hex));
	JWT_TRY(revocation_find(store, &there, &found, r));
	entry->was_until = found ? there.until : 0;
	entry->was_before = found ? there.before : 0;
	revocation_entry_clear(&there);
	if (entry->was_until < now)
		cost->fresh++;
	else if (entry->was_until < entry->until ||
		 (entry->kind == REVOKED_SUB &&
			 entry->was_before < entry->before))
		cost->again++;
	return JWT_OK;
}

enum jwt_reason
limits_take(struct revocation_store *store, const char *folder,
	struct revoke_order *order, int64_t now, int64_t seconds,
	bool *in_force, struct report *r)
{
	static const struct rate fresh = { "logout", RATE_BURST, 1, 1 };
	static const struct rate again = { "again", RATE_BURST, RATE_AGAIN, 1 };
	struct order_cost cost = { 0, 0 };

	for (size_t i = 0; i < order->count; i++)
		JWT_TRY(look_at(store, &order->entry[i], now, &cost, r));
	*in_force = cost.fresh + cost.again == 0;
	if (cost.fresh > 0)
		JWT_TRY(rate_take(folder, &fresh, cost.fresh, seconds, r));
	if (cost.again > 0)
		JWT_TRY(rate_take(folder, &again, cost.again, seconds, r));
	for (size_t i = 0; *in_force && i < order->count; i++) {
		order->entry[i].until = order->entry[i].was_until;
		order->entry[i].before = order->entry[i].was_before;
	}
	return JWT_OK;
}
