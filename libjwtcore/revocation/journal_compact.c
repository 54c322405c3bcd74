/* SPDX-License-Identifier: ISC */
/*
 * The writer's journal written anew: what is in force, and nothing else.
 */
#include "revocation/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define FILE_NAME_MAX 64

/* Closed early where its errors count. */
static void
end_file(FILE *file)
{
	if (file != NULL)
		fclose(file);
}
JWT_AUTO_TYPE(new_file, FILE *, end_file);

static enum jwt_reason
put_line(FILE *file, const struct journal_state *state, enum journal_op op,
	const struct revocation_entry *entry, struct report *r)
{
	JWT_AUTO(buffer) line = BUFFER(JOURNAL_LINE_MAX);

	JWT_TRY(journal_format_line(
		op, &state->epoch, state->others, entry, &line, r));
	if (fwrite(line.data, 1, line.len, file) != line.len)
		return report(
			r, JWT_INTERNAL_ERROR, "journal: %s", strerror(errno));
	return JWT_OK;
}

static enum jwt_reason
put_content(FILE *file, const struct journal_state *state,
	const struct journal_content *content, struct report *r)
{
	JWT_TRY(put_line(file, state, JOURNAL_BEGIN, NULL, r));
	for (size_t i = 0; i < content->count; i++)
		JWT_TRY(put_line(
			file, state, JOURNAL_KEEP, &content->at[i], r));
	if (fflush(file) != 0 || fsync(fileno(file)) != 0)
		return report(
			r, JWT_INTERNAL_ERROR, "journal: %s", strerror(errno));
	return JWT_OK;
}

/* The new file stands under the name of the old one, also after a crash. */
static enum jwt_reason
put_in_place(struct journal *j, const char *new_name, int fd, struct report *r)
{
	if (renameat(j->dir, new_name, j->dir, j->name) != 0 ||
		fsync(j->dir) != 0)
		return report(r, JWT_INTERNAL_ERROR, "%s/%s: %s", j->folder,
			j->name, strerror(errno));
	close(j->fd);
	j->fd = fd;
	j->end = lseek(fd, 0, SEEK_END);
	return JWT_OK;
}

static enum jwt_reason
write_anew(struct journal *j, const struct journal_content *content,
	const char *new_name, struct report *r)
{
	struct journal_state state = j->state;
	JWT_AUTO(new_file) file = NULL;
	JWT_AUTO(fd)
	fd = openat(j->dir, new_name,
		O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
		0600);
	int copy = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;

	file = copy >= 0 ? fdopen(copy, "a") : NULL;
	if (file == NULL) {
		report(r, JWT_INTERNAL_ERROR, "%s/%s: %s", j->folder, new_name,
			strerror(errno));
		if (copy >= 0)
			close(copy);
		return JWT_INTERNAL_ERROR;
	}
	/* What can't be read may have been another's. */
	state.others += content->damaged;
	JWT_TRY(put_content(file, &state, content, r));
	JWT_TRY(put_in_place(j, new_name, fd, r));
	fd = -1;
	j->state = state;
	return JWT_OK;
}

enum jwt_reason
journal_compact(
	struct journal *j, int64_t now, size_t *removed, struct report *r)
{
	JWT_AUTO(journal_content) content = { 0 };
	char new_name[FILE_NAME_MAX];
	enum jwt_reason reason;

	*removed = 0;
	/* An intent says what the store may have come to: its line stays. */
	if (j->name == NULL || !j->state.known || j->state.pending)
		return JWT_OK;
	JWT_TRY(journal_load(j, now, &content, r));
	if (content.lines <= content.count + 1)
		return JWT_OK;
	snprintf(new_name, sizeof(new_name), "%s.new", j->name);
	reason = write_anew(j, &content, new_name, r);
	if (reason != JWT_OK)
		(void)unlinkat(j->dir, new_name, 0);
	else
		*removed = content.lines - content.count - 1;
	return reason;
}
