/* SPDX-License-Identifier: ISC */
/* From a connection to the next: what the copy lacks, then what changes. */
#include "follower.h"

#include "base/clock.h"
#include "log.h"
#include "notify.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define WAIT_MS	    5000  /* for changes, in one question */
#define ALIVE_MS    10000 /* between two words to systemd */
#define CLOCK_SLACK 5	  /* seconds that a clock may be corrected by */
#define SCAN_COST   20	  /* a scan takes at most one part in so many */

void
follower_alive(struct follower *f)
{
	const int64_t now = clock_monotonic_ms();

	if (f->alive_ms != 0 && now - f->alive_ms < ALIVE_MS)
		return;
	f->alive_ms = now;
	notify_send("WATCHDOG=1");
}

bool
follower_has_room(struct follower *f)
{
	if (f->state.entries + f->index.count < f->options->room)
		return true;
	if (f->state.problem[0] == '\0')
		log_line(LOG_ERR,
			"the store has more than the %zu revocations that a "
			"copy holds: it decides nothing more",
			f->options->room);
	snprintf(f->state.problem, sizeof(f->state.problem),
		"the store has more than the %zu revocations that it holds",
		f->options->room);
	return false;
}

void
follower_missed(struct follower *f)
{
	f->need_list = true;
	memset(&f->scan_life, 0, sizeof(f->scan_life));
}

/* All is asked for again, and until it is there the copy isn't whole. */
static void
look_anew(struct follower *f)
{
	f->state.synced_at = 0;
	f->state.scanned_at = 0;
	f->need_list = true;
	f->scan_due_ms = 0;
}

/* Some went: begin again with what had no room. */
static void
look_for_room(struct follower *f)
{
	if (f->state.problem[0] == '\0' ||
		f->state.entries + f->index.count > f->options->room / 10 * 9)
		return;
	log_line(LOG_NOTICE, "there is room in the copy again");
	f->state.problem[0] = '\0';
	look_anew(f);
	snprintf(f->state.stream, COPY_STREAM_MAX, STREAM_BEGIN);
}

enum jwt_reason
follower_commit(struct follower *f, struct report *r)
{
	f->state.raw = f->index.count;
	JWT_TRY(folder_sync(&f->folder, r));
	if (f->has_epoch)
		JWT_TRY(folder_put_epoch(&f->folder, &f->epoch, r));
	JWT_TRY(folder_put_state(&f->folder, &f->state, r));
	f->state_written_ms = clock_monotonic_ms();
	f->uncommitted = false;
	return JWT_OK;
}

enum jwt_reason
follower_check_clock(struct follower *f, struct report *r)
{
	const int64_t now = clock_now(), boot_ms = clock_boot_ms();
	const int64_t expected =
		f->clock.wall + (boot_ms - f->clock.boot_ms) / 1000;
	const bool back = f->clock.wall != 0 && now < expected - CLOCK_SLACK;

	f->clock.wall = now;
	f->clock.boot_ms = boot_ms;
	if (!back && f->state.synced_at <= now + CLOCK_SLACK &&
		f->state.scanned_at <= now + CLOCK_SLACK)
		return JWT_OK;
	log_line(LOG_WARNING,
		"the clock went back: the copy decides nothing until all is "
		"copied again");
	look_anew(f);
	return follower_commit(f, r);
}

enum jwt_reason
follower_judge_epoch(const struct follower *f, enum found found,
	const struct epoch *epoch, struct report *r)
{
	if (found != FOUND_ENTRY)
		return epoch_lost(found, r);
	return f->has_epoch ? mark_compare(&f->epoch, epoch, r) : JWT_OK;
}

void
follower_begin_anew(struct follower *f)
{
	f->has_epoch = false;
	follower_missed(f);
	look_anew(f);
	snprintf(f->state.stream, COPY_STREAM_MAX, STREAM_BEGIN);
}

/* When the copy last went on with its store, at the latest. */
static int64_t
last_known(const struct follower *f)
{
	struct stat file;

	if (f->state.synced_at != 0 || fstatat(f->folder.at.fd, EMBEDDED_EPOCH,
					       &file, AT_SYMLINK_NOFOLLOW) != 0)
		return f->state.synced_at;
	return file.st_mtime;
}

/* The administrator's word stands above what the copy has seen. */
static bool
is_accepted(
	const struct follower *f, enum found found, const struct epoch *epoch)
{
	struct epoch accepted;

	return found == FOUND_ENTRY &&
	       accepted_since(f->options->seen_dir, redis_class.name,
		       last_known(f), &accepted) &&
	       mark_compare(&accepted, epoch, NULL) == JWT_OK;
}

static enum jwt_reason
take_epoch(struct follower *f, const redisReply *reply, struct report *r)
{
	struct report loss = { "" };
	struct epoch epoch;
	enum found found;
	enum jwt_reason reason;
	bool removed;

	JWT_TRY(redis_take_epoch(reply, &found, &epoch, r));
	reason = follower_judge_epoch(f, found, &epoch, &loss);
	if (reason == JWT_OK)
		return JWT_OK;
	if (!is_accepted(f, found, &epoch))
		return report(r, reason, "%s", loss.text);
	log_line(LOG_NOTICE, "the store was accepted as it is now");
	follower_begin_anew(f);
	JWT_TRY(follower_commit(f, r));
	/* Last: alone, without that state, it would still speak. */
	JWT_TRY(folder_remove(&f->folder, EMBEDDED_EPOCH, &removed, r));
	return folder_sync(&f->folder, r);
}

