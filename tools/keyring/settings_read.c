/* SPDX-License-Identifier: ISC */
/*
 * keyring.conf, read by the tables of the host's configuration, so that an
 * error has the same form: file, line, setting, what was found and expected.
 */
#include "settings.h"

#include "config/config_read.h"
#include "duration.h"

#include <stdio.h>
#include <string.h>

#define DURATION "a duration such as \"90s\", \"15m\", \"12h\" or \"30d\""
#define COMMAND                                                              \
	"[ \"/PATH/OF/PROGRAM\", ... ], each word a string; %k is the kid, " \
	"%e the event, %d and %o the folders, %% a %"

static bool
is_issuer(const char *value)
{
	return issuer_is_valid(value);
}

static bool
is_alg(const char *value)
{
	enum jws_alg alg;

	return jws_alg_from_name(slice_of_string(value), &alg);
}

static enum jwt_reason
read_duration(struct config_reader *reader, const config_setting_t *setting,
	void *target)
{
	const char *value = config_setting_get_string(setting);

	if (value == NULL || !duration_parse(value, target))
		return config_fail_value(reader, setting, DURATION);
	return JWT_OK;
}

/* % and a letter that nothing stands for would surprise later. */
static bool
is_word(const char *word)
{
	for (const char *c = strchr(word, '%'); c != NULL;
		c = strchr(c + 2, '%'))
		if (c[1] == '\0' || strchr("kedo%", c[1]) == NULL)
			return false;
	return true;
}

static enum jwt_reason
add_word(struct config_reader *reader, const config_setting_t *element,
	const char *value, void *arg)
{
	struct string_list *words = arg;

	if (!is_word(value) ||
		(words->count == 0 && !config_is_absolute_path(value)))
		return config_fail_value(reader, element, COMMAND);
	return config_list_add(reader, words, value);
}

static enum jwt_reason
read_words(struct config_reader *reader, const config_setting_t *setting,
	void *target)
{
	return config_each_string(reader, setting, COMMAND, add_word, target);
}

static enum jwt_reason
add_event(struct config_reader *reader, const config_setting_t *element,
	const char *value, void *arg)
{
	for (unsigned i = EVENT_HOOKS; i < EVENT_COUNT; i++)
		if (strcmp(keyring_event_name((enum keyring_event)i), value) ==
			0)
			return config_list_add(reader, arg, value);
	return config_fail_value(reader, element,
		"\"published\", \"signing\", \"dropped\" or \"compromised\"");
}

static enum jwt_reason
read_events(struct config_reader *reader, const config_setting_t *setting,
	void *target)
{
	return config_each_string(reader, setting,
		"[ ... ] with names of events", add_event, target);
}

#define CUSTOM(setting, structure, member, function, words)              \
	{                                                                \
		.name = (setting), .type = SETTING_CUSTOM,               \
		.offset = offsetof(structure, member), .read = function, \
		.expected = (words)                                      \
	}
#define STRING(setting, structure, member, function, words)               \
	{                                                                 \
		.name = (setting), .type = SETTING_STRING,                \
		.offset = offsetof(structure, member), .check = function, \
		.expected = (words)                                       \
	}

static const struct setting_spec command_specs[] = {
	CUSTOM("command", struct settings_command, words, read_words, COMMAND),
	CUSTOM("timeout", struct settings_command, timeout, read_duration,
		DURATION),
};
static const struct setting_spec hook_specs[] = {
	CUSTOM("command", struct settings_command, words, read_words, COMMAND),
	CUSTOM("timeout", struct settings_command, timeout, read_duration,
		DURATION),
	CUSTOM("after", struct settings_command, after, read_events, ""),
};
static const struct setting_spec verifier_specs[] = {
	STRING("url", struct settings_verifier, url, config_is_https_url,
		"an https URL"),
	STRING("ca_file", struct settings_verifier, ca_file,
		config_is_absolute_path, "an absolute path"),
	CUSTOM("command", struct settings_verifier, command.words, read_words,
		COMMAND),
	CUSTOM("timeout", struct settings_verifier, command.timeout,
		read_duration, DURATION),
};
static const struct setting_table command_table = SETTING_TABLE(command_specs);
static const struct setting_table hook_table = SETTING_TABLE(hook_specs);
static const struct setting_table verifier_table =
	SETTING_TABLE(verifier_specs);

static enum jwt_reason
check_list(struct config_reader *reader, const config_setting_t *list)
{
	if (!config_setting_is_list(list) ||
		config_setting_length(list) > SETTINGS_COMMANDS_MAX)
		return config_fail_value(reader, list,
			"( { ... }, ... ), a list of at most 256 groups");
	return JWT_OK;
}

static enum jwt_reason
read_commands_by(struct config_reader *reader, const config_setting_t *list,
	const struct setting_table *table, struct settings_commands *out)
{
	JWT_TRY(check_list(reader, list));
	for (int i = 0; i < config_setting_length(list); i++) {
		const config_setting_t *group =
			config_setting_get_elem(list, (unsigned)i);
		struct settings_command *added = &out->item[out->count++];

		added->timeout = SETTINGS_TIMEOUT;
		JWT_TRY(config_read_group(reader, group, table, added));
		if (added->words.count == 0)
			return config_fail(reader, group,
				"\"command\" is missing%s, expected %s",
				reader->where, COMMAND);
	}
	return JWT_OK;
}

