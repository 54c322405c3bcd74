/* SPDX-License-Identifier: ISC */
/*
 * The files: which there are, whether they may be believed, and libconfig's
 * parse of each. Each is a configuration of its own until config_load.c
 * merges them.
 */
#include "config/config_read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDER	   "conf.d"
#define SUFFIX	   ".conf"
#define WORD_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"

static enum jwt_reason
keep_setting(struct config_reader *reader, const config_setting_t *setting,
	void *target)
{
	const config_setting_t **out = target;

	(void)reader;
	*out = setting;
	return JWT_OK;
}

#define AT(member) .offset = offsetof(struct config_source, member)

static const struct setting_spec top_specs[] = {
	{ "host_name", SETTING_STRING, AT(host_name),
		.check = config_is_host_name, .expected = "a host name" },
	{ "min_uid", SETTING_UINT32, AT(min_uid), .min = 1, .max = INT32_MAX },
	{ "issuers", SETTING_CUSTOM, AT(issuers), .read = keep_setting,
		.expected = "" },
	{ "services", SETTING_CUSTOM, AT(services), .read = keep_setting,
		.expected = "" },
	{ "revocation", SETTING_CUSTOM, AT(revocation), .read = keep_setting,
		.expected = "" },
};
static const struct setting_table top_table = SETTING_TABLE(top_specs);

/* The first word of a line, so that an error can point at something. */
static struct slice
first_word(const char *text, int line)
{
	for (int i = 1; i < line && text != NULL; i++) {
		text = strchr(text, '\n');
		text = text != NULL ? text + 1 : NULL;
	}
	if (text == NULL)
		return slice_of("", 0);
	text += strspn(text, " \t");
	return slice_of(text, strspn(text, WORD_CHARS));
}

static enum jwt_reason
fail_parse(
	struct config_reader *reader, const config_t *parsed, const char *text)
{
	config_setting_t place = { 0 };
	struct slice near = first_word(text, config_error_line(parsed));
	const char *what = config_error_text(parsed);

	place.line = (unsigned)config_error_line(parsed);
	return config_fail(reader, &place,
		"%s near \"%.*s\", expected settings as NAME = VALUE; each "
		"once",
		what != NULL ? what : "cannot be parsed",
		(int)(near.len < 64 ? near.len : 64), near.data);
}

static enum jwt_reason
read_source(struct config_reader *reader, const char *path,
	struct config_source *source)
{
	const struct file_trust trust = { .owner = geteuid() };
	JWT_AUTO(buffer) text = BUFFER(CONFIG_FILE_MAX);
	struct report found = { "" };

	source->path = strdup(path);
	if (source->path == NULL)
		return config_out_of_memory(reader);
	reader->file = source->path;
	if (file_read(path, &trust, &text, &found) != FILE_OK) {
		snprintf(reader->error->text, sizeof(reader->error->text), "%s",
			found.text);
		return JWT_CONFIG_ERROR;
	}
	JWT_TRY(config_scan(reader, buffer_slice(&text)));
	config_init(&source->parsed);
	source->has_parsed = true;
	if (config_read_string(&source->parsed, buffer_string(&text)) !=
		CONFIG_TRUE)
		return fail_parse(
			reader, &source->parsed, buffer_string(&text));
	return config_read_group(reader, config_root_setting(&source->parsed),
		&top_table, source);
}

/* Files of the others who could write here would be theirs, not root's;
 * but they could also take root's away. */
static enum jwt_reason
check_folder(struct config_reader *reader, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return config_fail(reader, NULL, "%s", strerror(errno));
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return config_fail(reader, NULL,
			"belongs to uid %u, expected root", st.st_uid);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return config_fail(reader, NULL,
			"mode is %04o; run: chmod go-w %s",
			(unsigned)(st.st_mode & 07777), reader->file);
	return JWT_OK;
}

static int
is_config_name(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name), suffix = strlen(SUFFIX);

	return entry->d_name[0] != '.' && len > suffix &&
	       strcmp(entry->d_name + len - suffix, SUFFIX) == 0;
}

/* By bytes: alphasort would ask the locale. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static enum jwt_reason
read_named(struct config_reader *reader, const char *folder, const char *name,
	struct config_sources *out)
{
	char path[PATH_MAX];

	if (out->count == JWT_COUNT(out->item))
		return config_fail(reader, NULL,
			"more than %d files, expected fewer", CONFIG_FILES_MAX);
	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >=
		(int)sizeof(path))
		return config_fail(reader, NULL, "a name is too long");
	return read_source(reader, path, &out->item[out->count++]);
}

static enum jwt_reason
read_folder(struct config_reader *reader, const char *folder,
	struct config_sources *out)
{
	struct dirent **names = NULL;
	enum jwt_reason reason = JWT_OK;
	int count;
	JWT_AUTO(fd)
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	reader->file = folder;
	if (fd < 0 && errno == ENOENT)
		return JWT_OK;
	if (fd < 0)
		return config_fail(reader, NULL, "%s", strerror(errno));
	JWT_TRY(check_folder(reader, fd));
	count = scandirat(fd, ".", &names, is_config_name, by_name);
	if (count < 0)
		return config_fail(reader, NULL, "%s", strerror(errno));
	for (int i = 0; i < count; i++) {
		reader->file = folder;
		if (reason == JWT_OK)
			reason = read_named(
				reader, folder, names[i]->d_name, out);
		free(names[i]);
	}
	free(names);
	return reason;
}

enum jwt_reason
config_sources_read(struct config_reader *reader, const char *path,
	struct config_sources *out)
{
	const char *slash = strrchr(path, '/');
	int len = slash != NULL ? (int)(slash - path) : 0;
	char folder[PATH_MAX];

	JWT_TRY(read_source(reader, path, &out->item[out->count++]));
	if (snprintf(folder, sizeof(folder), "%.*s/%s", len, path, FOLDER) >=
		(int)sizeof(folder))
		return config_fail(reader, NULL, "the path is too long");
	return read_folder(reader, folder, out);
}

void
config_sources_free(struct config_sources *sources)
{
	if (sources == NULL)
		return;
	for (size_t i = 0; i < sources->count; i++) {
		struct config_source *source = &sources->item[i];

		if (source->has_parsed)
			config_destroy(&source->parsed);
		free(source->path);
		free(source->host_name);
	}
	free(sources);
}
