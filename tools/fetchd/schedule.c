/* SPDX-License-Identifier: ISC */
#include "schedule.h"

/* A value in [low, high]. */
static int64_t
between(int64_t low, int64_t high, uint32_t random)
{
	return low + (int64_t)(((uint64_t)(high - low) + 1) * random >> 32);
}

int64_t
refresh_delay_ms(int64_t fresh_for, uint32_t random)
{
	if (fresh_for <= 0)
		return 0;
	if (fresh_for > FRESH_MAX) /* the clock was set back: ask again */
		fresh_for = FRESH_MAX;
	return between(fresh_for * 500, fresh_for * 950, random);
}

int64_t
backoff_delay_ms(unsigned failures, int64_t fresh_for, uint32_t random)
{
	int64_t cap = fresh_for > 0 ? BACKOFF_CALM_MS : BACKOFF_MOST_MS;
	int64_t most = BACKOFF_FIRST_MS;

	if (fresh_for > FRESH_MAX)
		fresh_for = FRESH_MAX;
	if (most < fresh_for * 500)
		most = fresh_for * 500;
	for (unsigned i = 1; i < failures && most < cap; i++)
		most *= 2;
	return between(BACKOFF_LEAST_MS, most < cap ? most : cap, random);
}

int64_t
retry_delay_ms(int64_t after, uint32_t random)
{
	if (after == CACHING_UNKNOWN)
		return 0;
	if (after > RETRY_AFTER_MAX)
		after = RETRY_AFTER_MAX;
	return between(after * 1000, after * 1200 + BACKOFF_LEAST_MS, random);
}

enum staleness
cache_staleness(const struct key_cache *cache, int64_t now)
{
	int64_t whole = cache->stale_until - cache->fresh_until;
	int64_t left = cache->stale_until - now;

	if (left < 0)
		return STALENESS_OVER;
	if (now < cache->fresh_until)
		return STALENESS_FRESH;
	if (left > whole / 2)
		return STALENESS_STALE;
	return left > whole / 8 ? STALENESS_SERIOUS : STALENESS_CRITICAL;
}

bool
cache_from_the_future(const struct key_cache *cache, int64_t now)
{
	return cache->fetched_at > now + CLOCK_SLACK;
}

void
cache_count_from_now(struct key_cache *cache, int64_t max_stale, int64_t now)
{
	/* Set back twice: what the issuer said is what was there first. */
	if (cache->aside_fetched_at == 0) {
		cache->aside_fetched_at = cache->fetched_at;
		cache->aside_fresh_until = cache->fresh_until;
		cache->aside_stale_until = cache->stale_until;
	}
	cache->fetched_at = now;
	cache->fresh_until = now;
	if (cache->stale_until > now + max_stale)
		cache->stale_until = now + max_stale;
}

bool
cache_take_times_back(struct key_cache *cache, int64_t now)
{
	if (cache->aside_fetched_at == 0 ||
		cache->aside_fetched_at > now + CLOCK_SLACK)
		return false;
	cache->fetched_at = cache->aside_fetched_at;
	cache->fresh_until = cache->aside_fresh_until;
	cache->stale_until = cache->aside_stale_until;
	cache->aside_fetched_at = cache->aside_fresh_until =
		cache->aside_stale_until = 0;
	return true;
}

bool
cache_may_be_confirmed(const struct key_cache *cache, int64_t now)
{
	int64_t whole =
		cache->whole_at != 0 ? cache->whole_at : cache->fetched_at;

	return whole <= now + CLOCK_SLACK && now - whole < WHOLE_AGAIN;
}
