/* SPDX-License-Identifier: ISC */
/*
 * revoke, the writing half: it holds the store's writing credential and gets
 * hashes only.
 */
#include "revoke.h"

#include "revocation/entry.h"
#include "store_open.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

struct entries {
	struct revocation_entry at[REVOKE_NAMES_MAX];
	size_t count;
};

static void
entries_clear(struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		revocation_entry_clear(&entries->at[i]);
}

static bool
parse_lines(struct slice lines, struct entries *out)
{
	struct slice line, name;

	while (slice_cut(&lines, '\n', &line)) {
		struct revocation_entry *entry = &out->at[out->count];

		if (slice_equals_string(line, "end"))
			return lines.len == 0 && out->count > 0;
		if (out->count == JWT_COUNT(out->at) ||
			!slice_cut(&line, ' ', &name) ||
			!entry_from_name(name, '-', entry) ||
			entry_parse(line, entry, NULL) != JWT_OK)
			return false;
		out->count++;
	}
	return false;
}

/* For the auditor, with the names that a search in the store needs. */
static void
log_entry(const struct ctl_store *s, const struct revocation_entry *entry,
	enum jwt_reason reason)
{
	JWT_AUTO(json) line = json_pack(
		"{s:s, s:s, s:s, s:s*, s:s*, s:s*, s:I, s:s}", "event",
		"revoke", "kind", revoked_kind_name(entry->kind), "hash",
		entry->hex, "by", entry->by, "why", entry->why, "what",
		entry->what, "until", (json_int_t)entry->until, "store",
		s->chosen.store == REVOCATION_REDIS ? "redis" : "embedded");
	char *text;

	if (line == NULL || json_object_set_new(line, "result",
				    json_string(jwt_reason_name(reason))) != 0)
		return;
	text = json_dumps(line, JSON_COMPACT);
	if (text != NULL)
		syslog(LOG_AUTHPRIV | LOG_NOTICE, "%s", text);
	free(text);
}

static void
print_entry(const struct revocation_entry *entry)
{
	char until[CTL_TIME_MAX], before[CTL_TIME_MAX];

	printf("  %s %.16s...  until %s", revoked_kind_name(entry->kind),
		entry->hex, ctl_time(entry->until, until));
	if (entry->kind == REVOKED_SUB)
		printf(", tokens issued before %s",
			ctl_time(entry->before, before));
	printf("\n");
}

static enum ctl_exit
write_entry(const struct revoke_request *request, const struct ctl_store *s,
	char *by, const struct revocation_entry *entry)
{
	char *why = request->reason != NULL ? strdup(request->reason) : NULL;
	struct revocation_entry whole = *entry; /* borrows the words */
	struct report r = { "" };
	enum jwt_reason reason;

	whole.when = request->now;
	whole.by = by;
	whole.why = why;
	reason = revocation_add(s->store, &whole, &r);
	log_entry(s, &whole, reason);
	free(why);
	if (reason != JWT_OK)
		return ctl_fail(CTL_FAILED, "not revoked: %s: %s: %s",
			entry->what != NULL ? entry->what : "?",
			jwt_reason_name(reason), r.text);
	return CTL_YES;
}

static enum ctl_exit
write_entries(const struct revoke_request *request, const struct ctl_store *s,
	char *by, const struct entries *entries)
{
	JWT_AUTO(buffer) where = BUFFER(512);
	const char *last = "";

	for (size_t i = 0; i < entries->count; i++) {
		const struct revocation_entry *entry = &entries->at[i];
		const char *what = entry->what != NULL ? entry->what : "?";
		enum ctl_exit status = write_entry(request, s, by, entry);

		if (status != CTL_YES)
			return status;
		if (strcmp(what, last) != 0)
			printf("revoked: %s\n", what);
		last = what;
		print_entry(entry);
	}
	ctl_store_describe(s, &where);
	printf("in %s\n", buffer_string(&where));
	return CTL_YES;
}

enum ctl_exit
revoke_write(const struct revoke_request *request, char *by, struct slice lines)
{
	JWT_AUTO(ctl_store) s = { 0 };
	struct entries entries = { .count = 0 };
	enum ctl_exit status;

	openlog("jwtauthctl", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
	status = ctl_store_open(&s, STORE_WRITE, request->config_path, false);
	if (status == CTL_YES && !parse_lines(lines, &entries))
		status = ctl_fail(CTL_FAILED,
			"the process that reads the token was cut off; "
			"nothing was revoked");
	if (status == CTL_YES)
		status = write_entries(request, &s, by, &entries);
	entries_clear(&entries);
	return status;
}
