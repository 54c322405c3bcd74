/* SPDX-License-Identifier: ISC */
/* Sockets, and the wait for them. */
#include "revocation/redis_socket.h"

#include "base/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>

#define BACKLOG_RETRY_MS 5

static enum jwt_reason
unreachable(const char *doing, int error, struct report *r)
{
	return report(r, JWT_REVOCATION_UNREACHABLE, "redis: %s: %s", doing,
		strerror(error));
}

static enum jwt_reason
wait_for(int fd, short events, int64_t deadline, const char *doing,
	struct report *r)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int left = clock_left_ms(deadline);
		int ready = left > 0 ? poll(&p, 1, left) : 0;

		if (ready > 0)
			return JWT_OK;
		/* Also when more is ready: a server that sends a byte at a
		 * time must not hold us beyond the deadline. */
		if (ready == 0)
			return unreachable(doing, ETIMEDOUT, r);
		if (errno != EINTR)
			return unreachable(doing, errno, r);
	}
}

static enum jwt_reason
finish_connect(int fd, int64_t deadline, struct report *r)
{
	int error = 0;
	socklen_t size = sizeof(error);

	JWT_TRY(wait_for(fd, POLLOUT, deadline, "connect", r));
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		error = errno;
	return error == 0 ? JWT_OK : unreachable("connect", error, r);
}

static enum jwt_reason
start_connect(int fd, const struct sockaddr_storage *ss, socklen_t size,
	int64_t deadline, struct report *r)
{
	for (;;) {
		if (connect(fd, (const struct sockaddr *)ss, size) == 0)
			return JWT_OK;
		if (errno == EINPROGRESS || errno == EINTR)
			return finish_connect(fd, deadline, r);
		/* A unix socket whose backlog is full: nothing to poll for. */
		if (errno != EAGAIN || clock_left_ms(deadline) == 0)
			return unreachable("connect", errno, r);
		poll(NULL, 0, BACKLOG_RETRY_MS);
	}
}

enum jwt_reason
redis_socket_connect(const struct redis_address *address, int64_t deadline,
	int *out, struct report *r)
{
	struct sockaddr_storage ss;
	socklen_t size = redis_address_fill(address, &ss);
	const int on = 1;
	JWT_AUTO(fd) fd = -1;

	if (size == 0)
		return unreachable("connect", EAFNOSUPPORT, r);
	fd = socket(
		ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return unreachable("socket", errno, r);
	JWT_TRY(start_connect(fd, &ss, size, deadline, r));
	/* Only for speed: small writes go out at once. */
	if (address->kind == REDIS_TCP)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*out = fd;
	fd = -1;
	return JWT_OK;
}

enum jwt_reason
redis_socket_send(int fd, struct slice bytes, const char *doing,
	int64_t deadline, struct report *r)
{
	while (bytes.len > 0) {
		ssize_t put = send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);

		if (put >= 0)
			bytes = slice_of(
				bytes.data + put, bytes.len - (size_t)put);
		else if (errno == EAGAIN)
			JWT_TRY(wait_for(fd, POLLOUT, deadline, doing, r));
		else if (errno != EINTR)
			return unreachable(doing, errno, r);
	}
	return JWT_OK;
}

enum jwt_reason
redis_socket_receive(int fd, uint8_t *out, size_t size, size_t *got,
	const char *doing, int64_t deadline, struct report *r)
{
	for (;;) {
		ssize_t count;

		JWT_TRY(wait_for(fd, POLLIN, deadline, doing, r));
		count = recv(fd, out, size, 0);
		if (count > 0) {
			*got = (size_t)count;
			return JWT_OK;
		}
		if (count == 0)
			return unreachable(doing, ECONNRESET, r);
		if (errno != EAGAIN && errno != EINTR)
			return unreachable(doing, errno, r);
	}
}

bool
redis_socket_is_quiet(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}
