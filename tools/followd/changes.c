/* SPDX-License-Identifier: ISC */
/*
 * Entries of ours: all of them where changes were missed, else change by
 * change as the stream has them, each with the counter that it made.
 */
#include "follower.h"

#include "base/clock.h"
#include "log.h"

#include <stdio.h>
#include <string.h>

#define BATCH 100 /* changes in one answer: 430 KB at most */

/* The old entry stays in force: replayed changes must not narrow it. */
static enum jwt_reason
widen_by_older(struct follower *f, const char *name,
	struct revocation_entry *entry, struct buffer *old, enum found *found,
	struct report *r)
{
	JWT_TRY(embedded_read(
		&f->folder.at, name, REVOKED_ENTRY_MAX, found, old, r));
	entry_widen_by_json(entry, *found, buffer_slice(old));
	return JWT_OK;
}

enum jwt_reason
changes_add(
	struct follower *f, struct revocation_entry *entry, struct report *r)
{
	JWT_AUTO(buffer) old = BUFFER(REVOKED_ENTRY_MAX);
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	char name[ENTRY_NAME_MAX];
	enum found found;

	if (entry->until < clock_now())
		return JWT_OK;
	/* One that can't be read counts for ever, as in the store. */
	if (entry->until > ENTRY_TIME_MAX)
		entry->until = ENTRY_TIME_MAX;
	entry_name(entry->kind, entry->hex, '-', name);
	JWT_TRY(widen_by_older(f, name, entry, &old, &found, r));
	JWT_TRY(entry_format(entry, &json, r));
	if (found == FOUND_ENTRY &&
		slice_equal(buffer_slice(&json), buffer_slice(&old)))
		return JWT_OK;
	if (found == FOUND_NOTHING && !follower_has_room(f))
		return JWT_OK;
	JWT_TRY(folder_put(&f->folder, name, buffer_slice(&json), r));
	if (found == FOUND_NOTHING)
		f->state.entries++;
	return JWT_OK;
}

static enum jwt_reason
add_listed(void *arg, const struct revocation_entry *listed)
{
	struct follower *f = arg;
	struct revocation_entry entry;
	enum jwt_reason reason;
	struct report r = { "" };

	follower_alive(f);
	reason = entry_copy(listed, &entry)
			 ? changes_add(f, &entry, &r)
			 : report(&r, JWT_INTERNAL_ERROR, "out of memory");
	if (reason != JWT_OK)
		log_line(LOG_ERR, "%s", r.text);
	revocation_entry_clear(&entry);
	return reason;
}

static enum jwt_reason
ask_epoch(struct follower *f, struct redis_session *session,
	struct epoch *epoch, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	char key[REDIS_KEY_MAX];
	enum found found;

	JWT_TRY(redis_epoch_key(f->store, key, r));
	redis_session_extend(session, f->config->redis.timeout_ms);
	JWT_TRY(REDIS_QUEUE(session, r, "GET", key));
	JWT_TRY(redis_exchange(session, 1, &replies, r));
	JWT_TRY(redis_take_epoch(replies.at[0], &found, epoch, r));
	return follower_judge_epoch(f, found, epoch, r);
}

/*
 * Nothing was lost while the list was read, on a connection of its own: the
 * servers at both ends still count what was counted before it.
 */
static enum jwt_reason
judge_list(struct follower *f, struct redis_session *session,
	const struct epoch *before, struct report *r)
{
	struct epoch after;
	enum found found;

	JWT_TRY(ask_epoch(f, session, &after, r));
	JWT_TRY(mark_compare(before, &after, r));
	JWT_TRY(store_read_epoch(f->store, &found, &after, r));
	if (found != FOUND_ENTRY)
		return epoch_lost(found, r);
	return mark_compare(before, &after, r);
}

enum jwt_reason
changes_list(
	struct follower *f, struct redis_session *session, struct report *r)
{
	struct epoch epoch;

	/* What this counts is there before the list begins. */
	JWT_TRY(ask_epoch(f, session, &epoch, r));
	JWT_TRY(revocation_list(f->store, clock_now(), add_listed, f, r));
	JWT_TRY(judge_list(f, session, &epoch, r));
	f->epoch = epoch;
	f->has_epoch = true;
	f->need_list = false;
	f->listed_ms = clock_monotonic_ms();
	return follower_commit(f, r);
}

static void
complain(struct follower *f, const struct change *change)
{
	if (!f->complained)
		log_line(LOG_WARNING,
			"the stream has a change that is none, at %s; "
			"others are not told of",
			change->id);
	f->complained = true;
}

static enum jwt_reason
apply_add(struct follower *f, const struct change *change,
	struct revocation_entry *entry, struct report *r)
{
	enum jwt_reason reason;

	if (entry_parse(change->json, entry, NULL) != JWT_OK) {
		complain(f, change);
		entry->when = clock_now();
		entry->until = ENTRY_TIME_MAX;
		entry->before = REVOKED_ALL_BEFORE;
	}
	reason = changes_add(f, entry, r);
	revocation_entry_clear(entry);
	return reason;
}

/* An old undo may come again: what is in the store now is in force. */
static enum jwt_reason
ask_if_there(struct follower *f, struct redis_session *session,
	const struct revocation_entry *entry, bool *there, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	char key[REDIS_KEY_MAX];

	JWT_TRY(redis_entry_key(f->store, entry->kind, entry->hex, key, r));
	redis_session_extend(session, f->config->redis.timeout_ms);
	JWT_TRY(REDIS_QUEUE(session, r, "EXISTS", key));
	JWT_TRY(redis_exchange(session, 1, &replies, r));
	if (replies.at[0]->type != REDIS_REPLY_INTEGER)
		return redis_strange(replies.at[0], "EXISTS", r);
	*there = replies.at[0]->integer != 0;
	return JWT_OK;
}

