/* SPDX-License-Identifier: ISC */
/*
 * What a real Redis loses, and how its writers bring it back.
 * Not among the unit tests: it runs inside a test host, see
 * tests/integration/test_11_redis_store.py.
 */
#include "real_redis.h"

#include "base/clock.h"
#include "revocation/redis.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELD_MS 10000 /* at most, for what is held up on purpose */

static enum jwt_reason
check_other(struct real_redis *redis)
{
	const struct revocation_question q = { .iss = slice_of_string(ISS),
		.jti = slice_of_string("another") };

	return fixture_check_question(&redis->f, &q);
}

static void
an_emptied_redis_is_as_it_was_after_restore(void)
{
	struct restore_result result;
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_SUB), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	real_redis_drop(APP(&redis, "FLUSHALL"));
	CU_ASSERT_EQUAL(check_other(&redis), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(
		real_redis_revoke(&redis, REVOKED_SID), JWT_REVOCATION_LOST);
	CU_ASSERT(real_redis_was_told(&redis, "revoked restore"));
	CU_ASSERT_EQUAL(
		real_redis_restore(&redis, RESTORE_DRY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.lacked, 2);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 0);
	CU_ASSERT_EQUAL(
		real_redis_restore(&redis, RESTORE_LIFT, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_EMPTY);
	CU_ASSERT_EQUAL(result.lacked, 2);
	CU_ASSERT(result.lifted);
	CU_ASSERT_EQUAL(check_other(&redis), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_SID), JWT_OK);
}

/* This journal has all of it, and can't know that. */
static void
a_redis_gets_its_epoch_back_only_when_told(void)
{
	struct restore_result result;
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	real_redis_drop(APP(&redis, "FLUSHALL"));
	CU_ASSERT_EQUAL(
		real_redis_restore(&redis, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.others, 0);
	CU_ASSERT(result.shared);
	CU_ASSERT_FALSE(result.lifted);
	CU_ASSERT_EQUAL(check_other(&redis), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	CU_ASSERT_EQUAL(
		real_redis_restore(&redis, RESTORE_LIFT, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.lacked, 0);
	CU_ASSERT(result.lifted);
	CU_ASSERT_EQUAL(check_other(&redis), JWT_OK);
}

static void
an_old_dump_is_found_and_brought_up_to_date(void)
{
	struct restore_result result;
	redisReply *before;
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	before = APP(&redis, "GET", "blacklist:epoch");
	CU_ASSERT_PTR_NOT_NULL_FATAL(before);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_SID), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	real_redis_drop(APP(&redis, "FLUSHALL"));
	real_redis_drop(APP(&redis, "SET", "blacklist:epoch", before->str));
	freeReplyObject(before);
	CU_ASSERT_EQUAL(
		real_redis_revoke(&redis, REVOKED_KID), JWT_REVOCATION_LOST);
	CU_ASSERT(real_redis_was_told(&redis, "went back from 2 to 1"));
	CU_ASSERT_EQUAL(
		real_redis_restore(&redis, RESTORE_LIFT, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_WENT_BACK);
	CU_ASSERT_EQUAL(result.lacked, 2);
	CU_ASSERT_EQUAL(result.after, 2);
	CU_ASSERT_EQUAL(check_other(&redis), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
}

static void
flush(struct real_redis *redis)
{
	real_redis_drop(APP(redis, "FLUSHALL"));
}

static bool
puts_epoch(struct real_redis *redis, const struct epoch *epoch)
{
	bool done = true;

	CU_ASSERT_EQUAL(redis_class.put_epoch(redis->writer, FOUND_NOTHING,
				NULL, epoch, &done, NULL),
		JWT_OK);
	return done;
}

/* Lost again between the entries and the epoch that promises them. */
static void
an_epoch_is_not_put_where_the_entries_were_lost_again(void)
{
	static void (*const losses[])(
		struct real_redis *) = { real_redis_restart, flush };
	struct revocation_entry entry = fixture_entry(REVOKED_JTI);
	struct replay replay = { .at = &entry, .count = 1, .now = NOW };
	JWT_AUTO(real_redis) redis;

	real_redis_start(&redis);
	strcpy(replay.epoch.id, "0123456789abcdef");
	for (size_t i = 0; i < JWT_COUNT(losses); i++) {
		CU_ASSERT_EQUAL(redis_class.replay(redis.writer, &replay, NULL),
			JWT_OK);
		losses[i](&redis);
		CU_ASSERT_FALSE(puts_epoch(&redis, &replay.epoch));
		CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 0);
	}
	CU_ASSERT_EQUAL(replay.lacked, 2);
	CU_ASSERT_EQUAL(
		redis_class.replay(redis.writer, &replay, NULL), JWT_OK);
	CU_ASSERT(puts_epoch(&redis, &replay.epoch));
}

/* In CLIENT LIST: a line with this command and the flag of one held up. */
static bool
is_held_up(const char *list, const char *command)
{
	const char *end;

	for (; *list != '\0'; list = *end == '\n' ? end + 1 : end) {
		const char *flags = strstr(list, " flags=");
		const char *found = strstr(list, command);

		end = strchrnul(list, '\n');
		if (flags != NULL && found != NULL && found < end &&
			memchr(flags + 1, 'b', strcspn(flags + 1, " ")) != NULL)
			return true;
	}
	return false;
}

static bool
wait_until_held_up(struct real_redis *redis, const char *command)
{
	const int64_t deadline = clock_monotonic_ms() + HELD_MS;
	bool held = false;

	while (!held && clock_left_ms(deadline) > 0) {
		redisReply *list = APP(redis, "CLIENT", "LIST");

		held = list != NULL && list->type == REDIS_REPLY_STRING &&
		       is_held_up(list->str, command);
		if (list != NULL)
			freeReplyObject(list);
		poll(NULL, 0, 1);
	}
	return held;
}

/* A process that does it, and whether it could. */
static pid_t
in_background(struct real_redis *redis, bool (*act)(struct real_redis *))
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(act(redis) ? 0 : 1);
	return pid;
}

static bool
flushes(struct real_redis *redis)
{
	redisReply *reply = APP(redis, "FLUSHALL");

	return reply != NULL && reply->type == REDIS_REPLY_STATUS;
}

static bool
lets_go_on_at_set(struct real_redis *redis)
{
	redisReply *reply;

	if (!wait_until_held_up(redis, " cmd=set "))
		return false;
	reply = APP(redis, "CLIENT", "UNPAUSE");
	return reply != NULL && reply->type == REDIS_REPLY_STATUS;
}

static void
await(pid_t pid)
{
	int status = -1;

	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
}

/* All was asked, and well; the server does the flush before the transaction. */
static void
an_epoch_is_not_put_where_the_entries_were_lost_at_the_last_moment(void)
{
	struct revocation_entry entry = fixture_entry(REVOKED_JTI);
	struct replay replay = { .at = &entry, .count = 1, .now = NOW };
	pid_t flusher, pauser;
	JWT_AUTO(real_redis) redis;

	real_redis_start(&redis);
	redis.app_config.redis.timeout_ms = HELD_MS;
	redis.writer_config.redis.timeout_ms = HELD_MS;
	strcpy(replay.epoch.id, "0123456789abcdef");
	CU_ASSERT_EQUAL(
		redis_class.replay(redis.writer, &replay, NULL), JWT_OK);
	real_redis_drop(APP(&redis, "CLIENT", "PAUSE", "60000", "WRITE"));
	flusher = in_background(&redis, flushes);
	CU_ASSERT(wait_until_held_up(&redis, " cmd=flushall "));
	pauser = in_background(&redis, lets_go_on_at_set);
	CU_ASSERT_FALSE(puts_epoch(&redis, &replay.epoch));
	await(pauser);
	await(flusher);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 0);
}

static void
what_is_restored_lasts_as_long_as_it_would_have(void)
{
	const struct revocation_entry entry = fixture_entry(REVOKED_JTI);
	struct restore_result result;
	char key[REDIS_KEY_MAX];
	long long left;
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	CU_ASSERT_EQUAL(
		redis_entry_key(redis.writer, entry.kind, entry.hex, key, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	real_redis_drop(APP(&redis, "FLUSHALL"));
	CU_ASSERT_EQUAL(
		revocation_restore(redis.writer, NOW + 1000, RESTORE_REPLAY,
			slice_of(NULL, 0), &result, NULL),
		JWT_OK);
	left = APP_NUMBER(&redis, "TTL", key);
	CU_ASSERT(left > 2590 && left <= 2601);
}

static void
hundreds_come_back_and_only_what_is_lacking_is_written(void)
{
	enum { MANY = 500 };
	struct revocation_entry entry = fixture_entry(REVOKED_SIG);
	struct restore_result result;
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(entry.hex, sizeof(entry.hex), "%064x", i);
		CU_ASSERT_EQUAL(
			revocation_add(redis.writer, &entry, NULL), JWT_OK);
	}
	real_redis_drop(APP(&redis, "FLUSHALL"));
	CU_ASSERT_EQUAL(
		real_redis_restore(&redis, RESTORE_LIFT, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.lacked, MANY);
	/* And the epoch, and the stream. */
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), MANY + 2);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "XLEN", "blacklist:stream"), MANY);
	real_redis_drop(APP(&redis, "DEL",
		"blacklist:sig:00000000000000000000000000000000"
		"00000000000000000000000000000007"));
	CU_ASSERT_EQUAL(
		real_redis_restore(&redis, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_NONE);
	CU_ASSERT_EQUAL(result.lacked, 1);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), MANY + 2);
	CU_ASSERT_EQUAL(
		APP_NUMBER(&redis, "XLEN", "blacklist:stream"), MANY + 1);
}

