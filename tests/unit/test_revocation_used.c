/* SPDX-License-Identifier: ISC */
/* revocation: single use among the hosts of one store. */
#include "base/clock.h"
#include "revocation/redis_client.h"
#include "script_redis.h"

#include <string.h>

#define OK ROLE "+OK\r\n"

/* As after a check that left so many milliseconds. */
static enum jwt_reason
use_within(struct fixture *f, int64_t left)
{
	const struct revocation_question q = fixture_question();

	if (f->store->redis != NULL)
		f->store->redis->deadline = clock_monotonic_ms() + left;
	memset(&f->report, 0, sizeof(f->report));
	return revocation_use(f->store, &q, NOW + 600, NOW, &f->report);
}

static enum jwt_reason
use(struct fixture *f)
{
	return use_within(f, TIMEOUT);
}

/* What it says to this answer; request gets what was asked. */
static enum jwt_reason
use_with(struct fixture *f, const char *answer, struct buffer *request)
{
	struct server s = server_start(f, slice_of_string(answer), THEN_CLOSE);
	enum jwt_reason reason = use(f);

	if (request != NULL)
		CU_ASSERT_EQUAL(file_read_fd(s.asked, "request", request, NULL),
			FILE_OK);
	server_stop(&s);
	return reason;
}

static void
a_mark_that_was_not_there_is_set_by_hash_until_the_token_ends(void)
{
	/* SHA-256 of aGVhZA.Ym9keQ; 600 s, and 300 for another's clock. */
	static const char command[] =
		"*6\r\n$3\r\nSET\r\n$69\r\nused:"
		"c695f6a5f7186322d6b744bc069d6413"
		"98341daa21155ee4097c4c5e6e3cf68b"
		"\r\n$1\r\n1\r\n$2\r\nNX\r\n$2\r\nEX\r\n$3\r\n900\r\n";
	JWT_AUTO(buffer) request = BUFFER(65536);
	JWT_AUTO(fixture) f;

	use_redis(&f, true);
	CU_ASSERT_EQUAL(use_with(&f, OK, &request), JWT_OK);
	CU_ASSERT_STRING_EQUAL(f.report.text, "");
	CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&request), command));
	CU_ASSERT_PTR_NULL(strstr(buffer_string(&request), "aGVhZA"));
}

static void
a_mark_that_was_there_is_replayed(void)
{
	JWT_AUTO(fixture) f;

	use_redis(&f, false);
	CU_ASSERT_EQUAL(use_with(&f, ROLE NIL, NULL), JWT_REPLAYED);
}

static void
an_answer_that_is_no_mark_is_unreachable(void)
{
	static const char *const bad[] = { "", ROLE, ROLE "+QUEUED\r\n",
		ROLE ":1\r\n", ROLE "$2\r\nOK\r\n", OK "+OK\r\n",
		ROLE "-OOM command not allowed\r\n", ROLE "-NOPERM no\r\n",
		ROLE "-READONLY replica\r\n",
		"*5\r\n$5\r\nslave\r\n$1\r\nx\r\n:6379\r\n$9\r\n"
		"connected\r\n:1\r\n+OK\r\n" };

	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		JWT_AUTO(fixture) f;

		use_redis(&f, false);
		CU_ASSERT_EQUAL(
			use_with(&f, bad[i], NULL), JWT_REVOCATION_UNREACHABLE);
	}
}

static void
a_silent_store_denies(void)
{
	JWT_AUTO(fixture) f;

	use_redis(&f, false); /* nobody listens */
	CU_ASSERT_EQUAL(use(&f), JWT_REVOCATION_UNREACHABLE);
}