static enum jwt_reason
apply_undo(struct follower *f, struct redis_session *session,
	const struct revocation_entry *entry, struct report *r)
{
	char name[ENTRY_NAME_MAX];
	bool there = false, removed;

	JWT_TRY(ask_if_there(f, session, entry, &there, r));
	if (there)
		return JWT_OK;
	entry_name(entry->kind, entry->hex, '-', name);
	JWT_TRY(folder_remove(&f->folder, name, &removed, r));
	if (removed && f->state.entries > 0)
		f->state.entries--;
	return JWT_OK;
}

/*
 * The copy is as far as its changes are without a gap. Older ones are of
 * what the list has brought already; behind a gap, or one that makes no
 * sense, the copy stays back, which shows at the stream's end.
 */
static void
count_change(struct follower *f, const struct epoch *epoch)
{
	if (strcmp(epoch->id, f->epoch.id) == 0 &&
		epoch->counter == f->epoch.counter + 1)
		f->epoch.counter++;
}

static enum jwt_reason
apply(struct follower *f, struct redis_session *session,
	const struct change *change, struct report *r)
{
	struct revocation_entry entry = { 0 };
	struct epoch epoch;
	bool good = entry_from_name(change->name, ':', &entry);

	if (good && slice_equals_string(change->op, "add"))
		JWT_TRY(apply_add(f, change, &entry, r));
	else if (good && slice_equals_string(change->op, "undo"))
		JWT_TRY(apply_undo(f, session, &entry, r));
	else
		good = false;
	if (!good)
		complain(f, change);
	else if (epoch_parse(change->epoch, &epoch))
		count_change(f, &epoch);
	memcpy(f->state.stream, change->id, COPY_STREAM_MAX);
	return JWT_OK;
}

static enum jwt_reason
apply_all(struct follower *f, struct redis_session *session,
	const redisReply *reply, size_t *count, struct report *r)
{
	const redisReply *changes = stream_changes(reply, count);
	struct change change;

	if (changes == NULL)
		return redis_strange(reply, "XREAD", r);
	for (size_t i = 0; i < *count; i++) {
		/* Each one further: the same again would go on for ever. */
		if (!stream_change(changes->element[i], &change) ||
			!stream_id_less(f->state.stream, change.id))
			return report(r, JWT_REVOCATION_UNREACHABLE,
				"redis: no sensible change in the stream");
		JWT_TRY(apply(f, session, &change, r));
	}
	return JWT_OK;
}

/* The epoch before the changes: what it counts, the stream has by then. */
static enum jwt_reason
ask_changes(struct follower *f, struct redis_session *session, int64_t wait_ms,
	struct redis_replies *replies, struct report *r)
{
	char epoch_key[REDIS_KEY_MAX], stream_key[REDIS_KEY_MAX];
	char batch[16], wait[24];

	JWT_TRY(redis_epoch_key(f->store, epoch_key, r));
	JWT_TRY(redis_stream_key(f->store, stream_key, r));
	snprintf(batch, sizeof(batch), "%d", BATCH);
	snprintf(wait, sizeof(wait), "%lld", (long long)wait_ms);
	JWT_TRY(REDIS_QUEUE(session, r, "GET", epoch_key));
	if (wait_ms > 0)
		JWT_TRY(REDIS_QUEUE(session, r, "XREAD", "COUNT", batch,
			"BLOCK", wait, "STREAMS", stream_key, f->state.stream));
	else
		JWT_TRY(REDIS_QUEUE(session, r, "XREAD", "COUNT", batch,
			"STREAMS", stream_key, f->state.stream));
	redis_session_extend(session, f->config->redis.timeout_ms + wait_ms);
	return redis_exchange(session, 2, replies, r);
}

enum jwt_reason
changes_follow(struct follower *f, struct redis_session *session,
	int64_t wait_ms, size_t *count, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	struct epoch epoch;
	enum found found;
	int64_t asked_at;

	follower_alive(f);
	JWT_TRY(follower_check_clock(f, r));
	asked_at = clock_now();
	JWT_TRY(ask_changes(f, session, wait_ms, &replies, r));
	JWT_TRY(redis_take_epoch(replies.at[0], &found, &epoch, r));
	JWT_TRY(follower_judge_epoch(f, found, &epoch, r));
	JWT_TRY(apply_all(f, session, replies.at[1], count, r));
	f->uncommitted = f->uncommitted || *count > 0;
	/* Trimmed, or by a writer that adds to no stream. */
	if (*count < BATCH && epoch.counter > f->epoch.counter)
		follower_missed(f);
	if (*count < BATCH && !f->need_list)
		f->state.synced_at = asked_at;
	if (*count == BATCH && wait_ms == 0)
		return JWT_OK; /* more is there: one sync for all */
	if (f->uncommitted ||
		clock_monotonic_ms() - f->state_written_ms >= STATE_MS)
		return follower_commit(f, r);
	return JWT_OK;
}

enum jwt_reason
changes_drain(
	struct follower *f, struct redis_session *session, struct report *r)
{
	size_t count;

	do
		JWT_TRY(changes_follow(f, session, 0, &count, r));
	while (count == BATCH);
	return JWT_OK;
}
