/* SPDX-License-Identifier: ISC */
/*
 * A connection to Redis: a unix socket, TCP or TLS to a numeric address (no
 * name look-up), until one deadline for everything. Knows no RESP.
 */
#ifndef JWT_REVOCATION_REDIS_TRANSPORT_H
#define JWT_REVOCATION_REDIS_TRANSPORT_H

#include "revocation/redis_tls.h"

struct redis_connection {
	int fd;		    /* -1: none */
	struct ssl_st *ssl; /* NULL: plain */
};
#define REDIS_DISCONNECTED            \
	(struct redis_connection)     \
	{                             \
		.fd = -1, .ssl = NULL \
	}

/*
 * tls may be NULL where no address asks for it. Each returns
 * revocation_unreachable at the deadline (monotonic milliseconds) or on any
 * error. Calls: those of redis_socket.h, and close.
 */
enum jwt_reason redis_connect(const struct redis_address *address,
	const struct redis_tls *tls, int64_t deadline,
	struct redis_connection *out, struct report *report) JWT_MUST_CHECK;
void redis_disconnect(struct redis_connection *connection);
enum jwt_reason redis_send(const struct redis_connection *connection,
	struct slice bytes, int64_t deadline,
	struct report *report) JWT_MUST_CHECK;
/* At least one byte into out; a closed connection is unreachable. */
enum jwt_reason redis_receive(const struct redis_connection *connection,
	uint8_t *out, size_t size, size_t *got, int64_t deadline,
	struct report *report) JWT_MUST_CHECK;
/* Open, and nothing to read: neither an end nor an answer too many. */
bool redis_is_quiet(const struct redis_connection *connection);

#endif
