/* SPDX-License-Identifier: ISC */
/*
 * The keys that may have signed an issuer's token: from the cache file, from
 * jwks_file or from secret_files; for an unknown kid the fetcher is asked,
 * once, with a deadline.
 */
#ifndef JWT_KEYS_KEYS_H
#define JWT_KEYS_KEYS_H

#include "config/config.h"
#include "keys/cache.h"

#define KEYS_REFRESH_MS	 2000 /* the most that a login waits for a fetch */
#define KEYS_REFRESH_MAX 1024 /* bytes of a refresh request or answer */

/* Where things are; the defaults are compiled in, tests set their own. */
struct keys_places {
	const char *cache_dir;	  /* JWT_CACHE_DIR */
	const char *fetch_socket; /* JWT_FETCH_RUN_DIR "/fetch.sock" */
};

/*
 * The set for one token of this issuer. Where a kid is given, the cache
 * lacks it and the issuer's keys are fetched, the fetcher is asked and the
 * cache read again. keys_unavailable, keys_stale (past stale_until).
 */
enum jwt_reason keys_for_token(const struct issuer_config *issuer,
	const struct keys_places *places, struct slice kid, int64_t now,
	struct jwks **out, struct report *report) JWT_MUST_CHECK;

/*
 * The refresh protocol (one connection a question, over fetch.sock):
 * request "refresh NAME KID\n", KID in base64url; answer "ok\n" (the cache
 * was renewed, or is no older than the cooldown) or "no REASON\n".
 * False: no answer within deadline_ms, or "no"; never fatal to a login.
 */
bool keys_ask_refresh(const char *socket_path, const char *issuer_name,
	struct slice kid, int timeout_ms, struct report *report);

#endif
