/* SPDX-License-Identifier: ISC */
/*
 * Epochs and this host's marks of them. Raisers take a lock so that a slow
 * one can't put back a lower mark.
 */
#include "revocation/epoch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define LOCK_TRIES    50
#define LOCK_PAUSE_NS 2000000 /* 2 ms; in all a login waits 100 ms */

#define ADVICE "after checking the store run: jwtauthctl revoked accept-store"

enum jwt_reason
epoch_lost(enum found found, struct report *r)
{
	if (found == FOUND_DAMAGED)
		return report(
			r, JWT_REVOCATION_LOST, "the store's epoch is damaged");
	return report(r, JWT_REVOCATION_LOST,
		"the store has no epoch: it lost its data, or is new; on a "
		"host that revokes run: jwtauthctl revoked restore (a new "
		"store: revoked init)");
}

static bool
parse_counter(struct slice digits, uint64_t *out)
{
	uint64_t value = 0;

	/* At most 18 digits: no overflow. No leading zero: one text a value. */
	if (digits.len == 0 || digits.len > 18 ||
		(digits.len > 1 && digits.data[0] == '0'))
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(digits.data[i] - '0');
	}
	*out = value;
	return true;
}

bool
epoch_parse(struct slice text, struct epoch *out)
{
	struct slice id;
	uint64_t counter;

	if (text.len > 0 && text.data[text.len - 1] == '\n')
		text.len--;
	if (!slice_cut(&text, ' ', &id) || id.len != EPOCH_ID_LEN ||
		!parse_counter(text, &counter))
		return false;
	for (size_t i = 0; i < id.len; i++)
		if (strchr("0123456789abcdef", id.data[i]) == NULL ||
			id.data[i] == '\0')
			return false;
	memcpy(out->id, id.data, EPOCH_ID_LEN);
	out->id[EPOCH_ID_LEN] = '\0';
	out->counter = counter;
	return true;
}

bool
epoch_format(const struct epoch *epoch, struct buffer *out)
{
	return buffer_append_format(
		out, "%s %" PRIu64, epoch->id, epoch->counter);
}

bool
epoch_is_same(enum found found, const struct epoch *epoch,
	enum found other_found, const struct epoch *other)
{
	if (found != other_found)
		return false;
	return found != FOUND_ENTRY ||
	       (strcmp(epoch->id, other->id) == 0 &&
		       epoch->counter == other->counter);
}

enum jwt_reason
epoch_new(struct epoch *out, struct report *r)
{
	uint8_t random[EPOCH_ID_LEN / 2];

	if (RAND_bytes(random, sizeof(random)) != 1)
		return report(r, JWT_INTERNAL_ERROR, "no random bytes");
	hex_encode(random, sizeof(random), out->id);
	out->counter = 0;
	return JWT_OK;
}

