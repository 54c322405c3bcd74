/* SPDX-License-Identifier: ISC */
/* What fetcher.c and serve.c share; nobody else's to look at. */
#ifndef JWT_FETCHD_FETCHER_STATE_H
#define JWT_FETCHD_FETCHER_STATE_H

#include "fetcher.h"
#include "names.h"
#include "refresh_socket.h"

struct fetcher {
	const struct places *places;
	struct jwt_config *config;
	CURLM *multi;
	struct issuer **issuer;
	size_t count;
	struct refresh_socket *socket;
	struct names *names; /* NULL: not served yet */
	int signal_fd;
	bool stop, reload;
	bool failed;	    /* stop, and say so */
	bool ready;	    /* systemd was told */
	int64_t ready_by;   /* ... and is at this time, whatever comes */
	int64_t alive_ms;   /* when the watchdog was told last */
	int64_t clock_skew; /* seconds, wall clock minus time since boot */
	int64_t slept;	    /* seconds since boot */
};

/*
 * Takes the config over; issuers of which it says what was said before go on.
 * False: out of memory.
 */
bool fetcher_take_config(struct fetcher *fetcher, struct jwt_config *config);

size_t fetcher_busy(const struct fetcher *fetcher);
void fetcher_start_due(struct fetcher *fetcher);
/* When the next can begin; one that waits for its turn: not now. */
int64_t fetcher_next_start(const struct fetcher *fetcher);
/* Lets curl work, and issuers go on whose transfer is done. True: any. */
bool fetcher_run_transfers(struct fetcher *fetcher);

#endif
