/* SPDX-License-Identifier: ISC */
/* What an issuer is, and how a fetch of its keys ends. */
#include "issuer_state.h"

#include "base/clock.h"
#include "log.h"
#include "schedule.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Between two fetches, even if the config's max_stale is next to nothing. */
#define PAUSE_MS 60000

uint32_t
issuer_random(void)
{
	uint32_t n = 0;

	/* Jitter only: without it the fetch is merely on time. */
	(void)!getrandom(&n, sizeof(n), GRND_NONBLOCK);
	return n;
}

bool
issuer_is_fetched(const struct issuer_config *config)
{
	return config->jwks_file == NULL && config->secret_files.count == 0;
}

struct issuer *
issuer_new(
	const struct issuer_config *config, CURLM *multi, const char *cache_dir)
{
	struct issuer *issuer = calloc(1, sizeof(*issuer));

	if (issuer == NULL)
		return NULL;
	issuer->config = config;
	issuer->multi = multi;
	issuer->cache_dir = cache_dir;
	issuer->retry_after = CACHING_UNKNOWN;
	/* Early in boot there may be no randomness yet: a seed that could be
	 * guessed lets a kid be forgotten, not found. */
	(void)!getrandom(issuer->missed.seed, sizeof(issuer->missed.seed),
		GRND_NONBLOCK);
	return issuer;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
issuer_take_config(struct issuer *issuer, const struct issuer_config *new)
{
	const struct issuer_config *old = issuer->config;

	if (!same_text(old->name, new->name) ||
		!same_text(old->issuer, new->issuer) ||
		!same_text(old->jwks_uri, new->jwks_uri) ||
		!same_text(old->fetch.ca_file, new->fetch.ca_file) ||
		!same_text(old->fetch.proxy, new->fetch.proxy) ||
		old->fetch.max_stale != new->fetch.max_stale ||
		old->fetch.cooldown != new->fetch.cooldown ||
		old->algorithms != new->algorithms)
		return false;
	issuer->config = new;
	return true;
}

void
issuer_free(struct issuer *issuer)
{
	if (issuer == NULL)
		return;
	fetch_free(issuer->fetch);
	free(issuer->url);
	free(issuer->jwks_uri);
	renewed_clear(&issuer->last);
	free(issuer);
}

const char *
issuer_name(const struct issuer *issuer)
{
	return issuer->config->name;
}

bool
issuer_busy(const struct issuer *issuer)
{
	return issuer->step != STEP_IDLE;
}

bool
issuer_good(const struct issuer *issuer)
{
	return issuer->good;
}

bool
issuer_has_keys(const struct issuer *issuer, int64_t now)
{
	return issuer->last.keys != NULL &&
	       now <= issuer->last.cache.stale_until;
}

bool
issuer_has_kid(const struct issuer *issuer, struct slice kid, int64_t now)
{
	return issuer_has_keys(issuer, now) &&
	       jwks_has_kid(issuer->last.keys, kid);
}

int64_t
issuer_time_left(const struct issuer *issuer, int64_t now)
{
	const struct key_cache *cache = &issuer->last.cache;

	if (!issuer_has_keys(issuer, now))
		return 0;
	return now < cache->fresh_until ? INT64_MAX : cache->stale_until - now;
}

const char *
issuer_problem(const struct issuer *issuer)
{
	return issuer->problem.text[0] != '\0' ? issuer->problem.text
					       : issuer->astray.text;
}

/* ---- the end of a fetch */

static void
become_idle(struct issuer *issuer, int64_t now)
{
	int64_t cooldown = issuer->config->fetch.cooldown * 1000;
	struct slice kid = slice_of(issuer->kid, issuer->kid_len);

	fetch_free(issuer->fetch);
	issuer->fetch = NULL;
	free(issuer->url);
	issuer->url = NULL;
	free(issuer->jwks_uri);
	issuer->jwks_uri = NULL;
	issuer->step = STEP_IDLE;
	issuer->renewal = issuer->whole = false;
	issuer->retry_after = CACHING_UNKNOWN;
	issuer->tried_at = now;
	if (kid.len > 0 && !issuer_has_kid(issuer, kid, now)) {
		issuer->cooldown_ms = clock_monotonic_ms() + cooldown;
		/* Only who answered can say that it isn't there. */
		if (issuer->good)
			missed_remember(&issuer->missed, kid, cooldown,
				clock_monotonic_ms());
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

/* Haste only where logins fail, or soon will. */
static int64_t
backoff(const struct issuer *issuer, unsigned failures, int64_t now)
{
	const struct key_cache *cache = &issuer->last.cache;
	bool calm = issuer->last.keys != NULL &&
		    cache_staleness(cache, now) <= STALENESS_STALE;
	int64_t fresh_for = calm ? cache->fresh_until - cache->fetched_at : 0;

	return backoff_delay_ms(failures, fresh_for, issuer_random());
}

void
issuer_discovery_failed(struct issuer *issuer, const struct report *why)
{
	int64_t obey = retry_delay_ms(issuer->retry_after, issuer_random());
	int64_t delay = backoff(issuer, ++issuer->undiscovered, clock_now());

	issuer->astray = *why;
	issuer->doubted = false;
	issuer->discover_ms =
		clock_monotonic_ms() + (delay > obey ? delay : obey);
	log_line(LOG_WARNING, "%s: %s (going on with the address of before)",
		issuer->config->name, why->text);
}

void
issuer_fetch_failed(
	struct issuer *issuer, const struct report *why, int64_t now)
{
	int64_t delay = backoff(issuer, ++issuer->failures, now);
	int64_t obey = retry_delay_ms(issuer->retry_after, issuer_random());
	int64_t now_ms = clock_monotonic_ms();

	issuer->good = false;
	issuer->problem = *why;
	/* The keys may have moved; who would say so was asked if it fails. */
	issuer->doubted =
		issuer->step != STEP_KEYS || issuer->astray.text[0] == '\0';
	issuer->obey_ms = now_ms + obey;
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
	issuer->failures = 0;
	issuer->problem.text[0] = '\0';
	issuer->obey_ms = issuer->future_ms = 0;
	issuer->due_ms = clock_monotonic_ms() +
			 refresh_delay_ms(fresh_for, issuer_random());
	if (issuer->undiscovered > 0 && issuer->discover_ms < issuer->due_ms)
		issuer->due_ms = issuer->discover_ms;
	issuer->earliest_ms = clock_monotonic_ms() + PAUSE_MS;
	log_line(LOG_INFO, "%s: %zu key%s%s, fresh until %s%s%s",
		issuer->config->name, jwks_count(fresh->keys),
		jwks_count(fresh->keys) == 1 ? "" : "s",
		status == 304 ? " as before" : "",
		log_time(fresh->cache.fresh_until, until),
		fresh->skipped.text[0] != '\0' ? "; left out: " : "",
		fresh->skipped.text);
	become_idle(issuer, now);
}
