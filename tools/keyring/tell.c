/* SPDX-License-Identifier: ISC */
/*
 * A hook is a command of the settings or a program in the hooks' folder,
 * called with EVENT KID DIR OUT; hosts are told by commands of their own.
 */
#include "tell.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The names that run-parts(8) takes: no backup copy, no package's leftover. */
#define NAME_CHARS                                             \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789_-"

static bool
is_for(const struct settings_command *command, enum keyring_event event)
{
	for (size_t i = 0; i < command->after.count; i++)
		if (strcmp(command->after.item[i], keyring_event_name(event)) ==
			0)
			return true;
	return command->after.count == 0;
}

static enum jwt_reason
run_all(const struct settings_commands *commands, enum keyring_event event,
	const struct run_words *words, struct report *r)
{
	enum jwt_reason first = JWT_OK;

	for (size_t i = 0; i < commands->count; i++) {
		enum jwt_reason reason = JWT_OK;

		if (is_for(&commands->item[i], event))
			reason = run_command(
				&commands->item[i], words, false, r);
		if (first == JWT_OK)
			first = reason;
	}
	return first;
}

static int
is_hook_name(const struct dirent *entry)
{
	return entry->d_name[strspn(entry->d_name, NAME_CHARS)] == '\0';
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Who else could write it could run programs as we do. */
static enum jwt_reason
check_hook(int dir_fd, const char *name, const char *path, bool *runs,
	struct report *r)
{
	struct stat st;

	*runs = false;
	if (fstatat(dir_fd, name, &st, 0) != 0)
		return report(r, JWT_KEYS_UNAVAILABLE, "%s: %s", path,
			strerror(errno));
	if (!S_ISREG(st.st_mode) && name[0] != '.')
		return JWT_OK;
	if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
		(st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return report(r, JWT_KEYS_UNAVAILABLE,
			"%s: not ours or root's alone to write, so not run",
			path);
	*runs = (st.st_mode & S_IXUSR) != 0 || strcmp(name, ".") == 0;
	return JWT_OK;
}

static enum jwt_reason
run_hook(int dir_fd, const char *folder, const char *name,
	const struct run_words *words, struct report *r)
{
	char path[PATH_MAX], event[] = "%e", kid[] = "%k", dir[] = "%d",
			     out[] = "%o";
	char *item[] = { path, event, kid, dir, out };
	const struct settings_command command = {
		.words = { item, JWT_COUNT(item) },
		.timeout = SETTINGS_TIMEOUT,
	};
	bool runs;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >=
		(int)sizeof(path))
		return report(
			r, JWT_KEYS_UNAVAILABLE, "%s: a path too long", folder);
	JWT_TRY(check_hook(dir_fd, name, path, &runs, r));
	return runs ? run_command(&command, words, false, r) : JWT_OK;
}

static enum jwt_reason
run_folder(const char *folder, const struct run_words *words, struct report *r)
{
	enum jwt_reason first = JWT_OK;
	struct dirent **names = NULL;
	bool runs;
	int count;
	JWT_AUTO(fd) fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return JWT_OK;
	count = fd >= 0 ? scandirat(fd, ".", &names, is_hook_name, by_name)
			: -1;
	if (count < 0)
		return report(r, JWT_KEYS_UNAVAILABLE, "%s: %s", folder,
			strerror(errno));
	first = check_hook(fd, ".", folder, &runs, r);
	for (int i = 0; i < count; i++) {
		if (runs) {
			enum jwt_reason reason = run_hook(
				fd, folder, names[i]->d_name, words, r);

			if (first == JWT_OK)
				first = reason;
		}
		free(names[i]);
	}
	free(names);
	return first;
}

static enum jwt_reason
run_hooks(const struct settings *settings, enum keyring_event event,
	const struct run_words *words, struct report *r)
{
	enum jwt_reason first = run_all(&settings->hooks, event, words, r);
	enum jwt_reason reason = JWT_OK;

	if (settings->hook_dir != NULL)
		reason = run_folder(settings->hook_dir, words, r);
	return first != JWT_OK ? first : reason;
}

enum jwt_reason
tell(const struct settings *settings, enum keyring_event event, const char *kid,
	struct report *r)
{
	const struct run_words words = { .kid = kid,
		.event = keyring_event_name(event),
		.dir = settings->dir,
		.out = settings->out };

	if (event == EVENT_REVOKE)
		return run_all(&settings->revoke, event, &words, r);
	if (event == EVENT_REFRESH)
		return run_all(&settings->refresh, event, &words, r);
	return run_hooks(settings, event, &words, r);
}
