/* SPDX-License-Identifier: ISC */
/*
 * The writer's journal as a whole: what of it is in force, and the same file
 * without the rest.
 */
#include "revocation/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum jwt_reason
fail(const struct journal *j, struct report *r)
{
	return report(r, JWT_INTERNAL_ERROR, "%s/%s: %s", j->folder, j->name,
		strerror(errno));
}

/* Something to fold: an entry, and whether it goes. */
struct record {
	struct revocation_entry entry; /* owned */
	size_t at;		       /* in the file */
	bool undo;
};

struct reading {
	FILE *file;
	int64_t now;
	struct record *record;
	size_t count, capacity;
	struct journal_line intent; /* an undo that is not yet done */
	struct journal_content *out;
	char id[EPOCH_ID_LEN + 1]; /* of out->highest */
	char line[JOURNAL_LINE_MAX];
};

static void
reading_end(struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++)
		revocation_entry_clear(&reading->record[i].entry);
	free(reading->record);
	revocation_entry_clear(&reading->intent.entry);
	if (reading->file != NULL)
		fclose(reading->file);
}
JWT_AUTO_TYPE(reading_ptr, struct reading *, reading_end);

/* False at the end, and at a line without one. *len 0: longer than ours. */
static bool
read_line(struct reading *reading, size_t *len)
{
	size_t count = 0;
	int c;

	while ((c = getc_unlocked(reading->file)) != EOF && c != '\n') {
		if (count < sizeof(reading->line))
			reading->line[count] = (char)c;
		count++;
	}
	*len = count <= sizeof(reading->line) ? count : 0;
	return c == '\n';
}

static enum jwt_reason
keep(struct reading *reading, struct revocation_entry *entry, bool undo,
	struct report *r)
{
	struct record *record;

	if (reading->count == reading->capacity) {
		size_t capacity = 2 * reading->capacity + 256;

		if (capacity > 2 * JOURNAL_ENTRIES_MAX)
			return report(r, JWT_INTERNAL_ERROR,
				"journal: more than %d revocations",
				JOURNAL_ENTRIES_MAX);
		record = reallocarray(
			reading->record, capacity, sizeof(*record));
		if (record == NULL)
			return report(r, JWT_INTERNAL_ERROR, "out of memory");
		reading->record = record;
		reading->capacity = capacity;
	}
	record = &reading->record[reading->count];
	*record = (struct record){ *entry, reading->count, undo };
	reading->count++;
	memset(entry, 0, sizeof(*entry)); /* it has another owner now */
	return JWT_OK;
}

static void
note_epoch(struct reading *reading, const struct epoch *epoch)
{
	struct journal_content *out = reading->out;

	if (strcmp(reading->id, epoch->id) != 0) {
		strcpy(reading->id, epoch->id);
		out->highest = epoch->counter;
	} else if (epoch->counter > out->highest) {
		out->highest = epoch->counter;
	}
}

/* An undo counts once it was done; an add as soon as it was wanted. */
static enum jwt_reason
take_line(struct reading *reading, struct journal_line *line, struct report *r)
{
	struct journal_line intent = reading->intent;
	enum jwt_reason reason = JWT_OK;

	memset(&reading->intent, 0, sizeof(reading->intent));
	note_epoch(reading, &line->epoch);
	if (line->op == JOURNAL_UNDO)
		reading->intent = *line;
	else if (line->op != JOURNAL_DONE && line->op != JOURNAL_BEGIN &&
		 line->entry.until >= reading->now)
		reason = keep(reading, &line->entry, false, r);
	else if (line->op == JOURNAL_DONE && intent.op == JOURNAL_UNDO &&
		 intent.epoch.counter == line->epoch.counter)
		reason = keep(reading, &intent.entry, true, r);
	revocation_entry_clear(&intent.entry);
	if (line->op != JOURNAL_UNDO)
		revocation_entry_clear(&line->entry);
	return reason;
}

static enum jwt_reason
read_lines(struct reading *reading, struct report *r)
{
	size_t len;

	while (read_line(reading, &len)) {
		struct journal_line line;

		reading->out->lines++;
		if (journal_parse_line(slice_of(reading->line, len), &line)) {
			JWT_TRY(take_line(reading, &line, r));
			continue;
		}
		revocation_entry_clear(&line.entry);
		reading->out->damaged++;
	}
	if (ferror(reading->file))
		return report(
			r, JWT_INTERNAL_ERROR, "journal: %s", strerror(errno));
	return JWT_OK;
}

static int
compare_records(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	int order;

	if (x->entry.kind != y->entry.kind)
		return x->entry.kind < y->entry.kind ? -1 : 1;
	order = strcmp(x->entry.hex, y->entry.hex);
	if (order != 0)
		return order;
	return x->at < y->at ? -1 : 1;
}

/* The records of one name become one entry, or none. */
static void
fold_name(struct record *record, size_t count, struct journal_content *out)
{
	struct revocation_entry *entry = &out->at[out->count];
	bool there = false;

	for (size_t i = 0; i < count; i++) {
		struct revocation_entry *next = &record[i].entry;

		if (there && record[i].undo) {
			revocation_entry_clear(entry);
			there = false;
		} else if (!record[i].undo) {
			if (there) {
				entry_widen(next, entry);
				revocation_entry_clear(entry);
			}
			*entry = *next;
			memset(next, 0, sizeof(*next));
			there = true;
		}
	}
	if (there)
		out->count++;
}

static enum jwt_reason
fold(struct reading *reading, struct report *r)
{
	struct journal_content *out = reading->out;
	struct record *record = reading->record;

	if (reading->count == 0)
		return JWT_OK;
	out->at = calloc(reading->count, sizeof(*out->at));
	if (out->at == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	qsort(record, reading->count, sizeof(*record), compare_records);
	for (size_t i = 0, end; i < reading->count; i = end) {
		for (end = i + 1; end < reading->count; end++)
			if (record[end].entry.kind != record[i].entry.kind ||
				strcmp(record[end].entry.hex,
					record[i].entry.hex) != 0)
				break;
		fold_name(record + i, end - i, out);
	}
	return JWT_OK;
}

static FILE *
open_again(const struct journal *j)
{
	int fd = openat(j->dir, j->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (file == NULL && fd >= 0)
		close(fd);
	return file;
}

void
journal_content_clear(struct journal_content *content)
{
	for (size_t i = 0; i < content->count; i++)
		revocation_entry_clear(&content->at[i]);
	free(content->at);
	memset(content, 0, sizeof(*content));
}

enum jwt_reason
journal_load(const struct journal *j, int64_t now, struct journal_content *out,
	struct report *r)
{
	struct reading whole = { .now = now, .out = out };
	JWT_AUTO(reading_ptr) reading = &whole;

	memset(out, 0, sizeof(*out));
	if (j->name == NULL)
		return JWT_OK;
	reading->file = open_again(j);
	if (reading->file == NULL)
		return fail(j, r);
	JWT_TRY(read_lines(reading, r));
	return fold(reading, r);
}
