/* SPDX-License-Identifier: ISC */
/* keys: the one question to the fetcher. */
#include "base/clock.h"
#include "keys_fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A fetcher that takes one question, writes cache (NULL: nothing) and gives
 * answer in two parts, or none at all (NULL), and its pid.
 */
static pid_t
fetcher(const char *expect, const char *cache, const char *answer)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char line[KEYS_REFRESH_MAX + 1] = "";
	pid_t pid;

	memcpy(a.sun_path, sock, strlen(sock) + 1);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
		listen(fd, 5) != 0)
		abort();
	pid = fork();
	if (pid != 0) {
		close(fd);
		return pid;
	}
	alarm(10); /* nobody asks: the test fails and does not hang */
	fd = accept(fd, NULL, NULL);
	for (size_t n = 0; n < KEYS_REFRESH_MAX && strchr(line, '\n') == NULL;)
		n += (size_t)read(fd, line + n, KEYS_REFRESH_MAX - n);
	if (cache != NULL)
		put("corp.json", cache, 0644);
	if (answer == NULL)
		pause();
	else if (write(fd, answer, 1) != 1 ||
		 write(fd, answer + 1, strlen(answer) - 1) < 0)
		_exit(2);
	_exit(answer != NULL && strcmp(line, expect) == 0 ? 0 : 1);
}

static bool
asked_rightly(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && status == 0;
}

static void
unknown_kid_asks_the_fetcher_and_reads_again(void)
{
	JWT_AUTO(jwks) set = NULL;
	pid_t pid;

	fresh_folder();
	put("corp.json", CACHE(TIMES, SET_A), 0644);
	pid = fetcher("refresh corp Yg\n", CACHE(TIMES, SET_AB), "ok\n");
	CU_ASSERT_EQUAL(keys("b", 1500, &set), JWT_OK);
	CU_ASSERT(set != NULL && jwks_has_kid(set, slice_of_string("b")));
	CU_ASSERT(asked_rightly(pid));
	remove_folder();
}

static void
known_kid_and_no_kid_where_keys_are_ask_nobody(void)
{
	JWT_AUTO(jwks) set = NULL;
	pid_t pid;

	fresh_folder();
	put("corp.json", CACHE(TIMES, SET_A), 0644);
	pid = fetcher("", CACHE(TIMES, SET_AB), "ok\n");
	CU_ASSERT_EQUAL(keys("a", 1500, &set), JWT_OK);
	jwks_free(JWT_TAKE(set));
	CU_ASSERT_EQUAL(keys("", 1500, &set), JWT_OK);
	CU_ASSERT(set != NULL && jwks_count(set) == 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	remove_folder();
}

static void
no_kid_asks_where_no_keys_serve(void)
{
	static const char *const before[] = { NULL, "{",
		CACHE("\"fetched_at\":1,\"fresh_until\":2,\"stale_until\":3",
			SET_A) };

	for (size_t i = 0; i < JWT_COUNT(before); i++) {
		JWT_AUTO(jwks) set = NULL;
		pid_t pid;

		fresh_folder();
		if (before[i] != NULL)
			put("corp.json", before[i], 0644);
		pid = fetcher("refresh corp\n", CACHE(TIMES, SET_A), "ok\n");
		CU_ASSERT_EQUAL(keys("", 1500, &set), JWT_OK);
		CU_ASSERT(set != NULL && jwks_count(set) == 1);
		CU_ASSERT(asked_rightly(pid));
		remove_folder();
	}
}

static void
kid_that_stays_unknown_leaves_the_old_keys(void)
{
	JWT_AUTO(jwks) set = NULL;
	pid_t pid;

	fresh_folder();
	put("corp.json", CACHE(TIMES, SET_A), 0644);
	pid = fetcher("refresh corp Yg\n", NULL, "no cooldown\n");
	CU_ASSERT_EQUAL(keys("b", 1500, &set), JWT_OK);
	CU_ASSERT(set != NULL && jwks_count(set) == 1);
	CU_ASSERT(asked_rightly(pid));
	remove_folder();
}

static void
any_answer_but_ok_is_no(void)
{
	static const char *const answer[] = { "no cooldown\n", "no\n", "okay\n",
		" \n", "ok ok\n", "OK\n", "ok\r\n", "ok" };

	for (size_t i = 0; i < JWT_COUNT(answer); i++) {
		pid_t pid;

		fresh_folder();
		pid = fetcher("refresh corp Yg\n", NULL, answer[i]);
		CU_ASSERT_FALSE(keys_ask_refresh(
			sock, "corp", slice_of_string("b"), 5000, NULL));
		CU_ASSERT(asked_rightly(pid));
		remove_folder();
	}
}

static void
fetcher_that_hangs_costs_the_deadline_and_no_more(void)
{
	struct report detail = { 0 };
	int64_t began, took;
	pid_t pid;

	fresh_folder();
	pid = fetcher("", NULL, NULL);
	began = clock_monotonic_ms();
	CU_ASSERT_FALSE(keys_ask_refresh(
		sock, "corp", slice_of_string("b"), 300, &detail));
	took = clock_monotonic_ms() - began;
	CU_ASSERT(took >= 295 && took < 1500);
	CU_ASSERT_PTR_NOT_NULL(strstr(detail.text, "timed out"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	remove_folder();
}

static void
endless_or_missing_answer_is_no(void)
{
	static char endless[2 * KEYS_REFRESH_MAX];
	struct slice kid = slice_of_string("b");
	pid_t pid;

	memset(endless, 'o', sizeof(endless) - 1);
	fresh_folder();
	CU_ASSERT_FALSE(keys_ask_refresh(sock, "corp", kid, 1000, NULL));
	pid = fetcher("refresh corp Yg\n", NULL, endless);
	CU_ASSERT_FALSE(keys_ask_refresh(sock, "corp", kid, 1000, &why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why.text, "too long"));
	waitpid(pid, NULL, 0);
	remove_folder();
}

static const struct unit_test tests[] = {
	UNIT_TEST(unknown_kid_asks_the_fetcher_and_reads_again),
	UNIT_TEST(known_kid_and_no_kid_where_keys_are_ask_nobody),
	UNIT_TEST(no_kid_asks_where_no_keys_serve),
	UNIT_TEST(kid_that_stays_unknown_leaves_the_old_keys),
	UNIT_TEST(any_answer_but_ok_is_no),
	UNIT_TEST(fetcher_that_hangs_costs_the_deadline_and_no_more),
	UNIT_TEST(endless_or_missing_answer_is_no),
};
UNIT_SUITE("keys_refresh", tests)
