/* SPDX-License-Identifier: ISC */
/*
 * Asking the fetcher for a kid: one connection, one line each way, one
 * deadline for all of it. Never blocks outside poll().
 */
#include "keys/keys.h"

#include "base/base64.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static bool
failed(struct report *r, const char *what)
{
	report(r, JWT_KEYS_UNAVAILABLE, "key fetcher: %s", what);
	return false;
}

static bool
wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	int ready;

	do
		ready = poll(&p, 1, clock_left_ms(deadline));
	while (ready < 0 && errno == EINTR && clock_left_ms(deadline) > 0);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0;
}

static int
connect_to(const char *path, int64_t deadline)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* EAGAIN: the backlog is full. Waiting in a queue of strangers would
	 * cost the login its two seconds; it goes on without. */
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
			0 ||
		(errno == EINPROGRESS && wait_for(fd, POLLOUT, deadline)))
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

static bool
send_all(int fd, struct slice bytes, int64_t deadline)
{
	while (bytes.len > 0) {
		ssize_t put = send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);

		if (put >= 0)
			bytes = slice_of(
				bytes.data + put, bytes.len - (size_t)put);
		else if (errno != EINTR &&
			 (errno != EAGAIN || !wait_for(fd, POLLOUT, deadline)))
			return false;
	}
	return true;
}

/* Until the newline. False: errno; 0 where the other side hung up. */
static bool
receive_line(int fd, struct buffer *out, int64_t deadline)
{
	char chunk[128];

	for (;;) {
		ssize_t got = recv(fd, chunk, sizeof(chunk), 0);

		if (got == 0) {
			errno = 0;
			return false;
		}
		if (got > 0) {
			if (!buffer_append(out, chunk, (size_t)got)) {
				errno = EMSGSIZE;
				return false;
			}
			if (memchr(chunk, '\n', (size_t)got) != NULL)
				return true;
		} else if (errno != EINTR &&
			   (errno != EAGAIN ||
				   !wait_for(fd, POLLIN, deadline))) {
			return false;
		}
		if (clock_left_ms(deadline) == 0) {
			errno = ETIMEDOUT;
			return false;
		}
	}
}

static bool
judge(struct slice answer, struct report *r)
{
	struct slice line = answer;

	(void)slice_cut(&answer, '\n', &line);
	if (slice_equals_string(line, "ok"))
		return true;
	report(r, JWT_KEY_UNKNOWN, "key fetcher: %.*s",
		(int)(line.len < 64 ? line.len : 64), (const char *)line.data);
	return false;
}

bool
keys_ask_refresh(const char *socket_path, const char *issuer_name,
	struct slice kid, int timeout_ms, struct report *r)
{
	int64_t deadline = clock_monotonic_ms() + timeout_ms;
	JWT_AUTO(buffer) line = BUFFER(KEYS_REFRESH_MAX);
	JWT_AUTO(buffer) answer = BUFFER(KEYS_REFRESH_MAX);
	JWT_AUTO(fd) fd = -1;

	if (kid.len == 0 || kid.len > JWK_KID_MAX ||
		!buffer_append_format(&line, "refresh %s ", issuer_name) ||
		!base64url_encode(kid, &line) ||
		!buffer_append_string(&line, "\n"))
		return failed(r, "this kid can't be asked for");
	fd = connect_to(socket_path, deadline);
	if (fd < 0 || !send_all(fd, buffer_slice(&line), deadline))
		return failed(r, strerror(errno));
	if (!receive_line(fd, &answer, deadline))
		return failed(
			r, errno != 0 ? strerror(errno) : "hung up unanswered");
	return judge(buffer_slice(&answer), r);
}
