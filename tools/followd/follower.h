/* SPDX-License-Identifier: ISC */
/*
 * The follower: one store, one copy, and how far the second is behind the
 * first. It only adds to the copy, or takes away what is surely gone.
 */
#ifndef JWT_FOLLOWD_FOLLOWER_H
#define JWT_FOLLOWD_FOLLOWER_H

#include "folder.h"
#include "index.h"

#include "revocation/redis.h"

#define RUN_ID_MAX    48
#define SCAN_MOST     1024 /* keys in one step of a scan */
#define STREAM_BEGIN  "0-0"
#define STATE_MS      15000 /* between two states of an idle copy */
#define LIST_PAUSE_MS 10000

struct follower_options {
	const char *config, *copy_dir, *seen_dir;
	int64_t interval_ms; /* between two scans, at least */
	size_t room;	     /* files that the copy may have */
	bool once;
};

/*
 * One life of a primary: in it, as long as the store was never lost, a key
 * that is gone was deleted.
 */
struct life {
	char run_id[RUN_ID_MAX]; /* empty: unknown */
	char data[RUN_ID_MAX];	 /* which data it has: master_replid */
	uint64_t evicted;	 /* keys that it dropped by itself */
	uint64_t flushes;	 /* how often somebody emptied it */
};

struct follower {
	const struct follower_options *options;
	const struct revocation_config *config;
	struct revocation_store *store;
	struct folder folder;
	struct raw_index index;
	struct copy_state state;
	int64_t state_written_ms; /* monotonic */
	bool uncommitted;	  /* changes came since */
	struct {
		int64_t wall, boot_ms; /* 0: not looked at yet */
	} clock;

	/* What the copy holds all of; without it, it is a new one. */
	struct epoch epoch;
	bool has_epoch;
	bool need_list; /* changes were missed: ask for all entries */
	int64_t listed_ms;

	uint32_t scan, whole_scan; /* this one, and the last that ended well */
	struct life scan_life;	   /* at the begin of that */
	unsigned scan_count;	   /* keys that Redis looks at in a step */
	unsigned scan_most;	   /* so many at most, after too long answers */
	int64_t scan_due_ms;
	int64_t sweep_due_ms;
	int64_t alive_ms; /* when systemd was told last */
	bool following;	  /* said so, and of no trouble since */
	bool complained;  /* of a change that is none */
	bool told_length; /* of a key that is too long */
};

/* start.c: what there is in the folder is taken over. */
enum jwt_reason follower_start(
	struct follower *f, struct report *report) JWT_MUST_CHECK;
void follower_end(struct follower *f);
/*
 * Connects and follows; JWT_OK: it is time for a new connection, or with
 * "once" all is done. revocation_lost: the store has less than the copy.
 * internal_error: this host's fault.
 */
enum jwt_reason follower_run(
	struct follower *f, struct report *report) JWT_MUST_CHECK;
/* The store is another: nothing is thrown away, all is asked for again. */
void follower_begin_anew(struct follower *f);
/* Changes of the store were missed: what is gone may have been lost. */
void follower_missed(struct follower *f);
/*
 * The answer of "XREVRANGE STREAM + - COUNT 1". A stream that ends before our
 * place in it was made again: changes were missed, and all of it is read.
 */
enum jwt_reason follower_take_stream_end(struct follower *f,
	const redisReply *reply, struct report *report) JWT_MUST_CHECK;
/* The copy's files, then what says how far it is. */
enum jwt_reason follower_commit(
	struct follower *f, struct report *report) JWT_MUST_CHECK;
/*
 * A clock that was ahead has removed, or left out, what is in force: nothing
 * that was copied until it went back is believed to be whole.
 */
enum jwt_reason follower_check_clock(
	struct follower *f, struct report *report) JWT_MUST_CHECK;
/* Tells systemd, now and then, that the loop goes round. */
void follower_alive(struct follower *f);
/* Is there room for another file? If not, the copy decides nothing more. */
bool follower_has_room(struct follower *f);
/* A store that is no continuation of what the copy holds. */
enum jwt_reason follower_judge_epoch(const struct follower *f, enum found found,
	const struct epoch *epoch, struct report *report) JWT_MUST_CHECK;

/* sweep.c: takes out the entries that are over, if it is time for that. */
enum jwt_reason follower_sweep(
	struct follower *f, struct report *report) JWT_MUST_CHECK;

/* changes.c: the entries of ours. */
enum jwt_reason changes_add(struct follower *f, struct revocation_entry *entry,
	struct report *report) JWT_MUST_CHECK;
/* All entries that the store has now. */
enum jwt_reason changes_list(struct follower *f, struct redis_session *session,
	struct report *report) JWT_MUST_CHECK;
/* Waits so long for changes and applies them; *count: how many came. */
enum jwt_reason changes_follow(struct follower *f,
	struct redis_session *session, int64_t wait_ms, size_t *count,
	struct report *report) JWT_MUST_CHECK;

/* All changes that the stream has now; it may grow faster than that. */
enum jwt_reason changes_drain(struct follower *f, struct redis_session *session,
	struct report *report) JWT_MUST_CHECK;

/* scan.c: the raw tokens of applications. */
enum jwt_reason scan_raw(struct follower *f, struct redis_session *session,
	struct report *report) JWT_MUST_CHECK;

/* nodes.c: where raw tokens may be in a cluster. */
#define NODES_MAX   128
#define NODES_SLOTS 16384
struct nodes {
	struct redis_address at[NODES_MAX]; /* the primaries, in slots' order */
	size_t count;
	uint8_t owner[NODES_SLOTS]; /* the index of each slot's primary */
	size_t slots;		    /* how many have one */
};
/* One range of "CLUSTER SLOTS", heard from there; false: no sense. */
bool nodes_add_range(const redisReply *range, const struct redis_address *from,
	struct nodes *out);
/* revocation_unreachable: not all slots have a primary. */
enum jwt_reason nodes_ask(struct follower *f, struct redis_session *session,
	struct nodes *out, struct report *report) JWT_MUST_CHECK;
/* The same primaries, of the same slots: no key moved in whole slots. */
bool nodes_same(const struct nodes *a, const struct nodes *b);
enum jwt_reason nodes_open(struct follower *f,
	const struct redis_address *address, struct redis_session *out,
	struct report *report) JWT_MUST_CHECK;

/* stream.c: what Redis says, taken apart. */
struct change {
	char id[COPY_STREAM_MAX];
	struct slice op, name, epoch, json; /* borrowed from the reply */
};
/* XREAD's reply, nothing or the changes of one stream; NULL: no sense. */
const redisReply *stream_changes(const redisReply *reply, size_t *count);
bool stream_change(const redisReply *reply, struct change *out);
/* False: not "MS-SEQ". */
bool stream_id_parse(struct slice id, uint64_t out[2]);
/* Is a behind b? */
bool stream_id_less(const char *a, const char *b);
/* From INFO and INFO commandstats; false: something is missing, or it is no
 * primary. */
bool life_parse(struct slice info, struct slice stats, struct life *out);
/* The same server with the same data, that nobody has emptied; with life_same
 * it evicted nothing. */
bool life_goes_on(const struct life *a, const struct life *b);
bool life_same(const struct life *a, const struct life *b);

#endif
