/* SPDX-License-Identifier: ISC */
/*
 * revocation = { ... }: which store is asked, and what happens without it.
 */
#include "config/config_read.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_DEFAULT 500 /* ms */
#define TIMEOUT_MIN	50
#define TIMEOUT_MAX	10000
#define FRESH_MAX	3600 /* seconds */
#define PREFIX_DEFAULT	"blacklist:"
#define PREFIX_MAX	64
#define SOCKET_PATH_MAX 107 /* sun_path without its NUL */
#define EXPECTED_ADDRESS \
	"\"unix:/PATH\", or \"tcp:IP:PORT\" with a numeric IP (IPv6 as [IP])"

static bool
is_port(const char *text)
{
	char *end;
	long port;

	if (*text < '1' || *text > '9')
		return false;
	port = strtol(text, &end, 10);
	return *end == '\0' && end - text <= 5 && port <= 65535;
}

/* Splits "IP:PORT" or "[IP]:PORT"; host then holds the part before. */
static bool
split_host_port(const char *text, char *host, size_t size, const char **port)
{
	const char *colon = strrchr(text, ':');
	size_t len;

	if (colon == NULL || colon == text)
		return false;
	len = (size_t)(colon - text);
	if (text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len >= size)
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	*port = colon + 1;
	return true;
}

static bool
is_numeric(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET, host, &address) == 1 ||
	       inet_pton(AF_INET6, host, &address) == 1;
}

static enum jwt_reason
check_network_address(struct config_reader *reader,
	const config_setting_t *setting, const char *rest)
{
	char host[CONFIG_STRING_MAX];
	const char *port;

	if (!split_host_port(rest, host, sizeof(host), &port) || !is_port(port))
		return config_fail_value(reader, setting, EXPECTED_ADDRESS);
	if (is_numeric(host))
		return JWT_OK;
	/* A checker never looks a name up: it has no NSS and no resolver. */
	if (config_is_host_name(host))
		return config_fail_value(reader, setting,
			"a numeric address: host names are not looked up");
	return config_fail_value(reader, setting, EXPECTED_ADDRESS);
}

static enum jwt_reason
read_address(struct config_reader *reader, const config_setting_t *setting,
	void *target)
{
	const char *value = config_setting_get_string(setting);
	char **out = target;

	if (value == NULL || strlen(value) >= CONFIG_STRING_MAX)
		return config_fail_value(reader, setting, EXPECTED_ADDRESS);
	if (strncmp(value, "unix:", 5) == 0) {
		if (!config_is_absolute_path(value + 5) ||
			strlen(value + 5) > SOCKET_PATH_MAX)
			return config_fail_value(reader, setting,
				"\"unix:\" and an absolute path of at most "
				"107 bytes");
	} else if (strncmp(value, "tls:", 4) == 0) {
		return config_fail_value(reader, setting,
			EXPECTED_ADDRESS "; TLS is not built yet");
	} else if (strncmp(value, "tcp:", 4) == 0) {
		JWT_TRY(check_network_address(reader, setting, value + 4));
	} else {
		return config_fail_value(reader, setting, EXPECTED_ADDRESS);
	}
	*out = strdup(value);
	return *out != NULL ? JWT_OK : config_out_of_memory(reader);
}

static bool
is_prefix(const char *value)
{
	return config_is_word(value) && strlen(value) <= PREFIX_MAX;
}

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

static const struct setting_spec redis_specs[] = {
	{ "address", SETTING_CUSTOM, AT(redis.address), .read = read_address,
		.expected = EXPECTED_ADDRESS },
	{ "user", SETTING_STRING, AT(redis.user), .check = config_is_word,
		.expected = "a name without white space" },
	{ "password_file", SETTING_STRING, AT(redis.password_file),
		.check = config_is_absolute_path,
		.expected = "an absolute path" },
	{ "writer_user", SETTING_STRING, AT(redis.writer_user),
		.check = config_is_word,
		.expected = "a name without white space" },
	{ "writer_password_file", SETTING_STRING,
		AT(redis.writer_password_file),
		.check = config_is_absolute_path,
		.expected = "an absolute path" },
	{ "prefix", SETTING_STRING, AT(redis.prefix), .check = is_prefix,
		.expected = "1 to 64 printable characters" },
	{ "timeout_ms", SETTING_INTEGER, AT(redis.timeout_ms),
		.min = TIMEOUT_MIN, .max = TIMEOUT_MAX },
	{ "raw_tokens", SETTING_BOOL, AT(redis.raw_tokens) },
};
static const struct setting_table redis_table = SETTING_TABLE(redis_specs);

static const struct setting_spec revocation_specs[] = {
	{ "store", SETTING_CHOICE, AT(store), .choices = stores },
	{ "redis", SETTING_GROUP, .group = &redis_table },
	{ "on_unreachable", SETTING_CUSTOM, AT(allow_fresh),
		.read = read_on_unreachable,
		.expected = "\"deny\" or \"allow_fresh\"" },
	{ "fresh_for", SETTING_INTEGER, AT(fresh_for), .min = 1,
		.max = FRESH_MAX },
};
static const struct setting_table revocation_table =
	SETTING_TABLE(revocation_specs);

static enum jwt_reason
check_user(struct config_reader *reader, const config_setting_t *redis,
	const char *user, const char *password_file, const char *user_name,
	const char *file_name)
{
	if (user == NULL || password_file != NULL)
		return JWT_OK;
	return config_fail(reader, config_member_or(redis, user_name),
		"\"redis.%s\" in \"revocation\" needs \"%s\", and that is "
		"missing",
		user_name, file_name);
}

/* What the store redis needs, and no default can give. */
static enum jwt_reason
check_redis(struct config_reader *reader, const config_setting_t *setting,
	const struct revocation_config *r)
{
	const config_setting_t *redis = config_member_or(setting, "redis");

	if (r->redis.address == NULL)
		return config_fail(reader, redis,
			"\"redis.address\" is missing in \"revocation\", "
			"expected " EXPECTED_ADDRESS);
	/* Asking costs a key a login; not asking lets revoked tokens in. */
	if (!config_has(redis, "raw_tokens"))
		return config_fail(reader, redis,
			"\"redis.raw_tokens\" is missing in \"revocation\", "
			"expected true if applications write %sTOKEN, else "
			"false (it has no default)",
			r->redis.prefix);
	JWT_TRY(check_user(reader, redis, r->redis.user, r->redis.password_file,
		"user", "password_file"));
	JWT_TRY(check_user(reader, redis, r->redis.writer_user,
		r->redis.writer_password_file, "writer_user",
		"writer_password_file"));
	return JWT_OK;
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
		JWT_TRY(check_redis(reader, setting, out));
	if (out->allow_fresh != (out->fresh_for > 0))
		return config_fail(reader, setting,
			"\"on_unreachable\" and \"fresh_for\"%s disagree, "
			"expected \"fresh_for\" with \"allow_fresh\" and "
			"only with it",
			reader->where);
	reader->where[0] = '\0';
	return JWT_OK;
}
