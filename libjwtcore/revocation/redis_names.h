/* SPDX-License-Identifier: ISC */
/*
 * The addresses of the config's host names. jwtauth-fetchd looks them up and
 * writes the file; whoever connects to Redis reads it, and asks no name
 * service. A name keeps its last addresses until others are known.
 */
#ifndef JWT_REVOCATION_REDIS_NAMES_H
#define JWT_REVOCATION_REDIS_NAMES_H

#include "config/config.h"
#include "revocation/redis_address.h"

#define REDIS_NAMES_FILE  "redis.json"
#define REDIS_NAMES_BYTES (64 * 1024) /* of the file, at most */
#define REDIS_NAMES_MAX	  REDIS_ADDRESSES_MAX
#define REDIS_NAMED_MAX	  8  /* addresses of one name; more are left out */
#define REDIS_NUMERIC_MAX 46 /* INET6_ADDRSTRLEN */
#define REDIS_TROUBLE_MAX 128

struct redis_named {
	char name[REDIS_NAME_MAX + 1]; /* in lower case */
	int64_t answered_at; /* since when; seconds since the epoch, 0: never */
	char trouble[REDIS_TROUBLE_MAX]; /* of the last look-up; empty: none */
	char address[REDIS_NAMED_MAX]
		    [REDIS_NUMERIC_MAX]; /* to be tried in turn */
	size_t count;
};

struct redis_names {
	struct redis_named at[REDIS_NAMES_MAX];
	size_t count;
};

/* The names that the config has for Redis or its Sentinels, each once. */
void redis_names_of(const struct redis_config *config, struct redis_names *out);

/*
 * Reads the file in dir, which must belong to the folder's owner or root, as
 * only the owner may write there. revocation_unreachable: it is missing, or
 * not what redis_names_store writes.
 */
enum jwt_reason redis_names_load(const char *dir, struct redis_names *out,
	struct report *report) JWT_MUST_CHECK;
/* The same from its bytes; path is for the report. */
enum jwt_reason redis_names_parse(struct slice text, const char *path,
	struct redis_names *out, struct report *report) JWT_MUST_CHECK;
bool redis_names_store(const char *dir, const struct redis_names *names,
	struct report *report) JWT_MUST_CHECK;

/* NULL: none of that name. */
const struct redis_named *redis_names_find(
	const struct redis_names *names, const char *name);
bool redis_named_has(const struct redis_named *named, const char *address);
/* The address of this index, in the place of the name; the port stays. */
void redis_named_take(const struct redis_named *named, size_t index,
	struct redis_address *out);
/* False: no address, or one that a server can't have. */
bool redis_is_numeric(const char *text);

#endif
