/* SPDX-License-Identifier: ISC */
/*
 * The key cache: one file an issuer, written whole by jwtauth-fetchd and
 * read by every checker.
 */
#ifndef JWT_KEYS_CACHE_H
#define JWT_KEYS_CACHE_H

#include "base/file.h"
#include "jose/json.h"
#include "jose/jwk.h"

#define KEY_CACHE_VERSION  1
#define KEY_CACHE_FILE_MAX (JWKS_MAX + 16 * 1024) /* bytes */

/* Strings are owned, NULL where not known. */
struct key_cache {
	char *issuer;
	char *jwks_uri;
	char *etag;
	char *last_modified;
	int64_t fetched_at, fresh_until, stale_until; /* seconds */
	/* The last time that the keys came whole, not as "not modified"; 0:
	 * not known. */
	int64_t whole_at;
	/* The three times as they were before the clock was set back, where
	 * others had to stand in for them; 0: none. They count again once the
	 * clock has come to the first of them. */
	int64_t aside_fetched_at, aside_fresh_until, aside_stale_until;
	const struct json_node *jwks; /* as the issuer sent it, in doc */
	struct json_doc doc;
	struct buffer text; /* what doc points into */
};

void key_cache_clear(struct key_cache *cache);

static inline void
jwt_auto_key_cache(struct key_cache *cache)
{
	key_cache_clear(cache);
}
typedef struct key_cache jwt_auto_key_cache_t;

/*
 * Who may have written the cache: the owner of its folder, which is
 * jwtauth-fetch. Asked of the folder itself, since the checker looks no
 * names up. A folder that group or others can write tells nothing:
 * keys_unavailable.
 */
enum jwt_reason key_cache_owner(
	const char *dir, uid_t *out, struct report *report) JWT_MUST_CHECK;

/* Until when its keys serve, as the clock stands now. */
static inline int64_t
key_cache_end(const struct key_cache *cache, int64_t now)
{
	return cache->aside_fetched_at != 0 && now >= cache->aside_fetched_at
		       ? cache->aside_stale_until
		       : cache->stale_until;
}

/*
 * Makes text, which is copied, the cache's JWKS. token_malformed: not one
 * strict JSON object; no key is looked at.
 */
enum jwt_reason key_cache_set_jwks(struct key_cache *cache, struct slice text,
	struct report *report) JWT_MUST_CHECK;

/*
 * Reads DIR/NAME.json. The file must belong to owner (jwtauth-fetch) or
 * root. keys_unavailable with a report that names the file: missing, cut,
 * foreign, not JSON, for another issuer. Says nothing of its age, and does
 * not look into the JWKS.
 */
enum jwt_reason key_cache_load(const char *dir, const char *name,
	const char *issuer, uid_t owner, struct key_cache *out,
	struct report *report) JWT_MUST_CHECK;

/*
 * Writes it atomically. Mode 0644: the folder (0750, group jwtauth) says who
 * may read, since its writer is not in that group. What key_cache_load could
 * not read back (too long, too deep) is refused. False: errno and report.
 */
bool key_cache_store(const char *dir, const char *name,
	const struct key_cache *cache, struct report *report) JWT_MUST_CHECK;

#endif
