/* SPDX-License-Identifier: ISC */
/* The child's side of running the helper: from fork to exec. */
#ifndef PAM_JWT_HELPER_H
#define PAM_JWT_HELPER_H

#include "base/ids.h"

/* What the child needs, all made ready by the parent. */
struct helper_child {
	struct ids ids;
	int program;  /* the helper, open */
	int request;  /* the pipe's end to read from */
	int reply;    /* the pipe's end to write to */
	pid_t parent; /* who must be alive */
};

/* Async-signal-safe; every failure ends the child with HELPER_EXIT. */
void helper_become(const struct helper_child *child) __attribute__((noreturn));

#define HELPER_EXIT 126 /* the child could not be made safe */

#endif
