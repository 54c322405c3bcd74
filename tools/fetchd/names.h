/* SPDX-License-Identifier: ISC */
/*
 * The host names of the config's Redis: looked up now and again, and what came
 * written where those look who ask Redis. A failed look-up, or an empty answer,
 * leaves the addresses of before: an outage of DNS locks nobody out.
 */
#ifndef JWT_FETCHD_NAMES_H
#define JWT_FETCHD_NAMES_H

#include "config/config.h"

#include <stdint.h>

#define NAMES_EVERY_MS	 30000 /* between two look-ups of a name */
#define NAMES_RETRY_MS	 1000  /* after a failure; then 2 s, 4 s, and so on */
#define NAMES_STATUS_MAX 64

struct names;

/* dir is borrowed. NULL: no memory, or no descriptor. */
struct names *names_new(const char *dir) JWT_MUST_CHECK;
void names_free(struct names *names); /* NULL is fine */

/*
 * The names of this config from now on; each is due. What was known of them
 * stays, also what the daemon before this one wrote. Without a name, there is
 * no file.
 */
void names_take_config(
	struct names *names, const struct revocation_config *config);

/* Takes what is done, begins what is due. True: something changed. */
bool names_work(struct names *names, int64_t now);
/* When there is something to do (clock_boot_ms), or when this is readable. */
int64_t names_due_ms(const struct names *names);
int names_wake_fd(const struct names *names);
/* Each was looked up, well or not. */
bool names_settled(const struct names *names);
/* "; addresses of 1 of 2 host names", or "" where there is none. */
void names_status(const struct names *names, char out[NAMES_STATUS_MAX]);

#endif
