/* SPDX-License-Identifier: ISC */
/* What the files of jwtauthctl revoked share. */
#ifndef JWT_CTL_REVOKED_H
#define JWT_CTL_REVOKED_H

#include "store_open.h"

#include "jose/json_write.h"

#define REVOKED_NAMES_MAX 64 /* on one command line */

struct revoked_options {
	const char *config_path;
	bool json, embedded, anew, lift, dry_run;
	const char *value[REVOKED_KIND_COUNT]; /* --jti, --sub...; else NULL */
	const char *issuer, *reason;
	int count; /* of the words that are left */
	char **words;
};

/*
 * The letters of allowed: j --json, e --embedded, a --anew, l --lift,
 * d --dry-run, n --jti, --sid, --sub, --kid and --issuer, r --reason; --config
 * always. At most most words.
 */
enum ctl_exit revoked_parse_options(int argc, char **argv, const char *allowed,
	int most, struct revoked_options *out);

/* "REASON: DETAIL" */
enum ctl_exit revoked_fail(enum jwt_reason reason, const struct report *r);

/* ---- entries (revoked_entry.c) */

struct revoked_list {
	struct revocation_entry *at; /* owned */
	size_t count, capacity;
};
void revoked_list_free(struct revoked_list *list);
static inline void
jwt_auto_revoked_list(struct revoked_list *list)
{
	revoked_list_free(list);
}
typedef struct revoked_list jwt_auto_revoked_list_t;

/* A revocation_list_fn; arg is a list. */
enum jwt_reason revoked_list_add(
	void *arg, const struct revocation_entry *entry);
/* Oldest first, each name once. */
void revoked_list_order(struct revoked_list *list);

/* What others wrote, on a terminal; nothing for NULL. */
void revoked_print_words(const char *before, const char *words);
/* New reference; NULL: out of memory. */
json_t *revoked_to_json(const struct revocation_entry *entry);
/* As a whole, with a newline; takes the reference. */
enum ctl_exit revoked_print_json(json_t *value);

/* ---- names (revoked_name.c) */

/*
 * The entries that the command line names: KIND-HEX, a beginning of it (as
 * "revoked list" prints) that only one has, or --jti, --sid, --sub, --kid of
 * an issuer. Each is in the store; else says which is not, CTL_NO.
 */
enum ctl_exit revoked_named(const struct ctl_store *s,
	const struct revoked_options *o, struct revoked_list *out);

#endif
