/* SPDX-License-Identifier: ISC */
#include "index.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 1024

void
index_clear(struct raw_index *index)
{
	free(index->slot);
	memset(index, 0, sizeof(*index));
}

/* Where the search begins: a hash that is known, times one that is not. */
static size_t
place_of(const struct raw_index *index, const uint8_t hash[INDEX_HASH])
{
	uint64_t word;

	memcpy(&word, hash, sizeof(word));
	return (size_t)((word * index->seed) >> 32) & (index->size - 1);
}

struct index_slot *
index_find(const struct raw_index *index, const uint8_t hash[INDEX_HASH])
{
	size_t at;

	if (index->size == 0)
		return NULL;
	at = place_of(index, hash);
	for (; index->slot[at].kind != SLOT_FREE;
		at = (at + 1) & (index->size - 1))
		if (index->slot[at].kind == SLOT_USED &&
			memcmp(index->slot[at].hash, hash, INDEX_HASH) == 0)
			return &index->slot[at];
	return NULL;
}

static struct index_slot *
take_free(struct raw_index *index, const uint8_t hash[INDEX_HASH])
{
	size_t at = place_of(index, hash);

	while (index->slot[at].kind != SLOT_FREE)
		at = (at + 1) & (index->size - 1);
	index->filled++;
	index->count++;
	return &index->slot[at];
}

/* A table with room for as many again; what is gone is left behind. */
static bool
rebuild(struct raw_index *index)
{
	struct raw_index bigger = { .size = FIRST_SIZE };

	while (bigger.size < 2 * index->count)
		bigger.size *= 2;
	bigger.slot = calloc(bigger.size, sizeof(*bigger.slot));
	if (bigger.slot == NULL ||
		RAND_bytes((uint8_t *)&bigger.seed, sizeof(bigger.seed)) != 1) {
		free(bigger.slot);
		return false;
	}
	bigger.seed |= 1;
	for (size_t i = 0; i < index->size; i++)
		if (index->slot[i].kind == SLOT_USED)
			*take_free(&bigger, index->slot[i].hash) =
				index->slot[i];
	free(index->slot);
	*index = bigger;
	return true;
}

struct index_slot *
index_add(struct raw_index *index, const uint8_t hash[INDEX_HASH])
{
	struct index_slot *slot = index_find(index, hash);

	if (slot != NULL)
		return slot;
	if (4 * (index->filled + 1) > 3 * index->size && !rebuild(index))
		return NULL;
	slot = take_free(index, hash);
	*slot = (struct index_slot){ .kind = SLOT_USED };
	memcpy(slot->hash, hash, INDEX_HASH);
	return slot;
}

void
index_remove(struct raw_index *index, struct index_slot *slot)
{
	slot->kind = SLOT_GONE;
	index->count--;
}
