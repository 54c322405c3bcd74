/* SPDX-License-Identifier: ISC */
/*
 * The embedded store's folder: KIND-HEX files, "epoch", and ".lock", which
 * only the writer can open (readers could otherwise hold it for ever).
 */
#ifndef JWT_REVOCATION_EMBEDDED_H
#define JWT_REVOCATION_EMBEDDED_H

#include "revocation/store.h"

#define EMBEDDED_EPOCH "epoch"
#define EMBEDDED_LOCK  ".lock"

struct embedded_folder {
	int fd;
	uid_t owner;
};

/*
 * revocation_lost: there is no such folder. revocation_unreachable: it can't
 * be opened, or others may write in it.
 */
enum jwt_reason embedded_open(const struct revocation_store *store,
	struct embedded_folder *out, struct report *report) JWT_MUST_CHECK;
/*
 * Reads one file of it into json (emptied first). A file that is there and
 * can't be believed is FOUND_DAMAGED; a fault of the machine is
 * revocation_unreachable.
 */
enum jwt_reason embedded_read(const struct embedded_folder *folder,
	const char *name, size_t max, enum found *found, struct buffer *json,
	struct report *report) JWT_MUST_CHECK;
/* The epoch and the entries; not raw tokens, which the store never has. */
enum jwt_reason embedded_ask_folder(const struct embedded_folder *folder,
	const struct lookup *lookup, struct lookup_answer *answer,
	struct report *report) JWT_MUST_CHECK;
enum jwt_reason embedded_read_epoch(const struct embedded_folder *folder,
	enum found *found, struct epoch *out,
	struct report *report) JWT_MUST_CHECK;

/* The folder with its lock, as its one writer holds it. */
struct embedded_writer {
	struct embedded_folder folder;
	int lock;
};
/* Waits for others. On failure too, embedded_end releases what there is. */
enum jwt_reason embedded_begin(struct revocation_store *store,
	struct embedded_writer *out, struct report *report) JWT_MUST_CHECK;
void embedded_end(struct embedded_writer *writer);
static inline void
jwt_auto_embedded_writer(struct embedded_writer *writer)
{
	embedded_end(writer);
}
typedef struct embedded_writer jwt_auto_embedded_writer_t;

enum jwt_reason embedded_add(struct revocation_store *store,
	struct revocation_entry *entry, struct report *report) JWT_MUST_CHECK;
enum jwt_reason embedded_undo(struct revocation_store *store,
	struct revocation_entry *entry, bool *removed,
	struct report *report) JWT_MUST_CHECK;
enum jwt_reason embedded_list(struct revocation_store *store, int64_t now,
	revocation_list_fn each, void *arg,
	struct report *report) JWT_MUST_CHECK;
enum jwt_reason embedded_put_epoch(struct revocation_store *store,
	enum found found, const struct epoch *before, const struct epoch *epoch,
	bool *done, struct report *report) JWT_MUST_CHECK;
enum jwt_reason embedded_replay(struct revocation_store *store,
	struct replay *replay, struct report *report) JWT_MUST_CHECK;
enum jwt_reason embedded_sweep(struct revocation_store *store, int64_t now,
	size_t *removed, struct report *report) JWT_MUST_CHECK;

#endif
