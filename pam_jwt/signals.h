/* SPDX-License-Identifier: ISC */
/*
 * SIGPIPE and SIGCHLD held back in this thread while we talk to the helper,
 * so that the host program's handlers never see our child. No disposition
 * is changed, since those belong to the whole process.
 */
#ifndef PAM_JWT_SIGNALS_H
#define PAM_JWT_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

struct signals {
	sigset_t before;
	bool pipe_pending; /* a SIGPIPE that isn't ours */
};

bool signals_hold(struct signals *signals);
/* Drops a SIGPIPE of ours and puts the mask back. */
void signals_release(const struct signals *signals);

#endif
