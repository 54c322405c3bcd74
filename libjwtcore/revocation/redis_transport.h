/* SPDX-License-Identifier: ISC */
/*
 * Bytes to Redis and back, over a unix socket or TCP to a numeric address
 * (no name look-up), until one deadline for everything. Knows no RESP.
 */
#ifndef JWT_REVOCATION_REDIS_TRANSPORT_H
#define JWT_REVOCATION_REDIS_TRANSPORT_H

#include "base/file.h"
#include "revocation/store.h"

/*
 * "unix:/PATH" or "tcp:IP:PORT" (IPv6 as [IP]). config_error for
 * anything else, "tls:" too until it is built.
 */
enum jwt_reason redis_address_parse(const char *text, struct redis_address *out,
	struct report *report) JWT_MUST_CHECK;

/*
 * Calls: socket, connect, poll, setsockopt, getsockopt, sendto, recvfrom,
 * close. Each returns revocation_unreachable at the deadline (monotonic
 * milliseconds, see base/clock.h) or on any error.
 */
enum jwt_reason redis_connect(const struct redis_address *address,
	int64_t deadline, int *fd, struct report *report) JWT_MUST_CHECK;
enum jwt_reason redis_send(int fd, struct slice bytes, int64_t deadline,
	struct report *report) JWT_MUST_CHECK;
/* At least one byte into out; a closed connection is unreachable. */
enum jwt_reason redis_receive(int fd, uint8_t *out, size_t size, size_t *got,
	int64_t deadline, struct report *report) JWT_MUST_CHECK;

#endif
