/* SPDX-License-Identifier: ISC */
/* One fetch, from its beginning over discovery to the keys on disk. */
#include "issuer_state.h"

#include "base/clock.h"
#include "discovery.h"
#include "origin.h"
#include "schedule.h"

#include <stdlib.h>
#include <string.h>

JWT_AUTO_TYPE(string, char *, free);

static enum jwt_reason start_step(
	struct issuer *issuer, enum step step, struct report *r);
static enum jwt_reason begin_transfer(
	struct issuer *issuer, const char *url, struct report *r);

/* A document was read: keep the address, go for the keys. */
static enum jwt_reason
after_discovery(struct issuer *issuer, const struct fetch_answer *answer,
	int64_t now, struct report *r)
{
	int64_t fresh_for = caching_fresh_for(&answer->caching, now);

	free(issuer->jwks_uri);
	issuer->jwks_uri = NULL;
	JWT_TRY(discovery_jwks_uri(
		answer->body, issuer->config->issuer, &issuer->jwks_uri, r));
	if (fresh_for > DISCOVERY_FRESH_MAX)
		fresh_for = DISCOVERY_FRESH_MAX;
	issuer->discover_ms = clock_boot_ms() + fresh_for * 1000;
	issuer->undiscovered = 0;
	issuer->astray.text[0] = '\0';
	issuer->doubted = false;
	return start_step(issuer, STEP_KEYS, r);
}

static enum jwt_reason
after_keys(struct issuer *issuer, const struct fetch_answer *answer,
	int64_t now, struct report *r)
{
	struct renewed fresh = { 0 };

	if (answer_confirms_another(answer, &issuer->last.cache)) {
		issuer->whole = true;
		return start_step(issuer, STEP_KEYS, r);
	}
	JWT_TRY(answer_take(issuer->config, issuer->jwks_uri, answer,
		&issuer->last.cache, now, &fresh, r));
	/* In memory only what is on disk: "ok" promises the file. */
	if (!key_cache_store(
		    issuer->cache_dir, issuer->config->name, &fresh.cache, r)) {
		renewed_clear(&fresh);
		return JWT_KEYS_UNAVAILABLE;
	}
	issuer_fetch_succeeded(issuer, &fresh, answer->status, now);
	return JWT_OK;
}

/* Only inside the origin: elsewhere nobody's certificate vouches for it. */
static enum jwt_reason
follow_redirect(struct issuer *issuer, const struct fetch_answer *answer,
	struct report *r)
{
	JWT_AUTO(string) next = strdup(answer->location);

	if (next == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	if (!url_same_origin(issuer->url, next))
		return report(r, JWT_KEYS_UNAVAILABLE,
			"HTTP %ld leads to another place, which is not "
			"followed: %.128s",
			answer->status, next);
	if (++issuer->redirects > REDIRECTS_MAX)
		return report(r, JWT_KEYS_UNAVAILABLE,
			"HTTP %ld for the fourth time: it leads round in "
			"circles, at last to %.128s",
			answer->status, next);
	return begin_transfer(issuer, next, r);
}

static bool
is_redirect(const struct fetch_answer *answer)
{
	return answer->location != NULL &&
	       (answer->status == 301 || answer->status == 302 ||
		       answer->status == 303 || answer->status == 307 ||
		       answer->status == 308);
}

static enum jwt_reason
continue_after(struct issuer *issuer, const struct fetch *fetch, int64_t now,
	struct report *r)
{
	struct fetch_answer answer;
	struct report inner = { 0 };
	enum jwt_reason reason = fetch_result(fetch, now, &answer, &inner);

