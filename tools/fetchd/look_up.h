/* SPDX-License-Identifier: ISC */
/*
 * One look-up of a host name, in a thread of its own: getaddrinfo(3) knows
 * /etc/hosts and whatever else the host is set up for, and may hang.
 */
#ifndef JWT_FETCHD_LOOK_UP_H
#define JWT_FETCHD_LOOK_UP_H

#include "revocation/redis_names.h"

struct look_up;

/*
 * Begins it. wake_fd, an eventfd that stays open as long as the process runs,
 * becomes readable when it is done. NULL: no memory, or no thread.
 */
struct look_up *look_up_start(const char *name, int wake_fd) JWT_MUST_CHECK;
bool look_up_is_done(const struct look_up *look_up);
/*
 * Of one that is done: the addresses, in the order of the answer, at most
 * REDIS_NAMED_MAX, each once. False: there is none, and out->trouble says why;
 * out's addresses stay as they were.
 */
bool look_up_take(const struct look_up *look_up, struct redis_named *out);
/* Done or not: a thread that hangs keeps what it needs. NULL is fine. */
void look_up_free(struct look_up *look_up);

#endif
