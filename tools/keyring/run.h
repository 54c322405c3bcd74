/* SPDX-License-Identifier: ISC */
/*
 * Running the programs of others: hooks, and commands that ask or tell a
 * host. A list of arguments, no shell, an environment of two variables, no
 * descriptor of ours, an end in time.
 */
#ifndef JWT_KEYRING_RUN_H
#define JWT_KEYRING_RUN_H

#include "settings.h"

/* What stands for %k, %e, %d and %o; NULL: empty. */
struct run_words {
	const char *kid, *event, *dir, *out;
};

/*
 * The command with its words filled in. Its standard output goes to our
 * standard error, or nowhere if quiet. JWT_OK: it exited with 0;
 * keys_unavailable + report: with another status, by a signal, too late, or
 * it could not be started.
 */
enum jwt_reason run_command(const struct settings_command *command,
	const struct run_words *words, bool quiet,
	struct report *report) JWT_MUST_CHECK;

/* One word with what its % stand for; false: out of memory or too long. */
#define RUN_WORD_MAX 4096
bool run_fill(const char *word, const struct run_words *words,
	struct buffer *out) JWT_MUST_CHECK;

#endif
