/* SPDX-License-Identifier: ISC */
/*
 * Forks, drops, runs, and hands its bytes over a pipe.
 */
#include "aside.h"

#include "privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static void __attribute__((noreturn)) be_other(
	const char *user, ctl_aside_fn run, const void *arg, size_t max, int to)
{
	JWT_AUTO(buffer) bytes = BUFFER(max);
	struct report r = { "" };
	enum ctl_exit status;

	if (user != NULL && privileges_drop_to(user, &r) != JWT_OK)
		status = ctl_fail(CTL_FAILED, "%s", r.text);
	else
		status = run(arg, &bytes);
	if (status == CTL_YES && !fd_write_all(to, buffer_slice(&bytes)))
		status = CTL_FAILED;
	buffer_free(&bytes);
	fflush(NULL);
	_exit((int)status);
}

static enum ctl_exit
exit_of(pid_t pid, struct report *fault)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return CTL_FAILED;
	if (WIFEXITED(status) && WEXITSTATUS(status) <= CTL_FAILED)
		return (enum ctl_exit)WEXITSTATUS(status);
	report(fault, JWT_INTERNAL_ERROR, "a process of this one died");
	return CTL_FAILED;
}

enum ctl_exit
ctl_aside_try(const char *user, ctl_aside_fn run, const void *arg,
	struct buffer *out, struct report *fault)
{
	struct report r = { "" };
	enum file_status got;
	enum ctl_exit status;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0) {
		report(fault, JWT_INTERNAL_ERROR, "pipe: %s", strerror(errno));
		return CTL_FAILED;
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		be_other(user, run, arg, out->max, ends[1]);
	}
	if (pid < 0)
		report(fault, JWT_INTERNAL_ERROR, "fork: %s", strerror(errno));
	close(ends[1]);
	got = pid > 0 ? file_read_fd(ends[0], "pipe", out, &r) : FILE_OK;
	close(ends[0]);
	status = pid > 0 ? exit_of(pid, fault) : CTL_FAILED;
	if (status != CTL_YES || got == FILE_OK)
		return status;
	report(fault, JWT_INTERNAL_ERROR, "%s", r.text);
	return CTL_FAILED;
}

enum ctl_exit
ctl_aside(
	const char *user, ctl_aside_fn run, const void *arg, struct buffer *out)
{
	struct report fault = { "" };
	enum ctl_exit status = ctl_aside_try(user, run, arg, out, &fault);

	return fault.text[0] != '\0' ? ctl_fail(status, "%s", fault.text)
				     : status;
}
