/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl keys show: the keys that each issuer's tokens are checked with
 * on this host, and how old they are. The cache was written by a process
 * that talks to the network: it is read as an unprivileged user.
 */
#include "ctl.h"

#include "base/clock.h"
#include "keys_show.h"
#include "sandbox.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

struct options {
	bool json;
	const char *config, *cache_dir;
};

static enum ctl_exit
parse_options(int argc, char **argv, struct options *o)
{
	static const struct option long_options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "config", required_argument, NULL, 'c' },
		{ "cache-dir", required_argument, NULL, 'd' },
		{ 0 },
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (c == 'j')
			o->json = true;
		else if (c == 'c')
			o->config = optarg;
		else if (c == 'd')
			o->cache_dir = optarg;
		else
			return ctl_bad_option(argv);
	}
	if (optind < argc)
		return ctl_usage("keys show takes options only");
	return CTL_YES;
}

const char *
keys_state(const struct keys_shown *shown)
{
	if (shown->keys == NULL)
		return "unavailable";
	if (shown->cache.issuer == NULL)
		return "from a file";
	if (shown->now <= shown->cache.fresh_until)
		return "fresh";
	return shown->now <= shown->cache.stale_until ? "stale" : "too old";
}

bool
keys_usable(const struct keys_shown *shown)
{
	return shown->keys != NULL && jwks_count(shown->keys) > 0 &&
	       (shown->cache.issuer == NULL ||
		       shown->now <= shown->cache.stale_until);
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

static void
read_keys(const char *dir, struct keys_shown *out)
{
	const struct keys_places places = { .cache_dir = dir };
	const struct issuer_config *issuer = out->issuer;
	enum jwt_reason reason;

	if (issuer->jwks_file != NULL || issuer->secret_files.count > 0)
		reason = keys_for_token(issuer, &places, slice_of(NULL, 0),
			out->now, &out->keys, &out->report);
	else
		reason = read_cache(dir, out);
	if (reason != JWT_OK)
		report(&out->report, reason, "%s", jwt_reason_name(reason));
}

static enum ctl_exit
show_all(const struct jwt_config *config, const struct options *o)
{
	const char *dir = o->cache_dir != NULL ? o->cache_dir : JWT_CACHE_DIR;
	JWT_AUTO(json) list = json_array();
	enum ctl_exit status = CTL_YES;
	int64_t now = clock_now();

	for (size_t i = 0; i < config->issuer_count; i++) {
		struct keys_shown shown = { .issuer = &config->issuer[i],
			.now = now };

		read_keys(dir, &shown);
		if (!keys_usable(&shown))
			status = CTL_NO;
		if (!o->json)
			keys_print_table(&shown);
		else if (json_array_append_new(list, keys_to_json(&shown)) != 0)
			status = CTL_FAILED;
		jwks_free(shown.keys);
		key_cache_clear(&shown.cache);
	}
	if (o->json && json_dumpf(list, stdout, JSON_INDENT(2)) == 0)
		putchar('\n');
	if (!o->json && config->issuer_count == 0)
		puts("No issuer is configured.");
	return status;
}

enum ctl_exit
ctl_keys_show(int argc, char **argv)
{
	struct options options = { 0 };
	enum ctl_exit status = parse_options(argc, argv, &options);
	JWT_AUTO(config) config = NULL;
	struct config_error error = { "" };
	struct report r = { "" };

	if (status != CTL_YES)
		return status;
	if (!ctl_drop_privileges(false))
		return CTL_FAILED;
	if (config_load(options.config != NULL ? options.config
					       : CONFIG_DEFAULT_PATH,
		    &config, &error) != JWT_OK) {
		fprintf(stderr, "%s\n", error.text);
		return CTL_USAGE;
	}
	sandbox_start_crypto();
	if (sandbox_enter(&r) != JWT_OK)
		return ctl_fail(CTL_FAILED, "%s", r.text);
	return show_all(config, &options);
}
