/* SPDX-License-Identifier: ISC */
#include "settings.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_DEADLINE 86400 /* seconds */
#define WAIT_FIRST    1
#define WAIT_LONGEST  60

struct settings *
settings_new(void)
{
	struct settings *settings = calloc(1, sizeof(*settings));

	if (settings == NULL)
		return NULL;
	settings->wait.deadline = WAIT_DEADLINE;
	settings->wait.first = WAIT_FIRST;
	settings->wait.longest = WAIT_LONGEST;
	return settings;
}

static void
list_free(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
}

static void
command_free(struct settings_command *command)
{
	list_free(&command->words);
	list_free(&command->after);
}

static void
commands_free(struct settings_commands *commands)
{
	for (size_t i = 0; i < commands->count; i++)
		command_free(&commands->item[i]);
}

void
settings_free(struct settings *settings)
{
	if (settings == NULL)
		return;
	free(settings->dir);
	free(settings->out);
	free(settings->issuer);
	free(settings->algorithm);
	free(settings->secrets);
	free(settings->secrets_group);
	free(settings->hook_dir);
	for (size_t i = 0; i < settings->verifier_count; i++) {
		free(settings->verifier[i].url);
		free(settings->verifier[i].ca_file);
		command_free(&settings->verifier[i].command);
	}
	commands_free(&settings->hooks);
	commands_free(&settings->revoke);
	commands_free(&settings->refresh);
	free(settings);
}

bool
settings_set(char **setting, const char *value)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return false;
	free(*setting);
	*setting = copy;
	return true;
}

bool
settings_add_url(
	struct settings *settings, const char *url, const char *ca_file)
{
	struct settings_verifier *added =
		&settings->verifier[settings->verifier_count];

	if (settings->verifier_count == SETTINGS_COMMANDS_MAX)
		return false;
	settings->verifier_count++;
	return settings_set(&added->url, url) &&
	       (ca_file == NULL || settings_set(&added->ca_file, ca_file));
}

bool
settings_add_hook(struct settings *settings, const char *program)
{
	static const char *const words[] = { NULL, "%e", "%k", "%d", "%o" };
	struct settings_command *added =
		&settings->hooks.item[settings->hooks.count];

	if (settings->hooks.count == SETTINGS_COMMANDS_MAX)
		return false;
	settings->hooks.count++;
	added->timeout = SETTINGS_TIMEOUT;
	added->words.item =
		calloc(JWT_COUNT(words), sizeof(added->words.item[0]));
	if (added->words.item == NULL)
		return false;
	for (size_t i = 0; i < JWT_COUNT(words); i++) {
		added->words.item[i] = strdup(i == 0 ? program : words[i]);
		if (added->words.item[i] == NULL)
			return false;
		added->words.count++;
	}
	return true;
}
