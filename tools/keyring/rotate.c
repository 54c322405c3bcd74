/* SPDX-License-Identifier: ISC */
/* rotate: the command line. rotation.h does it. */
#include "rotation.h"

#include "config/config_read.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum {
	OPT_CONFIG,
	OPT_DIR,
	OPT_OUT,
	OPT_ISSUER,
	OPT_SECRETS,
	OPT_ALG,
	OPT_NEXT_KEY,
	OPT_IF_OLDER_THAN,
	OPT_IF_DUE,
	OPT_VERIFIER,
	OPT_CA_FILE,
	OPT_WAIT,
	OPT_PUBLISH_AHEAD,
	OPT_TOKEN_LIFETIME,
	OPT_HOOK,
	OPT_HOOK_DIR,
	OPT_COMPROMISED,
	OPT_DROP_OLD,
	OPT_DRY_RUN,
	OPT_VERBOSE,
};

static const struct keyring_option options[] = {
	[OPT_CONFIG] = { "config", "FILE", "settings; options win over it" },
	[OPT_DIR] = { "dir", "DIR", "the keyring's folder" },
	[OPT_OUT] = { "out", "WEBROOT", "publish to here at each step" },
	[OPT_ISSUER] = { "issuer", "URL", "default: as said at init" },
	[OPT_SECRETS] = { "secrets", "FOLDER", "HMAC secrets as files" },
	[OPT_ALG] = { "alg", "ALG", "for the new key; default: as the old" },
	[OPT_NEXT_KEY] = { "next-key", "FILE",
		"a private key (PEM) or a secret to take for the next one" },
	[OPT_IF_OLDER_THAN] = { "if-older-than", "AGE",
		"a new key only if the current one signs for so long" },
	[OPT_IF_DUE] = { "if-due", NULL,
		"the same, with rotate_after of the settings" },
	[OPT_VERIFIER] = { "verifier", "URL",
		"a JWKS that must have the key first; may be given again" },
	[OPT_CA_FILE] = { "ca-file", "PEM", "for the --verifier behind it" },
	[OPT_WAIT] = { "wait", "DURATION", "for verifiers; default 1d" },
	[OPT_PUBLISH_AHEAD] = { "publish-ahead", "DURATION",
		"the key is public at least so long before it signs" },
	[OPT_TOKEN_LIFETIME] = { "token-lifetime", "DURATION",
		"the longest of any signer; remembered; default 1d" },
	[OPT_HOOK] = { "hook", "PROGRAM",
		"run after each step: EVENT KID DIR OUT" },
	[OPT_HOOK_DIR] = { "hook-dir", "FOLDER", "all programs in there" },
	[OPT_COMPROMISED] = { "compromised", NULL,
		"the current key, or KID, was stolen: out with it, now" },
	[OPT_DROP_OLD] = { "drop-old", NULL,
		"first drop the keys that were retiring before" },
	[OPT_DRY_RUN] = { "dry-run", NULL, "say what would be done" },
	[OPT_VERBOSE] = { "verbose", NULL, "say what is done" },
	{ NULL, NULL, NULL },
};

struct line {
	const char *config, *alg, *ca_file;
	int64_t older_than; /* seconds; 0: not said */
	bool if_due, dry_run;
};

static char **
text_of(struct settings *settings, int option)
{
	switch (option) {
	case OPT_DIR:
		return &settings->dir;
	case OPT_OUT:
		return &settings->out;
	case OPT_ISSUER:
		return &settings->issuer;
	case OPT_SECRETS:
		return &settings->secrets;
	case OPT_HOOK_DIR:
		return &settings->hook_dir;
	default:
		return NULL;
	}
}

static int64_t *
duration_of(struct settings *settings, struct line *line, int option)
{
	switch (option) {
	case OPT_IF_OLDER_THAN:
		return &line->older_than;
	case OPT_WAIT:
		return &settings->wait.deadline;
	case OPT_PUBLISH_AHEAD:
		return &settings->publish_ahead;
	case OPT_TOKEN_LIFETIME:
		return &settings->token_lifetime;
	default:
		return NULL;
	}
}

static bool
add_verifier(struct settings *settings, const char *ca_file)
{
	if (!config_is_https_url(optarg)) {
		command_usage(&command_rotate, "--verifier: an https URL");
		return false;
	}
	return settings_add_url(settings, optarg, ca_file);
}

static bool
add_hook(struct settings *settings)
{
	if (!config_is_absolute_path(optarg)) {
		command_usage(&command_rotate, "--hook: an absolute path");
		return false;
	}
	return settings_add_hook(settings, optarg);
}

