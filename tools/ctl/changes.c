/* SPDX-License-Identifier: ISC */
/*
 * The planned files, their old content, and the way there and back.
 */
#include "changes.h"

#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void
change_list_free(struct change_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		buffer_free(&list->item[i].before);
		buffer_free(&list->item[i].after);
	}
	list->count = 0;
}

static bool
read_before(struct change *change, struct report *r)
{
	struct file_trust trust = { .owner = geteuid() };
	struct report missing = { .text = "" };
	struct stat st;
	enum file_status status;

	change->uid = geteuid();
	change->gid = getegid();
	status = file_read(change->path, &trust, &change->before, &missing);
	if (status == FILE_MISSING)
		return true;
	if (status != FILE_OK || lstat(change->path, &st) != 0) {
		report(r, JWT_INTERNAL_ERROR, "%s", missing.text);
		return false;
	}
	change->existed = true;
	change->mode = st.st_mode & 07777;
	change->uid = st.st_uid;
	change->gid = st.st_gid;
	return true;
}

static struct change *
plan(struct change_list *list, const char *path, struct report *r)
{
	struct change *change = &list->item[list->count];

	if (list->count == CHANGES_MAX ||
		strlen(path) >= sizeof(change->path)) {
		report(r, JWT_INTERNAL_ERROR, "%s: one change too many", path);
		return NULL;
	}
	*change = (struct change){
		.before = BUFFER(CHANGE_FILE_MAX),
		.after = BUFFER(CHANGE_FILE_MAX),
	};
	snprintf(change->path, sizeof(change->path), "%s", path);
	list->count++;
	return read_before(change, r) ? change : NULL;
}

static void
forget_last(struct change_list *list)
{
	struct change *change = &list->item[--list->count];

	buffer_free(&change->before);
	buffer_free(&change->after);
}

bool
change_create(struct change_list *list, const char *path, struct slice text,
	mode_t mode, struct report *r)
{
	struct change *change = plan(list, path, r);

	if (change == NULL)
		return false;
	if (!change->existed)
		change->mode = mode;
	if (change->existed && slice_equal(buffer_slice(&change->before), text))
		forget_last(list);
	else if (!buffer_append_slice(&change->after, text)) {
		report(r, JWT_INTERNAL_ERROR, "%s: too long", path);
		return false;
	} else {
		change->remains = true;
	}
	return true;
}

bool
change_write(struct change_list *list, const char *path, struct slice text,
	struct report *r)
{
	return change_create(list, path, text, 0644, r);
}

bool
change_remove(struct change_list *list, const char *path, struct report *r)
{
	struct change *change = plan(list, path, r);

	if (change == NULL)
		return false;
	if (!change->existed)
		forget_last(list);
	return true;
}

static bool
put(const struct change *change, bool there, const struct buffer *text,
	struct report *r)
{
	if (there)
		return file_write(change->path, buffer_slice(text),
			change->mode, change->uid, change->gid, r);
	if (unlink(change->path) == 0 || errno == ENOENT)
		return true;
	report(r, JWT_INTERNAL_ERROR, "%s: cannot remove: %s", change->path,
		strerror(errno));
	return false;
}

bool
changes_make(struct change_list *list, struct report *r)
{
	for (size_t i = 0; i < list->count; i++) {
		struct change *change = &list->item[i];

		/* Even a write that failed may have renamed: undo it too. */
		change->made = true;
		if (put(change, change->remains, &change->after, r))
			continue;
		struct report undo = { .text = "" };

		if (!changes_undo(list, &undo))
			fprintf(stderr, "%s\n", undo.text);
		return false;
	}
	return true;
}

bool
changes_undo(struct change_list *list, struct report *r)
{
	bool undone = true;

	for (size_t i = list->count; i-- > 0;) {
		struct change *change = &list->item[i];

		if (!change->made)
			continue;
		change->made = false;
		if (!put(change, change->existed, &change->before, r))
			undone = false;
	}
	return undone;
}
