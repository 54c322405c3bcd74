/* SPDX-License-Identifier: ISC */
/*
 * The epoch, "ID COUNTER": which life of the store this is, and how many
 * revocations of ours it has seen. Each host keeps the highest that it met
 * (the mark); a store that shows less has lost data.
 */
#ifndef JWT_REVOCATION_EPOCH_H
#define JWT_REVOCATION_EPOCH_H

#include "base/file.h"

#define EPOCH_ID_LEN   16 /* hex digits */
#define EPOCH_TEXT_MAX 64 /* bytes of "ID COUNTER" */

struct epoch {
	char id[EPOCH_ID_LEN + 1];
	uint64_t counter;
};

/* What a look-up finds: damaged is there, and can't be believed. */
enum found { FOUND_NOTHING, FOUND_ENTRY, FOUND_DAMAGED };
/* revocation_lost with the advice that goes with a store without epoch. */
enum jwt_reason epoch_lost(enum found found, struct report *report);

/* One newline at the end is allowed (a file has one). */
bool epoch_parse(struct slice text, struct epoch *out) JWT_MUST_CHECK;
bool epoch_format(const struct epoch *epoch, struct buffer *out) JWT_MUST_CHECK;
/* Are both missing, both damaged, or the same? */
bool epoch_is_same(enum found found, const struct epoch *epoch,
	enum found other_found, const struct epoch *other);
/* A new life: a random id, counter 0. */
enum jwt_reason epoch_new(
	struct epoch *out, struct report *report) JWT_MUST_CHECK;

/*
 * The mark of the store called name ("redis") in seen_dir. No file yet is
 * JWT_OK with *known false: the host meets this store for the first time.
 * revocation_lost: the mark can't be read, so nothing can be said.
 */
enum jwt_reason mark_read(const char *seen_dir, const char *name,
	struct epoch *out, bool *known, struct report *report) JWT_MUST_CHECK;

/*
 * The same, for a process that asks more than once: a mark whose file is
 * still the same one is not read again. now is the clock's, as the files'
 * times are. All zeros is empty.
 */
struct kept_mark {
	struct file_identity file;
	bool serves; /* again */
	struct epoch epoch;
};
enum jwt_reason mark_read_kept(struct kept_mark *kept, const char *seen_dir,
	const char *name, int64_t now, struct epoch *out, bool *known,
	struct report *report) JWT_MUST_CHECK;
/* The same for who is not its keeper: a mark of the folder's owner. */
enum jwt_reason mark_peek(const char *seen_dir, const char *name,
	struct epoch *out, bool *known, struct report *report) JWT_MUST_CHECK;

/* revocation_lost if the store's epoch is not the mark's or a later one. */
enum jwt_reason mark_compare(const struct epoch *mark,
	const struct epoch *epoch, struct report *report) JWT_MUST_CHECK;

/*
 * Raises the mark to epoch; never lowers one of the same id that another
 * process raised meanwhile, unless forced (an administrator's word).
 */
enum jwt_reason mark_raise(const char *seen_dir, const char *name,
	const struct epoch *epoch, bool force,
	struct report *report) JWT_MUST_CHECK;

/*
 * Leaves word in seen_dir, for whoever keeps this host's copy, that this
 * epoch was accepted (an administrator's word); its time is the file's.
 */
enum jwt_reason accepted_write(const char *seen_dir, const char *name,
	const struct epoch *epoch, struct report *report) JWT_MUST_CHECK;
/* False: nothing was accepted since then, or owner's word can't be read. */
bool accepted_since(const char *seen_dir, const char *name, int64_t since,
	struct epoch *out) JWT_MUST_CHECK;

#endif
