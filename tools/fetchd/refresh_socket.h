/* SPDX-License-Identifier: ISC */
/*
 * fetch.sock: the connections of those who ask (question.h has what). Many
 * may wait for one fetch.
 */
#ifndef JWT_FETCHD_REFRESH_SOCKET_H
#define JWT_FETCHD_REFRESH_SOCKET_H

#include "fetcher.h"

#define REFRESH_CONNECTIONS 128
#define REFRESH_LINE_MS	    2000 /* to send the question */
/* For the fetch, and where a person asks for the one before it. */
#define REFRESH_WAIT_MS (2 * FETCH_ALL_MS + 5000)
#define REFRESH_FDS	(REFRESH_CONNECTIONS + 1)

struct refresh_socket;

/*
 * Listens at path, or at fd if that isn't -1. A socket that nobody serves is
 * replaced; NULL and a report where somebody does. Its mode is 0666: the
 * folder (0750, group jwtauth) says who may ask.
 */
struct refresh_socket *refresh_socket_open(
	const char *path, int fd, struct report *report) JWT_MUST_CHECK;
void refresh_socket_close(struct refresh_socket *socket); /* NULL is fine */

/* What to wait for: at most REFRESH_FDS, and until when (clock_boot_ms). */
unsigned refresh_socket_poll(const struct refresh_socket *socket,
	struct curl_waitfd *out, int64_t *until_ms);
/* After the wait: reads questions, begins fetches. */
void refresh_socket_serve(struct refresh_socket *socket,
	const struct curl_waitfd *polled, unsigned count,
	const struct fetcher *fetcher, int64_t now);
/* Answers those whose fetch is over, drops those past their time. */
void refresh_socket_settle(struct refresh_socket *socket, int64_t now);
/* Answers who waits for it with "no": it goes away. */
void refresh_socket_abandon(
	struct refresh_socket *socket, const struct issuer *issuer);

#endif
