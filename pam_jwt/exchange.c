/* SPDX-License-Identifier: ISC */
/* One request out, one reply in, one deadline over both. */
#include "exchange.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
failed(struct report *r, const char *what)
{
	report(r, JWT_INTERNAL_ERROR, "%s: %s", what, strerror(errno));
	return false;
}

/* False: the deadline has passed, or poll failed. */
static bool
wait_for(int fd, short events, int64_t deadline_ms, struct report *r)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = events };
		int left = clock_left_ms(deadline_ms);
		int n = left > 0 ? poll(&p, 1, left) : 0;

		if (n > 0)
			return true;
		if (n == 0) {
			report(r, JWT_INTERNAL_ERROR,
				"the helper did not answer in time");
			return false;
		}
		if (errno != EINTR)
			return failed(r, "poll");
	}
}

static bool
send_all(const struct exchange *x, struct slice request, struct report *r)
{
	while (request.len > 0) {
		if (!wait_for(x->to, POLLOUT, x->deadline_ms, r))
			return false;
		ssize_t sent = write(x->to, request.data, request.len);

		if (sent < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		/* A helper that denies early need not read to the end. */
		if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
			return true;
		if (sent < 0)
			return failed(r, "sending to the helper");
		request.data += sent;
		request.len -= (size_t)sent;
	}
	return true;
}

static void
end_of_request(struct exchange *x)
{
	if (x->to == x->from) {
		shutdown(x->to, SHUT_WR);
		return;
	}
	close(x->to);
	x->to = -1;
}

/* Up to the end of file: a reply that is too long is none either. */
static bool
receive_all(const struct exchange *x, uint8_t out[FRAME_REPLY_LEN],
	struct report *r)
{
	uint8_t reply[FRAME_REPLY_LEN + 1];
	size_t have = 0;

	while (have < sizeof(reply)) {
		if (!wait_for(x->from, POLLIN, x->deadline_ms, r))
			return false;
		ssize_t got = read(x->from, reply + have, sizeof(reply) - have);

		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got < 0)
			return failed(r, "reading from the helper");
		if (got == 0)
			break;
		have += (size_t)got;
	}
	if (have != FRAME_REPLY_LEN) {
		report(r, JWT_INTERNAL_ERROR,
			"the helper's reply is %s: %zu bytes",
			have < FRAME_REPLY_LEN ? "short" : "long", have);
		return false;
	}
	memcpy(out, reply, FRAME_REPLY_LEN);
	return true;
}

bool
exchange_run(struct exchange *x, struct slice request,
	uint8_t out[FRAME_REPLY_LEN], struct report *r)
{
	if (!send_all(x, request, r))
		return false;
	end_of_request(x);
	return receive_all(x, out, r);
}
