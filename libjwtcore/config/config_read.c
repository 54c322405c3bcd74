/* SPDX-License-Identifier: ISC */
/*
 * Typed getters, driven by the tables of the other files; and the words of
 * every error: what was found, what was expected, what was meant.
 */
#include "config/config_read.h"
#include "config/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECTED_MAX 512

static enum jwt_reason
store_string(struct config_reader *reader, const char *value, char **target)
{
	free(*target); /* the default */
	*target = strdup(value);
	return *target != NULL ? JWT_OK : config_out_of_memory(reader);
}

static bool
append(char *out, size_t size, const char *text)
{
	size_t len = strlen(out);

	return snprintf(out + len, size - len, "%s", text) < (int)(size - len);
}

/* '"a", "b" or "c"' */
static void
say_choices(const char *const *choices, char *out, size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; choices[i] != NULL; i++) {
		if (i > 0)
			append(out, size, choices[i + 1] ? ", " : " or ");
		append(out, size, "\"");
		append(out, size, choices[i]);
		append(out, size, "\"");
	}
}

static void
say_expected(const struct setting_spec *spec, char *out, size_t size)
{
	switch (spec->type) {
	case SETTING_INTEGER:
	case SETTING_UINT32:
		snprintf(out, size, "a whole number from %lld to %lld",
			(long long)spec->min, (long long)spec->max);
		break;
	case SETTING_BOOL:
		snprintf(out, size, "true or false");
		break;
	case SETTING_CHOICE:
		say_choices(spec->choices, out, size);
		break;
	case SETTING_GROUP:
		snprintf(out, size, "a group { ... }");
		break;
	case SETTING_STRINGS:
		snprintf(out, size, "[ ... ] with 1 to %d strings, each %s",
			CONFIG_LIST_MAX, spec->expected);
		break;
	case SETTING_STRING:
	case SETTING_CUSTOM:
		snprintf(out, size, "%s", spec->expected);
		break;
	}
}

static enum jwt_reason
fail_spec(struct config_reader *reader, const struct setting_spec *spec,
	const config_setting_t *setting)
{
	char expected[EXPECTED_MAX];

	say_expected(spec, expected, sizeof(expected));
	return config_fail_value(reader, setting, expected);
}

static bool
get_integer(const config_setting_t *setting, int64_t *out)
{
	int type = config_setting_type(setting);

	if (type == CONFIG_TYPE_INT)
		*out = config_setting_get_int(setting);
	else if (type == CONFIG_TYPE_INT64)
		*out = config_setting_get_int64(setting);
	else
		return false;
	return true;
}

static enum jwt_reason
read_integer(struct config_reader *reader, const struct setting_spec *spec,
	const config_setting_t *setting, void *target)
{
	int64_t value;

	if (!get_integer(setting, &value) || value < spec->min ||
		value > spec->max)
		return fail_spec(reader, spec, setting);
	if (spec->type == SETTING_UINT32) {
		uint32_t narrow = (uint32_t)value;

		memcpy(target, &narrow, sizeof(narrow));
	} else {
		memcpy(target, &value, sizeof(value));
	}
	return JWT_OK;
}

static enum jwt_reason
read_bool(struct config_reader *reader, const struct setting_spec *spec,
	const config_setting_t *setting, void *target)
{
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
		return fail_spec(reader, spec, setting);
	*(bool *)target = config_setting_get_bool(setting) != 0;
	return JWT_OK;
}

static enum jwt_reason
read_choice(struct config_reader *reader, const struct setting_spec *spec,
	const config_setting_t *setting, void *target)
{
	const char *value = config_setting_get_string(setting);

	for (int i = 0; value != NULL && spec->choices[i] != NULL; i++)
		if (strcmp(value, spec->choices[i]) == 0) {
			/* Every enum of ours is as wide as an int. */
			memcpy(target, &i, sizeof(i));
			return JWT_OK;
		}
	return fail_spec(reader, spec, setting);
}