static enum jwt_reason
read_hooks(struct config_reader *reader, const config_setting_t *list,
	void *target)
{
	snprintf(reader->where, sizeof(reader->where), " in hooks");
	JWT_TRY(read_commands_by(reader, list, &hook_table, target));
	reader->where[0] = '\0';
	return JWT_OK;
}

static enum jwt_reason
read_commands(struct config_reader *reader, const config_setting_t *list,
	void *target)
{
	snprintf(reader->where, sizeof(reader->where), " in %s",
		config_setting_name(list));
	JWT_TRY(read_commands_by(reader, list, &command_table, target));
	reader->where[0] = '\0';
	return JWT_OK;
}

static enum jwt_reason
read_verifiers(struct config_reader *reader, const config_setting_t *list,
	void *target)
{
	struct settings *out = target;

	snprintf(reader->where, sizeof(reader->where), " in verifiers");
	JWT_TRY(check_list(reader, list));
	for (int i = 0; i < config_setting_length(list); i++) {
		const config_setting_t *group =
			config_setting_get_elem(list, (unsigned)i);
		struct settings_verifier *added =
			&out->verifier[out->verifier_count++];

		added->command.timeout = SETTINGS_TIMEOUT;
		JWT_TRY(config_read_group(
			reader, group, &verifier_table, added));
		if ((added->url != NULL) == (added->command.words.count > 0))
			return config_fail(reader, group,
				"a verifier needs \"url\" or \"command\", and "
				"not both");
		if (added->url == NULL && added->ca_file != NULL)
			return config_fail(reader, group,
				"\"ca_file\" in verifiers goes with \"url\"");
	}
	reader->where[0] = '\0';
	return JWT_OK;
}

#define SECONDS(setting, member) \
	CUSTOM(setting, struct settings, member, read_duration, DURATION)
#define PATH_OF(setting, member)                                          \
	STRING(setting, struct settings, member, config_is_absolute_path, \
		"an absolute path")

static const struct setting_spec wait_specs[] = {
	SECONDS("deadline", wait.deadline),
	SECONDS("first", wait.first),
	SECONDS("longest", wait.longest),
};
static const struct setting_table wait_table = SETTING_TABLE(wait_specs);

static const struct setting_spec top_specs[] = {
	PATH_OF("dir", dir),
	PATH_OF("out", out),
	STRING("issuer", struct settings, issuer, is_issuer,
		"an https URL without ? and #"),
	STRING("algorithm", struct settings, algorithm, is_alg,
		"the name of an algorithm, such as \"ES256\""),
	PATH_OF("secrets", secrets),
	STRING("secrets_group", struct settings, secrets_group,
		config_is_account_name, "the name of a group"),
	PATH_OF("hook_dir", hook_dir),
	SECONDS("rotate_after", rotate_after),
	SECONDS("token_lifetime", token_lifetime),
	SECONDS("publish_ahead", publish_ahead),
	{ .name = "wait", .type = SETTING_GROUP, .group = &wait_table },
	{ .name = "verifiers",
		.type = SETTING_CUSTOM,
		.read = read_verifiers,
		.expected = "" },
	CUSTOM("hooks", struct settings, hooks, read_hooks, ""),
	CUSTOM("revoke", struct settings, revoke, read_commands, ""),
	CUSTOM("refresh", struct settings, refresh, read_commands, ""),
};
static const struct setting_table top_table = SETTING_TABLE(top_specs);

static enum jwt_reason
read_text(struct config_reader *reader, config_t *parsed, const char *text,
	struct settings *settings)
{
	if (config_read_string(parsed, text) != CONFIG_TRUE) {
		snprintf(reader->error->text, sizeof(reader->error->text),
			"%s:%d: %s, expected settings as NAME = VALUE; each "
			"once",
			reader->file, config_error_line(parsed),
			config_error_text(parsed));
		return JWT_CONFIG_ERROR;
	}
	return config_read_group(
		reader, config_root_setting(parsed), &top_table, settings);
}

enum jwt_reason
settings_load(
	const char *path, struct settings *settings, struct config_error *error)
{
	const struct file_trust trust = { .owner = geteuid() };
	struct config_reader reader = { .error = error, .file = path };
	JWT_AUTO(buffer) text = BUFFER(CONFIG_FILE_MAX);
	struct report found = { "" };
	enum jwt_reason reason;
	config_t parsed;

	error->text[0] = '\0';
	if (file_read(path, &trust, &text, &found) != FILE_OK) {
		snprintf(error->text, sizeof(error->text), "%s", found.text);
		return JWT_CONFIG_ERROR;
	}
	JWT_TRY(config_scan(&reader, buffer_slice(&text)));
	config_init(&parsed);
	reason = read_text(&reader, &parsed, buffer_string(&text), settings);
	config_destroy(&parsed);
	return reason;
}
