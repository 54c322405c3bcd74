/* SPDX-License-Identifier: ISC */
/*
 * Kids that were asked for in vain: whoever asks again for the same is told
 * "no" without a fetch, for a cooldown at first, then for two. No longer: who
 * guesses the name of the next key and asks for it beforehand must not keep
 * that key away when it is published. A host that keeps a dead token costs the
 * issuer a fetch in two cooldowns, half of what a flood of kids may cost it.
 * Pure: times come from the caller.
 */
#ifndef JWT_FETCHD_MISSED_H
#define JWT_FETCHD_MISSED_H

#include "base/bytes.h"

#define MISSED_MAX	 128   /* kids; more push out old ones */
#define MISSED_MOST_MS	 60000 /* that one is remembered for, or a cooldown */
#define MISSED_FORGET_MS (60 * 60 * 1000) /* then it begins anew */
#define MISSED_HASH	 16

/* All zeros but the seed is empty. */
struct missed {
	/* Secret: nobody can make a kid that stands for another's. */
	uint8_t seed[MISSED_HASH];
	struct missed_kid {
		uint8_t hash[MISSED_HASH];
		int64_t until_ms;
		unsigned times; /* 0: free */
	} kid[MISSED_MAX];
};

/* A fetch for it was in vain. cooldown_ms is the issuer's. */
void missed_remember(struct missed *missed, struct slice kid,
	int64_t cooldown_ms, int64_t now_ms);
/* Is it too early to fetch for it again? */
bool missed_recently(
	const struct missed *missed, struct slice kid, int64_t now_ms);
/* A new key came: any of them may be there now. Keeps the seed. */
void missed_forget_all(struct missed *missed);

#endif
