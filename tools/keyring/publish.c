/* SPDX-License-Identifier: ISC */
/* publish: the keyring's public side, and its secrets, where others look. */
#include "command.h"
#include "places.h"
#include "settings.h"

#include <getopt.h>
#include <stdio.h>

enum {
	OPT_CONFIG,
	OPT_DIR,
	OPT_OUT,
	OPT_ISSUER,
	OPT_SECRETS,
	OPT_SECRETS_GROUP,
};

static const struct keyring_option options[] = {
	[OPT_CONFIG] = { "config", "FILE", "settings; options win over it" },
	[OPT_DIR] = { "dir", "DIR", "the keyring's folder" },
	[OPT_OUT] = { "out", "WEBROOT",
		"the folder that the issuer's URL shows" },
	[OPT_ISSUER] = { "issuer", "URL", "default: as said at init" },
	[OPT_SECRETS] = { "secrets", "FOLDER",
		"HMAC secrets as files: current, next, older-1, ..." },
	[OPT_SECRETS_GROUP] = { "secrets-group", "GROUP",
		"who may read them beside their owner" },
	{ NULL, NULL, NULL },
};

static bool
take(struct settings *settings, int option)
{
	char **const texts[] = {
		[OPT_DIR] = &settings->dir,
		[OPT_OUT] = &settings->out,
		[OPT_ISSUER] = &settings->issuer,
		[OPT_SECRETS] = &settings->secrets,
		[OPT_SECRETS_GROUP] = &settings->secrets_group,
	};

	return option == OPT_CONFIG || settings_set(texts[option], optarg);
}

static enum keyring_exit
parse(struct settings *settings, int argc, char **argv)
{
	enum keyring_exit status = KEYRING_DONE;
	int option;

	while ((option = command_next_option(&command_publish, argc, argv)) >=
		0)
		if (option == OPT_CONFIG && status == KEYRING_DONE)
			status = command_settings(
				&command_publish, optarg, settings);
	if (option == OPTION_BAD || status != KEYRING_DONE)
		return KEYRING_USAGE;
	optind = 0;
	while ((option = command_next_option(&command_publish, argc, argv)) >=
		0)
		if (!take(settings, option))
			return KEYRING_FAILED;
	if (settings->dir == NULL || optind < argc ||
		(settings->out == NULL && settings->secrets == NULL))
		return command_usage(&command_publish,
			"--dir DIR and --out WEBROOT or --secrets FOLDER are "
			"needed, and nothing but options");
	if (settings->issuer != NULL && !issuer_is_valid(settings->issuer))
		return command_usage(&command_publish,
			"--issuer: an https URL without ? and #");
	return KEYRING_DONE;
}

static enum jwt_reason
publish(const struct settings *settings, const struct places *places,
	struct report *r)
{
	JWT_AUTO(keyring) keyring = { .fd = -1 };

	JWT_TRY(keyring_open(settings->dir, KEYRING_READ, &keyring, r));
	return places_write(&keyring, places, r);
}

static enum keyring_exit
run(int argc, char **argv)
{
	JWT_AUTO(settings) settings = settings_new();
	struct places places;
	struct report r = { 0 };
	enum keyring_exit status;

	if (settings == NULL)
		return KEYRING_FAILED;
	status = parse(settings, argc, argv);
	if (status != KEYRING_DONE)
		return status;
	places = (struct places){ .out = settings->out,
		.issuer = settings->issuer,
		.secrets = settings->secrets };
	if (!command_group(&command_publish, settings->secrets_group,
		    &places.secrets_group))
		return KEYRING_USAGE;
	if (publish(settings, &places, &r) != JWT_OK)
		return command_failed(&command_publish, &r);
	return KEYRING_DONE;
}

const struct keyring_command command_publish = { "publish", "",
	"Writes the discovery document and the JWKS for a web server, and "
	"HMAC secrets as files",
	options, run };
