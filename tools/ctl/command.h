/* SPDX-License-Identifier: ISC */
/*
 * Runs a program of the host and catches what it says: sshd, visudo and
 * systemctl know their own state best.
 */
#ifndef JWT_CTL_COMMAND_H
#define JWT_CTL_COMMAND_H

#include "base/bytes.h"
#include "base/report.h"

#define COMMAND_OUTPUT_MAX (256 * 1024)

/*
 * Runs argv[0] (an absolute path) in the folder tree root ("" for this one)
 * with an environment of its own and nothing on standard input. Standard
 * output and error go to *output. Returns the exit status, or -1 with a
 * report: it can't be run, was killed, or passed its deadline.
 */
int command_run(const char *root, const char *const argv[],
	struct buffer *output, struct report *report) JWT_MUST_CHECK;

#endif
