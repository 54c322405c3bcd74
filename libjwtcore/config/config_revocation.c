/* SPDX-License-Identifier: ISC */
/*
 * revocation = { ... }: which store is asked, and what happens without it.
 */
#include "config/config_read.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_DEFAULT 500  /* ms */
#define FRESH_MAX	3600 /* seconds */
#define MAX_AGE_MIN	60   /* seconds; a copy is renewed twice in it */
#define MAX_AGE_MAX	604800
#define MAX_AGE_DEFAULT 86400
#define PREFIX_DEFAULT	"blacklist:"

static const char *const stores[] = { "embedded", "redis", "none", NULL };

static const char *const unreachable[] = { "deny", "allow_fresh", "last_known",
	NULL };

#define AT(member) .offset = offsetof(struct revocation_config, member)

static const struct setting_spec revocation_specs[] = {
	{ "store", SETTING_CHOICE, AT(store), .choices = stores },
	{ "redis", SETTING_GROUP, .group = &config_redis_table },
	{ "on_unreachable", SETTING_CHOICE, AT(on_unreachable),
		.choices = unreachable },
	{ "fresh_for", SETTING_INTEGER, AT(fresh_for), .min = 1,
		.max = FRESH_MAX },
	{ "max_age", SETTING_INTEGER, AT(max_age), .min = MAX_AGE_MIN,
		.max = MAX_AGE_MAX },
};
static const struct setting_table revocation_table =
	SETTING_TABLE(revocation_specs);

/* Only a store elsewhere has a copy here, and somebody must keep it. */
static enum jwt_reason
check_last_known(struct config_reader *reader, const config_setting_t *setting,
	const struct revocation_config *r)
{
	if (r->store != REVOCATION_REDIS)
		return config_fail(reader,
			config_member_or(setting, "on_unreachable"),
			"\"on_unreachable\"%s is \"last_known\", expected "
			"that only where \"store\" is \"redis\"",
			reader->where);
	if (r->redis.password_file != NULL &&
		r->redis.follower_password_file == NULL)
		return config_fail(reader, config_member_or(setting, "redis"),
			"\"redis.follower_password_file\" is missing%s, "
			"expected the password of jwtauth-followd, since "
			"hosts have one and \"on_unreachable\" is "
			"\"last_known\"",
			reader->where);
	return JWT_OK;
}

/* Each setting where it means something, and nowhere else. */
static enum jwt_reason
check_unreachable(struct config_reader *reader, const config_setting_t *setting,
	struct revocation_config *r)
{
	const bool fresh = r->on_unreachable == UNREACHABLE_ALLOW_FRESH;
	const bool last = r->on_unreachable == UNREACHABLE_LAST_KNOWN;

	if (fresh != (r->fresh_for > 0))
		return config_fail(reader, setting,
			"\"on_unreachable\" and \"fresh_for\"%s disagree, "
			"expected \"fresh_for\" with \"allow_fresh\" and "
			"only with it",
			reader->where);
	if (!last && r->max_age > 0)
		return config_fail(reader, config_member_or(setting, "max_age"),
			"\"on_unreachable\" and \"max_age\"%s disagree, "
			"expected \"max_age\" only with \"last_known\"",
			reader->where);
	if (last && r->max_age == 0)
		r->max_age = MAX_AGE_DEFAULT;
	return last ? check_last_known(reader, setting, r) : JWT_OK;
}

enum jwt_reason
config_revocation_default(
	struct config_reader *reader, struct revocation_config *out)
{
	out->store = REVOCATION_EMBEDDED;
	out->redis.timeout_ms = TIMEOUT_DEFAULT;
	out->redis.prefix = strdup(PREFIX_DEFAULT);
	return out->redis.prefix != NULL ? JWT_OK
					 : config_out_of_memory(reader);
}

enum jwt_reason
config_read_revocation(struct config_reader *reader,
	const config_setting_t *setting, struct revocation_config *out)
{
	snprintf(reader->where, sizeof(reader->where), " in \"revocation\"");
	JWT_TRY(config_read_group(reader, setting, &revocation_table, out));
	if (out->store == REVOCATION_REDIS)
		JWT_TRY(config_check_redis(reader, setting, &out->redis));
	JWT_TRY(check_unreachable(reader, setting, out));
	reader->where[0] = '\0';
	return JWT_OK;
}
