/* SPDX-License-Identifier: ISC */
/* The store of revocations, as the administrator's subcommands open it. */
#ifndef JWT_CTL_STORE_OPEN_H
#define JWT_CTL_STORE_OPEN_H

#include "ctl.h"

#include "revocation/revocation.h"

struct ctl_store {
	struct jwt_config *config;
	struct config_error config_error; /* whole; empty: none */
	struct revocation_config chosen;  /* borrows from config */
	struct revocation_places places;
	struct revocation_store *store;
};

enum store_right { STORE_READ, STORE_WRITE };

/*
 * Becomes the user that has the right (for good), reads the config and
 * opens the store. On failure says why; ctl_store_close either way.
 * embedded: whatever the config says, which then isn't read.
 */
enum ctl_exit ctl_store_open(struct ctl_store *out, enum store_right right,
	const char *config_path, bool embedded);
/* The same, and tells why not in the report alone. */
enum jwt_reason ctl_store_try(struct ctl_store *out, enum store_right right,
	const char *config_path, bool embedded,
	struct report *report) JWT_MUST_CHECK;
/*
 * Of an open one, as its writer: from here on nothing is written to it where
 * it shows less than this host's logins have seen.
 */
enum jwt_reason ctl_store_expect(
	const struct ctl_store *s, struct report *report) JWT_MUST_CHECK;
void ctl_store_close(struct ctl_store *s);
static inline void
jwt_auto_ctl_store(struct ctl_store *s)
{
	ctl_store_close(s);
}
typedef struct ctl_store jwt_auto_ctl_store_t;

/* "embedded store of this host" or "redis ADDRESS". */
void ctl_store_describe(const struct ctl_store *s, struct buffer *out);

/* "2026-11-23 17:00:05 UTC" */
#define CTL_TIME_MAX 32
const char *ctl_time(int64_t seconds, char out[CTL_TIME_MAX]);
/* Who is at the keyboard: the login uid's name, or the real uid's. */
void ctl_login_name(char *out, size_t size);

#endif
