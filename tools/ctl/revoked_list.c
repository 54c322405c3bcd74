/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl revoked list and show.
 */
#include "revoked.h"

#include "base/clock.h"

#include <stdio.h>

static void
print_line(const struct revocation_entry *entry)
{
	char text[CTL_TIME_MAX];

	printf("%s-%.16s  until %s", revoked_kind_name(entry->kind), entry->hex,
		ctl_time(entry->until, text));
	if (entry->kind == REVOKED_SUB && entry->before != INT64_MAX)
		printf(", issued before %s", ctl_time(entry->before, text));
	revoked_print_words("  ", entry->what);
	revoked_print_words("  by ", entry->by);
	revoked_print_words(": ", entry->why);
	putchar('\n');
}

static enum ctl_exit
print_list_json(const struct revoked_list *list)
{
	JWT_AUTO(json) array = json_array();

	for (size_t i = 0; i < list->count; i++)
		if (array == NULL ||
			json_array_append_new(
				array, revoked_to_json(&list->at[i])) != 0)
			return ctl_fail(CTL_FAILED, "out of memory");
	return revoked_print_json(JWT_TAKE(array));
}

static enum ctl_exit
print_list(struct revoked_list *list, bool json)
{
	revoked_list_order(list);
	if (json)
		return print_list_json(list);
	for (size_t i = 0; i < list->count; i++)
		print_line(&list->at[i]);
	if (list->count == 0)
		puts("nothing is revoked");
	return CTL_YES;
}

enum ctl_exit
ctl_revoked_list(int argc, char **argv)
{
	JWT_AUTO(ctl_store) s = { 0 };
	JWT_AUTO(revoked_list) list = { 0 };
	struct revoked_options o;
	struct report r = { "" };
	enum jwt_reason reason;
	enum ctl_exit status = revoked_parse_options(argc, argv, "j", 0, &o);

	if (status != CTL_YES)
		return status;
	/* SCAN and a list of everything are the writer's; a host asks for
	 * names that it knows. */
	status = ctl_store_open(&s, STORE_WRITE, o.config_path, false);
	if (status != CTL_YES)
		return status;
	reason = revocation_list(
		s.store, clock_now(), revoked_list_add, &list, &r);
	if (reason != JWT_OK)
		return revoked_fail(reason, &r);
	return print_list(&list, o.json);
}

static void
print_whole(const struct revocation_entry *entry, int64_t now)
{
	char text[CTL_TIME_MAX];

	printf("%s-%s\n", revoked_kind_name(entry->kind), entry->hex);
	revoked_print_words("  what    ", entry->what);
	printf("%s  until   %s%s\n", entry->what != NULL ? "\n" : "",
		ctl_time(entry->until, text),
		entry->until < now ? " (it is over)" : "");
	if (entry->kind == REVOKED_SUB)
		printf("  tokens  issued before %s\n",
			ctl_time(entry->before, text));
	if (entry->when > 0)
		printf("  when    %s\n", ctl_time(entry->when, text));
	revoked_print_words("  by      ", entry->by);
	fputs(entry->by != NULL ? "\n" : "", stdout);
	revoked_print_words("  why     ", entry->why);
	fputs(entry->why != NULL ? "\n" : "", stdout);
}

enum ctl_exit
ctl_revoked_show(int argc, char **argv)
{
	JWT_AUTO(ctl_store) s = { 0 };
	JWT_AUTO(revoked_list) list = { 0 };
	struct revoked_options o;
	enum ctl_exit status =
		revoked_parse_options(argc, argv, "jn", REVOKED_NAMES_MAX, &o);

	if (status == CTL_YES)
		status = ctl_store_open(&s, STORE_WRITE, o.config_path, false);
	if (status == CTL_YES)
		status = revoked_named(&s, &o, &list);
	if (status != CTL_YES)
		return status;
	if (o.json)
		return list.count == 1
			       ? revoked_print_json(revoked_to_json(list.at))
			       : print_list_json(&list);
	for (size_t i = 0; i < list.count; i++)
		print_whole(&list.at[i], clock_now());
	return CTL_YES;
}
