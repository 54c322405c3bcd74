/* SPDX-License-Identifier: ISC */
/* pam_jwt through libpam: the helper, and the verdicts that are none. */
#include "pam_host.h"
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *const one_token[] = { "tok", "", NULL };

static void
authenticate(struct seen *seen)
{
	pam_handle_t *pamh = host_start(seen, HOST_USER, one_token);

	seen->result[0] = pam_authenticate(pamh, 0);
	pam_end(pamh, seen->result[0]);
}

static int
answer_to(const char *rules)
{
	host_reset("role=verify deadline=400");
	host_rules(rules);
	return host_run(authenticate)->result[0];
}

static void
an_allow_is_success_and_a_deny_is_auth_err(void)
{
	CU_ASSERT_EQUAL(answer_to("* tok allow\n"), PAM_SUCCESS);
	CU_ASSERT_EQUAL(answer_to("* tok expired\n"), PAM_AUTH_ERR);
}

static void
a_reply_that_is_none_is_a_deny(void)
{
	static const char *const rules[] = { "* * nothing\n", "* * short\n",
		"* * long\n", "* * garbage\n", "* * crash\n",
		"* * hang-after\n" };

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		CU_ASSERT_EQUAL(answer_to(rules[i]), PAM_AUTHINFO_UNAVAIL);
}

static void
a_helper_that_hangs_is_killed_at_the_deadline(void)
{
	struct timespec before, after;
	double seconds;

	clock_gettime(CLOCK_MONOTONIC, &before);
	CU_ASSERT_EQUAL(answer_to("* * hang\n"), PAM_AUTHINFO_UNAVAIL);
	clock_gettime(CLOCK_MONOTONIC, &after);
	seconds = (double)(after.tv_sec - before.tv_sec) +
		  (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	CU_ASSERT(seconds >= 0.4);
	CU_ASSERT(seconds < 5);
}

static void
count_children(struct seen *seen)
{
	authenticate(seen);
	/* Nothing is left to wait for, not even what was killed. */
	seen->result[1] = waitpid(-1, NULL, WNOHANG);
}

static void
no_child_is_left_behind(void)
{
	host_reset("role=verify deadline=400");
	host_rules("* * hang\n");
	CU_ASSERT_EQUAL(host_run(count_children)->result[1], -1);
	host_rules("* * allow\n");
	CU_ASSERT_EQUAL(host_run(count_children)->result[1], -1);
}

static void
a_missing_helper_is_undecided(void)
{
	host_reset("role=verify");
	unlink(PAM_TEST_ROOT "/libexec/jwtauth-check");
	CU_ASSERT_EQUAL(
		host_run(authenticate)->result[0], PAM_AUTHINFO_UNAVAIL);
}

static void
a_helper_that_others_could_change_is_not_run(void)
{
	const char *helper = PAM_TEST_ROOT "/libexec/jwtauth-check";

	host_reset("role=verify");
	CU_ASSERT_EQUAL_FATAL(chmod(helper, 0775), 0);
	CU_ASSERT_EQUAL(
		host_run(authenticate)->result[0], PAM_AUTHINFO_UNAVAIL);
	CU_ASSERT_EQUAL_FATAL(chmod(helper, 0757), 0);
	CU_ASSERT_EQUAL(
		host_run(authenticate)->result[0], PAM_AUTHINFO_UNAVAIL);
	CU_ASSERT_EQUAL_FATAL(chmod(helper, 0755), 0);
	CU_ASSERT_EQUAL_FATAL(chown(helper, HOST_USER_UID, 0), 0);
	CU_ASSERT_EQUAL(
		host_run(authenticate)->result[0], PAM_AUTHINFO_UNAVAIL);
	CU_ASSERT_EQUAL(host_count("notes"), 0);
}

static void
ids_that_are_missing_broken_or_root_are_undecided(void)
{
	static const char *const ids[] = { "", "0 0\n", "0 65533\n", "x\n",
		"65533\n" };
	const char *path = PAM_TEST_ROOT "/state/ids";

	host_reset("role=verify");
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		host_write(path, ids[i], 0644);
		CU_ASSERT_EQUAL(host_run(authenticate)->result[0],
			PAM_AUTHINFO_UNAVAIL);
	}
	host_write(path, "65533 65533\n", 0666);
	CU_ASSERT_EQUAL(
		host_run(authenticate)->result[0], PAM_AUTHINFO_UNAVAIL);
	unlink(path);
	CU_ASSERT_EQUAL(
		host_run(authenticate)->result[0], PAM_AUTHINFO_UNAVAIL);
	CU_ASSERT_EQUAL(host_count("notes"), 0);
}

