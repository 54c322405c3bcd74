/* SPDX-License-Identifier: ISC */
/*
 * "did you mean ...?": the nearest of the names that are offered.
 */
#ifndef JWT_CONFIG_SUGGEST_H
#define JWT_CONFIG_SUGGEST_H

#include <stddef.h>

#define SUGGEST_NAME_MAX 48 /* bytes; longer names have no neighbour */

struct suggestion {
	const char *word; /* what was written */
	const char *best; /* the nearest name so far; NULL: none is near */
	size_t distance;  /* edits between the two */
};

#define SUGGESTION(written)       \
	(struct suggestion)       \
	{                         \
		.word = (written) \
	}

/*
 * Edits are a character added, lost, changed, or swapped with the next one.
 * A name is near if at most a third of the word's characters is edited.
 */
void suggestion_offer(struct suggestion *suggestion, const char *name);

#endif
