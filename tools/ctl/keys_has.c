/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl keys has: would a login on this host know a key? For a rotation
 * that waits until every host has the next key.
 */
#include "keys_common.h"

#include "base/clock.h"
#include "privileges.h"

#include <stdio.h>

static bool
serves(const struct issuer_config *issuer, const struct jwk *key)
{
	for (enum jws_alg alg = 0; alg < JWS_ALG_COUNT; alg++)
		if ((issuer->algorithms & JWS_ALG_BIT(alg)) != 0 &&
			jwk_allows(key, alg))
			return true;
	return false;
}

/* Secrets have no kid: of these it says no. */
static bool
has(const struct issuer_config *issuer, struct slice kid, const char *dir)
{
	struct keys_shown shown = { .issuer = issuer, .now = clock_now() };
	bool found = false;

	if (issuer->secret_files.count > 0)
		return false;
	keys_read(dir, &shown);
	for (size_t i = 0; keys_usable(&shown) && i < jwks_count(shown.keys);
		i++) {
		const struct jwk *key = jwks_at(shown.keys, i);

		if (slice_equal(jwk_kid(key), kid) && serves(issuer, key))
			found = true;
	}
	keys_shown_clear(&shown);
	return found;
}

/* The fetcher is asked as a login asks it: at most once a cooldown it asks
 * the issuer. */
static bool
look(const struct issuer_config *issuer, struct slice kid,
	const struct keys_options *o)
{
	if (has(issuer, kid, o->cache_dir))
		return true;
	return o->refresh && keys_are_fetched(issuer) &&
	       keys_ask_refresh(
		       o->socket, issuer->name, kid, KEYS_RENEW_MS, NULL) &&
	       has(issuer, kid, o->cache_dir);
}

enum ctl_exit
ctl_keys_has(int argc, char **argv)
{
	const struct issuer_config *only = NULL;
	JWT_AUTO(config) config = NULL;
	struct keys_options options;
	struct slice kid;
	enum ctl_exit status = keys_parse_options(
		argc, argv, "rds", 1, 2, "KID [ISSUER]", &options);

	if (status != CTL_YES)
		return status;
	kid = slice_of_string(options.words[0]);
	if (kid.len == 0 || kid.len > JWK_KID_MAX)
		return ctl_usage("a kid has 1 to %d bytes", JWK_KID_MAX);
	if (!keys_begin(USER_CHECK, &options, &config, &status))
		return status;
	if (options.count > 1 &&
		(only = keys_find_issuer(config, options.words[1])) == NULL)
		return CTL_USAGE;
	status = CTL_NO;
	for (size_t i = 0; i < config->issuer_count; i++)
		if ((only == NULL || only == &config->issuer[i]) &&
			look(&config->issuer[i], kid, &options)) {
			printf("%s has it\n", config->issuer[i].name);
			status = CTL_YES;
		}
	if (status == CTL_NO)
		puts("not here");
	return status;
}