static bool
string_fits(const struct setting_spec *spec, const char *value)
{
	return value != NULL && strlen(value) <= CONFIG_STRING_MAX &&
	       spec->check(value);
}

static enum jwt_reason
read_string(struct config_reader *reader, const struct setting_spec *spec,
	const config_setting_t *setting, char **target)
{
	const char *value = config_setting_get_string(setting);

	if (!string_fits(spec, value))
		return fail_spec(reader, spec, setting);
	return store_string(reader, value, target);
}

struct list_target {
	const struct setting_spec *spec;
	struct string_list *list;
};

static enum jwt_reason
add_checked(struct config_reader *reader, const config_setting_t *element,
	const char *value, void *arg)
{
	const struct list_target *target = arg;

	if (!string_fits(target->spec, value))
		return fail_spec(reader, target->spec, element);
	return config_list_add(reader, target->list, value);
}

static enum jwt_reason
read_strings(struct config_reader *reader, const struct setting_spec *spec,
	const config_setting_t *setting, void *target)
{
	struct list_target list = { spec, target };
	char expected[EXPECTED_MAX];

	say_expected(spec, expected, sizeof(expected));
	return config_each_string(
		reader, setting, expected, add_checked, &list);
}

static enum jwt_reason
read_setting(struct config_reader *reader, const struct setting_spec *spec,
	const config_setting_t *setting, char *structure)
{
	void *target = structure + spec->offset;

	switch (spec->type) {
	case SETTING_STRING:
		return read_string(reader, spec, setting, target);
	case SETTING_INTEGER:
	case SETTING_UINT32:
		return read_integer(reader, spec, setting, target);
	case SETTING_BOOL:
		return read_bool(reader, spec, setting, target);
	case SETTING_CHOICE:
		return read_choice(reader, spec, setting, target);
	case SETTING_STRINGS:
		return read_strings(reader, spec, setting, target);
	case SETTING_GROUP:
		return config_read_group(
			reader, setting, spec->group, structure);
	case SETTING_CUSTOM:
		return spec->read(reader, setting, target);
	}
	return JWT_CONFIG_ERROR;
}

static const struct setting_spec *
find_spec(const struct setting_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->spec[i].name, name) == 0)
			return &table->spec[i];
	return NULL;
}

static enum jwt_reason
fail_unknown(struct config_reader *reader, const config_setting_t *setting,
	const struct setting_table *table)
{
	const char *name = config_setting_name(setting);
	struct suggestion near = SUGGESTION(name);
	char known[EXPECTED_MAX] = "";

	for (size_t i = 0; i < table->count; i++) {
		suggestion_offer(&near, table->spec[i].name);
		append(known, sizeof(known), i > 0 ? ", " : "");
		append(known, sizeof(known), table->spec[i].name);
	}
	if (near.best != NULL)
		return config_fail(reader, setting,
			"unknown setting \"%s\"%s; did you mean \"%s\"?", name,
			reader->where, near.best);
	return config_fail(reader, setting,
		"unknown setting \"%s\"%s; expected one of: %s", name,
		reader->where, known);
}

enum jwt_reason
config_read_group(struct config_reader *reader, const config_setting_t *group,
	const struct setting_table *table, void *target)
{
	if (!config_setting_is_group(group))
		return config_fail_value(reader, group, "a group { ... }");
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *setting =
			config_setting_get_elem(group, (unsigned)i);
		const struct setting_spec *spec =
			find_spec(table, config_setting_name(setting));

		if (spec == NULL)
			return fail_unknown(reader, setting, table);
		JWT_TRY(read_setting(reader, spec, setting, target));
	}
	for (size_t i = 0; i < table->count; i++) {
		const struct setting_spec *spec = &table->spec[i];
		char expected[EXPECTED_MAX];

		if (!spec->required || config_has(group, spec->name))
			continue;
		say_expected(spec, expected, sizeof(expected));
		return config_fail(reader, group,
			"\"%s\" is missing%s, expected %s", spec->name,
			reader->where, expected);
	}
	return JWT_OK;
}