enum jwt_reason
follower_take_stream_end(
	struct follower *f, const redisReply *reply, struct report *r)
{
	struct change last;
	char end[COPY_STREAM_MAX] = STREAM_BEGIN;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements > 1)
		return redis_strange(reply, "XREVRANGE", r);
	if (reply->elements == 1) {
		if (!stream_change(reply->element[0], &last))
			return redis_strange(reply, "XREVRANGE", r);
		memcpy(end, last.id, sizeof(end));
	}
	if (!stream_id_less(end, f->state.stream))
		return JWT_OK;
	snprintf(f->state.stream, COPY_STREAM_MAX, STREAM_BEGIN);
	follower_missed(f);
	/* Until the list is there, it lacks what the old stream brought. */
	f->state.synced_at = 0;
	return follower_commit(f, r);
}

static enum jwt_reason
begin_session(
	struct follower *f, struct redis_session *session, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	char epoch_key[REDIS_KEY_MAX], stream_key[REDIS_KEY_MAX];

	JWT_TRY(redis_epoch_key(f->store, epoch_key, r));
	JWT_TRY(redis_stream_key(f->store, stream_key, r));
	JWT_TRY(REDIS_QUEUE(session, r, "GET", epoch_key));
	JWT_TRY(REDIS_QUEUE(
		session, r, "XREVRANGE", stream_key, "+", "-", "COUNT", "1"));
	JWT_TRY(redis_exchange(session, 2, &replies, r));
	/* A key that went away says nothing then. */
	if (session->evicts)
		return eviction_lost(r);
	JWT_TRY(take_epoch(f, replies.at[0], r));
	return follower_take_stream_end(f, replies.at[1], r);
}

/* The list where it is needed; once more if the stream shows a gap then. */
static enum jwt_reason
catch_up(struct follower *f, struct redis_session *session, struct report *r)
{
	for (int i = 0; i < 2; i++) {
		if (f->need_list)
			JWT_TRY(changes_list(f, session, r));
		JWT_TRY(changes_drain(f, session, r));
		if (!f->need_list)
			break;
	}
	return JWT_OK;
}

static int64_t
jittered(int64_t ms)
{
	uint16_t random = 0;

	(void)RAND_bytes((uint8_t *)&random, sizeof(random));
	return ms * 9 / 10 + ms / 5 * random / UINT16_MAX;
}

static enum jwt_reason
scan_if_due(struct follower *f, struct redis_session *session, struct report *r)
{
	const int64_t started = clock_monotonic_ms();
	int64_t pause = f->options->interval_ms, cost;

	if (started < f->scan_due_ms)
		return JWT_OK;
	if (f->config->redis.raw_tokens)
		JWT_TRY(scan_raw(f, session, r));
	cost = (clock_monotonic_ms() - started) * SCAN_COST;
	if (pause < cost)
		pause = cost;
	if (pause > f->config->max_age * 1000 / 3)
		pause = f->config->max_age * 1000 / 3;
	f->scan_due_ms = clock_monotonic_ms() + jittered(pause);
	return JWT_OK;
}

static void
tell_status(struct follower *f)
{
	if (!f->following)
		log_line(LOG_NOTICE,
			"the copy follows the store%s: %llu revocations, %llu "
			"raw tokens",
			f->state.problem[0] != '\0' ? ", not whole" : "",
			(unsigned long long)f->state.entries,
			(unsigned long long)f->index.count);
	f->following = true;
	notify_send("STATUS=%s%llu revocations and %llu raw tokens%s",
		f->state.problem[0] != '\0' ? "not whole: " : "copied ",
		(unsigned long long)f->state.entries,
		(unsigned long long)f->index.count,
		f->need_list ? ", catching up" : "");
}

/* A new connection with each scan: the server is asked for its role then. */
static enum jwt_reason
follow(struct follower *f, struct redis_session *session, struct report *r)
{
	JWT_TRY(begin_session(f, session, r));
	look_for_room(f);
	JWT_TRY(catch_up(f, session, r));
	JWT_TRY(follower_sweep(f, r));
	JWT_TRY(scan_if_due(f, session, r));
	tell_status(f);
	if (f->options->once)
		return catch_up(f, session, r);
	while (clock_monotonic_ms() < f->scan_due_ms) {
		int64_t wait = f->scan_due_ms - clock_monotonic_ms();
		size_t count;

		if (wait > WAIT_MS)
			wait = WAIT_MS;
		JWT_TRY(changes_follow(
			f, session, wait > 0 ? wait : 1, &count, r));
		if (f->need_list &&
			clock_monotonic_ms() - f->listed_ms > LIST_PAUSE_MS)
			JWT_TRY(catch_up(f, session, r));
	}
	return JWT_OK;
}

enum jwt_reason
follower_run(struct follower *f, struct report *r)
{
	struct redis_session session;
	enum jwt_reason reason;

	follower_alive(f);
	JWT_TRY(follower_check_clock(f, r));
	JWT_TRY(redis_session_open(f->store, &session, r));
	reason = follow(f, &session, r);
	redis_session_close(&session);
	if (reason == JWT_REVOCATION_LOST)
		follower_missed(f);
	return reason;
}