/* A user who prepares the process as badly as he can. */
static void
hostile(struct seen *seen)
{
	const struct rlimit none = { 0, RLIM_INFINITY }, few = { 64, 4096 };
	sigset_t all;

	setenv("LD_PRELOAD", "/nonexistent.so", 1);
	for (int i = 0; i < 3; i++)
		(void)!open("/dev/null", O_RDWR);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setrlimit(RLIMIT_CPU, &none);
	setrlimit(RLIMIT_NOFILE, &few);
	authenticate(seen);
}

static void
nothing_of_the_host_program_reaches_the_helper(void)
{
	const struct seen *seen;

	host_reset("role=verify");
	seen = host_run(hostile);
	CU_ASSERT_EQUAL(seen->result[0], PAM_SUCCESS);
	CU_ASSERT_PTR_NOT_NULL(strstr(seen->asked, " fds=0,1, "));
	CU_ASSERT_PTR_NOT_NULL(strstr(seen->asked,
		" uid=65533 euid=65533 gid=65533 groups=65532 env=none "
		"nnp=1 ignored=0 core=0 files=256 sid=own\n"));
}

static void
ignores_children(struct seen *seen)
{
	signal(SIGCHLD, SIG_IGN);
	authenticate(seen);
	seen->result[1] = signal(SIGCHLD, SIG_DFL) == SIG_IGN;
}

static void
a_program_that_ignores_its_children_gets_its_verdict(void)
{
	host_reset("role=verify");
	host_rules("* * allow\n");
	CU_ASSERT_EQUAL(host_run(ignores_children)->result[0], PAM_SUCCESS);
	host_rules("* * revoked\n");
	CU_ASSERT_EQUAL(host_run(ignores_children)->result[0], PAM_AUTH_ERR);
	CU_ASSERT_EQUAL(host_run(ignores_children)->result[1], 1);
}

static volatile sig_atomic_t heard;

static void
hear(int sig)
{
	(void)sig;
	heard++;
}

/* A child of the program's own must still be there to be waited for. */
static void
has_children(struct seen *seen)
{
	struct sigaction act = { .sa_handler = hear };
	sigset_t mask;
	pid_t child = fork();

	if (child == 0) {
		pause();
		_exit(7);
	}
	sigaction(SIGPIPE, &act, NULL);
	authenticate(seen);
	seen->result[1] = waitpid(child, NULL, WNOHANG);
	kill(child, SIGKILL);
	seen->result[2] = waitpid(child, NULL, 0) == child;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	seen->result[3] =
		sigismember(&mask, SIGPIPE) || sigismember(&mask, SIGCHLD);
	seen->result[4] = heard;
	sigaction(SIGPIPE, NULL, &act);
	seen->result[5] = act.sa_handler == hear;
}

static void
the_program_keeps_its_children_and_signals(void)
{
	const struct seen *seen;

	host_reset("role=verify deadline=2000");
	/* The helper ends without reading: that would be a SIGPIPE. */
	host_write(PAM_TEST_ROOT "/libexec/jwtauth-check", "junk", 0755);
	seen = host_run(has_children);
	CU_ASSERT_EQUAL(seen->result[0], PAM_AUTHINFO_UNAVAIL);
	CU_ASSERT_EQUAL(seen->result[1], 0);
	CU_ASSERT_EQUAL(seen->result[2], 1);
	CU_ASSERT_EQUAL(seen->result[3], 0);
	CU_ASSERT_EQUAL(seen->result[4], 0);
	CU_ASSERT_EQUAL(seen->result[5], 1);
}

static void
a_program_without_descriptors(struct seen *seen)
{
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	authenticate(seen);
	seen->result[1] = fcntl(0, F_GETFD);
}

static void
a_program_with_closed_standard_descriptors_gets_its_verdict(void)
{
	const struct seen *seen;

	host_reset("role=verify");
	seen = host_run(a_program_without_descriptors);
	CU_ASSERT_EQUAL(seen->result[0], PAM_SUCCESS);
	CU_ASSERT_PTR_NOT_NULL(strstr(seen->asked, " fds=0,1, "));
}

