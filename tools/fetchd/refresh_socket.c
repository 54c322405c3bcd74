/* SPDX-License-Identifier: ISC */
#include "refresh_socket.h"

#include "base/clock.h"
#include "question.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define BACKLOG 128

struct connection {
	int fd; /* -1: free */
	int64_t deadline_ms;
	struct issuer *waits_for; /* NULL: its line is not complete */
	size_t len;
	uint8_t line[KEYS_REFRESH_MAX];
	struct question question;
};

struct refresh_socket {
	int fd;
	bool unlink; /* we made it */
	struct sockaddr_un address;
	struct connection connection[REFRESH_CONNECTIONS];
};

/* ---- opening */

static int
stream_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static bool
somebody_serves(const struct sockaddr_un *address)
{
	JWT_AUTO(fd) fd = stream_socket();

	return fd >= 0 && (connect(fd, (const struct sockaddr *)address,
				   sizeof(*address)) == 0 ||
				  errno == EAGAIN);
}

static int
listen_at(const struct sockaddr_un *address, struct report *r)
{
	const char *path = address->sun_path;
	JWT_AUTO(fd) fd = stream_socket();
	int listening;

	if (somebody_serves(address)) {
		report(r, JWT_INTERNAL_ERROR,
			"%s: another jwtauth-fetchd serves it; see: systemctl "
			"status jwtauth-fetchd",
			path);
		return -1;
	}
	(void)unlink(path);
	if (fd < 0 ||
		bind(fd, (const struct sockaddr *)address, sizeof(*address)) !=
			0 ||
		chmod(path, 0666) != 0 || listen(fd, BACKLOG) != 0) {
		report(r, JWT_INTERNAL_ERROR, "%s: cannot listen: %s", path,
			strerror(errno));
		return -1;
	}
	listening = fd;
	fd = -1;
	return listening;
}

struct refresh_socket *
refresh_socket_open(const char *path, int fd, struct report *r)
{
	struct refresh_socket *s = calloc(1, sizeof(*s));

	if (s == NULL || strlen(path) >= sizeof(s->address.sun_path)) {
		report(r, JWT_INTERNAL_ERROR, "%s: path too long", path);
		free(s);
		return NULL;
	}
	for (size_t i = 0; i < REFRESH_CONNECTIONS; i++)
		s->connection[i].fd = -1;
	s->address.sun_family = AF_UNIX;
	memcpy(s->address.sun_path, path, strlen(path));
	s->unlink = fd < 0;
	s->fd = fd >= 0 ? fd : listen_at(&s->address, r);
	if (s->fd < 0) {
		free(s);
		return NULL;
	}
	return s;
}

/* ---- one connection */

static void
drop(struct connection *c)
{
	close(c->fd);
	c->fd = -1;
	c->waits_for = NULL;
}

