/* SPDX-License-Identifier: ISC */
/* Holding signals back, and giving them back. */
#include "signals.h"

#include <errno.h>
#include <time.h>

bool
signals_hold(struct signals *signals)
{
	sigset_t held, pending;

	sigemptyset(&held);
	sigaddset(&held, SIGPIPE);
	sigaddset(&held, SIGCHLD);
	if (sigpending(&pending) != 0)
		return false;
	signals->pipe_pending = sigismember(&pending, SIGPIPE) == 1;
	errno = pthread_sigmask(SIG_BLOCK, &held, &signals->before);
	return errno == 0;
}

void
signals_release(const struct signals *signals)
{
	const struct timespec at_once = { 0 };
	int saved = errno;
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGPIPE);
	if (!signals->pipe_pending)
		while (sigtimedwait(&ours, NULL, &at_once) < 0 &&
			errno == EINTR)
			continue;
	pthread_sigmask(SIG_SETMASK, &signals->before, NULL);
	errno = saved;
}
