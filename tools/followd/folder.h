/* SPDX-License-Identifier: ISC */
/*
 * The copy's folder as its one writer sees it: each file replaced as a
 * whole, on the disk no later than folder_sync, and the state after all.
 */
#ifndef JWT_FOLLOWD_FOLDER_H
#define JWT_FOLLOWD_FOLDER_H

#include "revocation/copy.h"

#define BULK_FROM 32 /* files that are synced each, before all together */

struct folder {
	struct embedded_folder at;
	int lock;
	const char *path;
	size_t unsynced; /* files put since the last folder_sync */
	bool changed;	 /* put, or removed, since then */
};

/* internal_error: it is not ours alone, or another follower has it. */
enum jwt_reason folder_open(const char *path, struct folder *out,
	struct report *report) JWT_MUST_CHECK;
void folder_close(struct folder *folder);

enum jwt_reason folder_put(struct folder *folder, const char *name,
	struct slice bytes, struct report *report) JWT_MUST_CHECK;
enum jwt_reason folder_put_entry(struct folder *folder, const char *name,
	const struct revocation_entry *entry,
	struct report *report) JWT_MUST_CHECK;
enum jwt_reason folder_remove(struct folder *folder, const char *name,
	bool *removed, struct report *report) JWT_MUST_CHECK;
/* All that was put and removed is on the disk; free if nothing was. */
enum jwt_reason folder_sync(
	struct folder *folder, struct report *report) JWT_MUST_CHECK;

/* The two files that say how far the copy is; synced on their own. */
enum jwt_reason folder_put_epoch(struct folder *folder,
	const struct epoch *epoch, struct report *report) JWT_MUST_CHECK;
enum jwt_reason folder_put_state(struct folder *folder,
	const struct copy_state *state, struct report *report) JWT_MUST_CHECK;

/* Calls for each name of the folder; JWT_OK goes on. */
typedef enum jwt_reason (*folder_each_fn)(
	void *arg, struct folder *folder, const char *name, struct report *r);
enum jwt_reason folder_each(struct folder *folder, folder_each_fn each,
	void *arg, struct report *report) JWT_MUST_CHECK;

#endif
