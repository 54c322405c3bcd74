/* SPDX-License-Identifier: ISC */
/* Whether all who verify have the next key. */
#ifndef JWT_KEYRING_VERIFIERS_H
#define JWT_KEYRING_VERIFIERS_H

#include "poll_url.h"
#include "run.h"

struct verifiers; /* which of the settings' verifiers have been seen with it */

/* Borrows the settings. NULL: out of memory. */
struct verifiers *verifiers_new(const struct settings *settings);
void verifiers_free(struct verifiers *verifiers);
JWT_AUTO_TYPE(verifiers, struct verifiers *, verifiers_free);

/*
 * Asks each that has not been seen with the key yet, one after another, and
 * puts down in the keyring's waiting list who lacks it and why.
 */
void verifiers_ask(struct verifiers *verifiers, const struct keyring_key *key,
	struct keyring *waiting);

/*
 * Milliseconds until the next try: twice as long each time, from first to
 * longest seconds, less up to a quarter at random. Pure but for random.
 */
int64_t verifiers_pause(
	int64_t tries, int64_t first, int64_t longest, uint32_t random);

#endif
