/* SPDX-License-Identifier: ISC */
/*
 * revocation, with a real Redis. Not among the unit tests: it runs inside a
 * test host, see tests/integration/test_11_redis_store.py.
 */
#include "real_redis.h"

#include "base/clock.h"
#include "revocation/redis.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOKEN "aGVhZA.Ym9keQ.c2ln"

static void
a_new_redis_is_lost_until_init_and_init_works_once(void)
{
	bool created = true;
	JWT_AUTO(real_redis) redis;

	real_redis_start(&redis);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(
		real_redis_revoke(&redis, REVOKED_JTI), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(revocation_init(redis.writer, &created, NULL), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_OK);
	CU_ASSERT_EQUAL(revocation_init(redis.writer, &created, NULL), JWT_OK);
	CU_ASSERT_FALSE(created);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_OK);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "TTL", "blacklist:epoch"), -1);
	/* -1 is also "another reply": make sure that the key is there. */
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "EXISTS", "blacklist:epoch"), 1);
}

static void
the_reader_sees_each_kind_that_the_writer_revokes(void)
{
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++) {
		JWT_AUTO(real_redis) redis;

		real_redis_start_ready(&redis);
		CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_OK);
		CU_ASSERT_EQUAL(real_redis_revoke(&redis, (enum revoked_kind)i),
			JWT_OK);
		CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	}
}

static void
the_same_answers_come_over_tcp(void)
{
	JWT_AUTO(real_redis) redis;

	real_redis_start_ready(&redis);
	redis.f.config.redis.address = redis.tcp_address;
	fixture_reopen(&redis.f);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_OK);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_SIG), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
}

static void
an_entry_goes_when_it_is_over(void)
{
	struct revocation_entry entry = fixture_entry(REVOKED_JTI);
	int64_t deadline;
	char key[REDIS_KEY_MAX];
	long long left;
	JWT_AUTO(real_redis) redis;

	real_redis_start_ready(&redis);
	CU_ASSERT_EQUAL(
		redis_entry_key(redis.writer, entry.kind, entry.hex, key, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(revocation_add(redis.writer, &entry, NULL), JWT_OK);
	left = APP_NUMBER(&redis, "TTL", key);
	CU_ASSERT(left > 3590 && left <= 3601);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DEL", key), 1);
	entry.until = entry.when;
	CU_ASSERT_EQUAL(revocation_add(redis.writer, &entry, NULL), JWT_OK);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "EXISTS", key), 1);
	deadline = clock_monotonic_ms() + 5000;
	while (APP_NUMBER(&redis, "EXISTS", key) == 1 &&
		clock_left_ms(deadline) > 0)
		poll(NULL, 0, 20);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "EXISTS", key), 0);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_OK);
}

