/* SPDX-License-Identifier: ISC */
/* Serves one connection as it is told. */
#include "canned_redis.h"

#include "base/clock.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void
serve(int listener, struct slice answer, enum manner manner, int copy)
{
	char request[64 * 1024];
	int fd = accept(listener, NULL, NULL);
	ssize_t got;

	if (fd < 0)
		_exit(1);
	got = recv(fd, request, sizeof(request), 0);
	if (got > 0 && write(copy, request, (size_t)got) != got)
		_exit(1);
	close(copy);
	if (manner != BYTE_BY_BYTE && !fd_write_all(fd, answer))
		_exit(1);
	for (size_t i = 0; manner == BYTE_BY_BYTE && i < answer.len; i++) {
		poll(NULL, 0, 10);
		if (send(fd, answer.data + i, 1, MSG_NOSIGNAL) != 1)
			_exit(0);
	}
	if (manner == THEN_CLOSE)
		_exit(0);
	recv(fd, request, sizeof(request), 0); /* until the client goes */
	_exit(0);
}

struct server
server_start(struct fixture *f, struct slice answer, enum manner manner)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct server s = { .pid = -1 };
	int copy[2];

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/redis", f->root);
	unlink(un.sun_path);
	s.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s.listener < 0 || pipe(copy) != 0 ||
		bind(s.listener, (struct sockaddr *)&un, sizeof(un)) != 0 ||
		listen(s.listener, manner == NEVER_ACCEPT ? 0 : 4) != 0)
		abort();
	if (manner != NEVER_ACCEPT)
		s.pid = fork();
	if (s.pid == 0)
		serve(s.listener, answer, manner, copy[1]);
	close(copy[1]);
	s.asked = copy[0];
	return s;
}

void
server_stop(struct server *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	close(s->listener);
	close(s->asked);
}

void
use_redis(struct fixture *f, bool raw_tokens)
{
	static char address[128];

	fixture_start(f);
	snprintf(address, sizeof(address), "unix:%s/redis", f->root);
	f->config.store = REVOCATION_REDIS;
	f->config.redis.address = address;
	f->config.redis.timeout_ms = TIMEOUT;
	f->config.redis.raw_tokens = raw_tokens;
	f->config.redis.allow_eviction = true; /* then INFO isn't asked */
	fixture_reopen(f);
}

int64_t check_ms;

enum jwt_reason
reason_for_bytes(struct slice answer, enum manner manner, bool raw_tokens,
	struct report *detail)
{
	JWT_AUTO(fixture) f;
	struct server s;
	enum jwt_reason reason;

	use_redis(&f, raw_tokens);
	s = server_start(&f, answer, manner);
	check_ms = clock_monotonic_ms();
	reason = fixture_check(&f);
	check_ms = clock_monotonic_ms() - check_ms;
	server_stop(&s);
	if (detail != NULL)
		*detail = f.report;
	return reason;
}

enum jwt_reason
reason_for(const char *answer)
{
	return reason_for_bytes(slice_of_string(answer), AT_ONCE, false, NULL);
}
