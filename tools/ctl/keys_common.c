/* SPDX-License-Identifier: ISC */
/*
 * What the keys subcommands have in common: their options, who they become,
 * and the keys that a login would find.
 */
#include "keys_common.h"

#include "privileges.h"
#include "sandbox.h"
#include "schedule.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum ctl_exit
keys_parse_options(int argc, char **argv, const char *allowed, int least,
	int most, const char *usage, struct keys_options *o)
{
	static const struct option long_options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "refresh", no_argument, NULL, 'r' },
		{ "config", required_argument, NULL, 'c' },
		{ "cache-dir", required_argument, NULL, 'd' },
		{ "socket", required_argument, NULL, 's' },
		{ 0 },
	};
	int c;

	*o = (struct keys_options){ .config = CONFIG_DEFAULT_PATH,
		.cache_dir = JWT_CACHE_DIR,
		.socket = JWT_FETCH_RUN_DIR "/fetch.sock" };
	opterr = 0;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (c != 'c' && strchr(allowed, c) == NULL)
			return ctl_bad_option(argv);
		o->json = o->json || c == 'j';
		o->refresh = o->refresh || c == 'r';
		if (c == 'c')
			o->config = optarg;
		else if (c == 'd')
			o->cache_dir = optarg;
		else if (c == 's')
			o->socket = optarg;
	}
	o->words = argv + optind;
	o->count = argc - optind;
	if (o->count < least || o->count > most)
		return ctl_usage(
			"usage: jwtauthctl keys %s %s", argv[0], usage);
	return CTL_YES;
}

bool
keys_begin(const char *user, const struct keys_options *o,
	struct jwt_config **config, enum ctl_exit *status)
{
	struct config_error error = { "" };
	struct report r = { "" };

	*status = CTL_FAILED;
	if (privileges_drop_to(user, &r) != JWT_OK) {
		(void)ctl_fail(CTL_FAILED, "%s", r.text);
		return false;
	}
	if (config_load(o->config, config, &error) != JWT_OK) {
		fprintf(stderr, "%s\n", error.text);
		*status = CTL_USAGE;
		return false;
	}
	sandbox_start_crypto();
	if (sandbox_enter(&r) != JWT_OK) {
		(void)ctl_fail(CTL_FAILED, "%s", r.text);
		return false;
	}
	return true;
}

const struct issuer_config *
keys_find_issuer(const struct jwt_config *config, const char *name)
{
	const struct issuer_config *found = config_issuer_by_name(config, name);

	if (found != NULL)
		return found;
	(void)ctl_fail(CTL_USAGE, "no issuer \"%.64s\" is configured", name);
	for (size_t i = 0; i < config->issuer_count; i++)
		fprintf(stderr, "%s %s%s", i == 0 ? "There is:" : ",",
			config->issuer[i].name,
			i + 1 == config->issuer_count ? "\n" : "");
	return NULL;
}

bool
keys_are_fetched(const struct issuer_config *issuer)
{
	return issuer->jwks_file == NULL && issuer->secret_files.count == 0;
}

static enum jwt_reason
read_cache(const char *dir, struct keys_shown *out)
{
	const struct issuer_config *issuer = out->issuer;
	uid_t owner;

	JWT_TRY(key_cache_owner(dir, &owner, &out->report));
	JWT_TRY(key_cache_load(dir, issuer->name, issuer->issuer, owner,
		&out->cache, &out->report));
	return jwks_from_json(out->cache.jwks, &out->keys, &out->report);
}

void
keys_read(const char *dir, struct keys_shown *out)
{
	const struct keys_places places = { .cache_dir = dir };
	enum jwt_reason reason;

	if (keys_are_fetched(out->issuer))
		reason = read_cache(dir, out);
	else
		reason = keys_for_token(out->issuer, &places, slice_of(NULL, 0),
			out->now, &out->keys, &out->report);
	if (reason == JWT_OK)
		reason = jwks_import(out->keys, &out->report);
	if (reason != JWT_OK)
		report(&out->report, reason, "%s", jwt_reason_name(reason));
}

void
keys_shown_clear(struct keys_shown *shown)
{
	jwks_free(shown->keys);
	key_cache_clear(&shown->cache);
	shown->keys = NULL;
}

const char *
keys_state(const struct keys_shown *shown)
{
	if (shown->keys == NULL)
		return "unavailable";
	if (shown->cache.issuer == NULL)
		return "from a file";
	if (cache_from_the_future(&shown->cache, shown->now))
		return "from the future";
	switch (cache_staleness(&shown->cache, shown->now)) {
	case STALENESS_FRESH:
		return "fresh";
	case STALENESS_OVER:
		return "too old";
	default:
		return "stale";
	}
}

const char *
keys_warning(const struct keys_shown *shown)
{
	static const char *const words[] = { [STALENESS_FRESH] = NULL,
		[STALENESS_STALE] = "not renewed in time; they serve until "
				    "they are too old",
		[STALENESS_SERIOUS] = "NOT RENEWED for so long that less than "
				      "half of their time is left",
		[STALENESS_CRITICAL] = "SOON NO TOKEN WILL BE TAKEN: not "
				       "renewed, and nearly too old",
		[STALENESS_OVER] = "NO TOKEN IS TAKEN: too old" };

	if (shown->keys == NULL)
		return "NO TOKEN IS TAKEN: no keys";
	if (shown->cache.issuer == NULL)
		return NULL;
	if (cache_from_the_future(&shown->cache, shown->now))
		return "fetched in the future: was the clock set back? see: "
		       "timedatectl";
	return words[cache_staleness(&shown->cache, shown->now)];
}

bool
keys_usable(const struct keys_shown *shown)
{
	return shown->keys != NULL && jwks_count(shown->keys) > 0 &&
	       (shown->cache.issuer == NULL ||
		       shown->now <= shown->cache.stale_until);
}