static void
revoking_again_never_shortens(void)
{
	struct revocation_entry entry = fixture_entry(REVOKED_SID);
	char key[REDIS_KEY_MAX];
	JWT_AUTO(real_redis) redis;

	real_redis_start_ready(&redis);
	CU_ASSERT_EQUAL(
		redis_entry_key(redis.writer, entry.kind, entry.hex, key, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(revocation_add(redis.writer, &entry, NULL), JWT_OK);
	entry.until = entry.when + 5;
	CU_ASSERT_EQUAL(revocation_add(redis.writer, &entry, NULL), JWT_OK);
	CU_ASSERT(APP_NUMBER(&redis, "TTL", key) > 3590);
}

static void
undoing_takes_the_key_away_and_raises_the_epoch(void)
{
	const struct revocation_entry entry = fixture_entry(REVOKED_SID);
	bool removed = false;
	redisReply *reply;
	JWT_AUTO(real_redis) redis;

	real_redis_start_ready(&redis);
	CU_ASSERT_EQUAL(revocation_add(redis.writer, &entry, NULL), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	CU_ASSERT_EQUAL(
		revocation_undo(redis.writer, &entry, &removed, NULL), JWT_OK);
	CU_ASSERT(removed);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_OK);
	CU_ASSERT_EQUAL(
		revocation_undo(redis.writer, &entry, &removed, NULL), JWT_OK);
	CU_ASSERT_FALSE(removed);
	reply = APP(&redis, "GET", "blacklist:epoch");
	CU_ASSERT_PTR_NOT_NULL_FATAL(reply);
	CU_ASSERT_STRING_EQUAL(reply->str + EPOCH_ID_LEN, " 2");
	freeReplyObject(reply);
}

static const char *
field_of(const redisReply *fields, const char *name)
{
	for (size_t i = 0; i + 1 < fields->elements; i += 2)
		if (strcmp(fields->element[i]->str, name) == 0)
			return fields->element[i + 1]->str;
	return "";
}

/* The line at that place says what was done to entry, as which change. */
static void
line_says(const redisReply *lines, size_t at, const char *op,
	const struct revocation_entry *entry, const char *counter)
{
	struct revocation_entry got = { .kind = entry->kind };
	const redisReply *fields = lines->element[at]->element[1];
	char name[ENTRY_NAME_MAX];

	entry_name(entry->kind, entry->hex, ':', name);
	CU_ASSERT_STRING_EQUAL(field_of(fields, "op"), op);
	CU_ASSERT_STRING_EQUAL(field_of(fields, "name"), name);
	CU_ASSERT_STRING_EQUAL(
		field_of(fields, "epoch") + EPOCH_ID_LEN, counter);
	CU_ASSERT_EQUAL(entry_parse(slice_of_string(field_of(fields, "json")),
				&got, NULL),
		JWT_OK);
	CU_ASSERT_STRING_EQUAL(got.why, entry->why);
	revocation_entry_clear(&got);
}

static void
each_change_stands_in_the_stream_with_the_epoch_that_it_made(void)
{
	const struct revocation_entry sub = fixture_entry(REVOKED_SUB);
	const struct revocation_entry kid = fixture_entry(REVOKED_KID);
	bool removed;
	redisReply *lines;
	JWT_AUTO(real_redis) redis;

	real_redis_start_ready(&redis);
	CU_ASSERT_EQUAL(revocation_add(redis.writer, &sub, NULL), JWT_OK);
	CU_ASSERT_EQUAL(revocation_add(redis.writer, &kid, NULL), JWT_OK);
	CU_ASSERT_EQUAL(
		revocation_undo(redis.writer, &sub, &removed, NULL), JWT_OK);
	lines = APP(&redis, "XRANGE", "blacklist:stream", "-", "+");
	CU_ASSERT_PTR_NOT_NULL_FATAL(lines);
	CU_ASSERT_EQUAL_FATAL(lines->elements, 3);
	line_says(lines, 0, "add", &sub, " 1");
	line_says(lines, 1, "add", &kid, " 2");
	line_says(lines, 2, "undo", &sub, " 3");
	freeReplyObject(lines);
}

static void
a_raw_token_of_an_application_counts_as_long_as_it_is_there(void)
{
	JWT_AUTO(real_redis) redis;

	real_redis_start_ready(&redis);
	real_redis_drop(APP(&redis, "SETEX", "blacklist:" TOKEN, "900", "1"));
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DEL", "blacklist:" TOKEN), 1);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_OK);
	/* Of any type: a list, say. */
	CU_ASSERT_EQUAL(
		APP_NUMBER(&redis, "RPUSH", "blacklist:" TOKEN, "x"), 1);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
}

static void
a_raw_token_revokes_its_ecdsa_twin(void)
{
	struct revocation_question q = fixture_question();
	uint8_t signature[64] = { 1 };
	JWT_AUTO(real_redis) redis;

	signature[63] = 1; /* s = 1 */
	q.alg = JWS_ES256;
	q.signature = slice_of(signature, sizeof(signature));
	real_redis_start_ready(&redis);
	real_redis_drop(APP(&redis, "SETEX", /* the one with s = n - 1 */
		"blacklist:aGVhZA.Ym9keQ."
		"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAD_____AAAAAP__________vOb6racXnoTzucrC_GMlUA",
		"900", "1"));
	CU_ASSERT_EQUAL(fixture_check_question(&redis.f, &q), JWT_REVOKED);
	q.alg = JWS_EDDSA;
	CU_ASSERT_EQUAL(fixture_check_question(&redis.f, &q), JWT_OK);
}

static void
a_key_of_ours_with_another_type_counts_as_revoked(void)
{
	const struct revocation_entry entry = fixture_entry(REVOKED_SUB);
	char key[REDIS_KEY_MAX];
	JWT_AUTO(real_redis) redis;

	real_redis_start_ready(&redis);
	CU_ASSERT_EQUAL(
		redis_entry_key(redis.writer, entry.kind, entry.hex, key, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "RPUSH", key, "x"), 1);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
}

static void
writers_at_the_same_time_lose_no_count(void)
{
	enum { WRITERS = 3, EACH = 10 };
	pid_t pid[WRITERS];
	redisReply *reply;
	int status;
	JWT_AUTO(real_redis) redis;

	real_redis_start_ready(&redis);
	for (size_t i = 0; i < WRITERS; i++) {
		pid[i] = fork();
		if (pid[i] != 0)
			continue;
		for (size_t j = 0; j < EACH; j++)
			if (real_redis_revoke(&redis, (enum revoked_kind)i) !=
				JWT_OK)
				_exit(1);
		_exit(0);
	}
	for (size_t i = 0; i < WRITERS; i++) {
		CU_ASSERT_EQUAL(waitpid(pid[i], &status, 0), pid[i]);
		CU_ASSERT_EQUAL(status, 0);
	}
	reply = APP(&redis, "GET", "blacklist:epoch");
	CU_ASSERT_PTR_NOT_NULL_FATAL(reply);
	CU_ASSERT_STRING_EQUAL(reply->str + EPOCH_ID_LEN, " 30");
	freeReplyObject(reply);
}

static void
a_flushed_redis_is_lost_until_it_is_accepted(void)
{
	bool created;
	JWT_AUTO(real_redis) redis;

	real_redis_start_ready(&redis);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	real_redis_drop(APP(&redis, "FLUSHALL"));
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(
		revocation_accept(redis.f.store, NULL), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(revocation_init(redis.writer, &created, NULL), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(revocation_accept(redis.f.store, NULL), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_OK);
}

static void
a_redis_that_went_back_in_time_is_lost(void)
{
	redisReply *before;
	JWT_AUTO(real_redis) redis;

	real_redis_start_ready(&redis);
	before = APP(&redis, "GET", "blacklist:epoch");
	CU_ASSERT_PTR_NOT_NULL_FATAL(before);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	real_redis_drop(APP(&redis, "FLUSHALL"));
	real_redis_drop(APP(&redis, "SET", "blacklist:epoch", before->str));
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOCATION_LOST);
	freeReplyObject(before);
}

static void
a_replica_is_not_believed(void)
{
	JWT_AUTO(real_redis) redis;

	real_redis_start_ready(&redis);
	real_redis_drop(APP(&redis, "REPLICAOF", "127.0.0.1", "1"));
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(redis.f.report.text, "replica"));
}

static void
the_readers_credential_writes_nothing(void)
{
	const struct revocation_entry entry = fixture_entry(REVOKED_JTI);
	struct report r = { "" };
	bool created;
	JWT_AUTO(real_redis) redis;

	real_redis_start_ready(&redis);
	CU_ASSERT_EQUAL(revocation_add(redis.f.store, &entry, &r),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "NOPERM"));
	real_redis_drop(APP(&redis, "DEL", "blacklist:epoch"));
	CU_ASSERT_EQUAL(revocation_init(redis.f.store, &created, NULL),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 0);
}

static void
a_wrong_password_is_unreachable_and_not_told(void)
{
	JWT_AUTO(real_redis) redis;

	real_redis_start_ready(&redis);
	redis.f.config.redis.password_file = redis.writer_file;
	fixture_reopen(&redis.f);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(redis.f.report.text, "WRONGPASS"));
	CU_ASSERT_PTR_NULL(strstr(redis.f.report.text, "WRITER"));
}

