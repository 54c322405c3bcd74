/* SPDX-License-Identifier: ISC */
/* Starts, asks and ends redis-servers. */
#include "redis_nodes.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PATIENCE_MS 30000
#define ANSWER_MS   2000

static uint16_t
free_port(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(in);
	JWT_AUTO(fd) fd = -1;

	/* A cluster's nodes speak to each other at 10000 more. */
	do {
		if (fd >= 0)
			close(fd);
		in.sin_port = 0;
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0 || bind(fd, (struct sockaddr *)&in, size) != 0 ||
			getsockname(fd, (struct sockaddr *)&in, &size) != 0)
			abort();
	} while (ntohs(in.sin_port) > 55000);
	return ntohs(in.sin_port);
}

void
node_prepare(struct redis_node *node, const char *root)
{
	memset(node, 0, sizeof(*node));
	node->pid = -1;
	node->port = free_port();
	snprintf(node->tcp, sizeof(node->tcp), "tcp:127.0.0.1:%u", node->port);
	snprintf(node->folder, sizeof(node->folder), "%s/%u", root, node->port);
	if (mkdir(node->folder, 0700) != 0)
		abort();
}

void
node_launch(struct redis_node *node, const char *config)
{
	JWT_AUTO(buffer) text = BUFFER(8192);
	char path[128];

	node->sentinel = strstr(config, "sentinel monitor") != NULL;
	if (!buffer_append_format(&text,
		    "bind 127.0.0.1\n%s %u\ndir %s\nlogfile %s/log\n%s%s",
		    strstr(config, "tls-port") != NULL ? "# port" : "port",
		    node->port, node->folder, node->folder,
		    node->sentinel ? ""
				   : "save \"\"\nrepl-diskless-sync-delay 0\n",
		    config))
		abort();
	snprintf(path, sizeof(path), "%s/redis.conf", node->folder);
	fixture_put(path, buffer_string(&text));
	node_again(node);
}

void
node_again(struct redis_node *node)
{
	const char *program = getenv("JWT_REDIS_SERVER");
	char path[128];

	if (program == NULL)
		abort();
	snprintf(path, sizeof(path), "%s/redis.conf", node->folder);
	node->pid = fork();
	if (node->pid == 0) {
		execl(program, "redis-server", path,
			node->sentinel ? "--sentinel" : (char *)NULL,
			(char *)NULL);
		_exit(127);
	}
}

void
node_wait(const struct redis_node *node)
{
	if (!NODE_COMES_TO_SAY(node, "PONG", "PING"))
		abort();
}

void
node_kill(struct redis_node *node)
{
	if (node->pid > 0) {
		kill(node->pid, SIGKILL);
		waitpid(node->pid, NULL, 0);
	}
	node->pid = -1;
}

redisReply *
node_do(const struct redis_node *node, const char *const *word)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	struct redis_address address;
	struct redis_session session;
	redisReply *reply = NULL;

	if (redis_address_parse(node->tcp, &address, NULL) != JWT_OK ||
		redis_session_start(&address, NULL,
			clock_monotonic_ms() + ANSWER_MS, &session,
			NULL) != JWT_OK)
		return NULL;
	if (redis_queue_strings(&session, word, NULL) == JWT_OK &&
		redis_exchange(&session, 1, &replies, NULL) == JWT_OK)
		reply = JWT_TAKE(replies.at[0]);
	redis_session_close(&session);
	return reply;
}

static bool
holds(const redisReply *reply, const char *text)
{
	if (reply->type == REDIS_REPLY_ARRAY)
		for (size_t i = 0; i < reply->elements; i++)
			if (holds(reply->element[i], text))
				return true;
	return reply->str != NULL && strstr(reply->str, text) != NULL;
}

bool
node_says(const struct redis_node *node, const char *text,
	const char *const *word)
{
	redisReply *reply = node_do(node, word);
	bool says = reply != NULL && holds(reply, text);

	if (reply != NULL)
		freeReplyObject(reply);
	return says;
}

bool
node_comes_to_say(const struct redis_node *node, const char *text,
	const char *const *word)
{
	const int64_t deadline = clock_monotonic_ms() + PATIENCE_MS;

	while (!node_says(node, text, word)) {
		if (clock_left_ms(deadline) == 0)
			return false;
		poll(NULL, 0, 20);
	}
	return true;
}
