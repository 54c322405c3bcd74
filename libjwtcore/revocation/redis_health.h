/* SPDX-License-Identifier: ISC */
/*
 * How a Redis is kept, and what our users may do in it: for an administrator
 * who asks, not for a login.
 */
#ifndef JWT_REVOCATION_REDIS_HEALTH_H
#define JWT_REVOCATION_REDIS_HEALTH_H

#include "revocation/redis_session.h"

#define REDIS_WORD_MAX 32

struct redis_health {
	char version[REDIS_WORD_MAX], policy[REDIS_WORD_MAX];
	int64_t evicted;		 /* keys, since it was started */
	int64_t memory_used, memory_max; /* bytes; max 0: no limit */
	bool append_only;		 /* aof_enabled */
	bool append_fails, snapshot_fails;
	int64_t unsaved;  /* changes since the last snapshot */
	int64_t saved_at; /* the last snapshot */
	int64_t time;	  /* of its clock */
};
/* As the writer: INFO and TIME. */
enum jwt_reason redis_health(struct revocation_store *store,
	struct redis_health *out, struct report *report) JWT_MUST_CHECK;

/* What the credential of hosts may do beyond its needs, and short of them.
 * Tried on keys that are not there, or for a second. */
struct redis_host_rights {
	bool may_list, may_delete; /* it should not */
	bool may_mark_used;	   /* it must, for single_use */
};
enum jwt_reason redis_try_host(struct revocation_store *store,
	struct redis_host_rights *out, struct report *report) JWT_MUST_CHECK;

/* Queues all that a revocation does and drops it. *lacks: the first command
 * that the writer's user may not use, or NULL. */
enum jwt_reason redis_try_writer(struct revocation_store *store,
	const char **lacks, struct report *report) JWT_MUST_CHECK;

/*
 * May the user default do what a revocation does? As it, switched off or not,
 * Redis 7 replays an append-only file at its start, and passes over what that
 * user may not do. *knows: false where our user may not ask, or this Redis has
 * no ACL DRYRUN; *lacks: the first command that it may not use, or NULL.
 */
enum jwt_reason redis_try_replay(struct revocation_store *store, bool *knows,
	const char **lacks, struct report *report) JWT_MUST_CHECK;

/* Do applications keep raw tokens there? As the writer; looks at some
 * thousand keys at most. */
enum jwt_reason redis_find_raw(struct revocation_store *store, bool *found,
	struct report *report) JWT_MUST_CHECK;

#endif
