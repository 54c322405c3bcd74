/* SPDX-License-Identifier: ISC */
/*
 * jwtauth-revoke: one connection of revoke.sock, on standard input. It holds
 * the store's writing credential, so it takes hashes, from whom the kernel
 * says is root or the receiver of logouts, and answers one line of JSON.
 */
#include "bounds.h"
#include "revoke_write.h"

#include "base/clock.h"
#include "privileges.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#define RATE_DIR    JWT_REVOKE_RUN_DIR "/rate"
#define DEADLINE_MS 5000 /* for the whole order */

struct peer {
	bool is_root;
	char name[sizeof(USER_LOGOUT)];
};

/* Others can't connect; should a mode ever be wrong, they are refused. */
static enum jwt_reason
find_peer(int fd, struct peer *out, struct report *r)
{
	const struct passwd *logout = getpwnam(USER_LOGOUT);
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return report(r, JWT_INTERNAL_ERROR,
			"standard input is no connection: %s", strerror(errno));
	out->is_root = peer.uid == 0;
	if (!out->is_root && (logout == NULL || logout->pw_uid != peer.uid))
		return report(r, JWT_POLICY_DENIED,
			"uid %u may not have anything revoked",
			(unsigned)peer.uid);
	snprintf(out->name, sizeof(out->name), "%s",
		out->is_root ? "root" : USER_LOGOUT);
	return JWT_OK;
}

/* Until the peer has said all. */
static enum jwt_reason
read_order(int fd, struct buffer *lines, struct report *r)
{
	const int64_t deadline = clock_monotonic_ms() + DEADLINE_MS;
	uint8_t chunk[4096];

	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		int left = clock_left_ms(deadline);
		ssize_t got;

		if (left == 0)
			return report(r, JWT_TOKEN_MALFORMED,
				"no whole order within %d ms", DEADLINE_MS);
		if (poll(&wait, 1, left) <= 0)
			continue;
		got = recv(fd, chunk, sizeof(chunk), 0);
		if (got == 0)
			return JWT_OK;
		if (got < 0 && errno != EINTR)
			return report(r, JWT_INTERNAL_ERROR, "recv: %s",
				strerror(errno));
		if (got > 0 && !buffer_append(lines, chunk, (size_t)got))
			return report(r, JWT_TOKEN_TOO_LARGE,
				"more than %d bytes", REVOKE_ORDER_MAX);
	}
}

static enum jwt_reason
take_order(struct revoke_order *order, struct report *r)
{
	JWT_AUTO(buffer) lines = BUFFER(REVOKE_ORDER_MAX);

	JWT_TRY(read_order(STDIN_FILENO, &lines, r));
	if (!revoke_order_parse(buffer_slice(&lines), order))
		return report(r, JWT_TOKEN_MALFORMED,
			"not an order, or cut off; nothing was revoked");
	return JWT_OK;
}

/* *in_force: nothing is left to be written. */
static enum jwt_reason
limit(const struct revoke_writer *writer, const struct ctl_store *s,
	struct revoke_order *order, bool *in_force, struct report *r)
{
	JWT_TRY(limits_check(order, writer->now, limits_ahead(s->config), r));
	return limits_take(s->store, RATE_DIR, order, writer->now,
		clock_monotonic_ms() / 1000, in_force, r);
}

static void
serve(struct revoke_writer *writer, struct ctl_store *s,
	struct revoke_order *order, struct revoke_result *result)
{
	struct peer peer = { .is_root = false };
	bool in_force = false;

	result->reason = find_peer(STDIN_FILENO, &peer, &result->report);
	if (result->reason != JWT_OK)
		return;
	writer->by = peer.name;
	result->reason = take_order(order, &result->report);
	if (result->reason != JWT_OK)
		return;
	if (ctl_store_open(s, STORE_WRITE, CONFIG_DEFAULT_PATH, false) !=
		CTL_YES) {
		result->reason = report(&result->report, JWT_CONFIG_ERROR,
			"the store can't be opened: see the log");
		return;
	}
	result->reason = ctl_store_expect(s, &result->report);
	if (result->reason == JWT_OK && !peer.is_root)
		result->reason =
			limit(writer, s, order, &in_force, &result->report);
	if (in_force)
		result->done = order->count;
	else if (result->reason == JWT_OK)
		revoke_carry_out(writer, s, order, result);
}

int
main(void)
{
	struct revoke_writer writer = { .now = clock_now() };
	JWT_AUTO(ctl_store) s = { 0 };
	JWT_AUTO(revoke_order) order = { .count = 0 };
	JWT_AUTO(json) answer = NULL;
	struct revoke_result result = { 0, JWT_OK, { "" } };

	privileges_harden();
	openlog("jwtauth-revoke", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
	serve(&writer, &s, &order, &result);
	if (result.reason != JWT_OK)
		syslog(LOG_AUTHPRIV | LOG_WARNING, "not revoked: %s: %s",
			jwt_reason_name(result.reason), result.report.text);
	answer = revoke_answer(&writer, &s, &order, &result);
	return revoke_print_answer(answer) ? 0 : 1;
}
