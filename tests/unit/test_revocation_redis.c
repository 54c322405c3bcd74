/* SPDX-License-Identifier: ISC */
/* revocation: what an answer of Redis means. */
#include "canned_redis.h"
#include "revocation/redis_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
a_whole_answer_with_nothing_in_it_passes(void)
{
	CU_ASSERT_EQUAL(reason_for(PASSING), JWT_OK);
}

static void
an_answer_in_single_bytes_is_put_together(void)
{
	struct slice answer = slice_of_string(ROLE EPOCH);
	JWT_AUTO(fixture) f;
	struct server s;
	struct revocation_question none = { .iss = slice_of_string(ISS) };

	use_redis(&f, false);
	f.config.redis.timeout_ms = 5000;
	s = server_start(&f, answer, BYTE_BY_BYTE);
	CU_ASSERT_EQUAL(fixture_check_question(&f, &none), JWT_OK);
	server_stop(&s);
}

static void
any_entry_of_the_five_revokes(void)
{
	static const char entry[] =
		"$32\r\n{\"until\":1900000000,\"when\":1234}"
		"\r\n";

	for (int at = 0; at < REVOKED_KIND_COUNT; at++) {
		char answer[512] = ROLE EPOCH;

		for (int i = 0; i < REVOKED_KIND_COUNT; i++)
			strcat(answer, i == at ? entry : NIL);
		CU_ASSERT_EQUAL(reason_for(answer), JWT_REVOKED);
	}
	CU_ASSERT_EQUAL(reason_for(ROLE EPOCH OVER NILS), JWT_OK);
}

static void
a_key_of_another_type_counts_as_revoked(void)
{
	CU_ASSERT_EQUAL(
		reason_for(ROLE EPOCH "-WRONGTYPE Operation against\r\n" NILS),
		JWT_REVOKED);
	CU_ASSERT_EQUAL(reason_for(ROLE EPOCH "$1\r\nx\r\n" NILS), JWT_REVOKED);
}

static void
an_entry_longer_than_ours_counts_as_revoked(void)
{
	JWT_AUTO(buffer) answer = BUFFER(65536);
	uint8_t *spaces;

	CU_ASSERT(buffer_append_format(&answer,
		ROLE EPOCH "$%d\r\n{\"until\":1,\"when\":1}",
		REVOKED_ENTRY_MAX + 20));
	spaces = buffer_extend(&answer, REVOKED_ENTRY_MAX);
	CU_ASSERT_PTR_NOT_NULL_FATAL(spaces);
	memset(spaces, ' ', REVOKED_ENTRY_MAX);
	CU_ASSERT(buffer_append_string(&answer, "\r\n" NILS));
	CU_ASSERT_EQUAL(
		reason_for_bytes(buffer_slice(&answer), AT_ONCE, false, NULL),
		JWT_REVOKED);
}

static void
the_epochs_rules_hold_for_redis(void)
{
	CU_ASSERT_EQUAL(reason_for(ROLE NIL NILS NIL), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(
		reason_for(ROLE "$1\r\nx\r\n" NILS NIL), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(reason_for(ROLE "-WRONGTYPE x\r\n" NILS NIL),
		JWT_REVOCATION_LOST);
}

static void
an_answer_that_is_no_answer_is_unreachable(void)
{
	static const char *const bad[] = { "", "\r\n", "junk\r\n",
		"HTTP/1.1 400 Bad Request\r\n\r\n", "\x16\x03\x01",
		"-NOAUTH Authentication required.\r\n",
		"-LOADING Redis is loading\r\n", ROLE, ROLE EPOCH NILS,
		ROLE EPOCH NILS "$5\r\nab", ROLE EPOCH NILS ":0\r\n",
		ROLE EPOCH NILS "+OK\r\n", ROLE EPOCH NILS "*0\r\n",
		ROLE EPOCH NILS "$-2\r\n", ROLE EPOCH NILS "-NOPERM no\r\n",
		ROLE ":7\r\n" NILS NIL, ROLE "-LOADING x\r\n" NILS NIL,
		"$6\r\nmaster\r\n" EPOCH NILS NIL, "*0\r\n" EPOCH NILS NIL,
		"*1\r\n:1\r\n" EPOCH NILS NIL, "*1\r\n*0\r\n" EPOCH NILS NIL,
		PASSING NIL, PASSING "x" };

	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		enum jwt_reason reason = reason_for_bytes(
			slice_of_string(bad[i]), THEN_CLOSE, false, NULL);

		CU_ASSERT_EQUAL(reason, JWT_REVOCATION_UNREACHABLE);
		if (reason != JWT_REVOCATION_UNREACHABLE)
			printf("       with answer %zu\n", i);
	}
}

/* RESP3 is never asked for: what it adds is no answer, also in front. */
static void
types_that_were_not_asked_for_are_unreachable(void)
{
	static const char *const bad[] = {
		">2\r\n$10\r\ninvalidate\r\n*0\r\n" PASSING,
		ROLE ">1\r\n+x\r\n" EPOCH NILS NIL,
		"|1\r\n+ttl\r\n:1\r\n" PASSING,
		ROLE EPOCH "%1\r\n+a\r\n+b\r\n" NILS,
		ROLE EPOCH "~1\r\n+a\r\n" NILS,
		ROLE EPOCH "#t\r\n" NILS,
		ROLE EPOCH ",1.5\r\n" NILS,
		ROLE EPOCH "(7\r\n" NILS,
		ROLE EPOCH "=8\r\ntxt:abcd\r\n" NILS,
		ROLE EPOCH "!6\r\nERR no\r\n" NILS,
	};

	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		enum jwt_reason reason = reason_for_bytes(
			slice_of_string(bad[i]), THEN_CLOSE, false, NULL);

		CU_ASSERT_EQUAL(reason, JWT_REVOCATION_UNREACHABLE);
		if (reason != JWT_REVOCATION_UNREACHABLE)
			printf("       with answer %zu\n", i);
	}
}

