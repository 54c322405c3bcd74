/* SPDX-License-Identifier: ISC */
/* Starts, asks and ends a redis-server. */
#include "real_redis.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS 10000

static const char *
from_environment(const char *name)
{
	const char *value = getenv(name);

	if (value != NULL)
		return value;
	fprintf(stderr, "%s is not set\n", name);
	abort();
}

static uint16_t
free_port(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(in);
	JWT_AUTO(fd) fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&in, sizeof(in)) != 0 ||
		getsockname(fd, (struct sockaddr *)&in, &size) != 0)
		abort();
	return ntohs(in.sin_port);
}

static void
write_config(const struct real_redis *redis, const char *path)
{
	JWT_AUTO(buffer) text = BUFFER(4096);

	if (!buffer_append_format(&text,
		    "include %s\nunixsocket %s/redis\nbind 127.0.0.1\n"
		    "port %u\ndir %s\nsave \"\"\nlogfile %s/log\n"
		    "enable-debug-command local\n",
		    from_environment("JWT_REDIS_ACL"), redis->f.root,
		    redis->port, redis->f.root, redis->f.root))
		abort();
	fixture_put(path, buffer_string(&text));
}

static void
launch(struct real_redis *redis)
{
	const char *program = from_environment("JWT_REDIS_SERVER");
	char path[128];

	snprintf(path, sizeof(path), "%s/redis.conf", redis->f.root);
	write_config(redis, path);
	redis->pid = fork();
	if (redis->pid == 0) {
		execl(program, "redis-server", path, (char *)NULL);
		_exit(127);
	}
}

static void
put_password(char *path, size_t size, const char *root, const char *name,
	const char *password)
{
	snprintf(path, size, "%s/%s", root, name);
	if (!file_write(path, slice_of_string(password), 0600, (uid_t)-1,
		    (gid_t)-1, NULL))
		abort();
}

static struct revocation_store *
open_store(const struct revocation_config *config, struct fixture *f)
{
	struct revocation_store *store = NULL;

	if (revocation_open(config, &f->places, &store, NULL) != JWT_OK ||
		revocation_prepare(store, NULL) != JWT_OK)
		abort();
	return store;
}

static void
open_stores(struct real_redis *redis)
{
	static char reader[] = "jwtauth-host", writer[] = "jwtauth-revoker";
	struct revocation_config *config = &redis->f.config;

	snprintf(redis->socket_address, sizeof(redis->socket_address),
		"unix:%s/redis", redis->f.root);
	snprintf(redis->tcp_address, sizeof(redis->tcp_address),
		"tcp:127.0.0.1:%u", redis->port);
	put_password(redis->reader_file, sizeof(redis->reader_file),
		redis->f.root, "reader", "READER-PASSWORD\n");
	put_password(redis->writer_file, sizeof(redis->writer_file),
		redis->f.root, "writer", "WRITER-PASSWORD\n");
	config->store = REVOCATION_REDIS;
	config->redis.address = redis->socket_address;
	config->redis.raw_tokens = true;
	redis->app_config = *config;
	redis->writer_config = *config;
	redis->writer_config.redis.user = writer;
	redis->writer_config.redis.password_file = redis->writer_file;
	config->redis.user = reader;
	config->redis.password_file = redis->reader_file;
	fixture_reopen(&redis->f);
	redis->writer = open_store(&redis->writer_config, &redis->f);
	redis->app = open_store(&redis->app_config, &redis->f);
}

static void
launch_and_wait(struct real_redis *redis)
{
	int64_t deadline = clock_monotonic_ms() + START_MS;
	redisReply *reply = NULL;

	launch(redis);
	while (reply == NULL && clock_left_ms(deadline) > 0) {
		poll(NULL, 0, 10);
		reply = APP(redis, "PING");
	}
	if (reply == NULL)
		abort();
	freeReplyObject(reply);
}

void
real_redis_start(struct real_redis *redis)
{
	memset(redis, 0, sizeof(*redis));
	fixture_start(&redis->f);
	redis->port = free_port();
	open_stores(redis);
	launch_and_wait(redis);
}

static void
end_server(struct real_redis *redis)
{
	if (redis->pid > 0) {
		kill(redis->pid, SIGKILL);
		waitpid(redis->pid, NULL, 0);
	}
	redis->pid = -1;
}

void
real_redis_restart(struct real_redis *redis)
{
	end_server(redis);
	launch_and_wait(redis);
}

void
real_redis_end(struct real_redis *redis)
{
	end_server(redis);
	revocation_close(redis->writer);
	revocation_close(redis->app);
	fixture_end(&redis->f);
}

redisReply *
real_redis_do(struct real_redis *redis, const char *const *word)
{
	struct redis_replies replies = { .count = 0 };
	struct redis_session session;
	redisReply *reply = NULL;

	if (redis_session_open(redis->app, &session, NULL) != JWT_OK)
		return NULL;
	if (redis_queue_strings(&session, word, NULL) == JWT_OK &&
		redis_exchange(&session, 1, &replies, NULL) == JWT_OK)
		reply = JWT_TAKE(replies.at[0]);
	redis_replies_clear(&replies);
	redis_session_close(&session);
	return reply;
}

long long
real_redis_number(struct real_redis *redis, const char *const *word)
{
	redisReply *reply = real_redis_do(redis, word);
	long long number = -1;

	if (reply != NULL && reply->type == REDIS_REPLY_INTEGER)
		number = reply->integer;
	if (reply != NULL)
		freeReplyObject(reply);
	return number;
}

void
real_redis_reopen_writer(struct real_redis *redis)
{
	revocation_close(redis->writer);
	redis->writer = open_store(&redis->writer_config, &redis->f);
}

void
real_redis_keep_journal(struct real_redis *redis)
{
	fixture_keep_journal(&redis->f);
	real_redis_reopen_writer(redis);
}

enum jwt_reason
real_redis_revoke(struct real_redis *redis, enum revoked_kind kind)
{
	const struct revocation_entry entry = fixture_entry(kind);

	memset(&redis->f.report, 0, sizeof(redis->f.report));
	return revocation_add(redis->writer, &entry, &redis->f.report);
}

void
real_redis_drop(redisReply *reply)
{
	CU_ASSERT_PTR_NOT_NULL(reply);
	if (reply == NULL)
		return;
	CU_ASSERT_NOT_EQUAL(reply->type, REDIS_REPLY_ERROR);
	freeReplyObject(reply);
}

static void
init(struct real_redis *redis)
{
	bool created = false;

	CU_ASSERT_EQUAL(revocation_init(redis->writer, &created, NULL), JWT_OK);
	CU_ASSERT(created);
}

void
real_redis_start_ready(struct real_redis *redis)
{
	real_redis_start(redis);
	init(redis);
}

void
real_redis_start_kept(struct real_redis *redis)
{
	real_redis_start(redis);
	real_redis_keep_journal(redis);
	init(redis);
}

enum jwt_reason
real_redis_restore(struct real_redis *redis, enum restore_how how,
	struct restore_result *out)
{
	memset(&redis->f.report, 0, sizeof(redis->f.report));
	return revocation_restore(redis->writer, NOW, how, slice_of(NULL, 0),
		out, &redis->f.report);
}

bool
real_redis_was_told(const struct real_redis *redis, const char *words)
{
	return strstr(redis->f.report.text, words) != NULL;
}
