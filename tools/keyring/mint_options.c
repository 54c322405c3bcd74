/* SPDX-License-Identifier: ISC */
/* mint's command line. */
#include "mint_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

enum {
	OPT_DIR,
	OPT_CREDENTIALS,
	OPT_ISSUER,
	OPT_SUBJECT,
	OPT_AUDIENCE,
	OPT_LIFETIME,
	OPT_SCOPE,
	OPT_CLAIM,
	OPT_CNF,
	OPT_KID,
	OPT_TYP,
	OPT_JTI,
	OPT_CLIENT_ID,
	OPT_ISSUED_AT,
	OPT_EXPIRES_AT,
	OPT_NOT_BEFORE,
	OPT_SECRET_FILE,
	OPT_ALG,
};

const struct keyring_option mint_options[] = {
	[OPT_DIR] = { "dir", "DIR", "the keyring's folder" },
	[OPT_CREDENTIALS] = { "credentials", "FOLDER",
		"systemd's, with keyring.json and signing, in place of it" },
	[OPT_ISSUER] = { "issuer", "URL", "iss; default: as said at init" },
	[OPT_SUBJECT] = { "subject", "TEXT", "sub" },
	[OPT_AUDIENCE] = { "audience", "TEXT", "aud; may be given again" },
	[OPT_LIFETIME] = { "lifetime", "SECONDS", "exp - iat; default 900" },
	[OPT_SCOPE] = { "scope", "TEXT", "scope, as in \"ssh sudo\"" },
	[OPT_CLAIM] = { "claim", "NAME=TEXT|NAME:=JSON",
		"any other claim; wins over the ones above" },
	[OPT_CNF] = { "cnf", "KEY.pub", "bind the token to this SSH key" },
	[OPT_KID] = { "kid", "KID", "sign with this key, not the current" },
	[OPT_TYP] = { "typ", "TEXT", "the header's typ; default at+jwt" },
	[OPT_JTI] = { "jti", "TEXT", "default auto: a random one" },
	[OPT_CLIENT_ID] = { "client-id", "TEXT", "default jwt-keyring" },
	[OPT_ISSUED_AT] = { "issued-at", "TIME",
		"iat and auth_time, seconds since 1970; default now" },
	[OPT_EXPIRES_AT] = { "expires-at", "TIME",
		"exp, in place of "
		"--lifetime" },
	[OPT_NOT_BEFORE] = { "not-before", "TIME", "nbf; default none" },
	[OPT_SECRET_FILE] = { "secret-file", "FILE",
		"sign with this HMAC secret, without a keyring" },
	[OPT_ALG] = { "alg", "ALG", "with --secret-file; default HS256" },
	{ NULL, NULL, NULL },
};

static bool
take_number(const char *option, int64_t max, int64_t *out)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(optarg, &end, 10);
	if (errno == 0 && end != optarg && *end == '\0' && value >= 0 &&
		value <= max) {
		*out = value;
		return true;
	}
	command_usage(&command_mint, "--%s: a number from 0 to %lld", option,
		(long long)max);
	return false;
}

static bool
take_text(struct mint_settings *s, int option)
{
	const char **const texts[] = {
		[OPT_DIR] = &s->dir,
		[OPT_CREDENTIALS] = &s->credentials,
		[OPT_ISSUER] = &s->issuer,
		[OPT_SUBJECT] = &s->subject,
		[OPT_SCOPE] = &s->scope,
		[OPT_CNF] = &s->cnf_file,
		[OPT_KID] = &s->kid,
		[OPT_TYP] = &s->typ,
		[OPT_JTI] = &s->jti,
		[OPT_CLIENT_ID] = &s->client_id,
		[OPT_SECRET_FILE] = &s->secret_file,
		[OPT_ALG] = &s->alg_name,
	};

	*texts[option] = optarg;
	return true;
}

static bool
take(struct mint_settings *s, int option)
{
	const char *name = mint_options[option].name;

	switch (option) {
	case OPT_AUDIENCE:
		if (json_array_append_new(s->audience, json_string(optarg)) ==
			0)
			return true;
		command_usage(&command_mint, "--audience is not UTF-8");
		return false;
	case OPT_CLAIM:
		return mint_take_claim(s, optarg);
	case OPT_LIFETIME:
		return take_number(name, MINT_LIFETIME_MAX, &s->lifetime);
	case OPT_ISSUED_AT:
		return take_number(name, MINT_TIME_MAX, &s->issued_at);
	case OPT_EXPIRES_AT:
		return take_number(name, MINT_TIME_MAX, &s->expires_at);
	case OPT_NOT_BEFORE:
		return take_number(name, MINT_TIME_MAX, &s->not_before);
	default:
		return take_text(s, option);
	}
}

/* A secret has no keyring around it; everything else has. */
static enum keyring_exit
check_signer(struct mint_settings *s)
{
	if ((s->dir != NULL) + (s->credentials != NULL) +
			(s->secret_file != NULL) !=
		1)
		return command_usage(&command_mint,
			"one of --dir DIR, --credentials FOLDER and "
			"--secret-file FILE is needed");
	if (s->credentials != NULL && s->kid != NULL)
		return command_usage(&command_mint,
			"--credentials has the current key only, no --kid");
	if (s->secret_file == NULL) {
		if (s->alg_name != NULL)
			return command_usage(&command_mint,
				"--alg goes with --secret-file; a key of the "
				"keyring has its own");
		return KEYRING_DONE;
	}
	if (s->issuer == NULL || s->kid != NULL)
		return command_usage(&command_mint,
			"--secret-file needs --issuer and knows no --kid");
	if (s->alg_name != NULL &&
		!command_any_alg(&command_mint, s->alg_name, &s->alg))
		return KEYRING_USAGE;
	if (jws_alg_info(s->alg)->family != JWS_HMAC)
		return command_usage(&command_mint,
			"--secret-file goes with HS256, HS384 or HS512");
	return KEYRING_DONE;
}

static enum keyring_exit
check(struct mint_settings *s)
{
	if (s->subject == NULL || json_array_size(s->audience) == 0)
		return command_usage(
			&command_mint, "--subject and --audience are needed");
	if (s->issuer != NULL && !issuer_is_valid(s->issuer))
		return command_usage(&command_mint,
			"--issuer: an https URL without ? and #");
	if (s->expires_at != MINT_NO_TIME && s->lifetime != MINT_NO_TIME)
		return command_usage(&command_mint,
			"--expires-at and --lifetime exclude each other");
	if (s->lifetime == MINT_NO_TIME)
		s->lifetime = MINT_LIFETIME;
	return check_signer(s);
}

enum keyring_exit
mint_parse(struct mint_settings *s, int argc, char **argv)
{
	int option;

	while ((option = command_next_option(&command_mint, argc, argv)) >= 0)
		if (!take(s, option))
			return KEYRING_USAGE;
	if (option == OPTION_BAD)
		return KEYRING_USAGE;
	if (optind < argc)
		return command_usage(
			&command_mint, "\"%s\" is not an option", argv[optind]);
	return check(s);
}