static void
where_silence_is_excused_the_hosts_own_mark_guards_and_that_is_said(void)
{
	JWT_AUTO(fixture) f;

	use_redis(&f, false);
	f.config.on_unreachable = UNREACHABLE_ALLOW_FRESH;
	f.config.fresh_for = NOW - ISSUED_AT + 1;
	CU_ASSERT_EQUAL(use(&f), JWT_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "this host alone"));
	f.config.fresh_for = NOW - ISSUED_AT; /* it is that old now */
	CU_ASSERT_EQUAL(use(&f), JWT_REVOCATION_UNREACHABLE);
	f.config.on_unreachable = UNREACHABLE_LAST_KNOWN; /* of any age */
	CU_ASSERT_EQUAL(use(&f), JWT_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "this host alone"));
	CU_ASSERT_EQUAL(use_with(&f, ROLE NIL, NULL), JWT_REPLAYED);
}

static void
the_mark_has_the_time_that_the_check_has_left(void)
{
	struct server s;
	JWT_AUTO(fixture) f;

	use_redis(&f, false);
	s = server_start(&f, slice_of_string(OK), AT_ONCE);
	CU_ASSERT_EQUAL(use_within(&f, 0), JWT_REVOCATION_UNREACHABLE);
	server_stop(&s);
}

static void
a_store_that_was_silent_is_not_waited_for_twice(void)
{
	JWT_AUTO(fixture) f;
	struct server s;

	use_redis(&f, false);
	f.config.on_unreachable = UNREACHABLE_ALLOW_FRESH;
	f.config.fresh_for = 3600;
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	/* Whoever asks it now is told "replayed". */
	s = server_start(&f, slice_of_string(ROLE NIL), AT_ONCE);
	CU_ASSERT_EQUAL(use(&f), JWT_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "this host alone"));
	server_stop(&s);
	s = server_start(&f, slice_of_string(PASSING), AT_ONCE);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	server_stop(&s);
	CU_ASSERT_EQUAL(use_with(&f, ROLE NIL, NULL), JWT_REPLAYED);
}

/* What it says after a check that left a connection, which does this. */
static enum jwt_reason
use_kept(const char *does, size_t *connections)
{
	JWT_AUTO(buffer) log = BUFFER(65536);
	JWT_AUTO(script) s;
	JWT_AUTO(fixture) f;
	enum jwt_reason reason;

	script_listen(&s);
	use_redis(&f, false);
	f.config.redis.address = s.tcp;
	fixture_reopen(&f);
	/* Whoever asks again finds the mark of the first time. */
	SCRIPT(&s, PASSING, does, ROLE NIL);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	reason = use(&f);
	script_log(&s, &log);
	*connections = script_count(buffer_slice(&log), "CONNECT\n");
	return reason;
}

static void
a_mark_whose_answer_is_lost_is_not_asked_for_again(void)
{
	static const char *const lost[] = { HANG_UP, "", ROLE, "x\r\n",
		REPLICA "+OK\r\n", ROLE SAY_LATE NIL };
	size_t connections = 0;

	for (size_t i = 0; i < JWT_COUNT(lost) - 1; i++) {
		CU_ASSERT_EQUAL(use_kept(lost[i], &connections),
			JWT_REVOCATION_UNREACHABLE);
		CU_ASSERT_EQUAL(connections, 1);
	}
	/* Late is not lost. */
	CU_ASSERT_EQUAL(use_kept(lost[JWT_COUNT(lost) - 1], &connections),
		JWT_REPLAYED);
	CU_ASSERT_EQUAL(connections, 1);
}

static void
a_mark_that_a_server_refused_is_asked_for_again(void)
{
	size_t connections = 0;

	CU_ASSERT_EQUAL(use_kept(REPLICA "-READONLY x\r\n", &connections),
		JWT_REPLAYED);
	CU_ASSERT_EQUAL(connections, 2);
}

/* What it says with two addresses, of which the first does this. */
static enum jwt_reason
use_first(const char *does, size_t *second)
{
	JWT_AUTO(buffer) log = BUFFER(65536);
	JWT_AUTO(script) a;
	JWT_AUTO(script) b;
	JWT_AUTO(fixture) f;
	char *item[] = { a.tcp, b.tcp };
	enum jwt_reason reason;

	script_listen(&a);
	script_listen(&b);
	use_redis(&f, false);
	f.config.redis.address = NULL;
	f.config.redis.addresses.item = item;
	f.config.redis.addresses.count = 2;
	fixture_reopen(&f);
	SCRIPT(&a, does);
	SCRIPT(&b, ROLE "+OK\r\n");
	reason = use(&f);
	script_log(&b, &log);
	*second = script_count(buffer_slice(&log), "CONNECT\n");
	return reason;
}

