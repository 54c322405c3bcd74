/* SPDX-License-Identifier: ISC */
/*
 * The format of session records and of pending files: "JWTS", a version
 * byte, then fields (tag byte, four bytes length big-endian, value) up to
 * the end. Only root writes and reads them; still, each is read strictly.
 */
#ifndef PAM_JWT_RECORD_H
#define PAM_JWT_RECORD_H

#include "module.h"
#include "process.h"

#define RECORD_MAX (512 * 1024) /* bytes: two carriers, two keys */

struct record {
	char service[FRAME_NAME_MAX + 1]; /* that opened the session */
	char user[FRAME_NAME_MAX + 1];
	uint32_t uid;
	pid_t leader;
	uint64_t leader_start;
	char boot_id[BOOT_ID_LEN + 1];
	struct presented login; /* what opened the session, if anything */
	struct presented last;	/* what elevation accepted last, if so */
};

void record_init(struct record *record);
void record_clear(struct record *record); /* wipes */

/* False: out of memory or too large. */
bool record_encode(
	const struct record *record, struct buffer *out) JWT_MUST_CHECK;
/* False and a report: not exactly a record. *out must be initialized. */
bool record_decode(struct slice bytes, struct record *out,
	struct report *report) JWT_MUST_CHECK;

static inline void
jwt_auto_record(struct record *record)
{
	record_clear(record);
}
typedef struct record jwt_auto_record_t;

#endif