#define MEMORY(len, fields) \
	"$" #len "\r\n# Memory\r\nused_memory:1\r\n" fields "\r\n"

/* With allow_eviction not set, INFO is asked after the role. */
static enum jwt_reason
reason_for_memory(const char *memory, const char *rest, bool allow)
{
	JWT_AUTO(buffer) answer = BUFFER(4096);
	JWT_AUTO(fixture) f;
	struct server s;
	enum jwt_reason reason;

	use_redis(&f, false);
	f.config.redis.allow_eviction = allow;
	if (!buffer_append_format(&answer, ROLE "%s%s", memory, rest))
		abort();
	s = server_start(&f, buffer_slice(&answer), AT_ONCE);
	reason = fixture_check(&f);
	server_stop(&s);
	return reason;
}

static void
a_server_that_may_evict_is_believed_only_in_what_it_has(void)
{
	static const char lru[] = MEMORY(
		72, "maxmemory:4096\r\nmaxmemory_policy:volatile-lru\r\n");
	static const char none[] =
		MEMORY(70, "maxmemory:4096\r\nmaxmemory_policy:noeviction\r\n");
	static const char unlimited[] =
		MEMORY(69, "maxmemory:0\r\nmaxmemory_policy:volatile-lru\r\n");
	static const char entry[] =
		"$32\r\n{\"until\":1900000000,\"when\":1234}\r\n";
	const char nothing[] = EPOCH NILS NIL;
	JWT_AUTO(buffer) revoked = BUFFER(512);

	CU_ASSERT_EQUAL(
		reason_for_memory(lru, nothing, false), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(reason_for_memory(none, nothing, false), JWT_OK);
	CU_ASSERT_EQUAL(reason_for_memory(unlimited, nothing, false), JWT_OK);
	CU_ASSERT_EQUAL(reason_for_memory("", nothing, true), JWT_OK);
	CU_ASSERT(buffer_append_format(&revoked, EPOCH "%s" NILS, entry));
	CU_ASSERT_EQUAL(reason_for_memory(lru, buffer_string(&revoked), false),
		JWT_REVOKED);
}

static void
a_server_that_says_nothing_of_its_memory_is_unreachable(void)
{
	static const char *const bad[] = { "-NOPERM no\r\n", "$-1\r\n",
		"$0\r\n\r\n", "+OK\r\n",
		"$30\r\nmaxmemory_policy:noeviction\r\n\r\n",
		"$13\r\nmaxmemory:0\r\n\r\n" };

	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_EQUAL(
			reason_for_memory(bad[i], EPOCH NILS NIL, false),
			JWT_REVOCATION_UNREACHABLE);
}

static void
a_replica_is_not_believed(void)
{
	struct report detail;

	CU_ASSERT_EQUAL(
		reason_for_bytes(
			slice_of_string("*5\r\n$5\r\nslave\r\n$1\r\nx"
					"\r\n:6379\r\n$9\r\n"
					"connected\r\n:1\r\n" EPOCH NILS NIL),
			AT_ONCE, false, &detail),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(detail.text, "replica"));
}

/* Refused as it comes, not by the deadline. */
static bool
is_too_large(const char *answer)
{
	struct report detail;

	return reason_for_bytes(slice_of_string(answer), AT_ONCE, false,
		       &detail) == JWT_REVOCATION_UNREACHABLE &&
	       strstr(detail.text, "too large") != NULL;
}

static void
a_nested_or_huge_reply_is_unreachable(void)
{
	JWT_AUTO(buffer) deep = BUFFER(65536), huge = BUFFER(2u << 20);
	uint8_t *room;

	for (int i = 0; i < 100; i++)
		CU_ASSERT(buffer_append_string(&deep, "*1\r\n"));
	CU_ASSERT_EQUAL(
		reason_for_bytes(buffer_slice(&deep), AT_ONCE, false, NULL),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(is_too_large("*2147483647\r\n"));
	CU_ASSERT(is_too_large("*4097\r\n"));
	CU_ASSERT_EQUAL(
		reason_for("$2147483647\r\n"), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(buffer_append_string(&huge, ROLE "$1048576\r\n"));
	room = buffer_extend(&huge, 1u << 20);
	CU_ASSERT_PTR_NOT_NULL_FATAL(room);
	memset(room, 'x', 1u << 20);
	CU_ASSERT(buffer_append_string(&huge, "\r\n" NILS NIL));
	CU_ASSERT_EQUAL(
		reason_for_bytes(buffer_slice(&huge), AT_ONCE, false, NULL),
		JWT_REVOCATION_UNREACHABLE);
}

static void
errors_are_told_without_what_redis_repeats(void)
{
	struct report detail;

	CU_ASSERT_EQUAL(reason_for_bytes(slice_of_string(ROLE EPOCH NILS NIL
						 "-NOPERM no access to "
						 "aGVhZA.Ym9keQ.c2ln\r\n"),
				AT_ONCE, true, &detail),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(detail.text, "NOPERM"));
	CU_ASSERT_PTR_NOT_NULL(strstr(detail.text, "EXISTS"));
	CU_ASSERT_PTR_NULL(strstr(detail.text, "aGVhZA"));
}

#define SECRET "aGVhZA.Ym9keQ.c2ln"

/* What our code gives back to hiredis, seen just before. */
static unsigned replies_seen, readers_seen, secrets_seen;

static void
look_at(const char *text, size_t len)
{
	secrets_seen += memmem(text, len, SECRET, strlen(SECRET)) != NULL;
}

void __real_freeReplyObject(void *reply);
void __real_redisReaderFree(redisReader *reader);
void __wrap_freeReplyObject(void *reply);
void __wrap_redisReaderFree(redisReader *reader);

void
__wrap_freeReplyObject(void *reply)
{
	const redisReply *seen = reply;

	replies_seen++;
	if (seen->str != NULL)
		look_at(seen->str, seen->len);
	for (size_t i = 0; i < seen->elements; i++)
		if (seen->element[i] != NULL && seen->element[i]->str != NULL)
			look_at(seen->element[i]->str, seen->element[i]->len);
	__real_freeReplyObject(reply);
}

void
__wrap_redisReaderFree(redisReader *reader)
{
	readers_seen++;
	if (reader->buf != NULL)
		look_at(reader->buf, reader->len);
	__real_redisReaderFree(reader);
}

static void
nothing_of_what_redis_repeats_is_left_in_memory(void)
{
	static const char *const answers[] = {
		ROLE EPOCH NILS NIL "-NOPERM no access to " SECRET "\r\n",
		"*2\r\n$6\r\nmaster\r\n-ERR " SECRET "\r\n" EPOCH NILS NIL NIL,
		ROLE EPOCH NILS NIL "*2\r\n-ERR " SECRET "\r\n",
	};

	for (size_t i = 0; i < JWT_COUNT(answers); i++) {
		replies_seen = readers_seen = secrets_seen = 0;
		CU_ASSERT_EQUAL(reason_for_bytes(slice_of_string(answers[i]),
					THEN_CLOSE, true, NULL),
			JWT_REVOCATION_UNREACHABLE);
		CU_ASSERT(replies_seen >= 7);
		CU_ASSERT_EQUAL(readers_seen, 1);
		CU_ASSERT_EQUAL(secrets_seen, 0);
	}
}

static void
a_raw_token_on_the_blacklist_is_revoked(void)
{
	CU_ASSERT_EQUAL(reason_for_bytes(slice_of_string(PASSING ":1\r\n"),
				AT_ONCE, true, NULL),
		JWT_REVOKED);
	CU_ASSERT_EQUAL(reason_for_bytes(slice_of_string(PASSING ":0\r\n"),
				AT_ONCE, true, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(reason_for_bytes(slice_of_string(PASSING NIL), AT_ONCE,
				true, NULL),
		JWT_REVOCATION_UNREACHABLE);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_whole_answer_with_nothing_in_it_passes),
	UNIT_TEST(an_answer_in_single_bytes_is_put_together),
	UNIT_TEST(any_entry_of_the_five_revokes),
	UNIT_TEST(a_key_of_another_type_counts_as_revoked),
	UNIT_TEST(an_entry_longer_than_ours_counts_as_revoked),
	UNIT_TEST(the_epochs_rules_hold_for_redis),
	UNIT_TEST(an_answer_that_is_no_answer_is_unreachable),
	UNIT_TEST(types_that_were_not_asked_for_are_unreachable),
	UNIT_TEST(a_server_that_may_evict_is_believed_only_in_what_it_has),
	UNIT_TEST(a_server_that_says_nothing_of_its_memory_is_unreachable),
	UNIT_TEST(a_replica_is_not_believed),
	UNIT_TEST(a_nested_or_huge_reply_is_unreachable),
	UNIT_TEST(errors_are_told_without_what_redis_repeats),
	UNIT_TEST(nothing_of_what_redis_repeats_is_left_in_memory),
	UNIT_TEST(a_raw_token_on_the_blacklist_is_revoked),
};
UNIT_SUITE("revocation_redis", tests)
