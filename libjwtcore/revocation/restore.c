/* SPDX-License-Identifier: ISC */
/*
 * The lives of a store: begun, taken as it is, and given back what it lost.
 */
#include "revocation/store.h"

#include <inttypes.h>
#include <string.h>

#define TRIES 16 /* where other writers are at work */

static enum jwt_reason
contended(struct report *r)
{
	return report(r, JWT_REVOCATION_UNREACHABLE,
		"others write to the store so fast that %d tries failed",
		TRIES);
}

/* With the journal open. */
static enum jwt_reason
init_with_journal(struct revocation_store *store, bool anew, bool *created,
	struct report *r)
{
	struct epoch before, epoch;
	enum found found;

	*created = false;
	JWT_TRY(store_read_epoch(store, &found, &before, r));
	if (found == FOUND_ENTRY)
		return JWT_OK;
	if (store->journal.state.known && !anew)
		return report(r, JWT_REVOCATION_LOST,
			"this host's journal knows the store, with %" PRIu64
			" revocations: it lost its data. Run: jwtauthctl "
			"revoked restore; or, to begin without them: "
			"jwtauthctl revoked init --anew",
			store->journal.state.epoch.counter);
	JWT_TRY(epoch_new(&epoch, r));
	JWT_TRY(store->class->put_epoch(
		store, found, &before, &epoch, created, r));
	/* Not done: another one was faster, and made it. */
	return *created ? journal_begin(&store->journal, &epoch, 0, r) : JWT_OK;
}

static enum jwt_reason
init(struct revocation_store *store, bool anew, bool *created, struct report *r)
{
	enum jwt_reason reason;

	JWT_TRY(store_ready(store, r));
	reason = store_journal_open(store, r);
	if (reason == JWT_OK)
		reason = init_with_journal(store, anew, created, r);
	journal_close(&store->journal);
	return reason;
}

enum jwt_reason
revocation_init(struct revocation_store *store, bool *created, struct report *r)
{
	return init(store, false, created, r);
}

enum jwt_reason
revocation_init_anew(
	struct revocation_store *store, bool *created, struct report *r)
{
	return init(store, true, created, r);
}

enum jwt_reason
revocation_accept(struct revocation_store *store, struct report *r)
{
	struct epoch epoch;
	enum found found;

	JWT_TRY(store_ready(store, r));
	JWT_TRY(store_read_epoch(store, &found, &epoch, r));
	if (found != FOUND_ENTRY)
		return epoch_lost(found, r);
	JWT_TRY(mark_raise(
		store->places.seen_dir, store->class->name, &epoch, true, r));
	if (store->config->on_unreachable != UNREACHABLE_LAST_KNOWN)
		return JWT_OK;
	return accepted_write(
		store->places.seen_dir, store->class->name, &epoch, r);
}

/* How many revocations of the store as it is now are of others than the
 * journal's. What they made after it went back is not countable: 1. */
static uint64_t
met_others(const struct journal_state *state, const struct epoch *now)
{
	if (strcmp(state->epoch.id, now->id) != 0)
		return now->counter;
	if (now->counter < state->epoch.counter)
		return state->others + 1;
	return state->others + (now->counter - state->epoch.counter);
}

/* A journal that knows nothing begins with its first revocation. */
static enum jwt_reason
accept_with_journal(struct revocation_store *store, struct report *r)
{
	const struct journal_state *state = &store->journal.state;
	struct epoch epoch;
	enum found found;

	if (!state->known)
		return JWT_OK;
	JWT_TRY(store_read_epoch(store, &found, &epoch, r));
	if (found != FOUND_ENTRY)
		return epoch_lost(found, r);
	if (epoch_is_same(FOUND_ENTRY, &state->epoch, found, &epoch))
		return JWT_OK;
	return journal_begin(
		&store->journal, &epoch, met_others(state, &epoch), r);
}

enum jwt_reason
revocation_accept_journal(struct revocation_store *store, struct report *r)
{
	enum jwt_reason reason;

	JWT_TRY(store_ready(store, r));
	reason = store_journal_open(store, r);
	if (reason == JWT_OK)
		reason = accept_with_journal(store, r);
	journal_close(&store->journal);
	return reason;
}

enum jwt_reason
revocation_compact(const struct revocation_places *places, int64_t now,
	size_t *removed, struct report *r)
{
	static const struct store_class *const classes[] = { &embedded_class,
		&redis_class };

	*removed = 0;
	for (size_t i = 0; i < JWT_COUNT(classes); i++) {
		JWT_AUTO(journal) journal;
		size_t lines;

		JWT_TRY(journal_open(
			places->journal_dir, classes[i]->name, &journal, r));
		JWT_TRY(journal_compact(&journal, now, &lines, r));
		*removed += lines;
	}
	return JWT_OK;
}