static bool
mark_path(const char *seen_dir, const char *name, char path[PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/%s", seen_dir, name) < PATH_MAX;
}

static enum jwt_reason
read_mark_of(uid_t owner, const char *seen_dir, const char *name,
	struct epoch *out, bool *known, struct report *r)
{
	const struct file_trust trust = { .owner = owner };
	JWT_AUTO(buffer) text = BUFFER(EPOCH_TEXT_MAX);
	struct report missing = { "" };
	char path[PATH_MAX];

	if (!mark_path(seen_dir, name, path))
		return report(
			r, JWT_REVOCATION_LOST, "%s: path too long", seen_dir);
	switch (file_read(path, &trust, &text, &missing)) {
	case FILE_OK:
		break;
	case FILE_MISSING:
		*known = false;
		return JWT_OK;
	default:
		return report(r, JWT_REVOCATION_LOST, "%s", missing.text);
	}
	if (!epoch_parse(buffer_slice(&text), out))
		return report(
			r, JWT_REVOCATION_LOST, "%s: damaged; " ADVICE, path);
	*known = true;
	return JWT_OK;
}

enum jwt_reason
mark_read(const char *seen_dir, const char *name, struct epoch *out,
	bool *known, struct report *r)
{
	return read_mark_of(geteuid(), seen_dir, name, out, known, r);
}

enum jwt_reason
mark_peek(const char *seen_dir, const char *name, struct epoch *out,
	bool *known, struct report *r)
{
	struct stat folder;

	*known = false;
	if (stat(seen_dir, &folder) == 0)
		return read_mark_of(
			folder.st_uid, seen_dir, name, out, known, r);
	if (errno == ENOENT)
		return JWT_OK;
	return report(
		r, JWT_REVOCATION_LOST, "%s: %s", seen_dir, strerror(errno));
}

enum jwt_reason
mark_read_kept(struct kept_mark *kept, const char *seen_dir, const char *name,
	int64_t now, struct epoch *out, bool *known, struct report *r)
{
	struct file_identity before, after;
	char path[PATH_MAX];
	bool there =
		mark_path(seen_dir, name, path) && file_identify(path, &before);

	if (there && kept->serves && file_is_same(&kept->file, &before)) {
		*out = kept->epoch;
		*known = true;
		return JWT_OK;
	}
	kept->serves = false;
	JWT_TRY(mark_read(seen_dir, name, out, known, r));
	/* The one that was read must be the one that both saw. */
	if (there && *known && file_identify(path, &after) &&
		file_is_same(&before, &after) && file_is_settled(&after, now))
		*kept = (struct kept_mark){ after, true, *out };
	return JWT_OK;
}

enum jwt_reason
mark_compare(
	const struct epoch *mark, const struct epoch *epoch, struct report *r)
{
	if (strcmp(mark->id, epoch->id) != 0)
		return report(r, JWT_REVOCATION_LOST,
			"the store is another one (epoch %s, known is "
			"%s); " ADVICE,
			epoch->id, mark->id);
	if (epoch->counter < mark->counter)
		return report(r, JWT_REVOCATION_LOST,
			"the store went back from %" PRIu64 " to %" PRIu64
			" revocations; " ADVICE,
			mark->counter, epoch->counter);
	return JWT_OK;
}

/* With the lock held: another process may have been here since we read. */
static enum jwt_reason
raise_locked(const char *seen_dir, const char *name, const struct epoch *epoch,
	bool force, struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(EPOCH_TEXT_MAX);
	struct epoch mark;
	bool known = false;
	char path[PATH_MAX];

	if (!force)
		JWT_TRY(mark_read(seen_dir, name, &mark, &known, r));
	if (known && strcmp(mark.id, epoch->id) == 0 &&
		mark.counter >= epoch->counter)
		return JWT_OK; /* another process was as far, or further */
	if (known && strcmp(mark.id, epoch->id) != 0)
		return mark_compare(&mark, epoch, r);
	if (!mark_path(seen_dir, name, path) || !epoch_format(epoch, &text) ||
		!buffer_append(&text, "\n", 1))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	/* The folder keeps all out but those who are to read it. */
	if (!file_write(
		    path, buffer_slice(&text), 0644, (uid_t)-1, (gid_t)-1, r))
		return JWT_REVOCATION_LOST;
	return JWT_OK;
}

/*
 * Held for the time of one small write, by our own checkers only; but one of
 * them may be stopped, or stuck in a write, and a login must not wait for it.
 */
static bool
lock_soon(int fd)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		nanosleep(&pause, NULL);
	}
	errno = EWOULDBLOCK;
	return false;
}

enum jwt_reason
mark_raise(const char *seen_dir, const char *name, const struct epoch *epoch,
	bool force, struct report *r)
{
	char path[PATH_MAX];

	if (!mark_path(seen_dir, ".lock", path))
		return report(
			r, JWT_REVOCATION_LOST, "%s: path too long", seen_dir);
	JWT_AUTO(fd)
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || !lock_soon(fd))
		return report(r, JWT_REVOCATION_LOST, "%s: %s", path,
			strerror(errno));
	return raise_locked(seen_dir, name, epoch, force, r);
}

static bool
accepted_path(const char *seen_dir, const char *name, char path[PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/%s.accepted", seen_dir, name) <
	       PATH_MAX;
}

enum jwt_reason
accepted_write(const char *seen_dir, const char *name,
	const struct epoch *epoch, struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(EPOCH_TEXT_MAX);
	char path[PATH_MAX];

	if (!accepted_path(seen_dir, name, path) ||
		!epoch_format(epoch, &text) || !buffer_append(&text, "\n", 1))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	if (!file_write(
		    path, buffer_slice(&text), 0644, (uid_t)-1, (gid_t)-1, r))
		return JWT_INTERNAL_ERROR;
	return JWT_OK;
}

bool
accepted_since(const char *seen_dir, const char *name, int64_t since,
	struct epoch *out)
{
	JWT_AUTO(buffer) text = BUFFER(EPOCH_TEXT_MAX);
	struct file_trust trust = { .any_owner = false };
	struct stat folder, file;
	char path[PATH_MAX];

	if (!accepted_path(seen_dir, name, path) ||
		stat(seen_dir, &folder) != 0 || lstat(path, &file) != 0 ||
		file.st_mtime < since)
		return false;
	trust.owner = folder.st_uid;
	return file_read(path, &trust, &text, NULL) == FILE_OK &&
	       epoch_parse(buffer_slice(&text), out);
}
