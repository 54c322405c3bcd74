/* SPDX-License-Identifier: ISC */
/* init: a new keyring with one key. */
#include "command.h"
#include "private.h"

#include "base/clock.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_DIR, OPT_ALG, OPT_ISSUER, OPT_TOKEN_LIFETIME };

static const struct keyring_option options[] = {
	[OPT_DIR] = { "dir", "DIR", "the keyring's folder, made if need be" },
	[OPT_ALG] = { "alg", "ALG",
		"ES256 (default), RS256, EdDSA, HS256, ..." },
	[OPT_ISSUER] = { "issuer", "URL",
		"the issuer, for publish and mint to take" },
	[OPT_TOKEN_LIFETIME] = { "token-lifetime", "DURATION",
		"the longest of any signer; default 1d" },
	{ NULL, NULL, NULL },
};

struct choices {
	const char *dir, *issuer;
	enum jws_alg alg;
	int64_t token_lifetime; /* seconds */
};

static enum keyring_exit
parse(struct choices *s, int argc, char **argv)
{
	int option;

	while ((option = command_next_option(&command_init, argc, argv)) >= 0)
		switch (option) {
		case OPT_DIR:
			s->dir = optarg;
			break;
		case OPT_ALG:
			if (!command_any_alg(&command_init, optarg, &s->alg))
				return KEYRING_USAGE;
			break;
		case OPT_ISSUER:
			s->issuer = optarg;
			break;
		case OPT_TOKEN_LIFETIME:
			if (!command_duration(&command_init, "token-lifetime",
				    optarg, &s->token_lifetime))
				return KEYRING_USAGE;
			break;
		}
	if (option == OPTION_BAD)
		return KEYRING_USAGE;
	if (s->dir == NULL || optind < argc)
		return command_usage(&command_init, "--dir DIR is needed, and "
						    "nothing but options");
	if (s->issuer != NULL && !issuer_is_valid(s->issuer))
		return command_usage(&command_init,
			"--issuer: an https URL without ? and #");
	return KEYRING_DONE;
}

static enum jwt_reason
make(const struct choices *s, struct report *r)
{
	JWT_AUTO(keyring) keyring = { .fd = -1 };
	int64_t now = clock_now();

	JWT_TRY(keyring_open(s->dir, KEYRING_CREATE, &keyring, r));
	if (s->issuer != NULL) {
		keyring.issuer = strdup(s->issuer);
		if (keyring.issuer == NULL)
			return report(r, JWT_INTERNAL_ERROR, "out of memory");
	}
	keyring.token_lifetime = s->token_lifetime;
	JWT_TRY(private_make(&keyring, s->alg, NULL, KEY_CURRENT, now, r));
	/* Nobody has tokens of it yet: it may sign before it is published. */
	keyring.keys[0].published = keyring.keys[0].signing = now;
	JWT_TRY(keyring_save(&keyring, r));
	JWT_TRY(private_sweep(&keyring, r));
	printf("%s\n", keyring.keys[0].kid);
	return JWT_OK;
}

static enum keyring_exit
run(int argc, char **argv)
{
	struct choices s = { .alg = JWS_ES256,
		.token_lifetime = KEYRING_TOKEN_LIFETIME };
	struct report r = { 0 };
	enum keyring_exit status = parse(&s, argc, argv);

	if (status != KEYRING_DONE)
		return status;
	if (make(&s, &r) != JWT_OK)
		return command_failed(&command_init, &r);
	return KEYRING_DONE;
}

const struct keyring_command command_init = { "init", "",
	"Makes a keyring with one key, and prints its kid", options, run };
