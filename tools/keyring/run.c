/* SPDX-License-Identifier: ISC */
#include "run.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define EXIT_NO_EXEC 127 /* as a shell has it */

/* Nothing of ours passes on: what a program needs stands in its words. */
static char path_variable[] =
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
static char locale_variable[] = "LC_ALL=C.UTF-8";
static char *const environment[] = { path_variable, locale_variable, NULL };

static const char *
stands_for(char letter, const struct run_words *words)
{
	switch (letter) {
	case 'k':
		return words->kid;
	case 'e':
		return words->event;
	case 'd':
		return words->dir;
	case 'o':
		return words->out;
	default:
		return "%";
	}
}

bool
run_fill(const char *word, const struct run_words *words, struct buffer *out)
{
	for (const char *c = word; *c != '\0'; c++) {
		const char *text;

		if (*c != '%' || c[1] == '\0') {
			if (!buffer_append(out, c, 1))
				return false;
			continue;
		}
		text = stands_for(*++c, words);
		if (text != NULL && !buffer_append_string(out, text))
			return false;
	}
	return true;
}

static void
arguments_free(char **arguments)
{
	if (arguments == NULL)
		return;
	for (char **word = arguments; *word != NULL; word++)
		free(*word);
	free(arguments);
}
JWT_AUTO_TYPE(arguments, char **, arguments_free);

static char **
make_arguments(
	const struct settings_command *command, const struct run_words *words)
{
	JWT_AUTO(arguments)
	out = calloc(command->words.count + 1, sizeof(out[0]));

	for (size_t i = 0; out != NULL && i < command->words.count; i++) {
		JWT_AUTO(buffer) text = BUFFER(RUN_WORD_MAX);

		if (!run_fill(command->words.item[i], words, &text))
			return NULL;
		out[i] = strdup(buffer_string(&text));
		if (out[i] == NULL)
			return NULL;
	}
	return JWT_TAKE(out);
}

/* In the child, from here on only what is async-signal-safe. */
static void __attribute__((noreturn)) be_program(char **arguments, bool quiet)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* A killed rotation is begun anew: nothing of it goes on. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setpgid(0, 0);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
		dup2(quiet ? null : STDERR_FILENO, STDOUT_FILENO) < 0 ||
		(quiet && dup2(null, STDERR_FILENO) < 0) ||
		close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
		_exit(EXIT_NO_EXEC);
	umask(S_IWGRP | S_IWOTH);
	execve(arguments[0], arguments, environment);
	_exit(EXIT_NO_EXEC);
}

/* False: it is too late, and the whole group was killed. */
static bool
wait_until(pid_t pid, int64_t deadline, int *status)
{
	JWT_AUTO(fd) fd = pidfd_open(pid, 0);
	struct pollfd ended = { .fd = fd, .events = POLLIN };
	bool in_time;

	while (poll(&ended, 1, clock_left_ms(deadline)) < 0 && errno == EINTR)
		continue;
	in_time = (ended.revents & POLLIN) != 0;
	if (!in_time) {
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
	}
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		continue;
	return in_time;
}

static enum jwt_reason
judge(const char *program, int status, struct report *r)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return JWT_OK;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_EXEC)
		return report(r, JWT_KEYS_UNAVAILABLE,
			"%s: exit 127 (could it be started?)", program);
	if (WIFEXITED(status))
		return report(r, JWT_KEYS_UNAVAILABLE, "%s: exit %d", program,
			WEXITSTATUS(status));
	return report(r, JWT_KEYS_UNAVAILABLE, "%s: ended by signal %d",
		program, WTERMSIG(status));
}

enum jwt_reason
run_command(const struct settings_command *command,
	const struct run_words *words, bool quiet, struct report *r)
{
	JWT_AUTO(arguments) arguments = make_arguments(command, words);
	int64_t deadline = clock_monotonic_ms() + command->timeout * 1000;
	int status = 0;
	pid_t pid;

	if (arguments == NULL)
		return report(r, JWT_KEYS_UNAVAILABLE, "%s: no memory",
			command->words.item[0]);
	pid = fork();
	if (pid < 0)
		return report(r, JWT_KEYS_UNAVAILABLE, "%s: %s", arguments[0],
			strerror(errno));
	if (pid == 0)
		be_program(arguments, quiet);
	setpgid(pid, pid); /* whoever of both is first */
	if (!wait_until(pid, deadline, &status))
		return report(r, JWT_KEYS_UNAVAILABLE,
			"%s: took more than %lld s", arguments[0],
			(long long)command->timeout);
	return judge(arguments[0], status, r);
}
