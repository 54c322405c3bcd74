/* SPDX-License-Identifier: ISC */
/*
 * revocation = { ... }: which store is asked, and what happens without it.
 */
#include "config/config_read.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_DEFAULT 500  /* ms */
#define FRESH_MAX	3600 /* seconds */
#define PREFIX_DEFAULT	"blacklist:"

static const char *const stores[] = { "embedded", "redis", "none", NULL };

static enum jwt_reason
read_on_unreachable(struct config_reader *reader,
	const config_setting_t *setting, void *target)
{
	const char *value = config_setting_get_string(setting);

	if (value != NULL && strcmp(value, "deny") == 0)
		*(bool *)target = false;
	else if (value != NULL && strcmp(value, "allow_fresh") == 0)
		*(bool *)target = true;
	else
		return config_fail_value(
			reader, setting, "\"deny\" or \"allow_fresh\"");
	return JWT_OK;
}

#define AT(member) .offset = offsetof(struct revocation_config, member)

static const struct setting_spec revocation_specs[] = {
	{ "store", SETTING_CHOICE, AT(store), .choices = stores },
	{ "redis", SETTING_GROUP, .group = &config_redis_table },
	{ "on_unreachable", SETTING_CUSTOM, AT(allow_fresh),
		.read = read_on_unreachable,
		.expected = "\"deny\" or \"allow_fresh\"" },
	{ "fresh_for", SETTING_INTEGER, AT(fresh_for), .min = 1,
		.max = FRESH_MAX },
};
static const struct setting_table revocation_table =
	SETTING_TABLE(revocation_specs);

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
	if (out->allow_fresh != (out->fresh_for > 0))
		return config_fail(reader, setting,
			"\"on_unreachable\" and \"fresh_for\"%s disagree, "
			"expected \"fresh_for\" with \"allow_fresh\" and "
			"only with it",
			reader->where);
	reader->where[0] = '\0';
	return JWT_OK;
}
