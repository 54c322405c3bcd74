/* SPDX-License-Identifier: ISC */
/* The Redis store: keys that its reader and its writer both use. */
#ifndef JWT_REVOCATION_REDIS_H
#define JWT_REVOCATION_REDIS_H

#include "revocation/redis_session.h"

#define REDIS_KEY_MAX 256 /* bytes of a key of ours: prefix, kind, hash */

/* PREFIXepoch */
enum jwt_reason redis_epoch_key(const struct revocation_store *store,
	char out[REDIS_KEY_MAX], struct report *report) JWT_MUST_CHECK;
/*
 * PREFIXstream: each change of ours as it was made, the fields "op" ("add" or
 * "undo"), "name" (KIND:HEX), "epoch" ("ID COUNTER", that it made) and "json".
 */
enum jwt_reason redis_stream_key(const struct revocation_store *store,
	char out[REDIS_KEY_MAX], struct report *report) JWT_MUST_CHECK;
/* PREFIXKIND:HEX */
enum jwt_reason redis_entry_key(const struct revocation_store *store,
	enum revoked_kind kind, const char *hex, char out[REDIS_KEY_MAX],
	struct report *report) JWT_MUST_CHECK;
enum jwt_reason redis_take_epoch(const redisReply *reply, enum found *found,
	struct epoch *out, struct report *report) JWT_MUST_CHECK;

enum jwt_reason redis_add(struct revocation_store *store,
	struct revocation_entry *entry, struct report *report) JWT_MUST_CHECK;
enum jwt_reason redis_undo(struct revocation_store *store,
	struct revocation_entry *entry, bool *removed,
	struct report *report) JWT_MUST_CHECK;
enum jwt_reason redis_list(struct revocation_store *store, int64_t now,
	revocation_list_fn each, void *arg,
	struct report *report) JWT_MUST_CHECK;
enum jwt_reason redis_use(struct revocation_store *store, const char *hex,
	int64_t ttl, bool *first, struct report *report) JWT_MUST_CHECK;
enum jwt_reason redis_init(struct revocation_store *store, bool *created,
	struct report *report) JWT_MUST_CHECK;

#endif
