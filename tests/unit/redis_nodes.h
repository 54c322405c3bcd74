/* SPDX-License-Identifier: ISC */
/*
 * Several real redis-servers on ports of 127.0.0.1, Sentinels among them,
 * for tests that run where redis-server is installed.
 */
#ifndef JWT_TESTS_REDIS_NODES_H
#define JWT_TESTS_REDIS_NODES_H

#include "revocation/redis_session.h"
#include "revocation_fixture.h"

#include <sys/types.h>

struct redis_node {
	pid_t pid;
	uint16_t port;
	char tcp[64]; /* "tcp:127.0.0.1:PORT" */
	char folder[96];
	bool sentinel;
};

/* environment: JWT_REDIS_SERVER. A port and a folder below root. */
void node_prepare(struct redis_node *node, const char *root);
/* With more lines of redis.conf; does not wait. */
void node_launch(struct redis_node *node, const char *config);
/* As before: its data and its redis.conf are still there. */
void node_again(struct redis_node *node);
/* Waits until it answers. */
void node_wait(const struct redis_node *node);
void node_kill(struct redis_node *node);

/* The reply is the caller's to free; NULL: no answer. */
redisReply *node_do(const struct redis_node *node, const char *const *word);
#define NODE_DO(node, ...) node_do(node, (const char *[]){ __VA_ARGS__, NULL })
/* Does its answer, an array's elements among it, hold these words? */
bool node_says(const struct redis_node *node, const char *text,
	const char *const *word);
#define NODE_SAYS(node, text, ...) \
	node_says(node, text, (const char *[]){ __VA_ARGS__, NULL })
/* Asks until it does, or a long time has passed. */
bool node_comes_to_say(const struct redis_node *node, const char *text,
	const char *const *word);
#define NODE_COMES_TO_SAY(node, text, ...) \
	node_comes_to_say(node, text, (const char *[]){ __VA_ARGS__, NULL })

#endif
