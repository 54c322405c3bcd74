/* SPDX-License-Identifier: ISC */
/* revocation: which of several servers is asked, and who names it. */
#include "base/clock.h"
#include "script_redis.h"

#include <stdio.h>
#include <string.h>

#define LOADING ROLE "-LOADING Redis is loading\r\n" NILS NIL

static char *
list_of(struct string_list *list, char **item, struct script *s, size_t count)
{
	for (size_t i = 0; i < count; i++)
		item[i] = s[i].tcp;
	list->item = item;
	list->count = count;
	return NULL;
}

/* A fixture that knows these servers, in this order. */
static void
use_addresses(struct fixture *f, char **item, struct script *s, size_t count)
{
	use_redis(f, false);
	f->config.redis.address =
		list_of(&f->config.redis.addresses, item, s, count);
	fixture_reopen(f);
}

static void
use_sentinels(struct fixture *f, char **item, struct script *s, size_t count)
{
	static char name[] = "mymaster";

	use_redis(f, false);
	f->config.redis.sentinel.name = name;
	f->config.redis.address =
		list_of(&f->config.redis.sentinel.addresses, item, s, count);
	fixture_reopen(f);
}

static void
listen_all(struct script *s, size_t count)
{
	for (size_t i = 0; i < count; i++)
		script_listen(&s[i]);
}

static void
end_all(struct script *s, size_t count)
{
	for (size_t i = 0; i < count; i++)
		script_end(&s[i]);
}

/* What a Sentinel says to the question where the primary is. */
#define NAMED_MAX 256
static const char *
named(char out[NAMED_MAX], const char *host, const char *port)
{
	snprintf(out, NAMED_MAX, "*2\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n",
		strlen(host), host, strlen(port), port);
	return out;
}

static const char *
names(char out[NAMED_MAX], const struct script *s)
{
	char port[8];

	snprintf(port, sizeof(port), "%u", s->port);
	return named(out, "127.0.0.1", port);
}

static void
the_first_primary_of_several_answers(void)
{
	struct script s[4];
	char *item[4];
	JWT_AUTO(fixture) f;

	listen_all(s, 4);
	close(s[0].listener); /* refuses */
	s[0].listener = -1;
	SCRIPT(&s[1], REPLICA EPOCH NILS NIL);
	SCRIPT(&s[2], LOADING);
	SCRIPT(&s[3], PASSING);
	use_addresses(&f, item, s, 4);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	end_all(s, 4);
}

static void
a_revocation_at_the_first_primary_is_final(void)
{
	struct script s[2];
	char *item[2];
	JWT_AUTO(fixture) f;

	listen_all(s, 2);
	SCRIPT(&s[0], ROLE EPOCH "$1\r\nx\r\n" NILS);
	SCRIPT(&s[1], PASSING);
	use_addresses(&f, item, s, 2);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
	end_all(s, 2);
}

static void
each_says_why_it_did_not_serve(void)
{
	struct script s[2];
	char *item[2], words[256];
	JWT_AUTO(fixture) f;

	listen_all(s, 2);
	SCRIPT(&s[0], REPLICA EPOCH NILS NIL);
	SCRIPT(&s[1], "-NOAUTH Authentication required.\r\n" EPOCH NILS NIL);
	use_addresses(&f, item, s, 2);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	snprintf(words, sizeof(words),
		"redis: %s: this server is a replica, which may lag; %s: "
		"answers NOAUTH to ROLE",
		s[0].tcp, s[1].tcp);
	CU_ASSERT_STRING_EQUAL(f.report.text, words);
	end_all(s, 2);
}

static void
one_that_hangs_leaves_time_for_the_next(void)
{
	struct script s[3];
	char *item[3];
	int64_t started;
	JWT_AUTO(fixture) f;

	listen_all(s, 3);
	SCRIPT(&s[1], "");
	SCRIPT(&s[2], PASSING);
	use_addresses(&f, item, s, 3);
	started = clock_monotonic_ms();
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	CU_ASSERT(clock_monotonic_ms() - started < TIMEOUT);
	end_all(s, 3);
}

static void
all_that_hang_share_one_deadline(void)
{
	struct script s[3];
	char *item[3];
	int64_t started;
	JWT_AUTO(fixture) f;

	listen_all(s, 3);
	use_addresses(&f, item, s, 3);
	started = clock_monotonic_ms();
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(clock_monotonic_ms() - started < TIMEOUT + 100);
	end_all(s, 3);
}

static void
sentinel_names_the_primary(void)
{
	struct script s[2];
	char *item[2], text[NAMED_MAX];
	JWT_AUTO(buffer) log = BUFFER(65536);
	JWT_AUTO(fixture) f;

	listen_all(s, 2);
	SCRIPT(&s[0], names(text, &s[1]));
	SCRIPT(&s[1], PASSING);
	use_sentinels(&f, item, s, 1);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	script_log(&s[0], &log);
	CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&log),
		"*3\r\n$8\r\nSENTINEL\r\n$23\r\nget-master-addr-by-name\r\n"
		"$8\r\nmymaster\r\n"));
	end_all(s, 2);
}

