/* SPDX-License-Identifier: ISC */
/* How a fetch ends: what is kept of it, what the log says, what is due next. */
#include "issuer_state.h"

#include "base/clock.h"
#include "log.h"
#include "schedule.h"

#include <stdlib.h>

/* Between two fetches, even if the config's max_stale is next to nothing. */
#define PAUSE_MS 60000

static void
become_idle(struct issuer *issuer, int64_t now)
{
	int64_t cooldown = issuer->config->fetch.cooldown * 1000;
	struct slice kid = slice_of(issuer->kid, issuer->kid_len);
	bool asked = issuer->asked;

	fetch_free(issuer->fetch);
	issuer->fetch = NULL;
	free(issuer->url);
	issuer->url = NULL;
	free(issuer->jwks_uri);
	issuer->jwks_uri = NULL;
	issuer->step = STEP_IDLE;
	issuer->renewal = issuer->asked = issuer->whole = false;
	issuer->retry_after = CACHING_UNKNOWN;
	issuer->tried_at = now;
	if (asked && !issuer_has_kid(issuer, kid, now)) {
		issuer->cooldown_ms = clock_boot_ms() + cooldown;
		/* Only who answered can say that it isn't there. */
		if (issuer->good && kid.len > 0)
			missed_remember(&issuer->missed, kid, cooldown,
				clock_boot_ms());
		issuer->doubted |= issuer->good && issuer->remembered;
	}
	issuer->kid_len = 0;
}

/* The nearer the end of the keys, the louder. */
static int
loudness(const struct issuer *issuer, int64_t now)
{
	static const int priorities[] = { [STALENESS_FRESH] = LOG_WARNING,
		[STALENESS_STALE] = LOG_WARNING,
		[STALENESS_SERIOUS] = LOG_ERR,
		[STALENESS_CRITICAL] = LOG_CRIT,
		[STALENESS_OVER] = LOG_ALERT };

	if (issuer->last.keys == NULL)
		return LOG_ERR;
	return priorities[cache_staleness(&issuer->last.cache, now)];
}

static void
log_failure(const struct issuer *issuer, int64_t delay_ms, int64_t now)
{
	const struct key_cache *cache = &issuer->last.cache;
	const char *name = issuer->config->name;
	char until[LOG_TIME_SIZE], left[LOG_SPAN_SIZE], next[LOG_SPAN_SIZE];
	int priority = loudness(issuer, now);

	log_time(cache->stale_until, until);
	log_span(cache->stale_until - now, left);
	log_span(delay_ms / 1000, next);
	if (issuer_has_keys(issuer, now))
		log_line(priority,
			"%s: keys not renewed: %s (the keys of before serve "
			"until %s, %s more; next try in %s)",
			name, issuer->problem.text, until, left, next);
	else if (issuer->last.keys != NULL)
		log_line(priority,
			"%s: its tokens are refused, since the keys of before "
			"served until %s: %s (next try in %s)",
			name, until, issuer->problem.text, next);
	else
		log_line(priority,
			"%s: no keys, so its tokens are refused: %s (next try "
			"in %s)",
			name, issuer->problem.text, next);
}

/*
 * Haste only where logins fail, or soon will; and where keys are old and the
 * host just came up, with its network perhaps behind it.
 */
static int64_t
backoff(const struct issuer *issuer, unsigned failures, int64_t now)
{
	const struct key_cache *cache = &issuer->last.cache;
	enum staleness age = issuer->last.keys != NULL
				     ? cache_staleness(cache, now)
				     : STALENESS_OVER;
	int64_t fresh_for = age <= STALENESS_STALE
				    ? cache->fresh_until - cache->fetched_at
				    : 0;

	if (age == STALENESS_STALE && issuer->eager > 0)
		return backoff_delay_ms(
			EAGER_TRIES + 1 - issuer->eager, 0, issuer_random());
	return backoff_delay_ms(failures, fresh_for, issuer_random());
}

void
issuer_discovery_failed(struct issuer *issuer, const struct report *why)
{
	int64_t obey = retry_delay_ms(issuer->retry_after, issuer_random());
	int64_t delay = backoff(issuer, ++issuer->undiscovered, clock_now());

	issuer->astray = *why;
	issuer->doubted = false;
	issuer->discover_ms = clock_boot_ms() + (delay > obey ? delay : obey);
	log_line(LOG_WARNING, "%s: %s (going on with the address of before)",
		issuer->config->name, why->text);
}

void
issuer_fetch_failed(
	struct issuer *issuer, const struct report *why, int64_t now)
{
	int64_t delay = backoff(issuer, ++issuer->failures, now);
	int64_t obey = retry_delay_ms(issuer->retry_after, issuer_random());
	int64_t now_ms = clock_boot_ms();

	issuer->good = false;
	issuer->eager -= issuer->eager > 0;
	issuer->problem = *why;
	/* The keys may have moved; who would say so was asked if it fails. */
	issuer->doubted =
		issuer->step != STEP_KEYS || issuer->astray.text[0] == '\0';
	issuer->obey_ms = now_ms + obey;
	if (obey > 0)
		issuer->wanted = false; /* who waits is told */
	if (delay < obey)
		delay = obey;
	issuer->due_ms = now_ms + delay;
	log_failure(issuer, delay, now);
	become_idle(issuer, now);
}

static bool
any_key_is_new(const struct jwks *before, const struct jwks *after)
{
	for (size_t i = 0; i < jwks_count(after); i++) {
		struct slice kid = jwk_kid(jwks_at(after, i));

		/* One without a name is nobody's that was asked for. */
		if (kid.len > 0 &&
			(before == NULL || !jwks_has_kid(before, kid)))
			return true;
	}
	return false;
}

void
issuer_fetch_succeeded(
	struct issuer *issuer, struct renewed *fresh, long status, int64_t now)
{
	char until[LOG_TIME_SIZE];
	int64_t fresh_for = fresh->cache.fresh_until - now;

	if (any_key_is_new(issuer->last.keys, fresh->keys))
		missed_forget_all(&issuer->missed);
	renewed_clear(&issuer->last);
	issuer->last = *fresh;
	issuer->good = true;
	issuer->failures = issuer->eager = 0;
	issuer->problem.text[0] = '\0';
	issuer->obey_ms = issuer->future_ms = 0;
	issuer->due_ms =
		clock_boot_ms() + refresh_delay_ms(fresh_for, issuer_random());
	if (issuer->undiscovered > 0 && issuer->discover_ms < issuer->due_ms)
		issuer->due_ms = issuer->discover_ms;
	issuer->earliest_ms = clock_boot_ms() + PAUSE_MS;
	log_line(LOG_INFO, "%s: %zu key%s%s, fresh until %s%s%s",
		issuer->config->name, jwks_count(fresh->keys),
		jwks_count(fresh->keys) == 1 ? "" : "s",
		status == 304 ? " as before" : "",
		log_time(fresh->cache.fresh_until, until),
		fresh->skipped.text[0] != '\0' ? "; left out: " : "",
		fresh->skipped.text);
	become_idle(issuer, now);
}
