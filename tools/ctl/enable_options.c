/* SPDX-License-Identifier: ISC */
/*
 * What can be enabled, and the options of enable and disable.
 */
#include "enable.h"

#include "pam_snippet.h"

#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

static const struct enable_service services[] = {
	{ "sshd", { "sshd", NULL }, true },
	{ "sudo", { "sudo", "sudo-i" }, false },
};

const struct enable_service *
enable_service(size_t i)
{
	return i < JWT_COUNT(services) ? &services[i] : NULL;
}

/* A typing error here would ask the wrong account for a token. */
static void
warn_of_unknown_accounts(const struct enable *e)
{
	char list[EXEMPT_MAX], *rest = list, *name;

	if (e->exempt == NULL || e->root[0] != '\0')
		return;
	snprintf(list, sizeof(list), "%s", e->exempt);
	while ((name = strsep(&rest, ",")) != NULL)
		if (getpwnam(name) == NULL)
			printf("note     --exempt: there is no account "
			       "\"%s\"\n",
				name);
}

static bool
find_service(struct enable *e, const char *name)
{
	for (size_t i = 0; i < JWT_COUNT(services); i++)
		if (strcmp(services[i].name, name) == 0)
			e->service = &services[i];
	return e->service != NULL;
}

static bool
take_option(struct enable *e, int option, bool on, bool *all)
{
	switch (option) {
	case 'r':
		/* "/" is this host, and a slash at the end is no part. */
		e->root = strcmp(optarg, "/") == 0 ? "" : optarg;
		return optarg[0] == '/';
	case 'n':
		e->dry_run = true;
		return true;
	case 'l':
		e->no_reload = true;
		return true;
	case 'a':
		*all = true;
		return !on;
	case 'e':
		e->exempt = optarg;
		return on && snippet_exempt_is_good(optarg);
	case 'p':
	case 'N':
		e->prompt = option == 'p' ? PROMPT_YES : PROMPT_NO;
		return on;
	default:
		return false;
	}
}

bool
enable_take_arguments(
	struct enable *e, int argc, char *argv[], bool on, bool *all)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "no-reload", no_argument, NULL, 'l' },
		{ "all", no_argument, NULL, 'a' },
		{ "exempt", required_argument, NULL, 'e' },
		{ "prompt", no_argument, NULL, 'p' },
		{ "no-prompt", no_argument, NULL, 'N' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*e = (struct enable){ .root = "", .lock = -1 };
	*all = false;
	optind = 0; /* main may have used getopt, too */
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(e, option, on, all))
			return false;
	if (*all)
		return optind == argc;
	if (optind + 1 != argc || !find_service(e, argv[optind]))
		return false;
	warn_of_unknown_accounts(e);
	return e->prompt == PROMPT_AS_IT_WAS || e->service->is_sshd;
}
