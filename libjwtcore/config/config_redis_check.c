/* SPDX-License-Identifier: ISC */
/*
 * What the settings of revocation.redis owe each other: which of them stand
 * together, and what no default can give.
 */
#include "config/config_read.h"

#include <string.h>

/* The group, and what was read from it. */
struct group {
	const config_setting_t *setting;
	const struct redis_config *config;
};

/* "redis.NAME" in "revocation" SAYS, at its own line if it has one. */
static enum jwt_reason
fail_at(struct config_reader *reader, const struct group *group,
	const char *name, const char *says)
{
	return config_fail(reader, config_member_or(group->setting, name),
		"\"redis.%s\"%s %s", name, reader->where, says);
}

static enum jwt_reason
fail_missing(struct config_reader *reader, const struct group *group,
	const char *name, const char *expected)
{
	return config_fail(reader, group->setting,
		"\"redis.%s\" is missing%s, expected %s", name, reader->where,
		expected);
}

/* Which servers: one way to say it, not two that disagree. */
static enum jwt_reason
check_one_source(struct config_reader *reader, const struct group *group)
{
	static const char *const source[] = { "address", "addresses",
		"sentinel" };
	unsigned count = 0;

	for (size_t i = 0; i < JWT_COUNT(source); i++)
		count += config_has(group->setting, source[i]);
	if (count == 0)
		return fail_missing(reader, group, "address",
			"\"unix:/PATH\", \"tcp:HOST:PORT\" "
			"or \"tls:HOST:PORT\" " CONFIG_REDIS_HOST
			", or \"addresses\", or \"sentinel\"");
	if (count > 1)
		return config_fail(reader, group->setting,
			"\"redis.address\", \"redis.addresses\" and "
			"\"redis.sentinel\"%s exclude each other, expected "
			"one of them",
			reader->where);
	return JWT_OK;
}

static bool
any_address(const struct redis_config *redis, const char *scheme)
{
	const size_t len = strlen(scheme);

	if (redis->address != NULL && strncmp(redis->address, scheme, len) == 0)
		return true;
	for (size_t i = 0; i < redis->addresses.count; i++)
		if (strncmp(redis->addresses.item[i], scheme, len) == 0)
			return true;
	for (size_t i = 0; i < redis->sentinel.addresses.count; i++)
		if (strncmp(redis->sentinel.addresses.item[i], scheme, len) ==
			0)
			return true;
	return false;
}

/* A "tls" that serves nobody would be a false comfort. */
static enum jwt_reason
check_tls(struct config_reader *reader, const struct group *group)
{
	bool given = group->config->tls.ca_file != NULL;
	bool wanted = any_address(group->config, "tls:");

	if (wanted && !given)
		return fail_missing(reader, group, "tls",
			"{ ca_file = \"/PATH\"; ... } "
			"for the address \"tls:...\"");
	if (given && !wanted && group->config->sentinel.name == NULL)
		return fail_at(reader, group, "tls",
			"is for no address, expected one with \"tls:\"");
	return JWT_OK;
}

/* The tag that puts all keys with this prefix into one slot. */
static bool
has_hash_tag(const char *prefix)
{
	const char *open = strchr(prefix, '{');
	const char *end = open != NULL ? strchr(open, '}') : NULL;

	return end != NULL && end > open + 1;
}

static enum jwt_reason
check_cluster(struct config_reader *reader, const struct group *group)
{
	const struct redis_config *redis = group->config;

	if (!redis->cluster)
		return JWT_OK;
	if (redis->sentinel.name != NULL)
		return fail_at(reader, group, "cluster",
			"excludes \"sentinel\", expected \"addresses\"");
	if (any_address(redis, "unix:") ||
		(any_address(redis, "tcp:") && any_address(redis, "tls:")))
		return fail_at(reader, group, "cluster",
			"needs addresses of one kind, expected \"tcp:\" or "
			"\"tls:\" in all");
	if (!has_hash_tag(redis->prefix))
		return fail_at(reader, group, "prefix",
			"needs a hash tag in a cluster, expected one like "
			"\"{blacklist}:\"");
	/* Applications without our tag would be asked for in vain. */
	if (redis->raw_tokens && redis->raw_prefix == NULL)
		return fail_missing(reader, group, "raw_prefix",
			"what applications put before "
			"TOKEN (in a cluster it has no default)");
	return JWT_OK;
}

/* Where the second is of no use alone, neither is the first. */
static enum jwt_reason
check_needs(struct config_reader *reader, const config_setting_t *group,
	const char *path, const char *name, const char *needed)
{
	if (group == NULL || !config_has(group, name) ||
		config_has(group, needed))
		return JWT_OK;
	return config_fail(reader, config_member_or(group, name),
		"\"%s.%s\"%s needs \"%s\", and that is missing", path, name,
		reader->where, needed);
}

static enum jwt_reason
check_pairs(struct config_reader *reader, const config_setting_t *redis)
{
	static const char *const pair[][2] = {
		{ "user", "password_file" },
		{ "writer_user", "writer_password_file" },
		{ "follower_user", "follower_password_file" },
		{ "writer_cert_file", "writer_key_file" },
		{ "writer_key_file", "writer_cert_file" },
		{ "writer_cert_file", "tls" },
		{ "follower_cert_file", "follower_key_file" },
		{ "follower_key_file", "follower_cert_file" },
		{ "follower_cert_file", "tls" },
	};
	const config_setting_t *tls = config_setting_get_member(redis, "tls");

	for (size_t i = 0; i < JWT_COUNT(pair); i++)
		JWT_TRY(check_needs(
			reader, redis, "redis", pair[i][0], pair[i][1]));
	JWT_TRY(check_needs(reader, tls, "redis.tls", "cert_file", "key_file"));
	JWT_TRY(check_needs(reader, tls, "redis.tls", "key_file", "cert_file"));
	return check_needs(reader, config_setting_get_member(redis, "sentinel"),
		"redis.sentinel", "user", "password_file");
}

enum jwt_reason
config_check_redis(struct config_reader *reader,
	const config_setting_t *revocation, const struct redis_config *redis)
{
	const struct group group = { config_member_or(revocation, "redis"),
		redis };

	JWT_TRY(check_one_source(reader, &group));
	JWT_TRY(check_tls(reader, &group));
	JWT_TRY(check_cluster(reader, &group));
	/* Asking costs a key a login; not asking lets revoked tokens in. */
	if (!config_has(group.setting, "raw_tokens"))
		return config_fail(reader, group.setting,
			"\"redis.raw_tokens\" is missing%s, expected true if "
			"applications write %sTOKEN, else false (it has no "
			"default)",
			reader->where, config_raw_prefix(redis));
	return check_pairs(reader, group.setting);
}
