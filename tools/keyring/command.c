/* SPDX-License-Identifier: ISC */
/* What all subcommands share: options from a table, help, error lines. */
#include "command.h"

#include "duration.h"
#include "settings.h"

#include <getopt.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>

int
command_next_option(
	const struct keyring_command *command, int argc, char **argv)
{
	struct option options[KEYRING_OPTIONS_MAX + 1] = { 0 };
	const struct keyring_option *row = command->options;
	int got;

	for (size_t i = 0; row[i].name != NULL && i < KEYRING_OPTIONS_MAX; i++)
		options[i] = (struct option){ row[i].name,
			row[i].argument != NULL ? required_argument
						: no_argument,
			NULL, (int)i };
	opterr = 0;
	got = getopt_long(argc, argv, ":", options, NULL);
	if (got == -1)
		return OPTION_END;
	if (got == ':') {
		command_usage(command, "%s needs a value", argv[optind - 1]);
		return OPTION_BAD;
	}
	if (got == '?') {
		command_usage(command, "unknown option %s", argv[optind - 1]);
		return OPTION_BAD;
	}
	return got;
}

void
command_print_help(const struct keyring_command *command)
{
	printf("usage: jwt-keyring %s [OPTION]...%s%s\n\n%s.\n\n",
		command->name, command->operands[0] != '\0' ? " " : "",
		command->operands, command->help);
	for (const struct keyring_option *o = command->options; o->name != NULL;
		o++)
		printf("  --%s%s%s\n      %s\n", o->name,
			o->argument != NULL ? " " : "",
			o->argument != NULL ? o->argument : "", o->help);
}

enum keyring_exit
command_usage(const struct keyring_command *command, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "jwt-keyring %s: ", command->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n\"jwt-keyring %s --help\" lists its options.\n",
		command->name);
	return KEYRING_USAGE;
}

enum keyring_exit
command_failed(
	const struct keyring_command *command, const struct report *report)
{
	fprintf(stderr, "jwt-keyring %s: %s\n", command->name,
		report->text[0] != '\0' ? report->text : "failed");
	return KEYRING_FAILED;
}

bool
command_any_alg(const struct keyring_command *command, const char *name,
	enum jws_alg *out)
{
	if (jws_alg_from_name(slice_of_string(name), out))
		return true;
	fprintf(stderr, "jwt-keyring %s: unknown algorithm \"%s\"; known are",
		command->name, name);
	for (unsigned i = 0; i < JWS_ALG_COUNT; i++)
		fprintf(stderr, " %s", jws_alg_info((enum jws_alg)i)->name);
	fputc('\n', stderr);
	return false;
}

bool
command_duration(const struct keyring_command *command, const char *option,
	const char *text, int64_t *out)
{
	if (duration_parse(text, out))
		return true;
	command_usage(command,
		"--%s %s: expected a duration such as 90s, 15m, 12h or 30d",
		option, text);
	return false;
}

enum keyring_exit
command_settings(const struct keyring_command *command, const char *path,
	struct settings *settings)
{
	struct config_error error = { "" };

	if (settings_load(path, settings, &error) == JWT_OK)
		return KEYRING_DONE;
	fprintf(stderr, "jwt-keyring %s: %s\n", command->name, error.text);
	return KEYRING_USAGE;
}

bool
command_group(
	const struct keyring_command *command, const char *name, gid_t *out)
{
	const struct group *group;

	*out = (gid_t)-1;
	if (name == NULL)
		return true;
	group = getgrnam(name);
	if (group == NULL) {
		command_usage(command, "there is no group \"%s\"", name);
		return false;
	}
	*out = group->gr_gid;
	return true;
}
