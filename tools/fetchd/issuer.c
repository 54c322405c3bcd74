/* SPDX-License-Identifier: ISC */
/* What an issuer's keys are, and when they are to be fetched again. */
#include "issuer_state.h"

#include "base/clock.h"
#include "freshness.h"
#include "log.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* Between two fetches, even if the config's max_stale is next to nothing. */
#define PAUSE_MS 60000

static uint32_t
random_number(void)
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
	return issuer;
}

void
issuer_free(struct issuer *issuer)
{
	if (issuer == NULL)
		return;
	fetch_free(issuer->fetch);
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
issuer_due_ms(const struct issuer *issuer, int64_t now)
{
	if (issuer_busy(issuer))
		return INT64_MAX;
	/* The monotonic clock stands still while the host sleeps. */
	if (issuer->failures == 0 && issuer->last.keys != NULL &&
		now >= issuer->last.cache.fresh_until)
		return issuer->earliest_ms;
	return issuer->due_ms > issuer->earliest_ms ? issuer->due_ms
						    : issuer->earliest_ms;
}

static enum jwt_reason
read_file(const struct issuer *issuer, struct renewed *out, struct report *r)
{
	const struct issuer_config *config = issuer->config;
	JWT_AUTO(renewed) disk = { 0 };

	JWT_TRY(key_cache_load(issuer->cache_dir, config->name, config->issuer,
		geteuid(), &disk.cache, r));
	JWT_TRY(usable_keys(
		config, disk.cache.jwks, &disk.keys, &disk.skipped, r));
	*out = disk;
	disk = (struct renewed){ 0 };
	return JWT_OK;
}

void
issuer_load(struct issuer *issuer, int64_t now)
{
	struct report why = { 0 };

	if (read_file(issuer, &issuer->last, &why) != JWT_OK) {
		log_line(LOG_NOTICE, "%s: starting without keys: %s",
			issuer->config->name, why.text);
		return;
	}
	issuer->due_ms = clock_monotonic_ms() +
			 refresh_delay_ms(issuer->last.cache.fresh_until - now,
				 random_number());
}

bool
issuer_file_has_kid(struct issuer *issuer, struct slice kid, int64_t now)
{
	const char *name = issuer->config->name;
	JWT_AUTO(renewed) disk = { 0 };
	struct report why = { 0 }, failure = { 0 };

	if (read_file(issuer, &disk, &why) == JWT_OK) {
		/* The file is what checkers see: it counts, not our memory. */
		if (disk.cache.fetched_at != issuer->last.cache.fetched_at) {
			/* A 304 on its way speaks of what we remember. */
			if (issuer_busy(issuer))
				return false;
			renewed_clear(&issuer->last);
			issuer->last = disk;
			disk = (struct renewed){ 0 };
		}
	} else if (issuer->last.keys != NULL) {
		if (!key_cache_store(issuer->cache_dir, name,
			    &issuer->last.cache, &failure)) {
			log_line(LOG_ERR, "%s: %s", name, failure.text);
			return false;
		}
		log_line(LOG_WARNING, "%s: put back, since it was spoiled: %s",
			name, why.text);
	}
	return issuer_has_kid(issuer, kid, now);
}

/* ---- the end of a fetch */

static void
become_idle(struct issuer *issuer, int64_t now)
{
	struct slice kid = slice_of(issuer->kid, issuer->kid_len);

	fetch_free(issuer->fetch);
	issuer->fetch = NULL;
	free(issuer->jwks_uri);
	issuer->jwks_uri = NULL;
	issuer->step = STEP_IDLE;
	if (kid.len > 0 && !issuer_has_kid(issuer, kid, now))
		issuer->cooldown_ms = clock_monotonic_ms() +
				      issuer->config->fetch.cooldown * 1000;
	issuer->kid_len = 0;
}

void
issuer_fetch_failed(
	struct issuer *issuer, const struct report *why, int64_t now)
{
	char until[LOG_TIME_SIZE];
	int64_t delay = backoff_delay_ms(++issuer->failures, random_number());

	issuer->good = false;
	issuer->discovered_ms = 0; /* the keys may have moved */
	issuer->due_ms = clock_monotonic_ms() + delay;
	if (issuer_has_keys(issuer, now))
		log_line(LOG_WARNING,
			"%s: keys not renewed: %s (the keys of before serve "
			"until %s; next try in %lld s)",
			issuer->config->name, why->text,
			log_time(issuer->last.cache.stale_until, until),
			(long long)delay / 1000);
	else
		log_line(LOG_ERR,
			"%s: no keys, so its tokens are refused: %s (next try "
			"in %lld s)",
			issuer->config->name, why->text,
			(long long)delay / 1000);
	become_idle(issuer, now);
}

void
issuer_fetch_succeeded(
	struct issuer *issuer, struct renewed *fresh, long status, int64_t now)
{
	char until[LOG_TIME_SIZE];
	int64_t fresh_for = fresh->cache.fresh_until - now;

	renewed_clear(&issuer->last);
	issuer->last = *fresh;
	issuer->good = true;
	issuer->failures = 0;
	issuer->due_ms = clock_monotonic_ms() +
			 refresh_delay_ms(fresh_for, random_number());
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
