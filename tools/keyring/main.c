/* SPDX-License-Identifier: ISC */
/* jwt-keyring: the table of subcommands and the dispatch. */
#include "command.h"

#include "config/suggest.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static const struct keyring_command *const commands[] = {
	&command_init,
	&command_rotate,
	&command_drop,
	&command_publish,
	&command_mint,
	&command_status,
};

static void
print_help(void)
{
	puts("usage: jwt-keyring SUBCOMMAND [OPTION]...\n\n"
	     "Keeps an issuer's signing keys, publishes their public halves "
	     "and mints tokens.\n");
	for (size_t i = 0; i < JWT_COUNT(commands); i++)
		printf("  %-8s %s\n", commands[i]->name, commands[i]->help);
	puts("\n\"jwt-keyring SUBCOMMAND --help\" says more.\n"
	     "Exit status: 0 done; 1 failed; 2 usage or settings error;\n"
	     "rotate and status --check: 3 another rotation runs; 4 waits "
	     "for verifiers;\n5 a hook or command failed; 6 the current key "
	     "is too old.");
}

static enum keyring_exit
fail_unknown(const char *word)
{
	struct suggestion near = SUGGESTION(word);

	for (size_t i = 0; i < JWT_COUNT(commands); i++)
		suggestion_offer(&near, commands[i]->name);
	fprintf(stderr, "jwt-keyring: no subcommand \"%s\"", word);
	if (near.best != NULL)
		fprintf(stderr, "; did you mean \"%s\"?", near.best);
	fputs("\n\"jwt-keyring --help\" lists what there is.\n", stderr);
	return KEYRING_USAGE;
}

int
main(int argc, char **argv)
{
	/* Private keys pass through: no core dump, no file for others. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	umask(S_IRWXG | S_IRWXO);
	if (argc < 2) {
		fputs("jwt-keyring: a subcommand is missing\n"
		      "\"jwt-keyring --help\" lists what there is.\n",
			stderr);
		return KEYRING_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		print_help();
		return KEYRING_DONE;
	}
	for (size_t i = 0; i < JWT_COUNT(commands); i++) {
		if (strcmp(argv[1], commands[i]->name) != 0)
			continue;
		if (argc > 2 && strcmp(argv[2], "--help") == 0) {
			command_print_help(commands[i]);
			return KEYRING_DONE;
		}
		return (int)commands[i]->run(argc - 1, argv + 1);
	}
	return (int)fail_unknown(argv[1]);
}
