/* SPDX-License-Identifier: ISC */
/* drop: old keys go, and with them what they have signed. */
#include "command.h"
#include "private.h"

#include <getopt.h>
#include <stdio.h>

enum { OPT_DIR, OPT_RETIRING };

static const struct keyring_option options[] = {
	[OPT_DIR] = { "dir", "DIR", "the keyring's folder" },
	[OPT_RETIRING] = { "retiring", NULL, "all that are retiring" },
	{ NULL, NULL, NULL },
};

struct choices {
	const char *dir, *kid;
	bool retiring;
};

static enum keyring_exit
parse(struct choices *s, int argc, char **argv)
{
	int option;

	while ((option = command_next_option(&command_drop, argc, argv)) >= 0)
		switch (option) {
		case OPT_DIR:
			s->dir = optarg;
			break;
		case OPT_RETIRING:
			s->retiring = true;
			break;
		}
	if (option == OPTION_BAD)
		return KEYRING_USAGE;
	if (optind < argc)
		s->kid = argv[optind++];
	if (s->dir == NULL || optind < argc || s->retiring == (s->kid != NULL))
		return command_usage(&command_drop,
			"--dir DIR is needed, and a KID or --retiring");
	return KEYRING_DONE;
}

static enum jwt_reason
drop_one(struct keyring *keyring, const char *kid, struct report *r)
{
	struct keyring_key *key = keyring_find(keyring, kid);

	if (key == NULL)
		return report(r, JWT_CONFIG_ERROR, "%s: no key %s",
			keyring->dir, kid);
	if (key->state == KEY_CURRENT)
		return report(r, JWT_CONFIG_ERROR,
			"%s is the current key; rotate first", kid);
	keyring_forget(keyring, (size_t)(key - keyring->keys));
	return keyring_save(keyring, r);
}

static enum jwt_reason
drop(const struct choices *s, struct report *r)
{
	JWT_AUTO(keyring) keyring = { .fd = -1 };
	size_t dropped = 1;

	JWT_TRY(keyring_open(s->dir, KEYRING_WRITE, &keyring, r));
	if (s->retiring)
		JWT_TRY(keyring_drop_retiring(&keyring, false, &dropped, r));
	else
		JWT_TRY(drop_one(&keyring, s->kid, r));
	JWT_TRY(private_sweep(&keyring, r));
	fprintf(stderr, "dropped %zu; \"publish\" makes it known\n", dropped);
	return JWT_OK;
}

static enum keyring_exit
run(int argc, char **argv)
{
	struct choices s = { 0 };
	struct report r = { 0 };
	enum keyring_exit status = parse(&s, argc, argv);

	if (status != KEYRING_DONE)
		return status;
	if (drop(&s, &r) != JWT_OK)
		return command_failed(&command_drop, &r);
	return KEYRING_DONE;
}

const struct keyring_command command_drop = { "drop", "[KID]",
	"Removes a retiring key, or the next one: tokens that it signed are "
	"refused once published",
	options, run };
