/* SPDX-License-Identifier: ISC */
/*
 * The one place where an error of the configuration is put into words, and
 * the walk over a list of strings that all lists share.
 */
#include "config/config_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOUND_MAX 96

/* The text ends up in logs and on terminals: ASCII, as in every report. */
static void
make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text >= 127)
			*text = '?';
}

enum jwt_reason
config_fail(struct config_reader *reader, const config_setting_t *at,
	const char *format, ...)
{
	char *out = reader->error->text;
	size_t size = sizeof(reader->error->text), len;
	unsigned line = at != NULL ? config_setting_source_line(at) : 0;
	va_list args;

	if (out[0] != '\0')
		return JWT_CONFIG_ERROR;
	if (line > 0)
		snprintf(out, size, "%s:%u: ", reader->file, line);
	else
		snprintf(out, size, "%s: ", reader->file);
	len = strlen(out);
	va_start(args, format);
	vsnprintf(out + len, size - len, format, args);
	va_end(args);
	make_printable(out);
	return JWT_CONFIG_ERROR;
}

enum jwt_reason
config_out_of_memory(struct config_reader *reader)
{
	config_fail(reader, NULL, "out of memory");
	return JWT_INTERNAL_ERROR;
}

static void
say_found(const config_setting_t *setting, char *out, size_t size)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_STRING:
		snprintf(out, size, "\"%.80s\"",
			config_setting_get_string(setting));
		break;
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		snprintf(out, size, "%lld", config_setting_get_int64(setting));
		break;
	case CONFIG_TYPE_FLOAT:
		snprintf(out, size, "%g", config_setting_get_float(setting));
		break;
	case CONFIG_TYPE_BOOL:
		snprintf(out, size, "%s",
			config_setting_get_bool(setting) ? "true" : "false");
		break;
	case CONFIG_TYPE_GROUP:
		snprintf(out, size, "a group { ... }");
		break;
	case CONFIG_TYPE_ARRAY:
		snprintf(out, size, "[ ... ] with %d elements",
			config_setting_length(setting));
		break;
	default:
		snprintf(out, size, "( ... ) with %d elements",
			config_setting_length(setting));
	}
}

/* An element of a list has no name of its own: its list's is meant. */
static const char *
name_of(const config_setting_t *setting)
{
	while (setting != NULL && config_setting_name(setting) == NULL)
		setting = config_setting_parent(setting);
	return setting != NULL ? config_setting_name(setting) : "the file";
}

enum jwt_reason
config_fail_value(struct config_reader *reader, const config_setting_t *setting,
	const char *expected)
{
	const config_setting_t *parent = config_setting_parent(setting);
	bool element = parent != NULL && config_setting_name(setting) == NULL;
	char found[FOUND_MAX];

	say_found(setting, found, sizeof(found));
	return config_fail(reader, setting, "%s\"%s\"%s is %s, expected %s",
		element ? "an element of " : "", name_of(setting),
		reader->where, found, expected);
}

bool
config_has(const config_setting_t *group, const char *name)
{
	return config_setting_get_member(group, name) != NULL;
}

const config_setting_t *
config_member_or(const config_setting_t *group, const char *name)
{
	const config_setting_t *member = config_setting_get_member(group, name);

	return member != NULL ? member : group;
}

enum jwt_reason
config_each_string(struct config_reader *reader,
	const config_setting_t *setting, const char *expected,
	config_each_fn each, void *arg)
{
	int count = config_setting_length(setting);

	if ((!config_setting_is_array(setting) &&
		    !config_setting_is_list(setting)) ||
		count < 1 || count > CONFIG_LIST_MAX)
		return config_fail_value(reader, setting, expected);
	for (int i = 0; i < count; i++) {
		const config_setting_t *element =
			config_setting_get_elem(setting, (unsigned)i);
		const char *value = config_setting_get_string(element);

		if (value == NULL || strlen(value) > CONFIG_STRING_MAX)
			return config_fail_value(reader, element, expected);
		JWT_TRY(each(reader, element, value, arg));
	}
	return JWT_OK;
}

enum jwt_reason
config_list_add(struct config_reader *reader, struct string_list *list,
	const char *value)
{
	char **grown = reallocarray(
		list->item, list->count + 1, sizeof(list->item[0]));

	if (grown == NULL)
		return config_out_of_memory(reader);
	list->item = grown;
	list->item[list->count] = strdup(value);
	if (list->item[list->count] == NULL)
		return config_out_of_memory(reader);
	list->count++;
	return JWT_OK;
}
