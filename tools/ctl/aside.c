/* SPDX-License-Identifier: ISC */
/*
 * Forks, drops, runs, and hands its bytes over a pipe.
 */
#include "aside.h"

#include "config/config.h"
#include "privileges.h"
#include "revocation/epoch.h"

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
exit_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return CTL_FAILED;
	if (!WIFEXITED(status) || WEXITSTATUS(status) > CTL_FAILED)
		return ctl_fail(CTL_FAILED, "a process of this one died");
	return (enum ctl_exit)WEXITSTATUS(status);
}

enum ctl_exit
ctl_aside(
	const char *user, ctl_aside_fn run, const void *arg, struct buffer *out)
{
	struct report r = { "" };
	enum file_status got;
	enum ctl_exit status;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return ctl_fail(CTL_FAILED, "pipe: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		be_other(user, run, arg, out->max, ends[1]);
	}
	close(ends[1]);
	got = pid > 0 ? file_read_fd(ends[0], "pipe", out, &r) : FILE_OK;
	close(ends[0]);
	if (pid < 0)
		return ctl_fail(CTL_FAILED, "fork: %s", strerror(errno));
	status = exit_of(pid);
	if (status == CTL_YES && got != FILE_OK)
		return ctl_fail(CTL_FAILED, "%s", r.text);
	return status;
}

static enum ctl_exit
read_mark(const void *config_path, struct buffer *out)
{
	JWT_AUTO(config) config = NULL;
	struct config_error error;
	struct report r = { "" };
	struct epoch mark;
	bool known = false;
	enum jwt_reason reason;

	if (config_load(config_path, &config, &error) != JWT_OK)
		return CTL_YES;
	reason = mark_read(JWT_STATE_DIR "/seen",
		config->revocation.store == REVOCATION_REDIS ? "redis"
							     : "embedded",
		&mark, &known, &r);
	if (reason != JWT_OK)
		return ctl_fail(
			CTL_FAILED, "%s: %s", jwt_reason_name(reason), r.text);
	if (known && !epoch_format(&mark, out))
		return ctl_fail(CTL_FAILED, "out of memory");
	return CTL_YES;
}

enum ctl_exit
ctl_aside_mark(const char *config_path, struct buffer *out)
{
	return ctl_aside(USER_CHECK, read_mark, config_path, out);
}
