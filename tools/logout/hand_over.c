/* SPDX-License-Identifier: ISC */
/*
 * The order to revoke.sock, and the writer's answer: within one deadline.
 */
#include "logout.h"
#include "revoke_order.h"

#include "base/clock.h"
#include "jose/json.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

static enum jwt_reason
failed(struct report *r, const char *what)
{
	return report(r, JWT_REVOCATION_UNREACHABLE, "revoke.sock: %s: %s",
		what, strerror(errno));
}

static bool
wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd wait = { .fd = fd, .events = events };
	int ready;

	do
		ready = poll(&wait, 1, clock_left_ms(deadline));
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0;
}

static bool
send_all(int fd, struct slice lines, int64_t deadline)
{
	while (lines.len > 0) {
		ssize_t sent;

		if (!wait_for(fd, POLLOUT, deadline))
			return false;
		sent = send(
			fd, lines.data, lines.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno != EINTR && errno != EAGAIN)
			return false;
		if (sent > 0)
			lines = slice_of(
				lines.data + sent, lines.len - (size_t)sent);
	}
	return shutdown(fd, SHUT_WR) == 0;
}

static bool
receive_all(int fd, struct buffer *answer, int64_t deadline)
{
	uint8_t chunk[4096];

	for (;;) {
		ssize_t got;

		if (!wait_for(fd, POLLIN, deadline))
			return false;
		got = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (got == 0)
			return true;
		if (got < 0 && errno != EINTR && errno != EAGAIN)
			return false;
		if (got > 0 && !buffer_append(answer, chunk, (size_t)got))
			return false;
	}
}

static enum jwt_reason
judge_answer(struct slice answer, struct report *r)
{
	JWT_AUTO(json_doc) doc = { 0 };
	struct slice result, detail = { 0 };

	if (json_parse_object(answer, "the writer's answer", &doc, r) !=
			JWT_OK ||
		!json_get_string(json_root(&doc), "result", &result))
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"revoke.sock gave no answer");
	if (slice_equals_string(result, "revoked") ||
		slice_equals_string(result, "revoked_before"))
		return JWT_OK;
	if (!json_get_string(json_root(&doc), "detail", &detail))
		detail = slice_of_string("no reason given");
	return report(r, JWT_REVOCATION_UNREACHABLE, "%.*s",
		(int)(detail.len < 256 ? detail.len : 256),
		(const char *)detail.data);
}

enum jwt_reason
logout_hand_over(const char *socket_path, struct slice lines, int timeout_ms,
	struct report *r)
{
	const int64_t deadline = clock_monotonic_ms() + timeout_ms;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	/* Not waiting: a writer with a full backlog is one that is away. */
	JWT_AUTO(fd) fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	JWT_AUTO(buffer) answer = BUFFER(REVOKE_ORDER_MAX);

	if (fd < 0)
		return failed(r, "socket");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) !=
		0)
		return failed(r, "connect");
	if (!send_all(fd, lines, deadline))
		return failed(r, "send");
	if (!receive_all(fd, &answer, deadline))
		return failed(r, "receive");
	return judge_answer(buffer_slice(&answer), r);
}