static void
the_next_address_is_asked_only_for_what_the_first_has_not_done(void)
{
	static const char *const lost[] = { HANG_UP, "", ROLE };
	static const char *const refused[] = { REPLICA "-READONLY x\r\n",
		ROLE "-LOADING x\r\n", "-NOAUTH x\r\n-NOAUTH x\r\n" };
	size_t second = 0;

	for (size_t i = 0; i < JWT_COUNT(lost); i++) {
		CU_ASSERT_EQUAL(use_first(lost[i], &second),
			JWT_REVOCATION_UNREACHABLE);
		CU_ASSERT_EQUAL(second, 0);
	}
	for (size_t i = 0; i < JWT_COUNT(refused); i++) {
		CU_ASSERT_EQUAL(use_first(refused[i], &second), JWT_OK);
		CU_ASSERT_EQUAL(second, 1);
	}
}

static void
a_mark_on_a_server_that_evicts_keys_is_lost_unless_told_so(void)
{
	JWT_AUTO(fixture) f;

	use_redis(&f, false);
	f.config.redis.allow_eviction = false;
	CU_ASSERT_EQUAL(
		use_with(&f, ROLE NEVER_EVICTING "+OK\r\n", NULL), JWT_OK);
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(use_with(&f, ROLE EVICTING "+OK\r\n", NULL),
		JWT_REVOCATION_LOST);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "maxmemory-policy"));
	/* What it has, it has. */
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(use_with(&f, ROLE EVICTING NIL, NULL), JWT_REPLAYED);
	/* As the check itself: the token's age excuses silence alone. */
	f.config.on_unreachable = UNREACHABLE_ALLOW_FRESH;
	f.config.fresh_for = 3600;
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(use_with(&f, ROLE EVICTING "+OK\r\n", NULL),
		JWT_REVOCATION_LOST);
	f.config.on_unreachable = UNREACHABLE_LAST_KNOWN;
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(use_with(&f, ROLE EVICTING "+OK\r\n", NULL), JWT_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "this host alone"));
}

static void
a_store_of_one_host_leaves_it_to_the_hosts_own_mark(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f); /* embedded */
	CU_ASSERT_EQUAL(use(&f), JWT_OK);
	CU_ASSERT_EQUAL(use(&f), JWT_OK);
	f.config.store = REVOCATION_NONE;
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(use(&f), JWT_OK);
}

static const struct unit_test tests[] = {
	UNIT_TEST(
		a_mark_that_was_not_there_is_set_by_hash_until_the_token_ends),
	UNIT_TEST(a_mark_that_was_there_is_replayed),
	UNIT_TEST(an_answer_that_is_no_mark_is_unreachable),
	UNIT_TEST(a_silent_store_denies),
	UNIT_TEST(
		where_silence_is_excused_the_hosts_own_mark_guards_and_that_is_said),
	UNIT_TEST(the_mark_has_the_time_that_the_check_has_left),
	UNIT_TEST(a_store_that_was_silent_is_not_waited_for_twice),
	UNIT_TEST(a_mark_whose_answer_is_lost_is_not_asked_for_again),
	UNIT_TEST(a_mark_that_a_server_refused_is_asked_for_again),
	UNIT_TEST(
		the_next_address_is_asked_only_for_what_the_first_has_not_done),
	UNIT_TEST(a_mark_on_a_server_that_evicts_keys_is_lost_unless_told_so),
	UNIT_TEST(a_store_of_one_host_leaves_it_to_the_hosts_own_mark),
};
UNIT_SUITE("revocation_used", tests)
