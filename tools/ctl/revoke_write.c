/* SPDX-License-Identifier: ISC */
/*
 * Entries into the store, and what the auditor and a program are told.
 */
#include "revoke_write.h"

#include "jose/json_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* ASCII: no terminal that shows it takes orders from a stranger. */
#define ANSWER_JSON (JSON_COMPACT | JSON_ENSURE_ASCII)

static const char *
store_word(const struct ctl_store *s)
{
	return s->chosen.store == REVOCATION_REDIS ? "redis" : "embedded";
}

/* For the auditor, with the names that a search in the store needs. */
static void
log_entry(const struct ctl_store *s, const struct revocation_entry *entry,
	enum jwt_reason reason)
{
	JWT_AUTO(json) line = json_pack(
		"{s:s, s:s, s:s, s:s*, s:s*, s:s*, s:I, s:s, s:s}", "event",
		"revoke", "kind", revoked_kind_name(entry->kind), "hash",
		entry->hex, "by", entry->by, "why", entry->why, "what",
		entry->what, "until", (json_int_t)entry->until, "store",
		store_word(s), "result", jwt_reason_name(reason));
	char *text = line != NULL ? json_dumps(line, ANSWER_JSON) : NULL;

	if (text != NULL)
		syslog(LOG_AUTHPRIV | LOG_NOTICE, "%s", text);
	free(text);
}

static enum jwt_reason
write_entry(const struct revoke_writer *writer, const struct ctl_store *s,
	struct revocation_entry *entry, struct report *r)
{
	char *why = writer->why != NULL ? strdup(writer->why) : NULL;
	struct revocation_entry whole = *entry; /* borrows the words */
	enum jwt_reason reason;

	whole.when = writer->now;
	whole.by = writer->by;
	if (writer->why != NULL)
		whole.why = why;
	reason = revocation_widen(s->store, &whole, r);
	log_entry(s, &whole, reason);
	free(why);
	entry->until = whole.until;
	entry->before = whole.before;
	entry->was_until = whole.was_until;
	entry->was_before = whole.was_before;
	return reason;
}

void
revoke_carry_out(const struct revoke_writer *writer, const struct ctl_store *s,
	struct revoke_order *order, struct revoke_result *result)
{
	*result = (struct revoke_result){ .reason = JWT_OK };
	while (result->reason == JWT_OK && result->done < order->count) {
		result->reason = write_entry(writer, s,
			&order->entry[result->done], &result->report);
		if (result->reason == JWT_OK)
			result->done++;
	}
}

bool
revoke_was_before(const struct revocation_entry *entry, int64_t now)
{
	if (entry->was_until < now)
		return false;
	return entry->kind != REVOKED_SUB || entry->was_before >= entry->before;
}

static json_t *
entry_answer(const struct revocation_entry *entry, int64_t now)
{
	JWT_AUTO(json) object = json_pack("{s:s, s:s, s:I, s:s*, s:b}", "kind",
		revoked_kind_name(entry->kind), "hash", entry->hex, "until",
		(json_int_t)entry->until, "what", entry->what, "revoked_before",
		(int)revoke_was_before(entry, now));

	if (object == NULL ||
		(entry->kind == REVOKED_SUB && entry->before != INT64_MAX &&
			json_object_set_new(object, "before",
				json_integer(entry->before)) != 0))
		return NULL;
	return JWT_TAKE(object);
}

static const char *
result_word(const struct revoke_writer *writer,
	const struct revoke_order *order, const struct revoke_result *result)
{
	if (result->reason != JWT_OK)
		return "failed";
	for (size_t i = 0; i < order->count; i++)
		if (!revoke_was_before(&order->entry[i], writer->now))
			return "revoked";
	return "revoked_before";
}

json_t *
revoke_answer(const struct revoke_writer *writer, const struct ctl_store *s,
	const struct revoke_order *order, const struct revoke_result *result)
{
	bool failed = result->reason != JWT_OK;
	json_t *entries = json_array();
	JWT_AUTO(json) object =
		json_pack("{s:s, s:o, s:s*, s:s*, s:s*, s:s*, s:s*, s:s*}",
			"result", result_word(writer, order, result), "entries",
			entries, "token", revoke_token_word(order->token),
			"store", s->store != NULL ? store_word(s) : NULL, "by",
			writer->by, "why", writer->why, "error",
			failed ? jwt_reason_name(result->reason) : NULL,
			"detail", failed ? result->report.text : NULL);

	if (object == NULL)
		return NULL;
	for (size_t i = 0; i < result->done; i++)
		if (json_array_append_new(entries,
			    entry_answer(&order->entry[i], writer->now)) != 0)
			return NULL;
	return JWT_TAKE(object);
}

bool
revoke_print_answer(json_t *answer)
{
	return answer != NULL && json_dumpf(answer, stdout, ANSWER_JSON) == 0 &&
	       putchar('\n') != EOF && fflush(stdout) == 0;
}
