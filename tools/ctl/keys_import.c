/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl keys import: a JWKS that was carried here becomes an issuer's
 * cache, as if it had been fetched now. The file is opened by whoever calls,
 * and read as the user who owns the cache.
 */
#include "keys_common.h"

#include "base/clock.h"
#include "freshness.h"
#include "privileges.h"
#include "usable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Nothing of it is read here. O_NONBLOCK: a FIFO must not hang us. */
static int
open_file(const char *path)
{
	int fd = strcmp(path, "-") == 0
			 ? dup(STDIN_FILENO)
			 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
					      O_NOCTTY);

	if (fd < 0)
		(void)ctl_fail(CTL_FAILED, "%s: %s", path, strerror(errno));
	return fd;
}

/* The cache can be read by more than who may hold a private key. */
static enum jwt_reason
refuse_private(const struct json_node *jwks, struct report *r)
{
	const struct json_node *keys = json_member(jwks, "keys"), *key;

	json_each (key, keys)
		if (json_member(key, "d") != NULL ||
			json_member(key, "k") != NULL)
			return report(r, JWT_KEYS_UNAVAILABLE,
				"it holds a private key or a secret: only "
				"public keys belong here");
	return JWT_OK;
}

static enum jwt_reason
read_jwks(int fd, const char *path, const struct issuer_config *issuer,
	struct key_cache *out, struct jwks **keys, struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(JWKS_MAX);
	struct report skipped = { "" };

	if (file_read_fd(fd, path, &text, r) != FILE_OK)
		return JWT_KEYS_UNAVAILABLE;
	JWT_TRY(key_cache_set_jwks(out, buffer_slice(&text), r));
	JWT_TRY(refuse_private(out->jwks, r));
	JWT_TRY(usable_keys(issuer, out->jwks, keys, &skipped, r));
	if (skipped.text[0] != '\0')
		fprintf(stderr, "left out: %s\n", skipped.text);
	return JWT_OK;
}

static enum jwt_reason
store(const struct issuer_config *issuer, const char *dir,
	struct key_cache *cache, struct report *r)
{
	int64_t max_stale = issuer->fetch.max_stale;
	uid_t owner;

	JWT_TRY(key_cache_owner(dir, &owner, r));
	if (owner != geteuid())
		return report(r, JWT_KEYS_UNAVAILABLE,
			"%s: belongs to uid %u, not to us (%u)", dir,
			(unsigned)owner, (unsigned)geteuid());
	cache->fetched_at = clock_now();
	cache->stale_until = cache->fetched_at + max_stale;
	cache->fresh_until = cache->fetched_at +
			     (max_stale < FRESH_MAX ? max_stale : FRESH_MAX);
	cache->issuer = slice_to_string(slice_of_string(issuer->issuer));
	if (cache->issuer == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	return key_cache_store(dir, issuer->name, cache, r)
		       ? JWT_OK
		       : JWT_KEYS_UNAVAILABLE;
}

static enum ctl_exit
import(int fd, const struct keys_options *o, const struct issuer_config *issuer)
{
	JWT_AUTO(key_cache) cache = { 0 };
	JWT_AUTO(jwks) keys = NULL;
	struct report r = { "" };
	char until[32] = "";
	struct tm tm;
	time_t end;

	if (!keys_are_fetched(issuer))
		return ctl_fail(CTL_USAGE,
			"%s: its keys come from jwks_file or secret_files, "
			"not from the cache",
			issuer->name);
	if (read_jwks(fd, o->words[1], issuer, &cache, &keys, &r) != JWT_OK)
		return ctl_fail(CTL_NO, "%s: %s", o->words[1], r.text);
	if (store(issuer, o->cache_dir, &cache, &r) != JWT_OK)
		return ctl_fail(CTL_FAILED, "%s", r.text);
	end = (time_t)cache.stale_until;
	if (gmtime_r(&end, &tm) != NULL)
		strftime(until, sizeof(until), "%Y-%m-%d %H:%M:%SZ", &tm);
	printf("%s: %zu key%s, which serve until %s\n", issuer->name,
		jwks_count(keys), jwks_count(keys) == 1 ? "" : "s", until);
	return CTL_YES;
}

enum ctl_exit
ctl_keys_import(int argc, char **argv)
{
	const struct issuer_config *issuer;
	JWT_AUTO(config) config = NULL;
	struct keys_options options;
	enum ctl_exit status = keys_parse_options(
		argc, argv, "d", 2, 2, "ISSUER FILE", &options);

	if (status != CTL_YES)
		return status;
	JWT_AUTO(fd) fd = open_file(options.words[1]);
	if (fd < 0)
		return CTL_FAILED;
	umask(022); /* checkers read the cache as "others" */
	if (!keys_begin(USER_FETCH, &options, &config, &status))
		return status;
	issuer = keys_find_issuer(config, options.words[0]);
	return issuer != NULL ? import(fd, &options, issuer) : CTL_USAGE;
}
