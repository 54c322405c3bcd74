/* SPDX-License-Identifier: ISC */
#include "missed.h"

#include <openssl/sha.h>
#include <string.h>

#define KID_MAX 256 /* bytes that count; JWK_KID_MAX */

static void
hash_kid(const struct missed *m, struct slice kid, uint8_t out[MISSED_HASH])
{
	uint8_t text[MISSED_HASH + KID_MAX], full[SHA256_DIGEST_LENGTH];
	size_t len = kid.len < KID_MAX ? kid.len : KID_MAX;

	memcpy(text, m->seed, MISSED_HASH);
	if (len > 0)
		memcpy(text + MISSED_HASH, kid.data, len);
	SHA256(text, MISSED_HASH + len, full);
	memcpy(out, full, MISSED_HASH);
}

static const struct missed_kid *
find(const struct missed *m, const uint8_t hash[MISSED_HASH])
{
	for (size_t i = 0; i < MISSED_MAX; i++)
		if (m->kid[i].times > 0 &&
			memcmp(m->kid[i].hash, hash, MISSED_HASH) == 0)
			return &m->kid[i];
	return NULL;
}

/* A free place, or the one whose time ends first. */
static struct missed_kid *
place(struct missed *m)
{
	struct missed_kid *best = &m->kid[0];

	for (size_t i = 0; i < MISSED_MAX && best->times > 0; i++)
		if (m->kid[i].times == 0 || m->kid[i].until_ms < best->until_ms)
			best = &m->kid[i];
	best->times = 0;
	return best;
}

void
missed_remember(
	struct missed *m, struct slice kid, int64_t cooldown_ms, int64_t now_ms)
{
	uint8_t hash[MISSED_HASH];
	const struct missed_kid *known;
	struct missed_kid *one;
	int64_t time_ms = cooldown_ms;

	hash_kid(m, kid, hash);
	known = find(m, hash);
	one = known != NULL ? &m->kid[known - m->kid] : place(m);
	if (now_ms > one->until_ms + MISSED_FORGET_MS)
		one->times = 0;
	if (one->times > 0)
		time_ms *= 2;
	if (time_ms > MISSED_MOST_MS && time_ms > cooldown_ms)
		time_ms = MISSED_MOST_MS;
	memcpy(one->hash, hash, MISSED_HASH);
	one->until_ms = now_ms + time_ms;
	one->times++;
}

bool
missed_recently(const struct missed *m, struct slice kid, int64_t now_ms)
{
	uint8_t hash[MISSED_HASH];
	const struct missed_kid *known;

	hash_kid(m, kid, hash);
	known = find(m, hash);
	return known != NULL && now_ms < known->until_ms;
}

void
missed_forget_all(struct missed *m)
{
	memset(m->kid, 0, sizeof(m->kid));
}
