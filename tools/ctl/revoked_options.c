/* SPDX-License-Identifier: ISC */
/*
 * The options of jwtauthctl revoked, the same for all its subcommands.
 */
#include "revoked.h"

#include <getopt.h>
#include <string.h>

enum {
	OPTION_CONFIG = REVOKED_KIND_COUNT,
	OPTION_ISSUER,
	OPTION_REASON,
	OPTION_JSON,
	OPTION_EMBEDDED,
	OPTION_ANEW,
	OPTION_LIFT,
	OPTION_DRY_RUN,
	OPTION_COUNT
};

static const struct option options[] = {
	{ "jti", required_argument, NULL, REVOKED_JTI },
	{ "sid", required_argument, NULL, REVOKED_SID },
	{ "sub", required_argument, NULL, REVOKED_SUB },
	{ "kid", required_argument, NULL, REVOKED_KID },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "issuer", required_argument, NULL, OPTION_ISSUER },
	{ "reason", required_argument, NULL, OPTION_REASON },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "embedded", no_argument, NULL, OPTION_EMBEDDED },
	{ "anew", no_argument, NULL, OPTION_ANEW },
	{ "lift", no_argument, NULL, OPTION_LIFT },
	{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
	{ NULL, 0, NULL, 0 },
};

/* What allowed has for it; NUL: always. */
static char
letter_of(int option)
{
	static const char letters[OPTION_COUNT] = { [REVOKED_JTI] = 'n',
		[REVOKED_SID] = 'n',
		[REVOKED_SUB] = 'n',
		[REVOKED_KID] = 'n',
		[OPTION_ISSUER] = 'n',
		[OPTION_REASON] = 'r',
		[OPTION_JSON] = 'j',
		[OPTION_EMBEDDED] = 'e',
		[OPTION_ANEW] = 'a',
		[OPTION_LIFT] = 'l',
		[OPTION_DRY_RUN] = 'd' };

	return letters[option];
}

static void
take(struct revoked_options *o, int option)
{
	switch (option) {
	case OPTION_CONFIG:
		o->config_path = optarg;
		break;
	case OPTION_ISSUER:
		o->issuer = optarg;
		break;
	case OPTION_REASON:
		o->reason = optarg;
		break;
	case OPTION_JSON:
		o->json = true;
		break;
	case OPTION_EMBEDDED:
		o->embedded = true;
		break;
	case OPTION_ANEW:
		o->anew = true;
		break;
	case OPTION_LIFT:
		o->lift = true;
		break;
	case OPTION_DRY_RUN:
		o->dry_run = true;
		break;
	default:
		o->value[option] = optarg;
		break;
	}
}

enum ctl_exit
revoked_parse_options(int argc, char **argv, const char *allowed, int most,
	struct revoked_options *o)
{
	int option;

	*o = (struct revoked_options){ .config_path = CONFIG_DEFAULT_PATH };
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		char letter = option < OPTION_COUNT ? letter_of(option) : '?';

		if (letter != '\0' && strchr(allowed, letter) == NULL)
			return ctl_usage("revoked %s: no such option, or its "
					 "value is missing: %s",
				argv[0], argv[optind - 1]);
		take(o, option);
	}
	o->words = argv + optind;
	o->count = argc - optind;
	if (o->count > most)
		return ctl_usage("revoked %s: too many arguments: %s", argv[0],
			o->words[most]);
	return CTL_YES;
}

enum ctl_exit
revoked_fail(enum jwt_reason reason, const struct report *r)
{
	return ctl_fail(CTL_FAILED, "%s: %s", jwt_reason_name(reason), r->text);
}
