/* SPDX-License-Identifier: ISC */
/*
 * The writer's journal: what this host revoked in one store, appended and
 * synced before the store is asked, so that a store that lost its data can be
 * filled again, and a writer notices the loss.
 *
 * One JSON object a line, {"op", "epoch", "others"[, "name", "entry"]}:
 *	begin	the store was met with this epoch
 *	add, undo	is about to be done, and would make this epoch
 *	done	what the line before wanted was done; the epoch was made
 *	keep	an add of before the file was last compacted
 * "others" counts the revocations that the store has seen and this journal
 * does not have: other writers made them, or they came before it.
 */
#ifndef JWT_REVOCATION_JOURNAL_H
#define JWT_REVOCATION_JOURNAL_H

#include "revocation/entry.h"
#include "revocation/epoch.h"

#define JOURNAL_LINE_MAX    8192    /* an entry and what stands around it */
#define JOURNAL_ENTRIES_MAX 1000000 /* in force, in memory at once */

enum journal_op {
	JOURNAL_BEGIN,
	JOURNAL_ADD,
	JOURNAL_UNDO,
	JOURNAL_DONE,
	JOURNAL_KEEP
};

/* Where the last whole line leaves us. */
struct journal_state {
	bool known;	    /* false: nothing was ever written */
	struct epoch epoch; /* the highest that the store has shown */
	uint64_t others;
	bool pending; /* the last line is an intent: it may have been done */
};

/* Open and locked against other writers. All zeros: none is kept. */
struct journal {
	char *name;   /* owned; NULL: none is kept */
	char *folder; /* owned, for words */
	int dir, fd, lock;
	off_t end; /* of the last whole line; a torn one may follow */
	struct journal_state state;
	/* The last line is an add, and no more is known of it. Owned. */
	struct revocation_entry wanted;
	bool wants;
	bool undoes; /* the last line is an undo of ours */
};

/*
 * Opens the journal of the store called name in dir, made if it is not there.
 * Waits for other writers. dir NULL: none is kept, and all calls do nothing.
 * internal_error: it can't be opened, or its end can't be read.
 */
enum jwt_reason journal_open(const char *dir, const char *name,
	struct journal *out, struct report *report) JWT_MUST_CHECK;
void journal_close(struct journal *journal);
static inline void
jwt_auto_journal(struct journal *journal)
{
	journal_close(journal);
}
typedef struct journal jwt_auto_journal_t;

/* revocation_lost, with advice, if the store shows less than it did. */
enum jwt_reason journal_judge(const struct journal *journal, enum found found,
	const struct epoch *epoch, struct report *report) JWT_MUST_CHECK;
/* Is about to be done and will make this epoch. On the disk when it returns.
 * internal_error: it is not there, and must not be done. */
enum jwt_reason journal_intend(struct journal *journal, enum journal_op op,
	const struct revocation_entry *entry, const struct epoch *made,
	struct report *report) JWT_MUST_CHECK;
/*
 * Was done. Of an add, a line that is lost counts as another writer's: no
 * harm. Of an undo it is on the disk when it returns; internal_error: it is
 * not there, and a restore would revoke it again.
 */
enum jwt_reason journal_done(struct journal *journal, const struct epoch *made,
	struct report *report) JWT_MUST_CHECK;
/*
 * Before the next intent: where journal->wants, json is what the store has
 * under the name of journal->wanted, and epoch what it shows (NULL: none). If
 * both are as we wanted them only the answer was lost, and the epoch is not
 * another writer's.
 */
void journal_settle(struct journal *journal, enum found found,
	struct slice json, const struct epoch *epoch);
/* The store is taken as it is: the count of others begins anew. */
enum jwt_reason journal_begin(struct journal *journal,
	const struct epoch *epoch, uint64_t others,
	struct report *report) JWT_MUST_CHECK;

/* What a whole journal says. */
struct journal_content {
	struct revocation_entry *at; /* in force, one a name; owned */
	size_t count, capacity;
	uint64_t highest; /* counter, of state.epoch's id, tried or made */
	size_t lines, damaged;
};
/* internal_error: it can't be read, or there are too many. */
enum jwt_reason journal_load(const struct journal *journal, int64_t now,
	struct journal_content *out, struct report *report) JWT_MUST_CHECK;
void journal_content_clear(struct journal_content *content);
static inline void
jwt_auto_journal_content(struct journal_content *content)
{
	journal_content_clear(content);
}
typedef struct journal_content jwt_auto_journal_content_t;

/*
 * Writes the file anew without what is over, if that makes it shorter: the
 * old file or the new is there at any instant. *removed: lines.
 */
enum jwt_reason journal_compact(struct journal *journal, int64_t now,
	size_t *removed, struct report *report) JWT_MUST_CHECK;

/* For the files of the journal only. */
struct journal_line {
	enum journal_op op;
	struct journal_state state; /* as of after this line */
	struct epoch epoch;
	struct revocation_entry entry; /* owned; add, undo and keep */
};
/* False: no line of ours. */
bool journal_parse_line(
	struct slice text, struct journal_line *out) JWT_MUST_CHECK;
/* With its newline. */
enum jwt_reason journal_format_line(enum journal_op op,
	const struct epoch *epoch, uint64_t others,
	const struct revocation_entry *entry, struct buffer *out,
	struct report *report) JWT_MUST_CHECK;

#endif
