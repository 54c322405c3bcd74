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

/*
 * Aside, as the checker: what this host's logins have seen of the configured
 * store, "ID COUNTER", or nothing. Says why it can't be read; a config that
 * can't be is left for others to tell, and yields nothing.
 */
enum ctl_exit ctl_aside_mark(const char *config_path, struct buffer *out);

#endif
