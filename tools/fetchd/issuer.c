/* SPDX-License-Identifier: ISC */
/* What an issuer is, and what is known of it. */
#include "issuer_state.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

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
	issuer->eager = EAGER_TRIES;
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
	       (kid.len == 0 || jwks_has_kid(issuer->last.keys, kid));
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
