/* SPDX-License-Identifier: ISC */
/*
 * One child, one pipe, one deadline.
 */
#include "command.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* sshd -T may look up the names in ListenAddress. */
#define COMMAND_DEADLINE_MS 30000
#define CANNOT_RUN	    127

static void __attribute__((noreturn))
become_command(const char *root, const char *const argv[], int output)
{
	static char path[] =
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin";
	static char locale[] = "LC_ALL=C";
	char *environment[] = { path, locale, NULL };
	int null = open("/dev/null", O_RDONLY);

	if (null < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 ||
		dup2(output, 2) < 0)
		_exit(CANNOT_RUN);
	if (root[0] != '\0' && (chroot(root) != 0 || chdir("/") != 0))
		_exit(CANNOT_RUN);
	/* execve never writes to the strings: POSIX's prototype is old. */
	execve(argv[0], (char *const *)(uintptr_t)argv, environment);
	_exit(CANNOT_RUN);
}

/* Until end of file. False: deadline, or more than the buffer takes. */
static bool
read_until_end(int fd, struct buffer *output)
{
	int64_t deadline = clock_monotonic_ms() + COMMAND_DEADLINE_MS;
	uint8_t chunk[4096];

	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		int left = clock_left_ms(deadline);
		ssize_t got;

		if (left == 0)
			return false;
		if (poll(&wait, 1, left) <= 0)
			continue;
		got = read(fd, chunk, sizeof(chunk));
		if (got == 0)
			return true;
		if (got < 0 && errno != EINTR)
			return false;
		if (got > 0 && !buffer_append(output, chunk, (size_t)got))
			return false;
	}
}

int
command_run(const char *root, const char *const argv[], struct buffer *output,
	struct report *r)
{
	int ends[2], status;
	pid_t child;
	bool ended;

	if (pipe2(ends, O_CLOEXEC) != 0) {
		report(r, JWT_INTERNAL_ERROR, "pipe: %s", strerror(errno));
		return -1;
	}
	child = fork();
	if (child == 0)
		become_command(root, argv, ends[1]);
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		report(r, JWT_INTERNAL_ERROR, "fork: %s", strerror(errno));
		return -1;
	}
	ended = read_until_end(ends[0], output);
	close(ends[0]);
	if (!ended)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (ended && WIFEXITED(status) && WEXITSTATUS(status) != CANNOT_RUN)
		return WEXITSTATUS(status);
	report(r, JWT_INTERNAL_ERROR, "%s %s", argv[0],
		ended ? "cannot be run" : "did not end in time");
	return -1;
}
