/* SPDX-License-Identifier: ISC */
/*
 * What a rotation does next, from what stands in keyring.json and the time:
 * no file, no clock, no process. A run that was killed anywhere comes back
 * to the same step.
 */
#ifndef JWT_KEYRING_PLAN_H
#define JWT_KEYRING_PLAN_H

#include "keyring.h"

/* The most that a verifier's clock may be behind (leeway, at most). */
#define PLAN_LEEWAY 300 /* seconds */

enum plan_step {
	PLAN_NOTHING,
	PLAN_TELL,    /* run what waits for pending[index] */
	PLAN_MAKE,    /* make the next key */
	PLAN_PUBLISH, /* note that the next key is published now */
	PLAN_WAIT,    /* until verifiers have it; then plan_sign */
	PLAN_EXPEL,   /* the next key signs, the compromised one is out */
	PLAN_DROP,    /* keys[index] is not needed any more */
};

struct plan_wish {
	int64_t now;	    /* seconds since the epoch */
	bool rotate;	    /* a new key is asked for */
	int64_t older_than; /* seconds; only if the current one is older */
	size_t skipped;	    /* pending ones that failed in this run */
};

enum plan_step plan_next(const struct keyring *keyring,
	const struct plan_wish *wish, size_t *index);

/*
 * A rotation was begun, and not every signer has been told of its key yet:
 * who asks for one has it finished, and not another one begun.
 */
bool plan_is_unfinished(const struct keyring *keyring);

/* Seconds since the current key began to sign; 0 if that lies ahead. */
int64_t plan_age(const struct keyring *keyring, int64_t now);

/*
 * When the last token under a retiring key is dead everywhere; INT64_MAX:
 * not known, because not every signer has been told of its successor.
 */
int64_t plan_dead_at(
	const struct keyring *keyring, const struct keyring_key *key);

/* Whether an exp outlives what plan_dead_at knows, and must be noted. */
bool plan_must_note(const struct keyring *keyring,
	const struct keyring_key *key, int64_t now, int64_t exp);

/* The next key becomes current, and the current one retiring. */
void plan_sign(struct keyring *keyring, int64_t now);
/* The next key becomes current, and the current one is gone. */
void plan_expel(struct keyring *keyring, int64_t now);

#endif
