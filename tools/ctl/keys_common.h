/* SPDX-License-Identifier: ISC */
/* What the files keys_*.c share: options, what was found, who is asked. */
#ifndef JWT_CTL_KEYS_COMMON_H
#define JWT_CTL_KEYS_COMMON_H

#include "ctl.h"
#include "keys/keys.h"

#define KEYS_STATUS_MS 2000  /* for the fetcher to say how it is going */
#define KEYS_RENEW_MS  50000 /* to fetch; it lets go after 45 s itself */

/* ---- the command line */

struct keys_options {
	bool json, refresh;
	const char *config, *cache_dir, *socket; /* defaults filled in */
	int count;    /* of the words that are left */
	char **words; /* NULL-terminated */
};

/*
 * The letters of allowed: j --json, r --refresh, d --cache-dir, s --socket;
 * --config always. least and most bound the words; usage names them.
 */
enum ctl_exit keys_parse_options(int argc, char **argv, const char *allowed,
	int least, int most, const char *usage, struct keys_options *out);

/*
 * As user (USER_CHECK or USER_FETCH) for good, the config read, the filter
 * entered. False: *status, and it was printed why.
 */
bool keys_begin(const char *user, const struct keys_options *options,
	struct jwt_config **config, enum ctl_exit *status);

/* The one of that name, or NULL after saying which there are. */
const struct issuer_config *keys_find_issuer(
	const struct jwt_config *config, const char *name);

/* ---- what is on the disk */

struct keys_shown {
	const struct issuer_config *issuer;
	struct key_cache cache; /* zeros where no cache file is used */
	struct jwks *keys;	/* NULL: none, see report */
	struct report report;	/* why there is none */
	int64_t now;
};

/* Reads the keys of out->issuer. Nobody is asked. */
void keys_read(const char *cache_dir, struct keys_shown *out);
void keys_shown_clear(struct keys_shown *shown);

/* "fresh", "stale", "too old", "from the future", "from a file",
 * "unavailable". */
const char *keys_state(const struct keys_shown *shown);
/* What an administrator should know; louder as the end nears. NULL: nothing. */
const char *keys_warning(const struct keys_shown *shown);
/* Would a login find keys? */
bool keys_usable(const struct keys_shown *shown);
/* Do its keys come from the fetcher? */
bool keys_are_fetched(const struct issuer_config *issuer);

/* ---- what the fetcher says */

struct fetcher_said {
	bool answered; /* else error says why not */
	struct report error;
	int64_t failures; /* in a row */
	bool fetching;
	int64_t tried_at, next_try;   /* 0: never; not planned */
	char problem[JWT_DETAIL_MAX]; /* of the last try; empty: none */
};

void keys_ask_status(
	const char *socket, const char *name, struct fetcher_said *out);

/* ---- printing (keys_print.c) */

void keys_print_table(
	const struct keys_shown *shown, const struct fetcher_said *said);
/* New reference; NULL: out of memory. */
json_t *keys_to_json(
	const struct keys_shown *shown, const struct fetcher_said *said);

#endif