	if (is_redirect(&answer))
		return follow_redirect(issuer, &answer, r);
	issuer->retry_after = answer.retry_after;
	/* No document under the first name: RFC 8414's. An answer that is
	 * there and wrong is not papered over by the other, and who says "too
	 * many requests" gets no second one. */
	if (issuer->step == STEP_OIDC && answer.status >= 400 &&
		answer.status < 500 && answer.status != 429)
		return start_step(issuer, STEP_OAUTH, r);
	if (reason != JWT_OK)
		return report(r, reason, "%s", inner.text);
	if (issuer->step == STEP_KEYS)
		return after_keys(issuer, &answer, now, r);
	return after_discovery(issuer, &answer, now, r);
}

/*
 * Keys must not become as unreachable as the page that says where they are:
 * the address of the last good ones is as good as it was then. Not where
 * somebody answers in another issuer's name.
 */
static bool
may_fall_back(const struct issuer *issuer, enum jwt_reason reason)
{
	return (issuer->step == STEP_OIDC || issuer->step == STEP_OAUTH) &&
	       reason != JWT_ISSUER_UNKNOWN &&
	       issuer->last.cache.jwks_uri != NULL;
}

static enum jwt_reason
fall_back(struct issuer *issuer, const struct report *why, struct report *r)
{
	issuer_discovery_failed(issuer, why);
	issuer->jwks_uri = strdup(issuer->last.cache.jwks_uri);
	if (issuer->jwks_uri == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	return start_step(issuer, STEP_KEYS, r);
}

/* The end of a fetch in vain; which part of it, and discovery before it. */
static void
give_up(struct issuer *issuer, const struct report *inner, int64_t now)
{
	bool keys = issuer->step == STEP_KEYS;
	bool both = keys && issuer->astray.text[0] != '\0';
	struct report why = { 0 };

	report(&why, JWT_KEYS_UNAVAILABLE, "%.200s%s%s: %s",
		both ? issuer->astray.text : "", both ? "; " : "",
		keys ? "jwks_uri" : "discovery", inner->text);
	issuer_fetch_failed(issuer, &why, now);
}

void
issuer_continue(struct issuer *issuer, struct fetch *done, int64_t now)
{
	JWT_AUTO(fetch) fetch = done;
	struct report inner = { 0 }, second = { 0 }, why = { 0 };
	enum jwt_reason reason;

	issuer->fetch = NULL; /* ours to free, whatever comes next */
	reason = continue_after(issuer, fetch, now, &inner);
	if (reason == JWT_OK)
		return;
	if (!may_fall_back(issuer, reason)) {
		give_up(issuer, &inner, now);
		return;
	}
	report(&why, reason, "discovery: %s", inner.text);
	if (fall_back(issuer, &why, &second) != JWT_OK)
		give_up(issuer, &second, now);
}

/* ---- the beginning of a fetch */

/* What the cache file may be renewed by, if the answer is the same. */
static void
set_conditions(const struct issuer *issuer, struct fetch_request *request)
{
	const struct key_cache *old = &issuer->last.cache;

	/* For who asks the whole set: an etag made of a second and a size, as
	 * web servers do, may be the same for two sets. */
	if (issuer->asked || issuer->renewal || issuer->whole ||
		issuer->last.keys == NULL ||
		!cache_may_be_confirmed(old, clock_now()) ||
		old->jwks_uri == NULL ||
		strcmp(old->jwks_uri, issuer->jwks_uri) != 0)
		return;
	request->etag = old->etag;
	request->last_modified = old->last_modified;
}

static enum jwt_reason
begin_transfer(struct issuer *issuer, const char *url, struct report *r)
{
	bool keys = issuer->step == STEP_KEYS;
	struct fetch_request request = { .url = url,
		.ca_file = issuer->config->fetch.ca_file,
		.proxy = issuer->config->fetch.proxy,
		.max = keys ? JWKS_MAX : DISCOVERY_MAX,
		.timeout_ms = clock_boot_left_ms(issuer->deadline_ms) };
	char *copy;

	/* Config, cache file and redirects may name anything. */
	JWT_TRY(url_check(url, keys ? "jwks_uri" : "discovery", r));
	if (keys)
		set_conditions(issuer, &request);
	copy = strdup(url);
	if (copy == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	free(issuer->url);
	issuer->url = copy;
	issuer->fetch = fetch_start(issuer->multi, &request, issuer, r);
	return issuer->fetch != NULL ? JWT_OK : JWT_INTERNAL_ERROR;
}

static enum jwt_reason
start_discovery(
	struct issuer *issuer, enum discovery_form form, struct report *r)
{
	JWT_AUTO(string) url = NULL;

	JWT_TRY(discovery_url(issuer->config->issuer, form, &url, r));
	return begin_transfer(issuer, url, r);
}

static enum jwt_reason
start_step(struct issuer *issuer, enum step step, struct report *r)
{
	issuer->step = step;
	issuer->redirects = 0;
	if (step == STEP_KEYS)
		return begin_transfer(issuer, issuer->jwks_uri, r);
	return start_discovery(issuer,
		step == STEP_OIDC ? DISCOVERY_OIDC : DISCOVERY_OAUTH, r);
}

/*
 * The address of the keys if there is no need to ask for it: the config's,
 * or the last one. A person who waits for a kid is not made to wait for
 * discovery too, unless the last such fetch was in vain; one who asks for new
 * keys gets all of it.
 */
static const char *
known_jwks_uri(struct issuer *issuer)
{
	bool early = clock_boot_ms() < issuer->discover_ms;

	issuer->remembered = false;
	if (issuer->config->jwks_uri != NULL)
		return issuer->config->jwks_uri;
	if (issuer->renewal || issuer->doubted || (!issuer->asked && !early))
		return NULL;
	issuer->remembered = issuer->last.cache.jwks_uri != NULL;
	return issuer->last.cache.jwks_uri;
}

/* A person, or a rotation that just published, need not wait a cooldown. */
#define RENEWAL_PAUSE_MS 1000

static void
take_renewal(struct issuer *issuer)
{
	issuer->begun++;
	if (!issuer->wanted)
		return;
	issuer->wanted = false;
	issuer->renewal = true;
	issuer->renewal_ms = clock_boot_ms() + RENEWAL_PAUSE_MS;
}

void
issuer_start(struct issuer *issuer)
{
	struct report why = { 0 };
	enum jwt_reason reason;
	const char *known;

	if (issuer_busy(issuer))
		return;
	take_renewal(issuer);
	known = known_jwks_uri(issuer);
	issuer->deadline_ms = clock_boot_ms() + FETCH_ALL_MS;
	if (known != NULL)
		issuer->jwks_uri = strdup(known);
	reason = start_step(
		issuer, issuer->jwks_uri != NULL ? STEP_KEYS : STEP_OIDC, &why);
	if (reason != JWT_OK)
		issuer_fetch_failed(issuer, &why, clock_now());
}
