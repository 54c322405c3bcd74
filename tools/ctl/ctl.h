/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl: one file a subcommand, one row a subcommand in main.c.
 *
 * A subcommand that reads a token, a certificate, a cache file or a store
 * becomes an unprivileged user for good before it reads the first byte.
 */
#ifndef JWT_CTL_CTL_H
#define JWT_CTL_CTL_H

#include "base/file.h"

enum ctl_exit {
	CTL_YES = 0,	/* done; valid; allowed */
	CTL_NO = 1,	/* not valid; denied */
	CTL_USAGE = 2,	/* usage or configuration error */
	CTL_FAILED = 3, /* could not decide, could not be done */
};

/*
 * argv[0] is the last word of the subcommand's name, the rest are its
 * arguments, ready for getopt_long.
 */
typedef enum ctl_exit (*ctl_run_fn)(int argc, char **argv);

struct ctl_command {
	const char *name; /* one word, or two: "config check" */
	ctl_run_fn run;
	const char *arguments; /* for the usage line; "" for none */
	const char *help;      /* one line */
};

/* Prints "jwtauthctl: TEXT" and where help is; CTL_USAGE. */
enum ctl_exit ctl_usage(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/* The same about what getopt_long just stopped at (with opterr = 0). */
enum ctl_exit ctl_bad_option(char **argv);
/* Prints "jwtauthctl: TEXT"; yields status. */
enum ctl_exit ctl_fail(enum ctl_exit status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * As root: becomes jwtauth for good. Prints why not; the caller must stop.
 * With or_nobody, where the package's users don't exist: nobody instead.
 */
bool ctl_drop_privileges(bool or_nobody);
/* The whole of standard input, at most out->max bytes; prints why not. */
enum file_status ctl_read_stdin(struct buffer *out);

enum ctl_exit ctl_config_check(int argc, char **argv);
enum ctl_exit ctl_disable(int argc, char **argv);
enum ctl_exit ctl_doctor(int argc, char **argv);
enum ctl_exit ctl_enable(int argc, char **argv);
enum ctl_exit ctl_explain(int argc, char **argv);
enum ctl_exit ctl_keys_has(int argc, char **argv);
enum ctl_exit ctl_keys_import(int argc, char **argv);
enum ctl_exit ctl_keys_refresh(int argc, char **argv);
enum ctl_exit ctl_keys_show(int argc, char **argv);
enum ctl_exit ctl_revoke(int argc, char **argv);
enum ctl_exit ctl_revoked_list(int argc, char **argv);
enum ctl_exit ctl_revoked_init(int argc, char **argv);
enum ctl_exit ctl_revoked_accept(int argc, char **argv);
enum ctl_exit ctl_revoked_restore(int argc, char **argv);
enum ctl_exit ctl_revoked_show(int argc, char **argv);
enum ctl_exit ctl_revoked_undo(int argc, char **argv);
enum ctl_exit ctl_revoked_sweep(int argc, char **argv);
enum ctl_exit ctl_verify_jws(int argc, char **argv);

#endif