/* A Sentinel that says this, and one behind it that is right. */
static enum jwt_reason
reason_after(const char *lie, bool right_after, struct report *said)
{
	struct script s[4];
	char *item[2], text[2][NAMED_MAX];
	enum jwt_reason reason;
	JWT_AUTO(fixture) f;

	listen_all(s, 4);
	SCRIPT(&s[3], REPLICA EPOCH NILS NIL);
	SCRIPT(&s[0], lie != NULL ? lie : names(text[0], &s[3]));
	SCRIPT(&s[1], names(text[1], &s[2]));
	SCRIPT(&s[2], PASSING);
	use_sentinels(&f, item, s, right_after ? 2 : 1);
	reason = fixture_check(&f);
	end_all(s, 4);
	*said = f.report;
	return reason;
}

static void
a_sentinel_that_lies_is_not_believed_and_the_next_is_asked(void)
{
	char text[5][NAMED_MAX];
	const struct {
		const char *lie, *words;
	} rows[] = {
		{ "*-1\r\n", "Sentinel knows no primary \"mymaster\"" },
		{ named(text[0], "redis.example.com", "6379"),
			"no numeric address" },
		{ named(text[1], "127.0.0.1", "0"), "no numeric address" },
		{ named(text[2], "127.0.0.1", "6379 x"), "no numeric address" },
		{ named(text[3], "", ""), "no numeric address" },
		{ NULL, "this server is a replica" },
		{ "*2\r\n*0\r\n*0\r\n", "no sensible answer to SENTINEL" },
		{ "*1\r\n$1\r\nx\r\n", "no sensible answer to SENTINEL" },
		{ "-NOAUTH x\r\n", "answers NOAUTH to SENTINEL" },
		{ "junk\r\n", "not RESP" },
		{ "", "Connection timed out" },
	};

	for (size_t i = 0; i < JWT_COUNT(rows); i++) {
		struct report said;

		CU_ASSERT_EQUAL(reason_after(rows[i].lie, true, &said), JWT_OK);
		CU_ASSERT_EQUAL(reason_after(rows[i].lie, false, &said),
			JWT_REVOCATION_UNREACHABLE);
		CU_ASSERT_PTR_NOT_NULL(strstr(said.text, rows[i].words));
		if (strstr(said.text, rows[i].words) == NULL)
			printf("       row %zu: %s\n", i, said.text);
	}
}

static void
put_secret(struct fixture *f, const char *name, const char *text, char **out)
{
	static char path[2][128];
	static unsigned next;

	*out = path[next++ % 2];
	snprintf(*out, sizeof(path[0]), "%s/%s", f->root, name);
	CU_ASSERT(file_write(
		*out, slice_of_string(text), 0600, (uid_t)-1, (gid_t)-1, NULL));
}

static void
sentinels_get_their_own_password_and_no_other(void)
{
	static char user[] = "watcher";
	struct script s[2];
	char *item[1], said[NAMED_MAX + 8], text[NAMED_MAX];
	JWT_AUTO(buffer) sentinel = BUFFER(65536), redis = BUFFER(65536);
	JWT_AUTO(fixture) f;

	listen_all(s, 2);
	snprintf(said, sizeof(said), "+OK\r\n%s", names(text, &s[1]));
	SCRIPT(&s[0], said);
	SCRIPT(&s[1], "+OK\r\n" PASSING);
	use_sentinels(&f, item, s, 1);
	put_secret(&f, "p", "REDIS-SECRET", &f.config.redis.password_file);
	put_secret(&f, "q", "SENTINEL-SECRET",
		&f.config.redis.sentinel.password_file);
	f.config.redis.sentinel.user = user;
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	script_log(&s[0], &sentinel);
	script_log(&s[1], &redis);
	CU_ASSERT_EQUAL(script_count(buffer_slice(&sentinel),
				"AUTH\r\n$7\r\nwatcher\r\n$15\r\n"
				"SENTINEL-SECRET\r\n"),
		1);
	CU_ASSERT_EQUAL(
		script_count(buffer_slice(&sentinel), "REDIS-SECRET"), 0);
	CU_ASSERT_EQUAL(script_count(buffer_slice(&redis), "REDIS-SECRET"), 1);
	CU_ASSERT_EQUAL(
		script_count(buffer_slice(&redis), "SENTINEL-SECRET"), 0);
	end_all(s, 2);
}

static const struct unit_test tests[] = {
	UNIT_TEST(the_first_primary_of_several_answers),
	UNIT_TEST(a_revocation_at_the_first_primary_is_final),
	UNIT_TEST(each_says_why_it_did_not_serve),
	UNIT_TEST(one_that_hangs_leaves_time_for_the_next),
	UNIT_TEST(all_that_hang_share_one_deadline),
	UNIT_TEST(sentinel_names_the_primary),
	UNIT_TEST(a_sentinel_that_lies_is_not_believed_and_the_next_is_asked),
	UNIT_TEST(sentinels_get_their_own_password_and_no_other),
};
UNIT_SUITE("revocation_find", tests)
