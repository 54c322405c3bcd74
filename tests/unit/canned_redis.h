/* SPDX-License-Identifier: ISC */
/* A Redis of canned bytes on a unix socket, in a process of its own. */
#ifndef JWT_TESTS_CANNED_REDIS_H
#define JWT_TESTS_CANNED_REDIS_H

#include "revocation_fixture.h"

#include <sys/types.h>

#define ROLE	"*3\r\n$6\r\nmaster\r\n:42\r\n*0\r\n"
#define EPOCH	"$18\r\n0123456789abcdef 7\r\n"
#define NIL	"$-1\r\n"
#define NILS	NIL NIL NIL NIL
#define OVER	"$20\r\n{\"until\":1,\"when\":1}\r\n"
#define PASSING ROLE EPOCH NILS NIL
/* What INFO says after the role, where allow_eviction is false. */
#define EVICTING \
	"$47\r\nmaxmemory:4096\r\nmaxmemory_policy:volatile-lru\r\n\r\n"
#define NEVER_EVICTING \
	"$45\r\nmaxmemory:4096\r\nmaxmemory_policy:noeviction\r\n\r\n"
#define TIMEOUT 300 /* ms */

enum manner { AT_ONCE, THEN_CLOSE, BYTE_BY_BYTE, NEVER_ACCEPT };

/* A server of one connection in a process of its own. */
struct server {
	pid_t pid;
	int listener;
	int asked; /* what it was sent comes out here, if asked for */
};

struct server server_start(
	struct fixture *f, struct slice answer, enum manner manner);
void server_stop(struct server *s);

/* The fixture with the store redis, at that server's socket. */
void use_redis(struct fixture *f, bool raw_tokens);
extern int64_t check_ms; /* how long the next one's check took */
/* What a check says to this answer; detail may be NULL. */
enum jwt_reason reason_for_bytes(struct slice answer, enum manner manner,
	bool raw_tokens, struct report *detail);
enum jwt_reason reason_for(const char *answer);

#endif
