/* SPDX-License-Identifier: ISC */
/*
 * All that a process knows of its Redis: where the servers are, who we are
 * there, and the connections that it keeps. One primary, found by a list of
 * addresses or by Sentinel, or the nodes of a cluster.
 */
#ifndef JWT_REVOCATION_REDIS_CLIENT_H
#define JWT_REVOCATION_REDIS_CLIENT_H

#include "revocation/redis.h"
#include "revocation/redis_names.h"
#include "revocation/redis_session.h"

#include <sys/types.h>

#define REDIS_PASSWORD_MAX 1024 /* bytes */
#define REDIS_KEPT_MAX	   4	/* connections; more than one in a cluster */
/*
 * How long one serves, in milliseconds: whether we still may log in, and
 * whether it evicts keys, was seen at its start. The role is asked each time;
 * INFO would add two fifths to a question (26 to 38 us at a unix socket).
 */
#define REDIS_KEPT_MS 10000

/*
 * One life of a server's data: the process, and how often somebody emptied it
 * meanwhile, which nothing else tells of.
 */
#define REDIS_RUN_ID_MAX 64
struct redis_life {
	char run_id[REDIS_RUN_ID_MAX]; /* empty: unknown */
	uint64_t flushes;
};

struct redis_client {
	const struct redis_config *config;		   /* borrowed */
	struct redis_address address[REDIS_ADDRESSES_MAX]; /* or Sentinels' */
	size_t address_count;
	const char *names_dir;	   /* borrowed */
	struct redis_names *names; /* redis_find's; NULL: no address is named */
	struct buffer password, sentinel_password; /* wiped in the end */
	struct redis_tls *tls;			   /* NULL: not used */
	struct redis_session kept[REDIS_KEPT_MAX];
	int64_t deadline; /* of the questions of one judgement */
	bool evicts;	  /* one that answered the last ones may evict keys */
	size_t kept_next; /* whose place is taken when all are */
	pid_t owner;	  /* of the kept ones: a fork has its own */
	/* In a cluster: the slot of our prefix, and who had it last. */
	uint16_t home_slot;
	bool home_known;
	struct redis_address home;
	/* What a replay filled, from before its first entry on, and its last
	 * key there; empty: none did. */
	struct redis_life filled;
	char filled_key[REDIS_KEY_MAX];
};

/*
 * Parses the addresses. config_error: one of them is wrong. names_dir has the
 * file of redis_names.h; NULL: where jwtauth-fetchd writes it.
 */
enum jwt_reason redis_client_new(const struct redis_config *config,
	const char *names_dir, struct redis_client **out,
	struct report *report) JWT_MUST_CHECK;
void redis_client_free(struct redis_client *client);
JWT_AUTO_TYPE(redis_client, struct redis_client *, redis_client_free);
/* Reads passwords and the files of TLS. config_error: the report says which. */
enum jwt_reason redis_client_prepare(
	struct redis_client *client, struct report *report) JWT_MUST_CHECK;

/* One that is open, young and quiet, at this address (NULL: any), or NULL. */
struct redis_session *redis_client_kept(
	struct redis_client *client, const struct redis_address *address);
/* A place for a new one, closed. */
struct redis_session *redis_client_place(struct redis_client *client);

/* The greeting of a server, queued on a new session. */
enum jwt_reason redis_client_greet(const struct redis_client *client,
	struct redis_session *session, struct report *report) JWT_MUST_CHECK;

/*
 * A place that a server at from named. A host name must be one of the config,
 * and gets its address, of the family of from's where it has one; an IP gets
 * the name of the config that stands for it, for its certificate.
 */
enum jwt_reason redis_client_settle(const struct redis_client *client,
	const struct redis_address *from, struct redis_address *to,
	struct report *report) JWT_MUST_CHECK;

/* A name that has no address: why. named: what the file has of it, or NULL;
 * a report that says more already stays. */
void redis_name_unknown(const struct redis_client *client,
	const struct redis_named *named, struct report *report);

/*
 * Tries each server in turn, and of a name each of its addresses as the file
 * has them now, until one is JWT_OK, fails by more than being
 * unreachable, or sets *last: none is to be asked after it. Each gets its
 * fair part of the time: what is left, divided by how many may follow. The
 * report has what each of them said.
 */
typedef enum jwt_reason (*redis_try_fn)(void *arg,
	const struct redis_address *address, int64_t deadline, bool *last,
	struct report *report);
enum jwt_reason redis_find(const struct redis_client *client, int64_t deadline,
	redis_try_fn attempt, void *arg, struct report *report) JWT_MUST_CHECK;

/* A command about one key, and its answer: the caller's to free. */
struct redis_question {
	const char *command;
	struct slice key;
	redisReply *reply;
	const char *const *more; /* words after the key, or NULL */
	/* Not asked again once it was sent, unless an error answered it: the
	 * second one would meet what the first has done. */
	bool once;
	bool spent; /* by now it may have been done */
};
#define REDIS_QUESTIONS_MAX 16

/*
 * Asks a primary all of them in one exchange (in a cluster, one for each
 * slot), over a kept connection where there is one. JWT_OK: each has a reply,
 * none of them an error but WRONGTYPE.
 */
enum jwt_reason redis_client_ask(struct redis_client *client,
	struct redis_question *question, size_t count,
	struct report *report) JWT_MUST_CHECK;
/* The same, in the time that the last redis_client_ask has left. */
enum jwt_reason redis_client_ask_more(struct redis_client *client,
	struct redis_question *question, size_t count,
	struct report *report) JWT_MUST_CHECK;

#endif
