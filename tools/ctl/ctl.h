/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl: one file a subcommand, one row a subcommand in main.c.
 *
 * A subcommand that reads a token, a certificate, a cache file or a store
 * becomes an unprivileged user for good before it reads the first byte.
 */
#ifndef JWT_CTL_CTL_H
#define JWT_CTL_CTL_H

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
/* Prints "jwtauthctl: TEXT"; yields status. */
enum ctl_exit ctl_fail(enum ctl_exit status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

enum ctl_exit ctl_config_check(int argc, char **argv);
enum ctl_exit ctl_disable(int argc, char **argv);
enum ctl_exit ctl_enable(int argc, char **argv);

#endif