static void
count_descriptors(struct seen *seen)
{
	int before = dup(0), after;

	close(before);
	for (int i = 0; i < 5; i++)
		authenticate(seen);
	after = dup(0);
	seen->result[1] = after - before;
}

static void
no_descriptor_is_left_open(void)
{
	host_reset("role=login deadline=400");
	CU_ASSERT_EQUAL(host_run(count_descriptors)->result[1], 0);
	host_rules("* * short\n");
	CU_ASSERT_EQUAL(host_run(count_descriptors)->result[1], 0);
}

static void
as_a_plain_user(struct seen *seen)
{
	if (setresuid(HOST_USER_UID, HOST_USER_UID, HOST_USER_UID) != 0)
		return;
	authenticate(seen);
}

static void
a_caller_without_root_needs_the_socket(void)
{
	const struct seen *seen;

	host_reset("role=verify deadline=400");
	seen = host_run(as_a_plain_user);
	CU_ASSERT_EQUAL(seen->result[0], PAM_AUTHINFO_UNAVAIL);
	/* The helper is there, but not for this caller to run. */
	CU_ASSERT_STRING_EQUAL(seen->asked, "");
}

/* Serves one connection of check.sock with the stand-in. */
static void
with_a_socket(struct seen *seen)
{
	struct sockaddr_un address = { AF_UNIX,
		PAM_TEST_ROOT "/run/check.sock" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), peer;
	pid_t server;

	unlink(address.sun_path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		chmod(address.sun_path, 0666) != 0 || listen(fd, 5) != 0)
		return;
	server = fork();
	if (server == 0) {
		peer = accept(fd, NULL, NULL);
		dup2(peer, 0);
		dup2(peer, 1);
		execl(PAM_TEST_ROOT "/libexec/jwtauth-check", "jwtauth-check",
			"--framed", (char *)NULL);
		_exit(1);
	}
	close(fd);
	host_run_below(as_a_plain_user, seen);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	unlink(address.sun_path);
}

static void
the_socket_answers_a_caller_without_root(void)
{
	static const struct {
		const char *rules;
		int result;
	} rows[] = {
		{ "* * allow\n", PAM_SUCCESS },
		{ "* * expired\n", PAM_AUTH_ERR },
		{ "* * short\n", PAM_AUTHINFO_UNAVAIL },
		{ "* * long\n", PAM_AUTHINFO_UNAVAIL },
		{ "* * nothing\n", PAM_AUTHINFO_UNAVAIL },
		{ "* * hang\n", PAM_AUTHINFO_UNAVAIL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct seen *seen;

		host_reset("role=verify deadline=400");
		host_rules(rows[i].rules);
		seen = host_run(with_a_socket);
		CU_ASSERT_EQUAL(seen->result[0], rows[i].result);
		CU_ASSERT_PTR_NOT_NULL(strstr(seen->asked, " real=1 "));
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(an_allow_is_success_and_a_deny_is_auth_err),
	UNIT_TEST(a_reply_that_is_none_is_a_deny),
	UNIT_TEST(a_helper_that_hangs_is_killed_at_the_deadline),
	UNIT_TEST(no_child_is_left_behind),
	UNIT_TEST(a_missing_helper_is_undecided),
	UNIT_TEST(a_helper_that_others_could_change_is_not_run),
	UNIT_TEST(ids_that_are_missing_broken_or_root_are_undecided),
	UNIT_TEST(nothing_of_the_host_program_reaches_the_helper),
	UNIT_TEST(a_program_that_ignores_its_children_gets_its_verdict),
	UNIT_TEST(the_program_keeps_its_children_and_signals),
	UNIT_TEST(a_program_with_closed_standard_descriptors_gets_its_verdict),
	UNIT_TEST(no_descriptor_is_left_open),
	UNIT_TEST(a_caller_without_root_needs_the_socket),
	UNIT_TEST(the_socket_answers_a_caller_without_root),
};

int
main(void)
{
	if (!host_setup()) {
		fprintf(stderr, "pam_helper: needs root\n");
		return 77;
	}
	return suite_run("pam_helper", tests, sizeof(tests) / sizeof(tests[0]));
}
