/* SPDX-License-Identifier: ISC */
/* What the files issuer*.c share; nobody else's to look at. */
#ifndef JWT_FETCHD_ISSUER_STATE_H
#define JWT_FETCHD_ISSUER_STATE_H

#include "answer.h"
#include "issuer.h"
#include "missed.h"

#include <sys/stat.h>

enum step { STEP_IDLE, STEP_OIDC, STEP_OAUTH, STEP_KEYS };

struct issuer {
	const struct issuer_config *config;
	CURLM *multi;
	const char *cache_dir;

	struct renewed last; /* the last good keys; none: last.keys is NULL */
	struct stat seen;  /* the cache file that holds them; st_ino 0: none */
	bool good;	   /* the last fetch succeeded */
	unsigned failures; /* in a row */
	unsigned eager;	   /* so many more are tried again soon */
	struct report
		problem;  /* what was wrong with the last; empty: nothing */
	int64_t tried_at; /* seconds, its end; 0: never */
	int64_t due_ms;
	int64_t earliest_ms;   /* a pause after each success */
	int64_t obey_ms;       /* the issuer said: not before */
	int64_t cooldown_ms;   /* no fetch for a kid before */
	int64_t renewal_ms;    /* no fetch for a person before */
	int64_t discover_ms;   /* by the clock, discovery not before */
	bool doubted;	       /* the keys may have moved: discover first */
	unsigned undiscovered; /* failures of discovery in a row */
	struct report astray;  /* what was wrong with it; empty: nothing */
	int64_t future_ms;     /* when the keys were seen to be from the
				* future; 0: they are not */
	struct missed missed;

	enum step step;
	unsigned long begun; /* fetches, the one under way with them */
	bool wanted;	     /* a person waits for one that has not begun */
	bool renewal;	     /* a person asked for it */
	bool asked;	     /* a checker asked for it */
	bool whole;	     /* "not modified" is no answer */
	bool remembered;     /* jwks_uri is that of the last keys */
	struct fetch *fetch;
	int64_t deadline_ms;	  /* of all its transfers */
	unsigned redirects;	  /* followed in this step */
	char *url;		  /* of the transfer under way */
	char *jwks_uri;		  /* of the fetch under way */
	int64_t retry_after;	  /* said in it; CACHING_UNKNOWN */
	uint8_t kid[JWK_KID_MAX]; /* that it was begun for */
	size_t kid_len;
};

uint32_t issuer_random(void);

/* Discovery failed, the fetch goes on: sets when it is tried again. */
void issuer_discovery_failed(struct issuer *issuer, const struct report *why);
/* The end of a fetch: says so, sets when the next is due, becomes idle. */
void issuer_fetch_failed(
	struct issuer *issuer, const struct report *why, int64_t now);
/* Takes fresh over. */
void issuer_fetch_succeeded(
	struct issuer *issuer, struct renewed *fresh, long status, int64_t now);

#endif
