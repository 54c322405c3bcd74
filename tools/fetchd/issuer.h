/* SPDX-License-Identifier: ISC */
/*
 * One issuer: its last good keys, when they are fetched again, and the fetch
 * that is under way. At most one fetch at a time; it goes
 *
 *	idle -> discovery (two forms) -> keys -> idle
 *
 * and begins at "keys" where jwks_uri is known.
 */
#ifndef JWT_FETCHD_ISSUER_H
#define JWT_FETCHD_ISSUER_H

#include "config/config.h"

#include <curl/curl.h>

/* How long a discovery document is believed without looking again. */
#define DISCOVERY_AGAIN_MS (24 * 60 * 60 * 1000LL)

struct issuer;

/* Does the fetcher fetch its keys? Not those of files. */
bool issuer_is_fetched(const struct issuer_config *config);

/* config, multi and cache_dir are borrowed. NULL: out of memory. */
struct issuer *issuer_new(const struct issuer_config *config, CURLM *multi,
	const char *cache_dir);
void issuer_free(struct issuer *issuer); /* ends a fetch under way */

/* Takes the keys of the cache file, if they are good. */
void issuer_load(struct issuer *issuer, int64_t now);

const char *issuer_name(const struct issuer *issuer);
bool issuer_busy(const struct issuer *issuer);
bool issuer_good(const struct issuer *issuer); /* the last fetch succeeded */
bool issuer_has_keys(const struct issuer *issuer, int64_t now);
bool issuer_has_kid(const struct issuer *issuer, struct slice kid, int64_t now);

/*
 * Does the cache file hold the kid, for a checker that asks? Looks at it: a
 * file that another fetcher wrote (--once) is taken over, one that is gone or
 * spoiled is put back from memory.
 */
bool issuer_file_has_kid(struct issuer *issuer, struct slice kid, int64_t now);

/* Monotonic milliseconds when the next fetch is due; INT64_MAX while busy. */
int64_t issuer_due_ms(const struct issuer *issuer, int64_t now);

/* Begins a fetch, unless one is under way. */
void issuer_start(struct issuer *issuer);

/*
 * Begins a fetch for a kid that isn't there, or joins the one under way.
 * False: the cooldown isn't over. It begins when a fetch for a kid brought
 * something else, so that a flood of bogus kids costs the issuer one fetch
 * a cooldown, and rotations one after another cost no login anything.
 */
bool issuer_start_for_kid(struct issuer *issuer, struct slice kid);

/* Goes on after a transfer of this issuer is done. */
struct fetch;
void issuer_continue(struct issuer *issuer, struct fetch *fetch, int64_t now);

#endif
