/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl keys show: the keys that each issuer's tokens are checked with
 * on this host, how old they are, and how fetching them goes. The cache was
 * written by a process that talks to the network: it is read as an
 * unprivileged user.
 */
#include "keys_common.h"

#include "base/clock.h"
#include "privileges.h"

#include <stdio.h>

/* False: out of memory. */
static bool
show_one(struct keys_shown *shown, const struct keys_options *o, json_t *list)
{
	struct fetcher_said said = { 0 };
	bool fetched = keys_are_fetched(shown->issuer);

	if (fetched)
		keys_ask_status(o->socket, shown->issuer->name, &said);
	if (o->json)
		return json_array_append_new(list,
			       keys_to_json(shown, fetched ? &said : NULL)) ==
		       0;
	keys_print_table(shown, fetched ? &said : NULL);
	return true;
}

static enum ctl_exit
show_all(const struct jwt_config *config, const struct issuer_config *only,
	const struct keys_options *o)
{
	JWT_AUTO(json) list = json_array();
	enum ctl_exit status = CTL_YES;
	int64_t now = clock_now();

	for (size_t i = 0; i < config->issuer_count; i++) {
		struct keys_shown shown = { .issuer = &config->issuer[i],
			.now = now };

		if (only != NULL && only != shown.issuer)
			continue;
		keys_read(o->cache_dir, &shown);
		if (!keys_usable(&shown))
			status = CTL_NO;
		if (!show_one(&shown, o, list))
			status = CTL_FAILED;
		keys_shown_clear(&shown);
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
	const struct issuer_config *only = NULL;
	JWT_AUTO(config) config = NULL;
	struct keys_options options;
	enum ctl_exit status = keys_parse_options(
		argc, argv, "jds", 0, 1, "[ISSUER]", &options);

	if (status != CTL_YES ||
		!keys_begin(USER_CHECK, &options, &config, &status))
		return status;
	if (options.count > 0 &&
		(only = keys_find_issuer(config, options.words[0])) == NULL)
		return CTL_USAGE;
	return show_all(config, only, &options);
}
