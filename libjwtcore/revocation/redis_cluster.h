/* SPDX-License-Identifier: ISC */
/* Redis Cluster: which slot a key is in, and where a node sends us. Pure. */
#ifndef JWT_REVOCATION_REDIS_CLUSTER_H
#define JWT_REVOCATION_REDIS_CLUSTER_H

#include "revocation/redis_session.h"

#define REDIS_HOPS_MAX 4 /* redirections that one question follows */

/* CRC16 of the key, or of what stands in its first {...}, modulo 16384. */
uint16_t redis_slot(struct slice key);

struct redis_redirect {
	bool ask; /* this once (ASK), else for good (MOVED) */
	struct redis_address to;
};

bool redis_is_redirect(const redisReply *reply);
/*
 * "MOVED SLOT HOST:PORT" or "ASK SLOT HOST:PORT", from a node spoken to as
 * from says; without a host it is that node's. Where it is a name, that is to
 * be settled yet. revocation_unreachable: anything else.
 */
enum jwt_reason redis_redirect_parse(const redisReply *reply,
	const struct redis_address *from, struct redis_redirect *out,
	struct report *report) JWT_MUST_CHECK;

#endif
