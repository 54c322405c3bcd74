/* SPDX-License-Identifier: ISC */
#include "places.h"

static bool
is_elsewhere(const int *is, size_t count, size_t slot)
{
	for (size_t i = 0; i < count; i++)
		if (i != slot && is[i] == is[slot])
			return true;
	return false;
}

static bool
is_wanted(const int *wanted, size_t count, int id)
{
	for (size_t i = 0; i < count; i++)
		if (wanted[i] == id)
			return true;
	return false;
}

/* A slot may change if what it holds is in another one, or not wanted. */
static size_t
find_free_change(const int *is, const int *wanted, size_t count)
{
	size_t any = count;

	for (size_t i = 0; i < count; i++) {
		if (is[i] == wanted[i])
			continue;
		any = i;
		if (is[i] == SLOT_EMPTY || is_elsewhere(is, count, i) ||
			!is_wanted(wanted, count, is[i]))
			return i;
	}
	return any; /* a ring of changes with no room: one must be first */
}

size_t
slots_order(
	const int *is, const int *wanted, size_t count, struct slot_change *out)
{
	int now[SLOTS_MAX];
	size_t changes = 0, slot;

	for (size_t i = 0; i < count; i++)
		now[i] = is[i];
	while ((slot = find_free_change(now, wanted, count)) < count) {
		now[slot] = wanted[slot];
		out[changes++] = (struct slot_change){ slot, wanted[slot] };
	}
	return changes;
}