static bool
take_flag(struct rotation *rotation, struct line *line, int option)
{
	switch (option) {
	case OPT_ALG:
		line->alg = optarg;
		return true;
	case OPT_NEXT_KEY:
		rotation->file = optarg;
		return true;
	case OPT_CA_FILE:
		line->ca_file = optarg;
		return true;
	case OPT_IF_DUE:
		line->if_due = true;
		return true;
	case OPT_COMPROMISED:
		rotation->compromised = true;
		return true;
	case OPT_DROP_OLD:
		rotation->drop_old = true;
		return true;
	case OPT_DRY_RUN:
		line->dry_run = true;
		return true;
	default:
		rotation->verbose = true;
		return true;
	}
}

static bool
take(struct rotation *rotation, struct settings *settings, struct line *line,
	int option)
{
	char **text = text_of(settings, option);
	int64_t *duration = duration_of(settings, line, option);

	if (option == OPT_CONFIG)
		return true; /* read before all others */
	if (text != NULL)
		return settings_set(text, optarg);
	if (duration != NULL)
		return command_duration(&command_rotate, options[option].name,
			optarg, duration);
	if (option == OPT_VERIFIER)
		return add_verifier(settings, line->ca_file);
	if (option == OPT_HOOK)
		return add_hook(settings);
	return take_flag(rotation, line, option);
}

static enum keyring_exit
check(struct rotation *rotation, struct settings *settings, struct line *line)
{
	const char *alg = line->alg != NULL ? line->alg : settings->algorithm;

	if (settings->dir == NULL)
		return command_usage(&command_rotate,
			"--dir DIR or --config FILE is needed");
	if (settings->issuer != NULL && !issuer_is_valid(settings->issuer))
		return command_usage(&command_rotate,
			"--issuer: an https URL without ? and #");
	if (line->if_due && settings->rotate_after == 0)
		return command_usage(&command_rotate,
			"--if-due needs rotate_after in the settings");
	rotation->has_alg = alg != NULL;
	if (alg != NULL &&
		!command_any_alg(&command_rotate, alg, &rotation->alg))
		return KEYRING_USAGE;
	rotation->older_than = line->older_than;
	if (line->if_due && line->older_than == 0)
		rotation->older_than = settings->rotate_after;
	rotation->places = (struct places){ .out = settings->out,
		.issuer = settings->issuer,
		.secrets = settings->secrets,
		.only_changes = true };
	if (!command_group(&command_rotate, settings->secrets_group,
		    &rotation->places.secrets_group))
		return KEYRING_USAGE;
	return KEYRING_DONE;
}

/* The file is read first, so that options win wherever they stand. */
static enum keyring_exit
read_config(int argc, char **argv, struct settings *settings,
	struct rotation *rotation)
{
	enum keyring_exit status = KEYRING_DONE;
	int option;

	while ((option = command_next_option(&command_rotate, argc, argv)) >= 0)
		if (option == OPT_CONFIG && status == KEYRING_DONE) {
			status = command_settings(
				&command_rotate, optarg, settings);
			rotation->verbose = true;
		}
	optind = 0;
	return option == OPTION_BAD ? KEYRING_USAGE : status;
}

static enum keyring_exit
parse(struct rotation *rotation, struct settings *settings, struct line *line,
	int argc, char **argv)
{
	enum keyring_exit status = read_config(argc, argv, settings, rotation);
	int option;

	if (status != KEYRING_DONE)
		return status;
	while ((option = command_next_option(&command_rotate, argc, argv)) >= 0)
		if (!take(rotation, settings, line, option))
			return KEYRING_USAGE;
	if (optind < argc && rotation->compromised)
		rotation->kid = argv[optind++];
	if (optind < argc)
		return command_usage(&command_rotate,
			"\"%s\": nothing but options is taken", argv[optind]);
	return check(rotation, settings, line);
}

static enum keyring_exit
run(int argc, char **argv)
{
	JWT_AUTO(settings) settings = settings_new();
	JWT_AUTO(fd) lock = -1;
	struct rotation rotation = { .settings = settings };
	struct line line = { 0 };
	struct report r = { 0 };
	enum keyring_exit status;

	if (settings == NULL)
		return KEYRING_FAILED;
	status = parse(&rotation, settings, &line, argc, argv);
	if (status != KEYRING_DONE)
		return status;
	if (line.dry_run) {
		status = rotation_dry_run(&rotation, &r);
	} else {
		status = rotation_lock(
			settings->dir, rotation.compromised, &lock, &r);
		if (status == KEYRING_DONE)
			status = rotation_run(&rotation, &r);
	}
	if (status != KEYRING_DONE)
		command_failed(&command_rotate, &r);
	return status;
}

const struct keyring_command command_rotate = { "rotate", "[KID]",
	"Publishes a new key, waits until verifiers have it, signs with it, "
	"and prints its kid; the old one retires",
	options, run };
