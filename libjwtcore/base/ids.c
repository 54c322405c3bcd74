/* SPDX-License-Identifier: ISC */
/* The unprivileged user in numbers, and the one-way street to it. */
#include "base/ids.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A decimal below (uid_t)-1 at the beginning of *text; moves behind it. */
static bool
take_number(const char **text, uint32_t *out)
{
	char *end;
	unsigned long value;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	value = strtoul(*text, &end, 10);
	if (errno != 0 || value >= UINT32_MAX)
		return false;
	*text = end;
	*out = (uint32_t)value;
	return true;
}

bool
uid_from_string(const char *text, uint32_t *out)
{
	return take_number(&text, out) && *text == '\0';
}

/* One number that isn't root's, and the single space behind it. */
static bool
next_number(const char **text, unsigned *out)
{
	if (!take_number(text, out) || *out == 0)
		return false;
	if (**text == ' ')
		(*text)++;
	else if (**text != '\0')
		return false;
	return true;
}

static bool
parse(const char *text, struct ids *out)
{
	unsigned group;

	if (!next_number(&text, &out->uid) || !next_number(&text, &out->gid))
		return false;
	out->group_count = 0;
	while (*text != '\0') {
		if (out->group_count == IDS_GROUPS_MAX ||
			!next_number(&text, &group))
			return false;
		out->group[out->group_count++] = group;
	}
	return true;
}

bool
ids_load(const char *path, struct ids *out, struct report *r)
{
	const struct file_trust trust = { .owner = 0 };
	JWT_AUTO(buffer) text = BUFFER(IDS_FILE_MAX);
	struct ids ids = { 0 };

	if (file_read(path, &trust, &text, r) != FILE_OK)
		return false;
	if (text.len > 0 && text.data[text.len - 1] == '\n')
		text.data[text.len - 1] = '\0';
	if (text.len == 0 || !parse(buffer_string(&text), &ids)) {
		report(r, JWT_INTERNAL_ERROR,
			"%s: expected one line \"uid gid groups...\" without 0",
			path);
		return false;
	}
	*out = ids;
	return true;
}

bool
ids_become(const struct ids *ids)
{
	if (setgroups(ids->group_count, ids->group) != 0 ||
		setresgid(ids->gid, ids->gid, ids->gid) != 0 ||
		setresuid(ids->uid, ids->uid, ids->uid) != 0)
		return false;
	if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0) {
		errno = EPERM;
		return false;
	}
	return true;
}
