/* SPDX-License-Identifier: ISC */
/*
 * The receiver's limits: kinds, times, and a leaky bucket for all of its
 * processes together.
 */
#include "bounds.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#define RATE_FILE "logout"
#define RATE_TEXT 64 /* bytes of "LEFT SECONDS\n" */

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

/* What is left now, in entries. */
static int64_t
left_of(int fd, int64_t seconds)
{
	char text[RATE_TEXT] = "";
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
	int64_t left, when;

	if (got <= 0 ||
		sscanf(text, "%" SCNd64 " %" SCNd64, &left, &when) != 2 ||
		left < 0 || left > RATE_BURST || when < 0 || when > seconds)
		return RATE_BURST;
	if (seconds - when >= RATE_BURST - left)
		return RATE_BURST;
	return left + (seconds - when);
}

static enum jwt_reason
take(int fd, size_t count, int64_t seconds, struct report *r)
{
	int64_t left = left_of(fd, seconds);
	char text[RATE_TEXT];
	int len;

	if (left < (int64_t)count)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"too many logouts: one a second now");
	len = snprintf(text, sizeof(text), "%" PRId64 " %" PRId64 "\n",
		left - (int64_t)count, seconds);
	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len)
		return report(r, JWT_INTERNAL_ERROR, "%s: %s", RATE_FILE,
			strerror(errno));
	return JWT_OK;
}

enum jwt_reason
rate_take(const char *folder, size_t count, int64_t seconds, struct report *r)
{
	JWT_AUTO(fd) dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	JWT_AUTO(fd) fd = -1;

	if (dir >= 0)
		fd = openat(dir, RATE_FILE,
			O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		return report(r, JWT_INTERNAL_ERROR, "%s/%s: %s", folder,
			RATE_FILE, strerror(errno));
	return take(fd, count, seconds, r);
}

enum jwt_reason
limits_take(struct revocation_store *store, const char *folder,
	const struct revoke_order *order, int64_t seconds, struct report *r)
{
	struct revocation_entry there = { .kind = order->entry[0].kind };
	bool found;

	memcpy(there.hex, order->entry[0].hex, sizeof(there.hex));
	JWT_TRY(revocation_find(store, &there, &found, r));
	revocation_entry_clear(&there);
	return rate_take(folder, order->count, seconds, r);
}
