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

/*
 * Until the first newline, or with all until the other side hangs up. False:
 * errno; 0 where it hung up before.
 */
static bool
receive(int fd, bool all, struct buffer *out, int64_t deadline)
{
	char chunk[128];

	for (;;) {
		ssize_t got = recv(fd, chunk, sizeof(chunk), 0);

		if (got == 0) {
			errno = 0;
			return all && out->len > 0;
		}
		if (got > 0) {
			if (!buffer_append(out, chunk, (size_t)got)) {
				errno = EMSGSIZE;
				return false;
			}
			if (!all && memchr(chunk, '\n', (size_t)got) != NULL)
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
		(int)(line.len < 256 ? line.len : 256),
		(const char *)line.data);
	return false;
}

static bool
ask(const char *socket_path, struct slice question, bool all, int timeout_ms,
	struct buffer *answer, struct report *r)
{
	int64_t deadline = clock_monotonic_ms() + timeout_ms;
	JWT_AUTO(fd) fd = connect_to(socket_path, deadline);

	if (fd < 0 || !send_all(fd, question, deadline))
		return failed(r, strerror(errno));
	if (!receive(fd, all, answer, deadline))
		return failed(
			r, errno != 0 ? strerror(errno) : "hung up unanswered");
	return judge(buffer_slice(answer), r);
}

bool
keys_ask_refresh(const char *socket_path, const char *issuer_name,
	struct slice kid, int timeout_ms, struct report *r)
{
	JWT_AUTO(buffer) line = BUFFER(KEYS_REFRESH_MAX);
	JWT_AUTO(buffer) answer = BUFFER(KEYS_REFRESH_MAX);

	if (kid.len > JWK_KID_MAX ||
		!buffer_append_format(&line, "refresh %s%s", issuer_name,
			kid.len > 0 ? " " : "") ||
		!base64url_encode(kid, &line) ||
		!buffer_append_string(&line, "\n"))
		return failed(r, "this kid can't be asked for");
	return ask(socket_path, buffer_slice(&line), false, timeout_ms, &answer,
		r);
}

bool
keys_ask_fetcher(const char *socket_path, const char *question, int timeout_ms,
	struct buffer *answer, struct report *r)
{
	JWT_AUTO(buffer) line = BUFFER(KEYS_REFRESH_MAX);

	if (!buffer_append_format(&line, "%s\n", question))
		return failed(r, "the question is too long");
	return ask(
		socket_path, buffer_slice(&line), true, timeout_ms, answer, r);
}