/* Killed after the transaction, before the line that says so. */
static void
a_change_whose_answer_was_lost_is_known_again_as_ours(void)
{
	struct restore_result result;
	char path[256];
	struct stat st;
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_SID), JWT_OK);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	snprintf(path, sizeof(path), "%s/redis", redis.f.journal);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	/* The last line has no entry: it is the shorter one. */
	CU_ASSERT_EQUAL(
		truncate(path,
			st.st_size - (off_t)strlen(
					     "{\"op\":\"done\",\"epoch\":\""
					     "0123456789abcdef 2\","
					     "\"others\":0}\n")),
		0);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_KID), JWT_OK);
	CU_ASSERT_EQUAL(
		real_redis_restore(&redis, RESTORE_DRY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.others, 0);
}

static const struct unit_test tests[] = {
	UNIT_TEST(an_emptied_redis_is_as_it_was_after_restore),
	UNIT_TEST(a_redis_gets_its_epoch_back_only_when_told),
	UNIT_TEST(an_old_dump_is_found_and_brought_up_to_date),
	UNIT_TEST(an_epoch_is_not_put_where_the_entries_were_lost_again),
	UNIT_TEST(
		an_epoch_is_not_put_where_the_entries_were_lost_at_the_last_moment),
	UNIT_TEST(what_is_restored_lasts_as_long_as_it_would_have),
	UNIT_TEST(hundreds_come_back_and_only_what_is_lacking_is_written),
	UNIT_TEST(a_change_whose_answer_was_lost_is_known_again_as_ours),
};
UNIT_SUITE("redis_loss", tests)
