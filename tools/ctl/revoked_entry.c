/* SPDX-License-Identifier: ISC */
/*
 * Entries that were read from the store: kept, ordered, printed.
 */
#include "revoked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
revoked_list_free(struct revoked_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		revocation_entry_clear(&list->at[i]);
	free(list->at);
	memset(list, 0, sizeof(*list));
}

static char *
copy_words(const char *words)
{
	return words != NULL ? strdup(words) : NULL;
}

enum jwt_reason
revoked_list_add(void *arg, const struct revocation_entry *entry)
{
	struct revoked_list *list = arg;
	struct revocation_entry *copy;

	if (list->count == list->capacity) {
		size_t capacity = 2 * list->capacity + 64;

		copy = reallocarray(list->at, capacity, sizeof(*copy));
		if (copy == NULL)
			return JWT_INTERNAL_ERROR;
		list->at = copy;
		list->capacity = capacity;
	}
	copy = &list->at[list->count++];
	*copy = *entry;
	copy->by = copy_words(entry->by);
	copy->why = copy_words(entry->why);
	copy->what = copy_words(entry->what);
	return JWT_OK;
}

/* Oldest first; the same name side by side. */
static int
compare_entries(const void *a, const void *b)
{
	const struct revocation_entry *x = a, *y = b;

	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return strcmp(x->hex, y->hex);
}

void
revoked_list_order(struct revoked_list *list)
{
	size_t kept = 0;

	if (list->count > 0)
		qsort(list->at, list->count, sizeof(*list->at),
			compare_entries);
	for (size_t i = 0; i < list->count; i++) {
		if (kept > 0 &&
			compare_entries(&list->at[kept - 1], &list->at[i]) == 0)
			revocation_entry_clear(&list->at[i]);
		else
			list->at[kept++] = list->at[i];
	}
	list->count = kept;
}

void
revoked_print_words(const char *before, const char *words)
{
	if (words == NULL || words[0] == '\0')
		return;
	fputs(before, stdout);
	for (; *words != '\0'; words++)
		putchar((unsigned char)*words < 0x20 || *words == 0x7f
				? '?'
				: *words);
}

json_t *
revoked_to_json(const struct revocation_entry *e)
{
	json_t *object = json_pack("{s:s, s:s, s:I, s:I, s:s*, s:s*, s:s*}",
		"kind", revoked_kind_name(e->kind), "hash", e->hex, "until",
		(json_int_t)e->until, "when", (json_int_t)e->when, "by", e->by,
		"why", e->why, "what", e->what);

	if (object != NULL && e->kind == REVOKED_SUB &&
		e->before != INT64_MAX &&
		json_object_set_new(
			object, "before", json_integer(e->before)) != 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

enum ctl_exit
revoked_print_json(json_t *value)
{
	JWT_AUTO(json) owned = value;

	if (owned == NULL)
		return ctl_fail(CTL_FAILED, "out of memory");
	if (json_dumpf(owned, stdout, JSON_INDENT(2)) != 0)
		return ctl_fail(CTL_FAILED, "standard output: cannot write");
	putchar('\n');
	return CTL_YES;
}
