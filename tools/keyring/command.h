/* SPDX-License-Identifier: ISC */
/* Subcommands: one file and one row each, their options in a table. */
#ifndef JWT_KEYRING_COMMAND_H
#define JWT_KEYRING_COMMAND_H

#include "keyring.h"

#include <sys/types.h>

enum keyring_exit {
	KEYRING_DONE = 0,
	KEYRING_FAILED = 1,
	KEYRING_USAGE = 2,
	KEYRING_BUSY = 3,     /* another rotation runs */
	KEYRING_WAITS = 4,    /* a verifier lacks the key, or is behind it */
	KEYRING_NOT_TOLD = 5, /* a hook or a command failed; tried again */
	KEYRING_OVERDUE = 6,  /* the current key is too old */
};

#define KEYRING_OPTIONS_MAX 32

struct keyring_option {
	const char *name;     /* long; NULL ends the table */
	const char *argument; /* what its value is called; NULL: a flag */
	const char *help;
};

struct keyring_command {
	const char *name;
	const char *operands; /* for the usage line; "" for none */
	const char *help;     /* one line */
	const struct keyring_option *options;
	enum keyring_exit (*run)(int argc, char **argv);
};

extern const struct keyring_command command_init, command_rotate, command_drop,
	command_publish, command_mint, command_status;

#define OPTION_END (-1)
#define OPTION_BAD (-2) /* said already */

/* The next option's index in the table, its value in optarg; or the above. */
int command_next_option(
	const struct keyring_command *command, int argc, char **argv);
void command_print_help(const struct keyring_command *command);

/* Prints "jwt-keyring COMMAND: TEXT" and where help is. */
enum keyring_exit command_usage(const struct keyring_command *command,
	const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints the report of a failure. */
enum keyring_exit command_failed(
	const struct keyring_command *command, const struct report *report);

/* An algorithm by name; what is wrong is said. */
bool command_any_alg(const struct keyring_command *command, const char *name,
	enum jws_alg *out);
/* A duration, as in duration.h; what is wrong is said. */
bool command_duration(const struct keyring_command *command, const char *option,
	const char *text, int64_t *out);
/*
 * Options that win over a setting, and the settings' file itself. What is
 * wrong is said.
 */
struct settings;
enum keyring_exit command_settings(const struct keyring_command *command,
	const char *path, struct settings *settings);
bool command_group(
	const struct keyring_command *command, const char *name, gid_t *out);

#endif
