/* SPDX-License-Identifier: ISC */
/*
 * A real redis-server in a temporary folder, with the users of
 * etc/redis/jwtauth.acl, for tests that run where one is installed: inside
 * a test host.
 */
#ifndef JWT_TESTS_REAL_REDIS_H
#define JWT_TESTS_REAL_REDIS_H

#include "revocation/redis_session.h"
#include "revocation_fixture.h"

#include <sys/types.h>

struct real_redis {
	struct fixture f; /* its store is the reader's */
	pid_t pid;
	uint16_t port;
	char socket_address[128], tcp_address[64];
	char reader_file[128], writer_file[128];
	struct revocation_config writer_config, app_config;
	struct revocation_store *writer;
	struct revocation_store *app; /* the default user: may do all */
};

/* environment: JWT_REDIS_SERVER, JWT_REDIS_ACL; aborts without them */
void real_redis_start(struct real_redis *redis);
/* Killed and started again: empty, with no epoch. */
void real_redis_restart(struct real_redis *redis);
void real_redis_end(struct real_redis *redis);
static inline void
jwt_auto_real_redis(struct real_redis *redis)
{
	real_redis_end(redis);
}
typedef struct real_redis jwt_auto_real_redis_t;

/* A command of an application; the reply is the caller's to free. */
redisReply *real_redis_do(struct real_redis *redis, const char *const *word);
#define APP(redis, ...) \
	real_redis_do(redis, (const char *[]){ __VA_ARGS__, NULL })
/* The same, when only an integer is of interest; -1: another reply. */
long long real_redis_number(struct real_redis *redis, const char *const *word);
#define APP_NUMBER(redis, ...) \
	real_redis_number(redis, (const char *[]){ __VA_ARGS__, NULL })

/* For a reply that must be there and no error. */
void real_redis_drop(redisReply *reply);

/* Started, with the epoch of an empty store; kept: with a journal, too. */
void real_redis_start_ready(struct real_redis *redis);
void real_redis_start_kept(struct real_redis *redis);

/* From here on the writer keeps a journal. */
void real_redis_keep_journal(struct real_redis *redis);
/* After a change to writer_config. */
void real_redis_reopen_writer(struct real_redis *redis);

enum jwt_reason real_redis_revoke(
	struct real_redis *redis, enum revoked_kind kind);
/* What this host's journal has, played back. */
enum jwt_reason real_redis_restore(struct real_redis *redis,
	enum restore_how how, struct restore_result *out);
/* Does the last call's report have these words? */
bool real_redis_was_told(const struct real_redis *redis, const char *words);

#endif
