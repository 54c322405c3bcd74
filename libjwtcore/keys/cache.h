/* SPDX-License-Identifier: ISC */
/*
 * The key cache: one file an issuer, written whole by jwtauth-fetchd and
 * read by every checker.
 */
#ifndef JWT_KEYS_CACHE_H
#define JWT_KEYS_CACHE_H

#include "base/file.h"
#include "jose/jwk.h"

#define KEY_CACHE_VERSION  1
#define KEY_CACHE_FILE_MAX (JWKS_MAX + 16 * 1024) /* bytes */

/* Strings are owned, NULL where not known. */
struct key_cache {
	char *issuer;
	char *jwks_uri;
	char *etag;
	int64_t fetched_at, fresh_until, stale_until; /* seconds */
	json_t *jwks; /* as the issuer sent it */
};

void key_cache_clear(struct key_cache *cache);

/*
 * Reads DIR/NAME.json. The file must belong to owner (jwtauth-fetch) or
 * root. keys_unavailable with a report that names the file: missing, cut,
 * foreign, not JSON, for another issuer. Says nothing of its age.
 */
enum jwt_reason key_cache_load(const char *dir, const char *name,
	const char *issuer, uid_t owner, struct key_cache *out,
	struct report *report) JWT_MUST_CHECK;

/* Writes it atomically, mode 0640. False: errno and report. */
bool key_cache_store(const char *dir, const char *name,
	const struct key_cache *cache, struct report *report) JWT_MUST_CHECK;

#endif
