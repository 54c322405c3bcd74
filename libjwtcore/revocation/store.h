/* SPDX-License-Identifier: ISC */
/*
 * What a store is to the rest of this folder: it looks up names and keeps
 * entries. It judges nothing: revocation.c does, the same for all.
 */
#ifndef JWT_REVOCATION_STORE_H
#define JWT_REVOCATION_STORE_H

#include "revocation/entry.h"
#include "revocation/epoch.h"
#include "revocation/journal.h"

#define LOOKUP_RAW_MAX 2 /* the token and its ECDSA twin */

/* The names to look for: hashed ones, and raw tokens (borrowed). */
struct lookup {
	bool asked[REVOKED_KIND_COUNT];
	char hex[REVOKED_KIND_COUNT][REVOKED_HEX_LEN + 1];
	struct slice raw[LOOKUP_RAW_MAX];
	size_t raw_count;
};

/* All from one moment: the epoch is no newer than the entries. */
struct lookup_answer {
	enum found epoch_found;
	struct epoch epoch; /* if FOUND_ENTRY */
	enum found found[REVOKED_KIND_COUNT];
	struct buffer json[REVOKED_KIND_COUNT]; /* if FOUND_ENTRY */
	bool raw_found;
	bool evicts; /* what isn't there may have been there */
};

void lookup_answer_clear(struct lookup_answer *answer);

/* Entries to write again where the store lacks them; their epoch is not
 * raised by it. */
struct replay {
	struct revocation_entry *at; /* widened on the way */
	size_t count;
	int64_t now;
	struct epoch epoch; /* for those who follow the changes */
	bool dry;	    /* only count */
	size_t lacked;	    /* out: that the store did not have */
};

struct store_class {
	const char *name; /* of the mark's file */
	/* Secrets read, addresses parsed. NULL: nothing to do. */
	enum jwt_reason (*prepare)(
		struct revocation_store *store, struct report *r);
	/* revocation_unreachable or an answer. */
	enum jwt_reason (*ask)(struct revocation_store *store,
		const struct lookup *lookup, struct lookup_answer *answer,
		struct report *r);
	enum jwt_reason (*add)(struct revocation_store *store,
		struct revocation_entry *entry, struct report *r);
	/* entry: kind, hex, when, was_*, the words. *removed: it was there. */
	enum jwt_reason (*undo)(struct revocation_store *store,
		struct revocation_entry *entry, bool *removed,
		struct report *r);
	enum jwt_reason (*list)(struct revocation_store *store, int64_t now,
		revocation_list_fn each, void *arg, struct report *r);
	/* *done: false if the epoch was not (any more) as before says. */
	enum jwt_reason (*put_epoch)(struct revocation_store *store,
		enum found found, const struct epoch *before,
		const struct epoch *epoch, bool *done, struct report *r);
	enum jwt_reason (*replay)(struct revocation_store *store,
		struct replay *replay, struct report *r);
	/*
	 * Marks a token as used, for ttl seconds, for all who ask this store,
	 * in the time that the last ask has left; *first: it had no such mark.
	 * NULL: the store serves one host.
	 */
	enum jwt_reason (*use)(struct revocation_store *store, const char *hex,
		int64_t ttl, bool *first, struct report *r);
	/* NULL: the store forgets on its own. */
	enum jwt_reason (*sweep)(struct revocation_store *store, int64_t now,
		size_t *removed, struct report *r);
};

extern const struct store_class embedded_class, redis_class;

struct revocation_store {
	const struct store_class *class;	/* NULL: the kind "none" */
	const struct revocation_config *config; /* borrowed */
	struct revocation_places places;	/* borrowed */
	bool prepared;
	bool silent; /* did not answer the last question */
	struct name_hash hash;
	struct kept_mark mark;	    /* of this host, for the next question */
	struct redis_client *redis; /* of the kind "redis" */
	struct journal journal;	    /* while something is written */
	struct epoch seen;	    /* by this host's logins, if expects */
	bool expects;
};

/* With allow_fresh: may it be let in unasked? */
bool allowed_as_fresh(const struct revocation_config *config,
	const struct revocation_question *question, int64_t now);

/* What the administrator's calls have in common. */
enum jwt_reason store_ready(
	struct revocation_store *store, struct report *r) JWT_MUST_CHECK;
/* journal_close(&store->journal) in any case. */
enum jwt_reason store_journal_open(
	struct revocation_store *store, struct report *r) JWT_MUST_CHECK;
/* Before a write: journal_judge, and by what was seen. */
enum jwt_reason store_judge(const struct revocation_store *store,
	enum found found, const struct epoch *epoch,
	struct report *report) JWT_MUST_CHECK;
enum jwt_reason store_read_epoch(struct revocation_store *store,
	enum found *found, struct epoch *out, struct report *r) JWT_MUST_CHECK;
/* revocation_lost: it may have lost any key, the epoch or not. */
enum jwt_reason eviction_lost(struct report *r);

/* One entry of a list, from its name and its bytes; damaged ones too. */
enum jwt_reason list_entry(struct slice name, char separator, enum found found,
	struct slice json, int64_t now, revocation_list_fn each, void *arg);

#endif
