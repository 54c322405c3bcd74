/* SPDX-License-Identifier: ISC */
/* Serves several connections, one request after another. */
#include "script_redis.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTIONS 16

void
script_listen(struct script *s)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(in);

	*s = (struct script){ .pid = -1, .log = -1 };
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->listener < 0 ||
		bind(s->listener, (struct sockaddr *)&in, size) != 0 ||
		listen(s->listener, 4) != 0 ||
		getsockname(s->listener, (struct sockaddr *)&in, &size) != 0)
		abort();
	s->port = ntohs(in.sin_port);
	snprintf(s->tcp, sizeof(s->tcp), "tcp:127.0.0.1:%u", s->port);
}

static void
put(int fd, const char *text)
{
	if (!fd_write_all(fd, slice_of_string(text)))
		_exit(1);
}

/* The next answer to a request; false: the connection is over. */
static bool
answer(int fd, const char *const **script, int log)
{
	char request[65536];
	ssize_t got = recv(fd, request, sizeof(request), 0);
	const char *text = **script, *late;

	if (got <= 0)
		return false;
	if ((*script)[1] != NULL)
		++*script;
	if (!fd_write_all(log, slice_of(request, (size_t)got)))
		_exit(1);
	if (strcmp(text, HANG_UP) == 0)
		return false;
	late = strstr(text, SAY_LATE);
	if (late == NULL) {
		put(fd, text);
		return true;
	}
	if (!fd_write_all(fd, slice_of(text, (size_t)(late - text))))
		_exit(1);
	poll(NULL, 0, 50); /* so that it comes as a piece of its own */
	put(fd, late + 1);
	put(log, "LATE\n");
	return true;
}

static _Noreturn void
serve_script(int listener, const char *const *text, int log)
{
	struct pollfd p[1 + CONNECTIONS];
	nfds_t count = 1;

	p[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
	while (poll(p, count, -1) > 0) {
		if (p[0].revents != 0 && count <= CONNECTIONS) {
			p[count].fd = accept(listener, NULL, NULL);
			p[count].events = POLLIN;
			p[count++].revents = 0;
			put(log, "CONNECT\n");
		}
		for (nfds_t i = 1; i < count; i++) {
			if (p[i].revents == 0)
				continue;
			if (!answer(p[i].fd, &text, log)) {
				close(p[i].fd);
				p[i].fd = -1;
			}
		}
	}
	_exit(1);
}

void
script_run(struct script *s, const char *const *text)
{
	int ends[2];

	if (pipe(ends) != 0)
		abort();
	signal(SIGPIPE, SIG_IGN);
	s->pid = fork();
	if (s->pid == 0)
		serve_script(s->listener, text, ends[1]);
	close(ends[1]);
	s->log = ends[0];
}

static void
stop(struct script *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	s->pid = -1;
}

void
script_end(struct script *s)
{
	stop(s);
	close(s->listener);
	if (s->log >= 0)
		close(s->log);
}

void
script_log(struct script *s, struct buffer *out)
{
	stop(s);
	if (file_read_fd(s->log, "log", out, NULL) != FILE_OK)
		abort();
}

size_t
script_count(struct slice log, const char *text)
{
	size_t len = strlen(text), count = 0;

	for (size_t i = 0; i + len <= log.len; i++)
		count += memcmp(log.data + i, text, len) == 0;
	return count;
}