static enum restore_loss
loss_of(const struct journal_state *state, enum found found,
	const struct epoch *epoch)
{
	if (found != FOUND_ENTRY)
		return LOSS_EMPTY;
	if (strcmp(state->epoch.id, epoch->id) != 0)
		return LOSS_ANOTHER;
	return epoch->counter < state->epoch.counter ? LOSS_WENT_BACK
						     : LOSS_NONE;
}

/* What the store should show when all is done. */
static struct epoch
epoch_after(const struct revocation_store *store, uint64_t highest,
	const struct restore_result *result)
{
	struct epoch epoch = store->journal.state.epoch;

	epoch.counter = highest > result->before ? highest : result->before;
	/* Who follows the store must see that something changed. */
	if (result->loss == LOSS_NONE)
		epoch.counter = result->before + (result->lacked > 0);
	return epoch;
}

/* One journal can't tell what other hosts revoked after its last line. */
static bool
may_lift(enum restore_how how, const struct restore_result *result)
{
	if (result->loss == LOSS_NONE || how == RESTORE_LIFT)
		return true;
	return !result->shared && result->loss != LOSS_ANOTHER &&
	       result->others == 0 && result->damaged == 0;
}

/* After a restore: those known before, and those in the store as it was. */
static uint64_t
others_after(const struct journal_state *state, enum found found,
	const struct epoch *before, const struct restore_result *result)
{
	uint64_t met = found == FOUND_ENTRY ? met_others(state, before) : 0;

	if (result->loss == LOSS_ANOTHER)
		return result->others + met;
	return met > result->others ? met : result->others;
}

/* The entries first, then the epoch that promises them. *done: false if the
 * epoch changed meanwhile. */
static enum jwt_reason
restore_once(struct revocation_store *store, struct journal_content *content,
	int64_t now, enum restore_how how, bool *done,
	struct restore_result *out, struct report *r)
{
	struct replay replay = { .at = content->at,
		.count = content->count,
		.now = now,
		.dry = how == RESTORE_DRY };
	struct epoch before, after;
	enum found found;

	JWT_TRY(store_read_epoch(store, &found, &before, r));
	out->loss = loss_of(&store->journal.state, found, &before);
	out->before = found == FOUND_ENTRY ? before.counter : 0;
	replay.epoch = store->journal.state.epoch;
	replay.epoch.counter =
		content->highest > out->before ? content->highest : out->before;
	JWT_TRY(store->class->replay(store, &replay, r));
	out->lacked += replay.lacked;
	after = epoch_after(store, content->highest, out);
	out->after = after.counter;
	out->lifted = out->loss != LOSS_NONE && may_lift(how, out);
	*done = true;
	if (how == RESTORE_DRY || !may_lift(how, out) ||
		epoch_is_same(found, &before, FOUND_ENTRY, &after))
		return JWT_OK;
	JWT_TRY(store->class->put_epoch(
		store, found, &before, &after, done, r));
	if (!*done)
		return JWT_OK;
	/* No "done": the journal may end with an undo that was not. */
	return journal_begin(&store->journal, &after,
		others_after(&store->journal.state, found, &before, out), r);
}

/* What this host has seen, and its journal never heard of; 1: who knows. */
static uint64_t
beyond(const struct journal_content *content, const struct epoch *known,
	struct slice mark)
{
	struct epoch seen;

	if (mark.len == 0)
		return 0;
	if (!epoch_parse(mark, &seen) || strcmp(seen.id, known->id) != 0)
		return 1;
	return seen.counter > content->highest ? seen.counter - content->highest
					       : 0;
}

static enum jwt_reason
restore_with_journal(struct revocation_store *store, int64_t now,
	enum restore_how how, struct slice mark, struct restore_result *out,
	struct report *r)
{
	const struct journal_state *state = &store->journal.state;
	JWT_AUTO(journal_content) content = { 0 };
	bool done = false;

	if (!state->known)
		return report(r, JWT_INTERNAL_ERROR,
			"this host's journal is empty: it revoked nothing in "
			"this store");
	JWT_TRY(journal_load(&store->journal, now, &content, r));
	out->in_force = content.count;
	out->damaged = content.damaged;
	out->shared = store->class->use != NULL;
	out->others = state->others + beyond(&content, &state->epoch, mark);
	for (int i = 0; !done && i < TRIES; i++)
		JWT_TRY(restore_once(store, &content, now, how, &done, out, r));
	return done ? JWT_OK : contended(r);
}

enum jwt_reason
revocation_restore(struct revocation_store *store, int64_t now,
	enum restore_how how, struct slice mark, struct restore_result *out,
	struct report *r)
{
	enum jwt_reason reason;

	memset(out, 0, sizeof(*out));
	JWT_TRY(store_ready(store, r));
	reason = store_journal_open(store, r);
	if (reason == JWT_OK)
		reason = restore_with_journal(store, now, how, mark, out, r);
	journal_close(&store->journal);
	return reason;
}
