/* SPDX-License-Identifier: ISC */
/*
 * The raw tokens that the copy holds, by their hash, so that a scan reads no
 * file again: 64 bytes a token, in a table that grows. Pure.
 */
#ifndef JWT_FOLLOWD_INDEX_H
#define JWT_FOLLOWD_INDEX_H

#include "base/bytes.h"

#define INDEX_HASH 32 /* SHA-256 */

struct index_slot {
	uint8_t hash[INDEX_HASH];
	int64_t until; /* seconds, as in the file */
	uint32_t seen; /* the last scan that saw it; 0: none */
	enum { SLOT_FREE, SLOT_USED, SLOT_GONE } kind;
};

/* All zeros is empty. */
struct raw_index {
	struct index_slot *slot;
	size_t size;   /* slots, a power of two */
	size_t filled; /* not free */
	size_t count;  /* in use */
	uint64_t seed; /* odd: nobody can aim tokens at one place */
};

void index_clear(struct raw_index *index);
/* NULL: not there. Valid until the next call of index_add. */
struct index_slot *index_find(
	const struct raw_index *index, const uint8_t hash[INDEX_HASH]);
/* The slot, new or not; NULL: out of memory. */
struct index_slot *index_add(
	struct raw_index *index, const uint8_t hash[INDEX_HASH]);
void index_remove(struct raw_index *index, struct index_slot *slot);

#endif
