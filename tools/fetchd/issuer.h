/* SPDX-License-Identifier: ISC */
/*
 * One issuer: its last good keys, when they are fetched again, and the fetch
 * that is under way. At most one fetch at a time; it goes
 *
 *	idle -> discovery (two forms) -> keys -> idle
 *
 * and begins at "keys" where jwks_uri is known. Where discovery fails, it goes
 * on with the address that it had the last keys from; only who says to be
 * another issuer ends it.
 */
#ifndef JWT_FETCHD_ISSUER_H
#define JWT_FETCHD_ISSUER_H

#include "config/config.h"

#include <curl/curl.h>

/* Seconds that a discovery document is believed at most, whatever it says. */
#define DISCOVERY_FRESH_MAX (60 * 60)
/* All transfers of one fetch, redirects with them. */
#define FETCH_ALL_MS  20000
#define REDIRECTS_MAX 3 /* in each step */
/* Failures after a start, or sleep, that have a minute in all: see above. */
#define EAGER_TRIES 4

struct issuer;

/* Does the fetcher fetch its keys? Not those of files. */
bool issuer_is_fetched(const struct issuer_config *config);

/* config, multi and cache_dir are borrowed. NULL: out of memory. */
struct issuer *issuer_new(const struct issuer_config *config, CURLM *multi,
	const char *cache_dir);
void issuer_free(struct issuer *issuer); /* ends a fetch under way */
/*
 * Goes on under a config that says the same of it; whatever it knows and does
 * stays. False: it says something else, and a new issuer is needed.
 */
bool issuer_take_config(
	struct issuer *issuer, const struct issuer_config *config);

const char *issuer_name(const struct issuer *issuer);
bool issuer_busy(const struct issuer *issuer);
bool issuer_good(const struct issuer *issuer); /* the last fetch succeeded */
bool issuer_has_keys(const struct issuer *issuer, int64_t now);
/* An empty kid here and below: keys at all, for a token that names none. */
bool issuer_has_kid(const struct issuer *issuer, struct slice kid, int64_t now);
/* Seconds until its keys are refused; INT64_MAX while they are fresh. */
int64_t issuer_time_left(const struct issuer *issuer, int64_t now);
/* Why the last fetch failed, or else discovery; "" if they did not. */
const char *issuer_problem(const struct issuer *issuer);

/* ---- the cache file (issuer_cache.c) */

/* Takes the keys of the cache file, if they are good. */
void issuer_load(struct issuer *issuer, int64_t now);

/*
 * Does the cache file hold the kid, for a checker that asks? Looks at it: a
 * file that another fetcher wrote (--once, keys import) is taken over, one
 * that is gone or spoiled is put back from memory.
 */
bool issuer_file_has_kid(struct issuer *issuer, struct slice kid, int64_t now);

/*
 * For each round of the loop: keys that were fetched in the future, as the
 * clock has it now, are fetched again at once; where that fails for an hour
 * (the clock may be mended meanwhile), they count as fetched now.
 */
void issuer_look_at_clock(struct issuer *issuer, int64_t now);

/* ---- when (issuer_due.c) */

/* When the next fetch is due, by clock_boot_ms; INT64_MAX while busy. */
int64_t issuer_due_ms(const struct issuer *issuer, int64_t now);
/*
 * Within so many milliseconds, if that is sooner and the last fetch did not
 * fail: for a reload, which many hosts may get at once.
 */
void issuer_make_due_within(struct issuer *issuer, int64_t span_ms);
/*
 * The clock was set, or the host slept: the last fetch may have failed for a
 * reason that is gone (a certificate of another year, another network), and
 * is tried again within so many milliseconds. The next ones may fail since
 * the network is not up again, and are tried again soon.
 */
void issuer_look_again(struct issuer *issuer, int64_t span_ms);
/* As soon as the issuer allows it. */
void issuer_make_due(struct issuer *issuer);

/*
 * For a kid that isn't there: begins a fetch, or joins the one under way.
 * NULL: wait until it isn't busy. Else the word of the answer: "cooldown",
 * which begins when a fetch for a kid brought something else, so that a flood
 * of bogus kids costs the issuer one fetch a cooldown, and rotations one
 * after another cost no login anything; "key_unknown": that very kid was
 * fetched for in vain not long ago.
 */
const char *issuer_ask_for_kid(struct issuer *issuer, struct slice kid);

/*
 * For a person who wants new keys: wants a fetch that begins from now on,
 * since one under way may have been answered before they were there. All who
 * ask before it begins share it; two begin a second apart at least. *ticket
 * is for issuer_renewal, to be called when it may be over.
 */
void issuer_ask_for_renewal(struct issuer *issuer, unsigned long *ticket);
enum renewal {
	RENEWAL_WAITS,
	RENEWAL_GOOD,
	RENEWAL_FAILED,	 /* see issuer_problem */
	RENEWAL_PUT_OFF, /* the issuer said when to come again */
};
enum renewal issuer_renewal(const struct issuer *issuer, unsigned long ticket);
/* Seconds for which the issuer said not to come; 0: it may be asked. */
int64_t issuer_put_off(const struct issuer *issuer);
/* Does somebody want a fetch that has not begun? */
bool issuer_wanted(const struct issuer *issuer);
/* Does nobody but the clock ask for the one under way? */
bool issuer_busy_by_clock(const struct issuer *issuer);

/*
 * Lines of "name value", for keys show (keys/keys.h has their names). False:
 * they don't fit.
 */
bool issuer_status(const struct issuer *issuer, int64_t now,
	struct buffer *out) JWT_MUST_CHECK;

/* ---- the fetch itself (issuer_steps.c) */

/* Begins a fetch, unless one is under way. */
void issuer_start(struct issuer *issuer);

/* Goes on after a transfer of this issuer is done. */
struct fetch;
void issuer_continue(struct issuer *issuer, struct fetch *fetch, int64_t now);

#endif
