/* SPDX-License-Identifier: ISC */
/* redis-server: JWT_REDIS_SERVER of the environment, or found in PATH. */
#include "bar.h"

#include "base/clock.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS 10000

static redisContext *
connect_to(const struct bench_redis *redis)
{
	redisContext *c = redisConnectUnix(redis->socket);

	if (c != NULL && c->err == 0)
		return c;
	redisFree(c);
	return NULL;
}

void
redis_command(const struct bench_redis *redis, const char *command)
{
	redisContext *c = connect_to(redis);
	redisReply *reply = c != NULL ? redisCommand(c, command) : NULL;

	if (reply == NULL || reply->type == REDIS_REPLY_ERROR)
		bench_die("redis: %s: %s", command,
			reply != NULL ? reply->str : "no answer");
	freeReplyObject(reply);
	redisFree(c);
}

static void
set_epoch(const struct bench_redis *redis)
{
	redisContext *c = connect_to(redis);
	redisReply *reply = c != NULL
				    ? redisCommand(c, "SET blacklist:epoch %s",
					      "0123456789abcdef 1")
				    : NULL;

	if (reply == NULL || reply->type != REDIS_REPLY_STATUS)
		bench_die("redis: no epoch");
	freeReplyObject(reply);
	redisFree(c);
}

static void
wait_for(const struct bench_redis *redis)
{
	const int64_t deadline = clock_monotonic_ms() + START_MS;
	redisContext *c;

	while ((c = connect_to(redis)) == NULL) {
		if (clock_left_ms(deadline) == 0 ||
			waitpid(redis->pid, NULL, WNOHANG) != 0)
			bench_die("no redis-server: set JWT_REDIS_SERVER");
		poll(NULL, 0, 10);
	}
	redisFree(c);
}

void
redis_begin(struct bench_redis *redis, const char *folder, const char *name,
	size_t keys)
{
	const char *program = getenv("JWT_REDIS_SERVER");
	char command[64];

	snprintf(redis->socket, sizeof(redis->socket), "%s/%s.sock", folder,
		name);
	redis->pid = fork();
	if (redis->pid == 0) {
		/* A bench that is ended leaves no server behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execlp(program != NULL ? program : "redis-server",
			"redis-server", "--port", "0", "--unixsocket",
			redis->socket, "--save", "", "--dir", folder,
			"--logfile", "redis.log", "--enable-debug-command",
			"local", (char *)NULL);
		_exit(127);
	}
	wait_for(redis);
	snprintf(command, sizeof(command), "DEBUG POPULATE %zu blacklist:other",
		keys);
	redis_command(redis, command);
	set_epoch(redis);
}

void
redis_end(struct bench_redis *redis)
{
	kill(redis->pid, SIGKILL);
	waitpid(redis->pid, NULL, 0);
}
