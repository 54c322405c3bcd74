/* SPDX-License-Identifier: ISC */
/*
 * Servers on ports of 127.0.0.1 that answer by a script: the first request
 * that any connection sends gets the first answer, and so on; the last
 * answer is repeated. For Sentinels, nodes of a cluster, and servers that
 * die between two questions.
 */
#ifndef JWT_TESTS_SCRIPT_REDIS_H
#define JWT_TESTS_SCRIPT_REDIS_H

#include "canned_redis.h"

/* In place of an answer: */
#define HANG_UP	 "\1" /* close the connection */
#define SAY_LATE "\2" /* what follows is said a little later */

#define REPLICA \
	"*5\r\n$5\r\nslave\r\n$1\r\nx\r\n:1\r\n$9\r\nconnected\r\n:1\r\n"

struct script {
	pid_t pid;
	int listener;
	uint16_t port;
	char tcp[64]; /* "tcp:127.0.0.1:PORT" */
	int log;      /* "CONNECT\n" and each request come out here */
};

/* A port that is listened to; nobody accepts until script_run. */
void script_listen(struct script *s);
/* With answers until NULL; at most 8. */
void script_run(struct script *s, const char *const *answer);
#define SCRIPT(s, ...) script_run(s, (const char *[]){ __VA_ARGS__, NULL })
void script_end(struct script *s);
static inline void
jwt_auto_script(struct script *s)
{
	script_end(s);
}
typedef struct script jwt_auto_script_t;

/* Ends the server; what its log held. */
void script_log(struct script *s, struct buffer *out);
size_t script_count(struct slice log, const char *text);

#endif
