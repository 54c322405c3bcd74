/* SPDX-License-Identifier: ISC */
#include "issuer.h"

#include "answer.h"
#include "base/clock.h"
#include "discovery.h"
#include "fetch.h"
#include "freshness.h"
#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* Between two fetches, even if the config's max_stale is next to nothing. */
#define PAUSE_MS 60000

enum step { STEP_IDLE, STEP_OIDC, STEP_OAUTH, STEP_KEYS };

struct issuer {
	const struct issuer_config *config;
	CURLM *multi;
	const char *cache_dir;

	struct renewed last; /* the last good keys; none: last.keys is NULL */
	bool good;	     /* the last fetch succeeded */
	unsigned failures;   /* in a row */
	int64_t due_ms;
	int64_t earliest_ms;   /* a pause after each success */
	int64_t cooldown_ms;   /* no fetch for a kid before */
	int64_t discovered_ms; /* 0: look before the next keys */

	enum step step;
	struct fetch *fetch;
	char *jwks_uri;		  /* of the fetch under way */
	uint8_t kid[JWK_KID_MAX]; /* that it was begun for */
	size_t kid_len;
};

static enum jwt_reason start_step(
	struct issuer *issuer, enum step step, struct report *r);

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

void
issuer_load(struct issuer *issuer, int64_t now)
{
	const struct issuer_config *config = issuer->config;
	struct report why = { 0 };

	if (key_cache_load(issuer->cache_dir, config->name, config->issuer,
		    geteuid(), &issuer->last.cache, &why) != JWT_OK ||
		usable_keys(config, issuer->last.cache.jwks, &issuer->last.keys,
			&issuer->last.skipped, &why) != JWT_OK) {
		renewed_clear(&issuer->last);
		log_line(LOG_NOTICE, "%s: starting without keys: %s",
			config->name, why.text);
		return;
	}
	issuer->due_ms = clock_monotonic_ms() +
			 refresh_delay_ms(issuer->last.cache.fresh_until - now,
				 random_number());
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

static void
fetch_failed(struct issuer *issuer, const struct report *why, int64_t now)
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

static void
fetch_succeeded(
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
	log_line(LOG_INFO, "%s: %zu keys%s, fresh until %s%s%s",
		issuer->config->name, jwks_count(fresh->keys),
		status == 304 ? " as before" : "",
		log_time(fresh->cache.fresh_until, until),
		fresh->skipped.text[0] != '\0' ? "; left out: " : "",
		fresh->skipped.text);
	become_idle(issuer, now);
}

/* ---- the steps */

/* A document was read: keep the address, go for the keys. */
static enum jwt_reason
after_discovery(struct issuer *issuer, const struct fetch_answer *answer,
	struct report *r)
{
	free(issuer->jwks_uri);
	issuer->jwks_uri = NULL;
	JWT_TRY(discovery_jwks_uri(
		answer->body, issuer->config->issuer, &issuer->jwks_uri, r));
	issuer->discovered_ms = clock_monotonic_ms();
	return start_step(issuer, STEP_KEYS, r);
}

static enum jwt_reason
after_keys(struct issuer *issuer, const struct fetch_answer *answer,
	int64_t now, struct report *r)
{
	struct renewed fresh = { 0 };

	JWT_TRY(answer_take(issuer->config, issuer->jwks_uri, answer,
		&issuer->last.cache, now, &fresh, r));
	/* In memory only what is on disk: "ok" promises the file. */
	if (!key_cache_store(
		    issuer->cache_dir, issuer->config->name, &fresh.cache, r)) {
		renewed_clear(&fresh);
		return JWT_KEYS_UNAVAILABLE;
	}
	fetch_succeeded(issuer, &fresh, answer->status, now);
	return JWT_OK;
}

static enum jwt_reason
continue_after(struct issuer *issuer, const struct fetch *fetch, int64_t now,
	struct report *r)
{
	struct fetch_answer answer = { 0 };
	enum step step = issuer->step;
	long status;
	enum jwt_reason reason = fetch_result(fetch, &answer, &status, r);

	/* No document under the first name: RFC 8414's. An answer that is
	 * there and wrong is not papered over by the other. */
	if (step == STEP_OIDC && status >= 400 && status < 500) {
		*r = (struct report){ 0 };
		return start_step(issuer, STEP_OAUTH, r);
	}
	JWT_TRY(reason);
	if (step == STEP_KEYS)
		return after_keys(issuer, &answer, now, r);
	return after_discovery(issuer, &answer, r);
}

void
issuer_continue(struct issuer *issuer, struct fetch *done, int64_t now)
{
	static const char *const doing[] = { "", "discovery", "discovery",
		"jwks_uri" };
	const char *what = doing[issuer->step];
	JWT_AUTO(fetch) fetch = done;
	struct report inner = { 0 }, why = { 0 };

	issuer->fetch = NULL; /* ours to free, whatever comes next */
	if (continue_after(issuer, fetch, now, &inner) == JWT_OK)
		return;
	report(&why, JWT_KEYS_UNAVAILABLE, "%s: %s", what, inner.text);
	fetch_failed(issuer, &why, now);
}

/* ---- the beginning of a fetch */

static enum jwt_reason
begin_transfer(struct issuer *issuer, const char *url, size_t max,
	const char *etag, struct report *r)
{
	const struct fetch_request request = { .url = url,
		.ca_file = issuer->config->fetch.ca_file,
		.max = max,
		.etag = etag };

	issuer->fetch = fetch_start(issuer->multi, &request, issuer, r);
	return issuer->fetch != NULL ? JWT_OK : JWT_INTERNAL_ERROR;
}

static enum jwt_reason
start_discovery(
	struct issuer *issuer, enum discovery_form form, struct report *r)
{
	char *url = NULL;
	enum jwt_reason reason;

	JWT_TRY(discovery_url(issuer->config->issuer, form, &url, r));
	reason = begin_transfer(issuer, url, DISCOVERY_MAX, NULL, r);
	free(url);
	return reason;
}

static enum jwt_reason
start_keys(struct issuer *issuer, struct report *r)
{
	const struct key_cache *old = &issuer->last.cache;
	const char *etag = NULL;

	/* Config and cache file may name anything. */
	JWT_TRY(url_check(issuer->jwks_uri, "jwks_uri", r));
	if (issuer->last.keys != NULL && old->jwks_uri != NULL &&
		strcmp(old->jwks_uri, issuer->jwks_uri) == 0)
		etag = old->etag;
	return begin_transfer(issuer, issuer->jwks_uri, JWKS_MAX, etag, r);
}

static enum jwt_reason
start_step(struct issuer *issuer, enum step step, struct report *r)
{
	issuer->step = step;
	if (step == STEP_KEYS)
		return start_keys(issuer, r);
	return start_discovery(issuer,
		step == STEP_OIDC ? DISCOVERY_OIDC : DISCOVERY_OAUTH, r);
}

/*
 * The address of the keys if there is no need to ask for it: the config's,
 * or the last one; a person who waits for a kid is not made to wait for
 * discovery too.
 */
static const char *
known_jwks_uri(const struct issuer *issuer)
{
	int64_t age = clock_monotonic_ms() - issuer->discovered_ms;
	bool recent = issuer->discovered_ms != 0 && age < DISCOVERY_AGAIN_MS;

	if (issuer->config->jwks_uri != NULL)
		return issuer->config->jwks_uri;
	if (recent || (issuer->kid_len > 0 && issuer->failures == 0))
		return issuer->last.cache.jwks_uri;
	return NULL;
}

void
issuer_start(struct issuer *issuer)
{
	const char *known = known_jwks_uri(issuer);
	struct report why = { 0 };
	enum jwt_reason reason;

	if (issuer_busy(issuer))
		return;
	if (known != NULL)
		issuer->jwks_uri = strdup(known);
	reason = start_step(
		issuer, issuer->jwks_uri != NULL ? STEP_KEYS : STEP_OIDC, &why);
	if (reason != JWT_OK)
		fetch_failed(issuer, &why, clock_now());
}

bool
issuer_start_for_kid(struct issuer *issuer, struct slice kid)
{
	if (issuer_busy(issuer))
		return true;
	if (clock_monotonic_ms() < issuer->cooldown_ms)
		return false;
	memcpy(issuer->kid, kid.data, kid.len); /* callers checked its length */
	issuer->kid_len = kid.len;
	issuer_start(issuer);
	return true;
}
