/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl revoked undo: a revocation taken back, and a line for the
 * auditor.
 */
#include "revoked.h"

#include "base/clock.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* What is undone with its own words, and who undid it and why. */
static void
log_undo(const struct ctl_store *s, const struct revocation_entry *entry,
	const struct revocation_entry *order, enum jwt_reason reason)
{
	JWT_AUTO(json) line = json_pack(
		"{s:s, s:s, s:s, s:s*, s:s*, s:s*, s:I, s:s, s:s}", "event",
		"undo", "kind", revoked_kind_name(entry->kind), "hash",
		entry->hex, "by", order->by, "why", order->why, "what",
		entry->what, "until", (json_int_t)entry->until, "store",
		s->chosen.store == REVOCATION_REDIS ? "redis" : "embedded",
		"result", jwt_reason_name(reason));
	char *text = line != NULL ? json_dumps(line,
					    JSON_COMPACT | JSON_ENSURE_ASCII)
				  : NULL;

	if (text != NULL)
		syslog(LOG_AUTHPRIV | LOG_NOTICE, "%s", text);
	free(text);
}

static enum ctl_exit
undo_entry(const struct ctl_store *s, const struct revocation_entry *entry,
	char *by, char *why, bool *removed)
{
	struct revocation_entry order = { .kind = entry->kind,
		.when = clock_now(),
		.was_until = entry->until,
		.was_when = entry->when,
		.was_before = entry->before,
		.by = by,
		.why = why,
		.what = entry->what };
	struct report r = { "" };
	enum jwt_reason reason;

	memcpy(order.hex, entry->hex, sizeof(order.hex));
	reason = revocation_undo(s->store, &order, removed, &r);
	if (reason != JWT_OK || *removed)
		log_undo(s, entry, &order, reason);
	if (reason != JWT_OK)
		return ctl_fail(CTL_FAILED, "%s-%.16s%s: %s: %s",
			revoked_kind_name(entry->kind), entry->hex,
			*removed ? "" : " is not undone",
			jwt_reason_name(reason), r.text);
	return CTL_YES;
}

static bool
add_answer(json_t *array, const struct revocation_entry *entry, bool removed)
{
	json_t *object = revoked_to_json(entry);

	return object != NULL &&
	       json_object_set_new(object, "removed", json_boolean(removed)) ==
		       0 &&
	       json_array_append_new(array, object) == 0;
}

static enum ctl_exit
undo_all(const struct ctl_store *s, const struct revoked_options *o, char *by,
	const struct revoked_list *list)
{
	JWT_AUTO(json) array = json_array();
	char *why = o->reason != NULL ? strdup(o->reason) : NULL;
	enum ctl_exit status = CTL_YES;

	for (size_t i = 0; i < list->count && status == CTL_YES; i++) {
		const struct revocation_entry *entry = &list->at[i];
		bool removed = false;

		status = undo_entry(s, entry, by, why, &removed);
		if (status != CTL_YES)
			break;
		if (o->json) {
			if (!add_answer(array, entry, removed))
				status = ctl_fail(CTL_FAILED, "out of memory");
			continue;
		}
		printf("%s: %s-%.16s", removed ? "undone" : "was gone already",
			revoked_kind_name(entry->kind), entry->hex);
		revoked_print_words("  ", entry->what);
		putchar('\n');
	}
	free(why);
	if (o->json) {
		enum ctl_exit printed = revoked_print_json(JWT_TAKE(array));

		return status == CTL_YES ? printed : status;
	}
	return status;
}

enum ctl_exit
ctl_revoked_undo(int argc, char **argv)
{
	JWT_AUTO(ctl_store) s = { 0 };
	JWT_AUTO(revoked_list) list = { 0 };
	struct revoked_options o;
	struct report r = { "" };
	char by[LOGIN_NAME_MAX + 1];
	enum ctl_exit status =
		revoked_parse_options(argc, argv, "jnr", REVOKED_NAMES_MAX, &o);

	if (status != CTL_YES)
		return status;
	openlog("jwtauthctl", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
	ctl_login_name(by, sizeof(by));
	status = ctl_store_open(&s, STORE_WRITE, o.config_path, false);
	if (status == CTL_YES && ctl_store_expect(&s, &r) != JWT_OK)
		status = ctl_fail(CTL_FAILED, "%s", r.text);
	/* All names first: a slip in the last undoes nothing. */
	if (status == CTL_YES)
		status = revoked_named(&s, &o, &list);
	return status == CTL_YES ? undo_all(&s, &o, by, &list) : status;
}
