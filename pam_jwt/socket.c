/* SPDX-License-Identifier: ISC */
/*
 * The way of callers that aren't root. Only root can put a socket into its
 * folder, so who answers there is who root let answer.
 */
#include "exchange.h"

#include "base/clock.h"
#include "base/file.h"
#include "signals.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A unix socket connects at once or not at all, but for a full backlog. */
static bool
connect_in_time(int fd, const struct sockaddr_un *address, int64_t deadline_ms)
{
	while (connect(fd, (const struct sockaddr *)address,
		       sizeof(*address)) != 0) {
		struct pollfd none = { .fd = -1 };
		int left = clock_left_ms(deadline_ms);

		if (errno != EAGAIN && errno != EINTR)
			return false;
		if (left == 0) {
			errno = ETIMEDOUT;
			return false;
		}
		/* There is no event for "room in the backlog". */
		poll(&none, 1, left < 10 ? left : 10);
	}
	return true;
}

bool
socket_ask(struct slice request, unsigned deadline_ms,
	uint8_t out[FRAME_REPLY_LEN], struct report *r)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	JWT_AUTO(fd)
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct exchange x = {
		.to = fd,
		.from = fd,
		.deadline_ms = clock_monotonic_ms() + deadline_ms,
	};
	struct signals signals;
	bool ok;

	_Static_assert(sizeof(CHECK_SOCKET) <= sizeof(address.sun_path),
		"the socket's path is too long");
	memcpy(address.sun_path, CHECK_SOCKET, sizeof(CHECK_SOCKET));
	if (fd < 0 || !connect_in_time(fd, &address, x.deadline_ms)) {
		report(r, JWT_INTERNAL_ERROR, "%s: %s", CHECK_SOCKET,
			strerror(errno));
		return false;
	}
	if (!signals_hold(&signals)) {
		report(r, JWT_INTERNAL_ERROR, "signals: %s", strerror(errno));
		return false;
	}
	ok = exchange_run(&x, request, out, r);
	signals_release(&signals);
	return ok;
}
