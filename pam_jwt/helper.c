/* SPDX-License-Identifier: ISC */
/*
 * The parent's side of running the helper: makes everything ready, forks,
 * talks, and sees to it that the child is gone afterwards.
 */
#include "helper.h"

#include "base/clock.h"
#include "exchange.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* How long a killed child may take to vanish before it is left alone. */
#define REAP_MS 1000

static bool
failed(struct report *r, const char *what)
{
	report(r, JWT_INTERNAL_ERROR, "%s: %s", what, strerror(errno));
	return false;
}

/* The helper, root's own and writable by nobody else; -1 and a report. */
static int
open_program(struct report *r)
{
	int fd = open(HELPER_PATH, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		failed(r, HELPER_PATH);
	} else if (!S_ISREG(st.st_mode) || st.st_uid != 0 ||
		   (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		report(r, JWT_INTERNAL_ERROR,
			"%s: must be root's and writable by root alone",
			HELPER_PATH);
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

struct pipes {
	int request[2], reply[2];
};

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
pipes_close(struct pipes *pipes)
{
	for (int i = 0; i < 2; i++) {
		close_fd(&pipes->request[i]);
		close_fd(&pipes->reply[i]);
	}
}

/* Only our ends don't block: the helper's are those of any program. */
static bool
pipes_open(struct pipes *pipes, struct report *r)
{
	*pipes = (struct pipes){ { -1, -1 }, { -1, -1 } };
	if (pipe2(pipes->request, O_CLOEXEC) == 0 &&
		pipe2(pipes->reply, O_CLOEXEC) == 0 &&
		fcntl(pipes->request[1], F_SETFL, O_NONBLOCK) == 0 &&
		fcntl(pipes->reply[0], F_SETFL, O_NONBLOCK) == 0)
		return true;
	failed(r, "pipe");
	pipes_close(pipes);
	return false;
}

/*
 * fork with every signal held, so that no handler of the host program runs
 * in the child before the child has put them all back to the default.
 */
static pid_t
fork_quietly(const struct helper_child *child)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		helper_become(child);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid;
}

/* The process behind pidfd has ended within ms. */
static bool
ended(int pidfd, int ms)
{
	int64_t deadline = clock_monotonic_ms() + ms;

	for (;;) {
		struct pollfd p = { .fd = pidfd, .events = POLLIN };
		int n = poll(&p, 1, clock_left_ms(deadline));

		if (n > 0)
			return true;
		if (n == 0 || errno != EINTR)
			return false;
	}
}

/*
 * Ends and reaps our child, and no other. False if it died by a signal of
 * its own: what crashed has not judged. Where the host program ignores
 * SIGCHLD, or reaps everything, there is nothing left to wait for (ECHILD).
 */
static bool
reap(int pidfd, int64_t deadline_ms)
{
	siginfo_t info = { 0 };
	bool killed = false;

	if (!ended(pidfd, clock_left_ms(deadline_ms))) {
		pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
		killed = true;
		if (!ended(pidfd, REAP_MS))
			return false;
	}
	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) != 0)
		if (errno != EINTR)
			return errno == ECHILD && !killed;
	return info.si_code == CLD_EXITED && !killed;
}

static bool
run(struct pipes *pipes, const struct helper_child *child, struct slice request,
	unsigned deadline_ms, uint8_t out[FRAME_REPLY_LEN], struct report *r)
{
	struct exchange x = {
		.to = pipes->request[1],
		.from = pipes->reply[0],
		.deadline_ms = clock_monotonic_ms() + deadline_ms,
	};
	pid_t pid = fork_quietly(child);
	JWT_AUTO(fd) pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;
	bool ok;

	if (pidfd < 0) {
		failed(r, "starting the helper");
		if (pid > 0 && kill(pid, SIGKILL) == 0)
			waitpid(pid, NULL, 0);
		return false;
	}
	close_fd(&pipes->request[0]);
	close_fd(&pipes->reply[1]);
	ok = exchange_run(&x, request, out, r);
	/* exchange_run has closed it; a number may be in use again. */
	if (x.to < 0)
		pipes->request[1] = -1;
	/* Without a reply there is nothing to wait for. */
	if (!reap(pidfd, ok ? x.deadline_ms : 0) && ok) {
		report(r, JWT_INTERNAL_ERROR, "the helper crashed or hung");
		ok = false;
	}
	return ok;
}

bool
helper_ask(struct slice request, unsigned deadline_ms,
	uint8_t out[FRAME_REPLY_LEN], struct report *r)
{
	struct helper_child child = { .parent = getpid() };
	struct pipes pipes;
	struct signals signals;
	bool ok = false;
	JWT_AUTO(fd) program = -1;

	if (!ids_load(IDS_PATH, &child.ids, r))
		return false;
	program = open_program(r);
	if (program < 0 || !pipes_open(&pipes, r))
		return false;
	child.program = program;
	child.request = pipes.request[0];
	child.reply = pipes.reply[1];
	if (signals_hold(&signals)) {
		ok = run(&pipes, &child, request, deadline_ms, out, r);
		signals_release(&signals);
	} else {
		failed(r, "signals");
	}
	pipes_close(&pipes);
	return ok;
}
