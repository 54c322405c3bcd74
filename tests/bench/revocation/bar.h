/* SPDX-License-Identifier: ISC */
/* The parts of the bench of revocation. */
#ifndef JWT_BENCH_BAR_H
#define JWT_BENCH_BAR_H

#include "bench.h"
#include "context.h"
#include "material.h"
#include "measure.h"

#include <sys/types.h>

#define FEW_KEYS   10
#define MANY_KEYS  1000000 /* in Redis */
#define MANY_FILES 100000  /* in the folder */
#define TIMEOUT_MS 500

/* A redis-server of ours, on a unix socket in the folder. */
struct bench_redis {
	pid_t pid;
	char socket[128];
};
/* keys of others, and an epoch. Ends the program where it fails. */
void redis_begin(struct bench_redis *redis, const char *folder,
	const char *name, size_t keys);
void redis_end(struct bench_redis *redis);
/* The blocking command of hiredis, on a connection of its own. */
void redis_command(const struct bench_redis *redis, const char *command);

/* A place with a config, keys, and one of the stores. */
struct bench_place {
	char folder[64];
	struct jwt_places places;
	char dir[4][128];
	struct jwt_context *context;
};
/* redis NULL: the folder, with so many files. */
void place_make(struct bench_place *place, const char *parent, const char *name,
	const struct material *m, const struct bench_redis *redis,
	size_t files);
/* The same place, opened by another process. */
void place_open(
	struct bench_place *place, const char *parent, const char *name);
void place_close(struct bench_place *place);
/* Judges the token; false: it was refused. */
bool place_judge(const struct bench_place *place, const char *token,
	struct jwt_verdict *verdict);

/* A run of LINES requests through the code of --stream. */
#define LINES 64
struct bench_stream {
	const struct bench_place *place;
	int in, out;
	unsigned allowed;
};
void stream_begin(struct bench_stream *stream, const struct bench_place *place,
	const char *token);
bool stream_run(void *stream);
void stream_end(struct bench_stream *stream);

/* What bounds it: OpenSSL's verification, and the same questions, bare. */
struct bench_bare;
struct bench_bare *bare_begin(
	const struct material *m, const struct bench_redis *redis);
bool bare_run(void *bare); /* LINES of them */
void bare_end(struct bench_bare *bare);

#endif
