/* SPDX-License-Identifier: ISC */
/*
 * All issuers and the one loop that serves them: transfers, questions over
 * the refresh socket, host names, signals. Nothing in it blocks: names are
 * looked up in threads of their own.
 */
#ifndef JWT_FETCHD_FETCHER_H
#define JWT_FETCHD_FETCHER_H

#include "config/config.h"
#include "issuer.h"

struct places {
	const char *config;    /* path of jwtauth.conf */
	const char *cache_dir; /* where NAME.json goes */
	const char *names_dir; /* where the addresses of host names go */
	const char *socket;    /* path of fetch.sock */
	int socket_fd;	       /* a listening socket from systemd, or -1 */
};

struct fetcher;

/* NULL: see the report (config errors come in full). Borrows places. */
struct fetcher *fetcher_new(
	const struct places *places, struct config_error *error) JWT_MUST_CHECK;
void fetcher_free(struct fetcher *fetcher);
JWT_AUTO_TYPE(fetcher, struct fetcher *, fetcher_free);

/* NULL: no such issuer, or its keys come from a file. */
struct issuer *fetcher_find(const struct fetcher *fetcher, struct slice name);

/* Fetches all once, at once. True: each issuer answered with good keys. */
bool fetcher_once(struct fetcher *fetcher);

/*
 * Serves until SIGTERM or SIGINT; SIGHUP reads the config again and fetches
 * all. Blocks these signals. False and a report: it could not begin.
 */
bool fetcher_serve(
	struct fetcher *fetcher, struct report *report) JWT_MUST_CHECK;

#endif
