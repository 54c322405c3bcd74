/* SPDX-License-Identifier: ISC */
/* rotate: a new key signs, the old one stays published. */
#include "command.h"

#include "base/clock.h"

#include <getopt.h>
#include <stdio.h>

enum { OPT_DIR, OPT_ALG, OPT_DROP_OLD };

static const struct keyring_option options[] = {
	[OPT_DIR] = { "dir", "DIR", "the keyring's folder" },
	[OPT_ALG] = { "alg", "ALG", "for the new key; default: as the old" },
	[OPT_DROP_OLD] = { "drop-old", NULL,
		"first drop the keys that were retiring before" },
	{ NULL, NULL, NULL },
};

struct settings {
	const char *dir, *alg;
	bool drop_old;
};

static enum keyring_exit
parse(struct settings *s, int argc, char **argv)
{
	int option;

	while ((option = command_next_option(&command_rotate, argc, argv)) >= 0)
		switch (option) {
		case OPT_DIR:
			s->dir = optarg;
			break;
		case OPT_ALG:
			s->alg = optarg;
			break;
		case OPT_DROP_OLD:
			s->drop_old = true;
			break;
		}
	if (option == OPTION_BAD)
		return KEYRING_USAGE;
	if (s->dir == NULL || optind < argc)
		return command_usage(&command_rotate,
			"--dir DIR is needed, and nothing but options");
	return KEYRING_DONE;
}

static enum jwt_reason
rotate(const struct settings *s, enum jws_alg alg, struct report *r)
{
	JWT_AUTO(keyring) keyring = { .fd = -1 };
	size_t dropped;

	JWT_TRY(keyring_open(s->dir, KEYRING_WRITE, &keyring, r));
	if (s->drop_old)
		JWT_TRY(keyring_drop_retiring(&keyring, &dropped, r));
	if (s->alg == NULL)
		alg = keyring_current(&keyring)->alg;
	JWT_TRY(keyring_add_fresh(&keyring, alg, clock_now(), r));
	JWT_TRY(keyring_save(&keyring, r));
	printf("%s\n", keyring_current(&keyring)->kid);
	return JWT_OK;
}

static enum keyring_exit
run(int argc, char **argv)
{
	struct settings s = { 0 };
	struct report r = { 0 };
	enum jws_alg alg = JWS_ES256;
	enum keyring_exit status = parse(&s, argc, argv);

	if (status != KEYRING_DONE)
		return status;
	if (s.alg != NULL && !command_key_alg(&command_rotate, s.alg, &alg))
		return KEYRING_USAGE;
	if (rotate(&s, alg, &r) != JWT_OK)
		return command_failed(&command_rotate, &r);
	return KEYRING_DONE;
}

const struct keyring_command command_rotate = { "rotate", "",
	"Makes a new key current, keeps the old one published, prints the "
	"new kid",
	options, run };
