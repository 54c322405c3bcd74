/* SPDX-License-Identifier: ISC */
/*
 * This host's copy of a store that is elsewhere: a folder as the embedded
 * store's, kept by jwtauth-followd, with two things more. "raw-HEX" stands
 * for a raw token, HEX its SHA-256, since tokens never touch the disk; the
 * file "state" says how far the copy is. A revocation in it always counts;
 * that there is none counts only where copy_decides says so.
 */
#ifndef JWT_REVOCATION_COPY_H
#define JWT_REVOCATION_COPY_H

#include "revocation/embedded.h"

#define COPY_STATE	 "state"
#define COPY_STATE_MAX	 1024 /* bytes */
#define COPY_STREAM_MAX	 48   /* "MS-SEQ", both of 64 bits */
#define COPY_PROBLEM_MAX 160

struct copy_state {
	/* Seconds. What of ours was in the store then is here; */
	int64_t synced_at;
	/* and so are the raw tokens of this time. 0: never. */
	int64_t scanned_at;
	uint64_t entries, raw;		/* how many are here */
	char stream[COPY_STREAM_MAX];	/* the last change that is here */
	char problem[COPY_PROBLEM_MAX]; /* why it can't decide; empty: none */
};

/* token_malformed: not a state. */
enum jwt_reason copy_state_parse(struct slice json, struct copy_state *out,
	struct report *report) JWT_MUST_CHECK;
enum jwt_reason copy_state_format(const struct copy_state *state,
	struct buffer *out, struct report *report) JWT_MUST_CHECK;

/* "raw-HEX" */
void copy_raw_name(const char *hex, char out[ENTRY_NAME_MAX]);
/* The hash in such a name; false: it is none. */
bool copy_raw_from_name(
	struct slice name, char hex[REVOKED_HEX_LEN + 1]) JWT_MUST_CHECK;

/* What the copy says to a lookup, and of itself. */
struct copy {
	struct lookup_answer answer;
	enum found found; /* the state */
	struct copy_state state;
};
void copy_clear(struct copy *copy);

/*
 * Asked before the store, so that its epoch is never ahead of the store's.
 * A fault leaves a copy that decides nothing, and is reported.
 */
enum jwt_reason copy_ask(const struct revocation_store *store,
	const struct lookup *lookup, int64_t now, struct copy *out,
	struct report *report) JWT_MUST_CHECK;

/* Seconds since all of it was in the store; negative: the clock went back. */
int64_t copy_age(const struct revocation_config *config,
	const struct copy_state *state, int64_t now);

/*
 * May it say in the store's place that a token is not revoked? If not, why.
 * mark is this host's, NULL: it has none.
 */
bool copy_decides(const struct revocation_config *config,
	const struct copy *copy, const struct epoch *mark, int64_t now,
	struct report *report) JWT_MUST_CHECK;

#endif
