/* SPDX-License-Identifier: ISC */
/*
 * Lines of the writer's journal: as they are written, and strictly read.
 */
#include "revocation/journal.h"

#include "jose/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const op_name[] = {
	[JOURNAL_BEGIN] = "begin",
	[JOURNAL_ADD] = "add",
	[JOURNAL_UNDO] = "undo",
	[JOURNAL_DONE] = "done",
	[JOURNAL_KEEP] = "keep",
};

static bool
has_entry(enum journal_op op)
{
	return op == JOURNAL_ADD || op == JOURNAL_UNDO || op == JOURNAL_KEEP;
}

/* It names an epoch that is only hoped for. */
static bool
is_intent(enum journal_op op)
{
	return op == JOURNAL_ADD || op == JOURNAL_UNDO;
}

enum jwt_reason
journal_format_line(enum journal_op op, const struct epoch *epoch,
	uint64_t others, const struct revocation_entry *entry,
	struct buffer *out, struct report *r)
{
	char name[ENTRY_NAME_MAX];
	bool good;

	good = buffer_append_format(out,
		"{\"op\":\"%s\",\"epoch\":\"%s %" PRIu64
		"\",\"others\":%" PRIu64,
		op_name[op], epoch->id, epoch->counter, others);
	if (good && has_entry(op)) {
		entry_name(entry->kind, entry->hex, '-', name);
		good = buffer_append_format(
			out, ",\"name\":\"%s\",\"entry\":", name);
		if (good)
			JWT_TRY(entry_format(entry, out, r));
	}
	if (!good || !buffer_append_string(out, "}\n"))
		return report(r, JWT_INTERNAL_ERROR,
			"journal: a line of more than %d bytes",
			JOURNAL_LINE_MAX);
	return JWT_OK;
}

static bool
get_op(const struct json_node *root, enum journal_op *out)
{
	struct slice name;

	if (!json_get_string(root, "op", &name))
		return false;
	for (size_t i = 0; i < JWT_COUNT(op_name); i++) {
		if (!slice_equals_string(name, op_name[i]))
			continue;
		*out = (enum journal_op)i;
		return true;
	}
	return false;
}

/* What a line of this kind has, no less and no more. */
static bool
has_members(const struct json_node *root, enum journal_op op)
{
	return json_is(root, JSON_KIND_OBJECT) &&
	       root->count == (has_entry(op) ? 5u : 3u);
}

static bool
get_state(const struct json_node *root, struct journal_line *out)
{
	struct slice epoch;
	int64_t others;

	if (!json_get_string(root, "epoch", &epoch) ||
		!epoch_parse(epoch, &out->epoch) ||
		!json_get_integer(root, "others", &others) || others < 0)
		return false;
	out->state.known = true;
	out->state.epoch = out->epoch;
	out->state.others = (uint64_t)others;
	out->state.pending = is_intent(out->op);
	if (out->state.pending) {
		if (out->epoch.counter == 0)
			return false;
		out->state.epoch.counter--;
	}
	return true;
}

static bool
get_entry(const struct json_node *root, struct journal_line *out)
{
	const struct json_node *entry = json_member(root, "entry");
	struct slice name;

	if (!has_entry(out->op))
		return true;
	return json_get_string(root, "name", &name) &&
	       entry_from_name(name, '-', &out->entry) &&
	       json_is(entry, JSON_KIND_OBJECT) &&
	       entry_parse(entry->text, &out->entry, NULL) == JWT_OK;
}

bool
journal_parse_line(struct slice text, struct journal_line *out)
{
	JWT_AUTO(json_doc) doc = { 0 };
	const struct json_node *root;

	memset(out, 0, sizeof(*out));
	if (text.len > JOURNAL_LINE_MAX ||
		json_parse_object(text, "journal", &doc, NULL) != JWT_OK)
		return false;
	root = json_root(&doc);
	return get_op(root, &out->op) && has_members(root, out->op) &&
	       get_state(root, out) && get_entry(root, out);
}