static void
answer(struct connection *c, const char *text)
{
	/* A KiB fits any socket; an asker who left wants none. */
	(void)send(c->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
	drop(c);
}

/*
 * Who waits for one issuer may be no more than the places that are left, so
 * that an issuer that hangs, and a flood of tokens in its name, leave some for
 * the others: half of them where it is one, a third where there are two.
 */
static bool
may_wait(const struct refresh_socket *s, const struct issuer *issuer)
{
	size_t left = 0, wait = 0;

	for (size_t i = 0; i < REFRESH_CONNECTIONS; i++) {
		left += s->connection[i].fd < 0;
		wait += s->connection[i].fd >= 0 &&
			s->connection[i].waits_for == issuer;
	}
	return wait <= left;
}

static void
ask(struct refresh_socket *s, struct connection *c, struct slice line,
	const struct fetcher *fetcher, int64_t now)
{
	JWT_AUTO(buffer) text = BUFFER(ANSWER_MAX);
	struct issuer *issuer =
		question_put(&c->question, line, fetcher, now, &text);

	if (issuer == NULL) {
		answer(c, buffer_string(&text));
		return;
	}
	if (!may_wait(s, issuer)) {
		answer(c, "no busy\n");
		return;
	}
	c->waits_for = issuer;
	c->deadline_ms = clock_boot_ms() + REFRESH_WAIT_MS;
}

static void
read_from(struct refresh_socket *s, struct connection *c,
	const struct fetcher *fetcher, int64_t now)
{
	ssize_t got = recv(c->fd, c->line + c->len, sizeof(c->line) - c->len,
		MSG_DONTWAIT);
	struct slice rest, line;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* Gone; or talking on, with its question asked. */
	if (got <= 0 || c->waits_for != NULL) {
		drop(c);
		return;
	}
	c->len += (size_t)got;
	rest = slice_of(c->line, c->len);
	if (slice_cut(&rest, '\n', &line))
		ask(s, c, line, fetcher, now);
	else if (c->len == sizeof(c->line))
		answer(c, "no malformed\n");
}

/* ---- all of them */

static struct connection *
free_connection(struct refresh_socket *s)
{
	for (size_t i = 0; i < REFRESH_CONNECTIONS; i++)
		if (s->connection[i].fd < 0)
			return &s->connection[i];
	return NULL;
}

static void
accept_all(struct refresh_socket *s)
{
	/* A round has an end: others have waited for their turn too. */
	for (int i = 0; i < REFRESH_CONNECTIONS; i++) {
		struct connection *c = free_connection(s);
		struct connection extra;
		int fd = accept4(
			s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		if (c == NULL) {
			extra.fd = fd;
			answer(&extra, "no busy\n");
			continue;
		}
		c->fd = fd;
		c->len = 0;
		c->waits_for = NULL;
		c->deadline_ms = clock_boot_ms() + REFRESH_LINE_MS;
	}
}

unsigned
refresh_socket_poll(const struct refresh_socket *s, struct curl_waitfd *out,
	int64_t *until_ms)
{
	unsigned count = 0;

	out[count++] =
		(struct curl_waitfd){ .fd = s->fd, .events = CURL_WAIT_POLLIN };
	for (size_t i = 0; i < REFRESH_CONNECTIONS; i++) {
		const struct connection *c = &s->connection[i];

		if (c->fd < 0)
			continue;
		out[count++] = (struct curl_waitfd){ .fd = c->fd,
			.events = CURL_WAIT_POLLIN };
		if (c->deadline_ms < *until_ms)
			*until_ms = c->deadline_ms;
	}
	return count;
}

static bool
is_ready(int fd, const struct curl_waitfd *polled, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (polled[i].fd == fd)
			return polled[i].revents != 0;
	return false;
}

void
refresh_socket_serve(struct refresh_socket *s, const struct curl_waitfd *polled,
	unsigned count, const struct fetcher *fetcher, int64_t now)
{
	for (size_t i = 0; i < REFRESH_CONNECTIONS; i++) {
		struct connection *c = &s->connection[i];

		if (c->fd >= 0 && is_ready(c->fd, polled, count))
			read_from(s, c, fetcher, now);
	}
	/* Last: a new connection may get the number of one just closed. */
	if (is_ready(s->fd, polled, count))
		accept_all(s);
}

static void
settle(struct connection *c, int64_t now)
{
	JWT_AUTO(buffer) text = BUFFER(ANSWER_MAX);

	if (c->waits_for != NULL &&
		question_settle(&c->question, c->waits_for, now, &text)) {
		answer(c, buffer_string(&text));
	} else if (clock_boot_left_ms(c->deadline_ms) == 0) {
		drop(c);
	}
}

void
refresh_socket_settle(struct refresh_socket *s, int64_t now)
{
	for (size_t i = 0; i < REFRESH_CONNECTIONS; i++)
		if (s->connection[i].fd >= 0)
			settle(&s->connection[i], now);
}

void
refresh_socket_abandon(struct refresh_socket *s, const struct issuer *issuer)
{
	for (size_t i = 0; i < REFRESH_CONNECTIONS; i++)
		if (s->connection[i].fd >= 0 &&
			s->connection[i].waits_for == issuer)
			answer(&s->connection[i], "no reloading\n");
}

void
refresh_socket_close(struct refresh_socket *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < REFRESH_CONNECTIONS; i++)
		if (s->connection[i].fd >= 0)
			drop(&s->connection[i]);
	close(s->fd);
	if (s->unlink)
		(void)unlink(s->address.sun_path);
	free(s);
}
