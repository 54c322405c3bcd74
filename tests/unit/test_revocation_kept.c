/* SPDX-License-Identifier: ISC */
/* revocation: one connection for many questions, and when it isn't used. */
#include "base/clock.h"
#include "revocation/redis_client.h"
#include "script_redis.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define REVOKED ROLE EPOCH "$1\r\nx\r\n" NILS

/* A fixture whose one server answers by a script. */
struct case_ {
	struct fixture f;
	struct script s;
};

static void
case_start(struct case_ *c)
{
	script_listen(&c->s);
	use_redis(&c->f, false);
	c->f.config.redis.address = c->s.tcp;
	fixture_reopen(&c->f);
}

/* How often was it connected to? */
static size_t
case_end(struct case_ *c)
{
	JWT_AUTO(buffer) log = BUFFER(1u << 20);
	size_t count;

	script_log(&c->s, &log);
	count = script_count(buffer_slice(&log), "CONNECT\n");
	script_end(&c->s);
	fixture_end(&c->f);
	return count;
}

static void
one_connection_serves_question_after_question(void)
{
	struct case_ c;

	case_start(&c);
	SCRIPT(&c.s, PASSING, REVOKED, PASSING);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_REVOKED);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	CU_ASSERT_EQUAL(case_end(&c), 1);
}

static void
one_that_dies_under_a_question_is_made_anew_once(void)
{
	struct case_ c;

	case_start(&c);
	SCRIPT(&c.s, PASSING, HANG_UP, PASSING);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	CU_ASSERT_EQUAL(case_end(&c), 2);
}

static void
a_server_that_hangs_up_each_time_is_unreachable(void)
{
	struct case_ c;

	case_start(&c);
	SCRIPT(&c.s, PASSING, HANG_UP);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(case_end(&c), 2);
}

static void
one_that_falls_silent_leaves_time_for_a_new_one(void)
{
	struct case_ c;
	int64_t started;

	case_start(&c);
	SCRIPT(&c.s, PASSING, "", PASSING);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	started = clock_monotonic_ms();
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	CU_ASSERT(clock_monotonic_ms() - started < TIMEOUT);
	CU_ASSERT_EQUAL(case_end(&c), 2);
}

/* Until the server says that it has said more than it was asked. */
static void
wait_for_late(struct script *s)
{
	char seen[5] = "";

	while (strcmp(seen, "LATE") != 0) {
		memmove(seen, seen + 1, 3);
		if (read(s->log, seen + 3, 1) != 1)
			return;
	}
}

static void
a_late_byte_ends_the_connection_and_answers_nothing(void)
{
	struct case_ c;

	/* What comes late would be a good answer to the next question. */
	case_start(&c);
	SCRIPT(&c.s, PASSING SAY_LATE PASSING, REVOKED);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	wait_for_late(&c.s);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_REVOKED);
	CU_ASSERT_EQUAL(case_end(&c), 1); /* the first was read above */
}

static void
an_answer_after_a_failure_is_never_read(void)
{
	struct case_ c;

	/* The first question fails at its deadline; its answer comes then. */
	case_start(&c);
	c.f.config.redis.timeout_ms = 20;
	SCRIPT(&c.s, ROLE SAY_LATE EPOCH NILS NIL, REVOKED);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_REVOCATION_UNREACHABLE);
	c.f.config.redis.timeout_ms = 1000;
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_REVOKED);
	CU_ASSERT_EQUAL(case_end(&c), 2);
}

static void
a_primary_that_became_a_replica_is_noticed(void)
{
	struct case_ c;

	case_start(&c);
	SCRIPT(&c.s, PASSING, REPLICA EPOCH NILS NIL);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.f.report.text, "replica"));
	case_end(&c);
}

static void
none_serves_longer_than_its_time(void)
{
	struct case_ c;

	case_start(&c);
	SCRIPT(&c.s, PASSING);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	c.f.store->redis->kept[0].opened -= REDIS_KEPT_MS;
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	CU_ASSERT_EQUAL(case_end(&c), 2);
}

static void
a_fork_has_a_connection_of_its_own(void)
{
	struct case_ c;
	int status = -1;
	pid_t pid;

	case_start(&c);
	SCRIPT(&c.s, PASSING);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	pid = fork();
	if (pid == 0)
		_exit(fixture_check(&c.f) == JWT_OK ? 0 : 1);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	CU_ASSERT_EQUAL(case_end(&c), 2);
}

static const struct unit_test tests[] = {
	UNIT_TEST(one_connection_serves_question_after_question),
	UNIT_TEST(one_that_dies_under_a_question_is_made_anew_once),
	UNIT_TEST(a_server_that_hangs_up_each_time_is_unreachable),
	UNIT_TEST(one_that_falls_silent_leaves_time_for_a_new_one),
	UNIT_TEST(a_late_byte_ends_the_connection_and_answers_nothing),
	UNIT_TEST(an_answer_after_a_failure_is_never_read),
	UNIT_TEST(a_primary_that_became_a_replica_is_noticed),
	UNIT_TEST(none_serves_longer_than_its_time),
	UNIT_TEST(a_fork_has_a_connection_of_its_own),
};
UNIT_SUITE("revocation_kept", tests)
