/* SPDX-License-Identifier: ISC */
/*
 * A part of a subcommand as another user: a process of its own, which drops
 * its rights for good before it does anything, and hands back some bytes.
 */
#ifndef JWT_CTL_ASIDE_H
#define JWT_CTL_ASIDE_H

#include "ctl.h"

/* Runs as that user; what it appends to out (at most out->max bytes) reaches
 * the caller if it yields CTL_YES. */
typedef enum ctl_exit (*ctl_aside_fn)(const void *arg, struct buffer *out);

/*
 * user NULL: as the caller is. The caller, if it is root, must not look at
 * the bytes before it has dropped its own rights. Says why not.
 */
enum ctl_exit ctl_aside(const char *user, ctl_aside_fn run, const void *arg,
	struct buffer *out);
/* The same, and tells in fault alone what became of the process itself; empty
 * where it ended as run did. */
enum ctl_exit ctl_aside_try(const char *user, ctl_aside_fn run, const void *arg,
	struct buffer *out, struct report *fault);

#endif
