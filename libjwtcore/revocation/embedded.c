/* SPDX-License-Identifier: ISC */
/*
 * The embedded store as its readers see it. The folder is opened anew for
 * each question: one that was put in its place must be noticed.
 */
#include "revocation/embedded.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum jwt_reason
embedded_open(const struct revocation_store *store, struct embedded_folder *out,
	struct report *r)
{
	const char *path = store->places.revoked_dir;
	struct stat st;
	JWT_AUTO(fd)
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return report(
			r, JWT_REVOCATION_LOST, "%s: no such folder", path);
	if (fd < 0 || fstat(fd, &st) != 0)
		return report(r, JWT_REVOCATION_UNREACHABLE, "%s: %s", path,
			strerror(errno));
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"%s: mode is %04o; run: chmod go-w %s", path,
			(unsigned)(st.st_mode & 07777), path);
	out->fd = fd;
	out->owner = st.st_uid;
	fd = -1;
	return JWT_OK;
}

enum jwt_reason
embedded_read(const struct embedded_folder *folder, const char *name,
	size_t max, enum found *found, struct buffer *json, struct report *r)
{
	/* The writer's uid without a look-up: whoever owns the folder. */
	const struct file_trust trust = { .owner = folder->owner };
	struct report fault = { "" };
	struct stat st;

	buffer_free(json);
	json->max = max;
	switch (file_read_at(folder->fd, name, &trust, json, &fault)) {
	case FILE_OK:
		*found = FOUND_ENTRY;
		return JWT_OK;
	case FILE_MISSING:
		*found = FOUND_NOTHING;
		return JWT_OK;
	case FILE_UNTRUSTED:
	case FILE_TOO_LARGE:
		*found = FOUND_DAMAGED;
		return JWT_OK;
	case FILE_UNREADABLE:
		break;
	}
	/* It may be there and closed to us: that counts. It is there and open
	 * to all (as our files are), or we can't say: the machine's fault. */
	if (fstatat(folder->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		(st.st_mode & S_IROTH) != 0)
		return report(r, JWT_REVOCATION_UNREACHABLE, "%s", fault.text);
	*found = FOUND_DAMAGED;
	return JWT_OK;
}

enum jwt_reason
embedded_read_epoch(const struct embedded_folder *folder, enum found *found,
	struct epoch *out, struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(EPOCH_TEXT_MAX);

	JWT_TRY(embedded_read(
		folder, EMBEDDED_EPOCH, EPOCH_TEXT_MAX, found, &text, r));
	if (*found == FOUND_ENTRY && !epoch_parse(buffer_slice(&text), out))
		*found = FOUND_DAMAGED;
	return JWT_OK;
}

/* The epoch first: writers raise it last, so it never promises too much. */
enum jwt_reason
embedded_ask_folder(const struct embedded_folder *folder,
	const struct lookup *lookup, struct lookup_answer *answer,
	struct report *r)
{
	char name[ENTRY_NAME_MAX];

	JWT_TRY(embedded_read_epoch(
		folder, &answer->epoch_found, &answer->epoch, r));
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++) {
		if (!lookup->asked[i])
			continue;
		entry_name((enum revoked_kind)i, lookup->hex[i], '-', name);
		JWT_TRY(embedded_read(folder, name, REVOKED_ENTRY_MAX,
			&answer->found[i], &answer->json[i], r));
	}
	return JWT_OK;
}

static enum jwt_reason
embedded_ask(struct revocation_store *store, const struct lookup *lookup,
	struct lookup_answer *answer, struct report *r)
{
	struct embedded_folder folder;
	enum jwt_reason reason;

	JWT_TRY(embedded_open(store, &folder, r));
	reason = embedded_ask_folder(&folder, lookup, answer, r);
	close(folder.fd);
	return reason;
}

const struct store_class embedded_class = {
	.name = "embedded",
	.ask = embedded_ask,
	.add = embedded_add,
	.undo = embedded_undo,
	.list = embedded_list,
	.put_epoch = embedded_put_epoch,
	.replay = embedded_replay,
	.sweep = embedded_sweep,
};
