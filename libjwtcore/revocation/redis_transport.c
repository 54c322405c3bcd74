/* SPDX-License-Identifier: ISC */
/*
 * Nonblocking sockets and poll: no call here can outlast the deadline.
 */
#include "revocation/redis_transport.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define BACKLOG_RETRY_MS 5

static bool
parse_port(struct slice text, uint16_t *out)
{
	unsigned value = 0;

	if (text.len == 0 || text.len > 5)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text.data[i] - '0');
	}
	*out = (uint16_t)value;
	return value > 0 && value <= UINT16_MAX;
}

static bool
keep_host(struct slice host, struct redis_address *out)
{
	if (host.len == 0 || host.len >= sizeof(out->host))
		return false;
	memcpy(out->host, host.data, host.len);
	out->host[host.len] = '\0';
	return true;
}

/* "IP:PORT"; an IPv6 address may stand in brackets. */
static bool
parse_tcp(const char *text, struct redis_address *out)
{
	uint8_t address[sizeof(struct in6_addr)];
	const char *colon = strrchr(text, ':');
	struct slice host;

	if (colon == NULL)
		return false;
	host = slice_of(text, (size_t)(colon - text));
	if (host.len > 2 && text[0] == '[' && colon[-1] == ']')
		host = slice_of(text + 1, host.len - 2);
	out->kind = REDIS_TCP;
	return keep_host(host, out) &&
	       parse_port(slice_of_string(colon + 1), &out->port) &&
	       (inet_pton(AF_INET, out->host, address) == 1 ||
		       inet_pton(AF_INET6, out->host, address) == 1);
}

enum jwt_reason
redis_address_parse(
	const char *text, struct redis_address *out, struct report *r)
{
	struct redis_address address = { 0 };
	bool good = false;

	if (strncmp(text, "tls:", 4) == 0)
		return report(r, JWT_CONFIG_ERROR,
			"redis address %s: TLS is not built yet; use "
			"\"unix:/PATH\", or \"tcp:IP:PORT\" in a network that "
			"you trust",
			text);
	if (strncmp(text, "unix:/", 6) == 0) {
		address.kind = REDIS_UNIX;
		good = keep_host(slice_of_string(text + 5), &address);
	} else if (strncmp(text, "tcp:", 4) == 0) {
		good = parse_tcp(text + 4, &address);
	}
	if (!good)
		return report(r, JWT_CONFIG_ERROR,
			"redis address %s: expected \"unix:/PATH\", "
			"\"tcp:IPV4:PORT\" or \"tcp:[IPV6]:PORT\"",
			text);
	*out = address;
	return JWT_OK;
}

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

static socklen_t
fill_sockaddr(const struct redis_address *address, struct sockaddr_storage *ss)
{
	struct sockaddr_un *un = (struct sockaddr_un *)ss;
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	_Static_assert(sizeof(address->host) == sizeof(un->sun_path), "fits");
	memset(ss, 0, sizeof(*ss));
	if (address->kind == REDIS_UNIX) {
		un->sun_family = AF_UNIX;
		memcpy(un->sun_path, address->host, sizeof(address->host));
		return sizeof(*un);
	}
	if (inet_pton(AF_INET, address->host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(address->port);
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, address->host, &in6->sin6_addr) != 1)
		return 0;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(address->port);
	return sizeof(*in6);
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
redis_connect(const struct redis_address *address, int64_t deadline, int *out,
	struct report *r)
{
	struct sockaddr_storage ss;
	socklen_t size = fill_sockaddr(address, &ss);
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
redis_send(int fd, struct slice bytes, int64_t deadline, struct report *r)
{
	while (bytes.len > 0) {
		ssize_t put = send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);

		if (put >= 0)
			bytes = slice_of(
				bytes.data + put, bytes.len - (size_t)put);
		else if (errno == EAGAIN)
			JWT_TRY(wait_for(fd, POLLOUT, deadline, "send", r));
		else if (errno != EINTR)
			return unreachable("send", errno, r);
	}
	return JWT_OK;
}

enum jwt_reason
redis_receive(int fd, uint8_t *out, size_t size, size_t *got, int64_t deadline,
	struct report *r)
{
	for (;;) {
		ssize_t count;

		JWT_TRY(wait_for(fd, POLLIN, deadline, "answer", r));
		count = recv(fd, out, size, 0);
		if (count > 0) {
			*got = (size_t)count;
			return JWT_OK;
		}
		if (count == 0)
			return unreachable("answer", ECONNRESET, r);
		if (errno != EAGAIN && errno != EINTR)
			return unreachable("answer", errno, r);
	}
}
