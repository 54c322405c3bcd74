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

/* Two commands of a transaction: the entry that comes or goes (op "add" or
 * "undo"), and its line in the stream. It lasts until - now and a second. */
enum jwt_reason redis_queue_entry(const struct revocation_store *store,
	struct redis_session *session, const char *op,
	const struct revocation_entry *entry, int64_t now,
	const struct epoch *epoch, struct report *report) JWT_MUST_CHECK;
/* The answers to MULTI, count commands and EXEC. *done: false if a watched
 * key had changed, and nothing was done. */
enum jwt_reason redis_judge_exec(const struct redis_replies *replies,
	size_t count, bool *done, struct report *report) JWT_MUST_CHECK;
/* An error reply to a writer, with what can be done about it. */
enum jwt_reason redis_write_fault(
	const redisReply *reply, const char *command, struct report *report);

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
enum jwt_reason redis_put_epoch(struct revocation_store *store,
	enum found found, const struct epoch *before, const struct epoch *epoch,
	bool *done, struct report *report) JWT_MUST_CHECK;
enum jwt_reason redis_replay(struct revocation_store *store,
	struct replay *replay, struct report *report) JWT_MUST_CHECK;

#endif