struct seen {
	size_t count;
	bool kind[REVOKED_KIND_COUNT];
};

static enum jwt_reason
mark_seen(void *arg, const struct revocation_entry *entry)
{
	struct seen *seen = arg;

	seen->count++;
	seen->kind[entry->kind] = true;
	CU_ASSERT_STRING_EQUAL(entry->by, "root");
	return JWT_OK;
}

static void
list_finds_ours_among_thousands_of_others(void)
{
	struct seen seen = { 0 };
	JWT_AUTO(real_redis) redis;

	real_redis_start_ready(&redis);
	real_redis_drop(
		APP(&redis, "DEBUG", "POPULATE", "3000", "blacklist:other"));
	real_redis_drop(APP(&redis, "SET", "blacklist:" TOKEN, "1"));
	CU_ASSERT(APP_NUMBER(&redis, "DBSIZE") > 3000);
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++)
		CU_ASSERT_EQUAL(real_redis_revoke(&redis, (enum revoked_kind)i),
			JWT_OK);
	CU_ASSERT_EQUAL(
		revocation_list(redis.writer, NOW, mark_seen, &seen, NULL),
		JWT_OK);
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++)
		CU_ASSERT(seen.kind[i]);
}

static void
a_redis_that_hangs_is_given_up_in_time(void)
{
	int64_t started;
	JWT_AUTO(real_redis) redis;

	real_redis_start_ready(&redis);
	CU_ASSERT_EQUAL(kill(redis.pid, SIGSTOP), 0);
	started = clock_monotonic_ms();
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(clock_monotonic_ms() - started < 500 + 100);
	CU_ASSERT_EQUAL(kill(redis.pid, SIGCONT), 0);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_OK);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_new_redis_is_lost_until_init_and_init_works_once),
	UNIT_TEST(the_reader_sees_each_kind_that_the_writer_revokes),
	UNIT_TEST(the_same_answers_come_over_tcp),
	UNIT_TEST(an_entry_goes_when_it_is_over),
	UNIT_TEST(revoking_again_never_shortens),
	UNIT_TEST(undoing_takes_the_key_away_and_raises_the_epoch),
	UNIT_TEST(each_change_stands_in_the_stream_with_the_epoch_that_it_made),
	UNIT_TEST(a_raw_token_of_an_application_counts_as_long_as_it_is_there),
	UNIT_TEST(a_raw_token_revokes_its_ecdsa_twin),
	UNIT_TEST(a_key_of_ours_with_another_type_counts_as_revoked),
	UNIT_TEST(writers_at_the_same_time_lose_no_count),
	UNIT_TEST(a_flushed_redis_is_lost_until_it_is_accepted),
	UNIT_TEST(a_redis_that_went_back_in_time_is_lost),
	UNIT_TEST(a_replica_is_not_believed),
	UNIT_TEST(the_readers_credential_writes_nothing),
	UNIT_TEST(a_wrong_password_is_unreachable_and_not_told),
	UNIT_TEST(list_finds_ours_among_thousands_of_others),
	UNIT_TEST(a_redis_that_hangs_is_given_up_in_time),
};
UNIT_SUITE("redis_store", tests)
