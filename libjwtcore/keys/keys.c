/* SPDX-License-Identifier: ISC */
/*
 * Which keys may have signed a token: the choice of the source, and the one
 * question to the fetcher.
 */
#include "keys/keys.h"

#include <limits.h>
#include <stdio.h>

static enum jwt_reason
set_of(const struct json_node *jwks, const char *what, struct jwks **out,
	struct report *r)
{
	JWT_AUTO(jwks) set = NULL;
	struct report inner = { 0 };

	/* The report of a success names keys that were skipped: they are the
	 * reason only if nothing else is left. */
	if (jwks_from_json(jwks, &set, &inner) != JWT_OK)
		return report(
			r, JWT_KEYS_UNAVAILABLE, "%s: %s", what, inner.text);
	if (jwks_count(set) == 0)
		return report(r, JWT_KEYS_UNAVAILABLE,
			"%s: holds no usable key%s%s", what,
			inner.text[0] != '\0' ? ": " : "", inner.text);
	*out = JWT_TAKE(set);
	return JWT_OK;
}

static enum jwt_reason
from_jwks_file(const char *path, struct jwks **out, struct report *r)
{
	const struct file_trust trust = { .owner = 0 };
	JWT_AUTO(buffer) text = BUFFER(JWKS_MAX);
	JWT_AUTO(json_doc) doc = { 0 };
	struct report inner = { 0 };

	if (file_read(path, &trust, &text, r) != FILE_OK)
		return JWT_KEYS_UNAVAILABLE;
	if (json_parse_object(buffer_slice(&text), "JWKS", &doc, &inner) !=
		JWT_OK)
		return report(
			r, JWT_KEYS_UNAVAILABLE, "%s: %s", path, inner.text);
	return set_of(json_root(&doc), path, out, r);
}

/* Until when this set serves, as long as the clock only goes on. */
static int64_t
end_of(const struct key_cache *cache, int64_t now)
{
	int64_t end = key_cache_end(cache, now);

	/* Other times count from there on. */
	if (cache->aside_fetched_at > now && end > cache->aside_fetched_at)
		end = cache->aside_fetched_at - 1;
	return end;
}

static enum jwt_reason
from_cache(const struct issuer_config *issuer, const char *dir, int64_t now,
	struct keys_choice *out, struct report *r)
{
	JWT_AUTO(key_cache) cache = { 0 };
	char path[PATH_MAX]; /* for words only; key_cache_load checks it */
	uid_t owner;

	(void)snprintf(path, sizeof(path), "%s/%s.json", dir, issuer->name);
	JWT_TRY(key_cache_owner(dir, &owner, r));
	JWT_TRY(key_cache_load(
		dir, issuer->name, issuer->issuer, owner, &cache, r));
	if (now > key_cache_end(&cache, now))
		return report(r, JWT_KEYS_STALE,
			"%s: keys were last renewed %lld s ago; see the log of "
			"jwtauth-fetchd",
			path, (long long)(now - cache.fetched_at));
	out->until = end_of(&cache, now);
	return set_of(cache.jwks, path, &out->set, r);
}

/*
 * A token without a kid asks only where there are no keys at all. That none
 * of them made its signature is no reason: anybody can write such a token,
 * and each would make its login wait. Whoever signs so has all keys tried,
 * the next one too if it was published in time; who has to name them, with
 * more than one in the set, says the kid (OpenID Connect Core section 10.1).
 */
static bool
is_missing(const struct jwks *set, struct slice kid)
{
	return set == NULL || (kid.len > 0 && !jwks_has_kid(set, kid));
}

/*
 * From the cache first, always: bogus kids must not hurt tokens whose key is
 * known, whatever the fetcher does (DESIGN section 1, rule 4).
 */
static enum jwt_reason
fetched(const struct issuer_config *issuer, const struct keys_places *places,
	struct slice kid, int64_t now, struct keys_choice *out,
	struct report *r)
{
	struct keys_choice first = { NULL, 0 }, second = { NULL, 0 };
	struct report before = { 0 }, after = { 0 };
	enum jwt_reason reason =
		from_cache(issuer, places->cache_dir, now, &first, &before);

	if (is_missing(first.set, kid) &&
		keys_ask_refresh(places->fetch_socket, issuer->name, kid,
			KEYS_REFRESH_MS, NULL)) {
		enum jwt_reason again = from_cache(
			issuer, places->cache_dir, now, &second, &after);

		if (again == JWT_OK) {
			jwks_free(first.set);
			*out = second;
			return JWT_OK;
		}
	}
	if (reason != JWT_OK)
		return report(r, reason, "%s", before.text);
	*out = first;
	return JWT_OK;
}

static enum jwt_reason
choose(const struct issuer_config *issuer, const struct keys_places *places,
	struct slice kid, int64_t now, struct keys_choice *out,
	struct report *r)
{
	size_t skipped;

	out->until = INT64_MAX;
	if (issuer->secret_files.count > 0)
		return keys_from_secrets(
			&issuer->secret_files, kid, &out->set, &skipped, r);
	if (issuer->jwks_file != NULL)
		return from_jwks_file(issuer->jwks_file, &out->set, r);
	return fetched(issuer, places, kid, now, out, r);
}

enum jwt_reason
keys_choose(const struct issuer_config *issuer,
	const struct keys_places *places, struct slice kid, int64_t now,
	struct keys_choice *out, struct report *r)
{
	struct report inner = { 0 };
	enum jwt_reason reason = choose(issuer, places, kid, now, out, &inner);

	/* What was left out on the way to a success must not stand in for the
	 * reason of a later failure. */
	if (reason != JWT_OK)
		report(r, reason, "%s", inner.text);
	return reason;
}

enum jwt_reason
keys_for_token(const struct issuer_config *issuer,
	const struct keys_places *places, struct slice kid, int64_t now,
	struct jwks **out, struct report *r)
{
	struct keys_choice read = { NULL, 0 };

	JWT_TRY(keys_choose(issuer, places, kid, now, &read, r));
	*out = read.set;
	return JWT_OK;
}
