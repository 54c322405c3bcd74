/* SPDX-License-Identifier: ISC */
/*
 * Nonblocking stream sockets and poll: no call here outlasts its deadline
 * (monotonic milliseconds, see base/clock.h). Each returns
 * revocation_unreachable at the deadline or on any error; doing is for the
 * report. Calls: socket, connect, poll, setsockopt, getsockopt, sendto,
 * recvfrom.
 */
#ifndef JWT_REVOCATION_REDIS_SOCKET_H
#define JWT_REVOCATION_REDIS_SOCKET_H

#include "base/file.h"
#include "revocation/redis_address.h"

enum jwt_reason redis_socket_connect(const struct redis_address *address,
	int64_t deadline, int *fd, struct report *report) JWT_MUST_CHECK;
enum jwt_reason redis_socket_send(int fd, struct slice bytes, const char *doing,
	int64_t deadline, struct report *report) JWT_MUST_CHECK;
/* At least one byte into out; a closed connection is unreachable. */
enum jwt_reason redis_socket_receive(int fd, uint8_t *out, size_t size,
	size_t *got, const char *doing, int64_t deadline,
	struct report *report) JWT_MUST_CHECK;
/* Open, with nothing to read. */
bool redis_socket_is_quiet(int fd);

#endif
