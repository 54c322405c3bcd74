/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl doctor: a table of checks, each in a process of its own with the
 * rights of one user. What a check finds it says; nothing is mended.
 */
#ifndef JWT_CTL_DOCTOR_H
#define JWT_CTL_DOCTOR_H

#include "ctl.h"
#include "store_open.h"

#include "revocation/store.h"

enum doctor_level { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_ERROR };

struct doctor {
	const char *config_path;
	int64_t now;
	struct buffer *out; /* findings, for the process that prints them */
};

/*
 * One finding. advice: what to do ("" for nothing). Both end up printable
 * ASCII, and cut at JWT_DETAIL_MAX.
 */
void doctor_say(const struct doctor *d, enum doctor_level level,
	const char *advice, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* "REASON: DETAIL" of something that failed. */
void doctor_say_failed(const struct doctor *d, const char *advice,
	enum jwt_reason reason, const struct report *r);

typedef void (*doctor_fn)(const struct doctor *d);

/* ---- as root: what the system says, no byte of ours is parsed */
void doctor_folders(const struct doctor *d);
void doctor_disk(const struct doctor *d);
void doctor_units(const struct doctor *d);
/* ---- as jwtauth, like a login */
void doctor_config(const struct doctor *d);
void doctor_ids(const struct doctor *d);
void doctor_keys(const struct doctor *d);
void doctor_socket(const struct doctor *d);
void doctor_names(const struct doctor *d);
void doctor_store(const struct doctor *d);
void doctor_copy(const struct doctor *d);
void doctor_host_rights(const struct doctor *d);
/* ---- as jwtauth-revoke, where this host revokes */
void doctor_writer_rights(const struct doctor *d);
void doctor_redis(const struct doctor *d);
void doctor_raw_tokens(const struct doctor *d);
void doctor_journal(const struct doctor *d);

#endif
