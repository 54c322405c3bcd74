/* SPDX-License-Identifier: ISC */
/* The one seccomp filter of everything that judges a stranger's bytes. */
#ifndef JWT_TOOLS_SANDBOX_H
#define JWT_TOOLS_SANDBOX_H

#include "base/report.h"

/*
 * Loads the filter for the rest of the process's life. Whatever needs more
 * (the log's socket, the identity) is done before. internal_error and a
 * report where the kernel refuses: the caller must stop. A sanitized build
 * loads none, since the sanitizers' runtime could not live in it.
 */
enum jwt_reason sandbox_enter(struct report *report) JWT_MUST_CHECK;

/* OpenSSL without its config file and without the environment's say. */
void sandbox_start_crypto(void);

#endif
