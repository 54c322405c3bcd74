/* SPDX-License-Identifier: ISC */
/*
 * jwtauth-fetchd: keeps the key cache fresh. This file: the command line,
 * what is taken from the environment, and who we are.
 */
#include "fetcher.h"
#include "log.h"
#include "notify.h"
#include "privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { EXIT_GOOD, EXIT_SOME_FAILED, EXIT_USAGE };

#define LISTEN_FD 3 /* SD_LISTEN_FDS_START */

static const char usage[] =
	"usage: jwtauth-fetchd [--config FILE] [--once] [--foreground]\n"
	"\n"
	"Fetches the signing keys of token issuers into " JWT_CACHE_DIR ",\n"
	"and looks up the host names of Redis.\n"
	"\n"
	"  --config FILE  read this instead of " CONFIG_DEFAULT_PATH "\n"
	"  --once         fetch all once, a line an issuer; exit 0 if all "
	"are good\n"
	"  --foreground   do not detach (it never does)\n"
	"  --cache DIR    keep the key cache there\n"
	"  --names DIR    put the addresses of host names there\n"
	"  --socket PATH  answer checkers there\n"
	"  --version, --help\n";

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "once", no_argument, NULL, 'o' },
	{ "foreground", no_argument, NULL, 'f' },
	{ "cache", required_argument, NULL, 'd' },
	{ "names", required_argument, NULL, 'n' },
	{ "socket", required_argument, NULL, 's' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/*
 * Takes what systemd says, then empties the environment: curl, OpenSSL and
 * the resolver would take proxies, key logs and search domains from it.
 */
static void
take_environment(struct places *places)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");

	if (pid != NULL && fds != NULL && atol(pid) == (long)getpid() &&
		atoi(fds) == 1) {
		places->socket_fd = LISTEN_FD;
		(void)fcntl(LISTEN_FD, F_SETFD, FD_CLOEXEC);
		(void)fcntl(LISTEN_FD, F_SETFL, O_NONBLOCK);
	}
	notify_setup(getenv("NOTIFY_SOCKET"), getenv("WATCHDOG_USEC"));
	log_setup("jwtauth-fetchd", getenv("JOURNAL_STREAM") != NULL);
	clearenv();
}

static void
warn_of_open_folder(const char *dir)
{
	struct stat st;

	if (stat(dir, &st) == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		log_line(LOG_WARNING,
			"%s: mode %04o lets others plant keys, so the checker "
			"believes none; run: systemd-tmpfiles --create",
			dir, (unsigned)st.st_mode & 07777);
}

static int
run(const struct places *places, bool once)
{
	struct report why = { 0 };
	struct config_error error;

	/* As root, before the first byte of a stranger is read. */
	if (privileges_drop_to(USER_FETCH, &why) != JWT_OK) {
		log_line(LOG_ERR, "%s", why.text);
		return EXIT_USAGE;
	}
	umask(022);
	/* Each resolver thread would get a heap of its own, and keep it. */
	(void)mallopt(M_ARENA_MAX, 1);
	warn_of_open_folder(places->cache_dir);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		log_line(LOG_ERR, "libcurl does not start");
		return EXIT_USAGE;
	}
	JWT_AUTO(fetcher) fetcher = fetcher_new(places, &error);
	if (fetcher == NULL) {
		log_line(LOG_ERR, "%s", error.text);
		return EXIT_USAGE;
	}
	if (once)
		return fetcher_once(fetcher) ? EXIT_GOOD : EXIT_SOME_FAILED;
	if (!fetcher_serve(fetcher, &why)) {
		log_line(LOG_ERR, "%s", why.text);
		return EXIT_SOME_FAILED;
	}
	return EXIT_GOOD;
}

/* An exit status where there is nothing more to do, else -1. */
static int
take_options(int argc, char **argv, struct places *places, bool *once)
{
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'c':
			places->config = optarg;
			break;
		case 'd':
			places->cache_dir = optarg;
			break;
		case 'n':
			places->names_dir = optarg;
			break;
		case 's':
			places->socket = optarg;
			break;
		case 'o':
			*once = true;
			break;
		case 'f':
			break;
		case 'V':
			puts("jwtauth-fetchd " PACKAGE_VERSION);
			return EXIT_GOOD;
		case 'h':
			fputs(usage, stdout);
			return EXIT_GOOD;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	if (optind == argc)
		return -1;
	fputs(usage, stderr);
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct places places = { .config = CONFIG_DEFAULT_PATH,
		.cache_dir = JWT_CACHE_DIR,
		.names_dir = JWT_NAMES_DIR,
		.socket = JWT_FETCH_RUN_DIR "/fetch.sock",
		.socket_fd = -1 };
	bool once = false;
	int status;

	take_environment(&places);
	status = take_options(argc, argv, &places, &once);
	if (status >= 0)
		return status;
	return run(&places, once);
}
