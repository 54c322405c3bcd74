/* SPDX-License-Identifier: ISC */
/*
 * The table of subcommands, the help that it prints, and the dispatch.
 */
#include "ctl.h"

#include "config/suggest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_LEN 64

static const struct ctl_command commands[] = {
	{ "config check", ctl_config_check, "[FILE]",
		"read the configuration and say what is wrong with it" },
	{ "enable", ctl_enable,
		"sshd|sudo [--exempt USER,...] [--prompt|--no-prompt]\n"
		"         [--dry-run] [--no-reload] [--root DIR]",
		"let sshd or sudo take tokens" },
	{ "disable", ctl_disable,
		"sshd|sudo|--all [--dry-run] [--no-reload] [--root DIR]",
		"take that back: local logins as they were before" },
	{ "doctor", ctl_doctor, "[--json] [--config FILE]",
		"look for what is wrong on this host, and say what to do" },
	{ "explain", ctl_explain,
		"--service S --user U [--uid N] [--config FILE]",
		"judge a token on standard input, step by step" },
	{ "keys has", ctl_keys_has,
		"KID [ISSUER] [--refresh] [--config FILE] [--cache-dir DIR]",
		"say whether a login would know a key" },
	{ "keys import", ctl_keys_import,
		"ISSUER FILE [--config FILE] [--cache-dir DIR]",
		"take an issuer's keys from a file, where it can't be "
		"reached" },
	{ "keys refresh", ctl_keys_refresh,
		"[ISSUER] [--config FILE] [--socket PATH]",
		"have the keys fetched now, and say what came" },
	{ "keys show", ctl_keys_show,
		"[ISSUER] [--json] [--config FILE] [--cache-dir DIR]\n"
		"         [--socket PATH]",
		"show the keys that each issuer's tokens are checked with" },
	{ "revoke", ctl_revoke,
		"[--force] [--reason TEXT] [--for DURATION] [--json]\n"
		"         [--config FILE]  <TOKEN, or --session ID, or\n"
		"         --jti|--sub|--sid|--kid VALUE [--issuer NAME]",
		"end a token at once, a login's tokens, or all of a name" },
	{ "revoked list", ctl_revoked_list, "[--json] [--config FILE]",
		"show what is revoked" },
	{ "revoked show", ctl_revoked_show,
		"KIND-HEX...|--jti|--sub|--sid|--kid VALUE\n"
		"         [--issuer NAME] [--json] [--config FILE]",
		"show one revocation as a whole" },
	{ "revoked undo", ctl_revoked_undo,
		"KIND-HEX...|--jti|--sub|--sid|--kid VALUE\n"
		"         [--issuer NAME] [--reason TEXT] [--json] "
		"[--config FILE]",
		"take a revocation back" },
	{ "revoked restore", ctl_revoked_restore,
		"[--dry-run|--lift] [--json] [--config FILE]",
		"give a store back what it lost, from this host's journal" },
	{ "revoked init", ctl_revoked_init,
		"[--embedded] [--anew] [--config FILE]",
		"make a new store of revocations ready" },
	{ "revoked accept-store", ctl_revoked_accept, "[--config FILE]",
		"take a store that lost data, or another one, as it is" },
	{ "revoked sweep", ctl_revoked_sweep, "",
		"remove what is over (a timer does)" },
	{ "verify-jws", ctl_verify_jws, "--jwks FILE [--alg A]...",
		"check the signature of a compact JWS on standard input" },
};

#define COUNT (sizeof(commands) / sizeof(commands[0]))

static void
print_command(const struct ctl_command *command)
{
	printf("  %s %s\n      %s\n", command->name, command->arguments,
		command->help);
}

static void
print_help(void)
{
	puts("Usage: jwtauthctl SUBCOMMAND [ARGUMENT]...\n");
	for (size_t i = 0; i < COUNT; i++)
		print_command(&commands[i]);
	puts("\nExit status: 0 done, valid or allowed; 1 not valid or denied; "
	     "2 usage or\nconfiguration error; 3 it could not be decided or "
	     "done.");
}

static int
words_in(const char *name)
{
	return strchr(name, ' ') != NULL ? 2 : 1;
}

/* Is name what the first words on the command line say? */
static bool
matches(const char *name, int argc, char **argv)
{
	size_t first = strcspn(name, " ");

	if (argc < words_in(name) || strncmp(name, argv[0], first) != 0 ||
		argv[0][first] != '\0')
		return false;
	return name[first] == '\0' || strcmp(name + first + 1, argv[1]) == 0;
}

/* Compared with as many words as a name has: "confg check" is near. */
static enum ctl_exit
fail_unknown(int argc, char **argv)
{
	char words[2][NAME_MAX_LEN];
	struct suggestion near[2] = { SUGGESTION(words[0]),
		SUGGESTION(words[1]) };
	const char *best;

	snprintf(words[0], sizeof(words[0]), "%s", argv[0]);
	snprintf(words[1], sizeof(words[1]), "%s %s", argv[0],
		argc > 1 ? argv[1] : "");
	for (size_t i = 0; i < COUNT; i++)
		suggestion_offer(&near[words_in(commands[i].name) - 1],
			commands[i].name);
	best = near[1].best != NULL ? near[1].best : near[0].best;
	if (best == NULL)
		return ctl_usage("no subcommand \"%s\"", words[0]);
	return ctl_usage("no subcommand \"%s\"; did you mean \"%s\"?",
		words[words_in(best) - 1], best);
}

static enum ctl_exit
run(const struct ctl_command *command, int argc, char **argv)
{
	int skip = words_in(command->name) - 1;

	for (int i = skip + 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0) {
			puts("Usage: jwtauthctl");
			print_command(command);
			return CTL_YES;
		}
	return command->run(argc - skip, argv + skip);
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return (int)ctl_usage("a subcommand is missing");
	argc--;
	argv++;
	if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "help") == 0) {
		print_help();
		return CTL_YES;
	}
	for (size_t i = 0; i < COUNT; i++)
		if (matches(commands[i].name, argc, argv))
			return (int)run(&commands[i], argc, argv);
	return (int)fail_unknown(argc, argv);
}
