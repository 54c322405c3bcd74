/* SPDX-License-Identifier: ISC */
/*
 * Walks sshd_config and its Include lines as sshd_config(5) describes them.
 * sshd itself says what a setting is; this only says where it stands.
 */
#include "sshd_settings.h"

#include "base/file.h"
#include "text_lines.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#define SSHD_FOLDER	 "/etc/ssh"
#define SSHD_CONFIG	 SSHD_FOLDER "/sshd_config"
#define SSHD_FILE_MAX	 (1024 * 1024) /* bytes */
#define SSHD_INCLUDE_MAX 16	       /* depth, as in sshd */
/* Words may be quoted, a setting may be followed by "=". */
#define SSHD_SEPARATORS "\"="

struct walk {
	const char *root;
	const char *const *settings;
	bool want_match;
	struct sshd_place found;
};

static void walk_file(
	struct walk *walk, const char *path, bool in_match, int depth);

static void
walk_include(struct walk *walk, struct slice pattern, bool in_match, int depth)
{
	char path[PATH_MAX];
	bool absolute = pattern.data[0] == '/';
	glob_t files = { .gl_pathc = 0 };

	if (snprintf(path, sizeof(path), "%s%s%.*s", walk->root,
		    absolute ? "" : SSHD_FOLDER "/", (int)pattern.len,
		    (const char *)pattern.data) >= (int)sizeof(path))
		return;
	if (glob(path, 0, NULL, &files) == 0)
		for (size_t i = 0; i < files.gl_pathc; i++)
			walk_file(walk, files.gl_pathv[i], in_match, depth + 1);
	globfree(&files);
}

static bool
is_wanted(const struct walk *walk, struct slice name, struct slice value)
{
	if (word_is(value, "none"))
		return false;
	for (size_t i = 0; walk->settings[i] != NULL; i++)
		if (word_is(name, walk->settings[i]))
			return true;
	return false;
}

static void
keep_place(
	struct walk *walk, const char *path, unsigned number, struct slice name)
{
	struct sshd_place *place = &walk->found;

	place->line = number;
	snprintf(place->path, sizeof(place->path), "%s",
		path + strlen(walk->root));
	snprintf(place->setting, sizeof(place->setting), "%.*s", (int)name.len,
		(const char *)name.data);
}

static void
walk_file(struct walk *walk, const char *path, bool in_match, int depth)
{
	JWT_AUTO(buffer) text = BUFFER(SSHD_FILE_MAX);
	struct file_trust trust = { .any_owner = true };
	struct slice rest, line, name, value;
	unsigned number = 0;

	if (depth > SSHD_INCLUDE_MAX ||
		file_read(path, &trust, &text, NULL) != FILE_OK)
		return;
	rest = buffer_slice(&text);
	while (walk->found.line == 0 && line_next(&rest, &line)) {
		number++;
		if (!word_next(&line, SSHD_SEPARATORS, &name))
			continue;
		if (!word_next(&line, SSHD_SEPARATORS, &value))
			continue;
		/* A block ends with the file that it began in. */
		if (word_is(name, "match"))
			in_match = true;
		else if (in_match == walk->want_match &&
			 is_wanted(walk, name, value))
			keep_place(walk, path, number, name);
		if (!word_is(name, "include"))
			continue;
		do
			walk_include(walk, value, in_match, depth);
		while (word_next(&line, SSHD_SEPARATORS, &value));
	}
}

struct sshd_place
sshd_find(const char *root, const char *const settings[], bool in_match)
{
	char path[PATH_MAX];
	struct walk walk = {
		.root = root,
		.settings = settings,
		.want_match = in_match,
	};

	if (snprintf(path, sizeof(path), "%s" SSHD_CONFIG, root) <
		(int)sizeof(path))
		walk_file(&walk, path, false, 0);
	return walk.found;
}
