/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl revoked list, init, accept-store and sweep.
 */
#include "store_open.h"

#include "base/clock.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct revoked_options {
	const char *config_path;
	bool json, embedded;
};

static bool
take_arguments(struct revoked_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "embedded", no_argument, NULL, 'e' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*o = (struct revoked_options){ .config_path = CONFIG_DEFAULT_PATH };
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option == 'c')
			o->config_path = optarg;
		else if (option == 'j')
			o->json = true;
		else if (option == 'e')
			o->embedded = true;
		else
			return false;
	return optind == argc;
}

static enum ctl_exit
fail_with(enum jwt_reason reason, const struct report *r)
{
	return ctl_fail(CTL_FAILED, "%s: %s", jwt_reason_name(reason), r->text);
}

struct list {
	struct revocation_entry *at; /* owns kind, hex, times and words */
	size_t count, capacity;
};

static void
list_free(struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		revocation_entry_clear(&list->at[i]);
	free(list->at);
}

static char *
copy_words(const char *words)
{
	return words != NULL ? strdup(words) : NULL;
}

static enum jwt_reason
list_add(void *arg, const struct revocation_entry *entry)
{
	struct list *list = arg;
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

/* What others wrote, on a terminal. */
static void
print_words(const char *before, const char *words)
{
	if (words == NULL || words[0] == '\0')
		return;
	fputs(before, stdout);
	for (; *words != '\0'; words++)
		putchar((unsigned char)*words < 0x20 || *words == 0x7f
				? '?'
				: *words);
}

static void
print_entry(const struct revocation_entry *entry)
{
	char text[CTL_TIME_MAX];

	printf("%s %.16s  until %s", revoked_kind_name(entry->kind), entry->hex,
		ctl_time(entry->until, text));
	if (entry->kind == REVOKED_SUB && entry->before != INT64_MAX)
		printf(", issued before %s", ctl_time(entry->before, text));
	print_words("  ", entry->what);
	print_words("  by ", entry->by);
	print_words(": ", entry->why);
	putchar('\n');
}

static json_t *
entry_to_json(const struct revocation_entry *e)
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

static enum ctl_exit
print_json(const struct list *list)
{
	JWT_AUTO(json) array = json_array();

	for (size_t i = 0; i < list->count; i++)
		if (array == NULL || json_array_append_new(array,
					     entry_to_json(&list->at[i])) != 0)
			return ctl_fail(CTL_FAILED, "out of memory");
	if (json_dumpf(array, stdout, JSON_INDENT(2)) != 0)
		return ctl_fail(CTL_FAILED, "standard output: cannot write");
	putchar('\n');
	return CTL_YES;
}

static void
drop_doubles(struct list *list)
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

static enum ctl_exit
print_list(struct list *list, bool json)
{
	drop_doubles(list);
	if (json)
		return print_json(list);
	for (size_t i = 0; i < list->count; i++)
		print_entry(&list->at[i]);
	if (list->count == 0)
		puts("nothing is revoked");
	return CTL_YES;
}

enum ctl_exit
ctl_revoked_list(int argc, char **argv)
{
	JWT_AUTO(ctl_store) s = { 0 };
	struct revoked_options o;
	struct report r = { "" };
	struct list list = { 0 };
	enum jwt_reason reason;
	enum ctl_exit status;

	if (!take_arguments(&o, argc, argv) || o.embedded)
		return ctl_usage("revoked list takes --json, --config FILE");
	/* SCAN and a list of everything are the writer's; a host asks for
	 * names that it knows. */
	status = ctl_store_open(&s, STORE_WRITE, o.config_path, false);
	if (status != CTL_YES)
		return status;
	reason = revocation_list(s.store, clock_now(), list_add, &list, &r);
	status = reason == JWT_OK ? print_list(&list, o.json)
				  : fail_with(reason, &r);
	list_free(&list);
	return status;
}

enum ctl_exit
ctl_revoked_init(int argc, char **argv)
{
	JWT_AUTO(ctl_store) s = { 0 };
	JWT_AUTO(buffer) where = BUFFER(512);
	struct revoked_options o;
	struct report r = { "" };
	bool created = false;
	enum jwt_reason reason;
	enum ctl_exit status;

	if (!take_arguments(&o, argc, argv) || o.json)
		return ctl_usage(
			"revoked init takes --embedded, --config FILE");
	status = ctl_store_open(&s, STORE_WRITE, o.config_path, o.embedded);
	if (status != CTL_YES)
		return status;
	reason = revocation_init(s.store, &created, &r);
	if (reason != JWT_OK)
		return fail_with(reason, &r);
	ctl_store_describe(&s, &where);
	printf("%s: %s\n", buffer_string(&where),
		created ? "ready" : "was ready before, left as it is");
	return CTL_YES;
}

enum ctl_exit
ctl_revoked_accept(int argc, char **argv)
{
	JWT_AUTO(ctl_store) s = { 0 };
	JWT_AUTO(buffer) where = BUFFER(512);
	struct revoked_options o;
	struct report r = { "" };
	enum jwt_reason reason;
	enum ctl_exit status;

	if (!take_arguments(&o, argc, argv) || o.json || o.embedded)
		return ctl_usage("revoked accept-store takes --config FILE");
	status = ctl_store_open(&s, STORE_READ, o.config_path, false);
	if (status != CTL_YES)
		return status;
	reason = revocation_accept(s.store, &r);
	if (reason != JWT_OK)
		return fail_with(reason, &r);
	ctl_store_describe(&s, &where);
	printf("%s: this host takes it as it is now. What the store lost has "
	       "to be revoked again.\n",
		buffer_string(&where));
	return CTL_YES;
}

enum ctl_exit
ctl_revoked_sweep(int argc, char **argv)
{
	JWT_AUTO(ctl_store) s = { 0 };
	struct revoked_options o;
	struct report r = { "" };
	enum jwt_reason reason;
	size_t removed = 0;

	/* A host that only reads Redis has nothing to sweep there, but may
	 * have used the embedded store before. */
	if (!take_arguments(&o, argc, argv) || o.json || o.embedded)
		return ctl_usage("revoked sweep takes no options");
	if (ctl_store_open(&s, STORE_WRITE, o.config_path, true) != CTL_YES)
		return CTL_FAILED;
	reason = revocation_sweep(s.store, clock_now(), &removed, &r);
	if (reason != JWT_OK)
		return fail_with(reason, &r);
	printf("%zu removed\n", removed);
	return CTL_YES;
}
