/* SPDX-License-Identifier: ISC */
/*
 * revocation.redis = { ... }: where Redis is, who we are there, and how long
 * we wait. config_redis_check.c has what no single setting tells.
 */
#include "config/config_read.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MIN	50 /* ms */
#define TIMEOUT_MAX	10000
#define PREFIX_MAX	64
#define SOCKET_PATH_MAX 107 /* sun_path without its NUL */
#define EXPECTED_SENTINEL \
	"\"tcp:HOST:PORT\" or \"tls:HOST:PORT\" " CONFIG_REDIS_HOST
#define EXPECTED_ADDRESS "\"unix:/PATH\", " EXPECTED_SENTINEL
#define EXPECTED_LIST	 "[ ... ] with 1 to 16 addresses"
#define EXPECTED_USER	 "a name without white space"
#define EXPECTED_PREFIX	 "1 to 64 printable characters"

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
	const config_setting_t *setting, const char *rest, const char *expected)
{
	char host[CONFIG_STRING_MAX];
	const char *port;

	if (!split_host_port(rest, host, sizeof(host), &port) || !is_port(port))
		return config_fail_value(reader, setting, expected);
	return is_numeric(host) || (rest[0] != '[' && config_is_dns_name(host))
		       ? JWT_OK
		       : config_fail_value(reader, setting, expected);
}

static enum jwt_reason
check_address(struct config_reader *reader, const config_setting_t *setting,
	const char *value)
{
	if (value == NULL || strlen(value) >= CONFIG_STRING_MAX)
		return config_fail_value(reader, setting, EXPECTED_ADDRESS);
	if (strncmp(value, "tcp:", 4) == 0 || strncmp(value, "tls:", 4) == 0)
		return check_network_address(
			reader, setting, value + 4, EXPECTED_ADDRESS);
	if (strncmp(value, "unix:", 5) != 0)
		return config_fail_value(reader, setting, EXPECTED_ADDRESS);
	if (!config_is_absolute_path(value + 5) ||
		strlen(value + 5) > SOCKET_PATH_MAX)
		return config_fail_value(reader, setting,
			"\"unix:\" and an absolute path of at most 107 bytes");
	return JWT_OK;
}

static enum jwt_reason
read_address(struct config_reader *reader, const config_setting_t *setting,
	void *target)
{
	const char *value = config_setting_get_string(setting);
	char **out = target;

	JWT_TRY(check_address(reader, setting, value));
	*out = strdup(value);
	return *out != NULL ? JWT_OK : config_out_of_memory(reader);
}

static enum jwt_reason
add_address(struct config_reader *reader, const config_setting_t *element,
	const char *value, void *list)
{
	JWT_TRY(check_address(reader, element, value));
	return config_list_add(reader, list, value);
}

static enum jwt_reason
read_addresses(struct config_reader *reader, const config_setting_t *setting,
	void *target)
{
	if (config_setting_length(setting) > REDIS_ADDRESSES_MAX)
		return config_fail_value(reader, setting, EXPECTED_LIST);
	return config_each_string(
		reader, setting, EXPECTED_LIST, add_address, target);
}

static enum jwt_reason
add_sentinel(struct config_reader *reader, const config_setting_t *element,
	const char *value, void *list)
{
	if (strncmp(value, "tcp:", 4) != 0 && strncmp(value, "tls:", 4) != 0)
		return config_fail_value(reader, element, EXPECTED_SENTINEL);
	JWT_TRY(check_network_address(
		reader, element, value + 4, EXPECTED_SENTINEL));
	return config_list_add(reader, list, value);
}

static enum jwt_reason
read_sentinels(struct config_reader *reader, const config_setting_t *setting,
	void *target)
{
	if (config_setting_length(setting) > REDIS_ADDRESSES_MAX)
		return config_fail_value(reader, setting, EXPECTED_LIST);
	return config_each_string(
		reader, setting, EXPECTED_LIST, add_sentinel, target);
}

static bool
is_prefix(const char *value)
{
	return config_is_word(value) && strlen(value) <= PREFIX_MAX;
}

#define AT(member) .offset = offsetof(struct revocation_config, redis.member)
#define FILE_AT(member)                               \
	AT(member), .check = config_is_absolute_path, \
		    .expected = "an absolute path"
#define USER_AT(member) \
	AT(member), .check = config_is_word, .expected = EXPECTED_USER

static const struct setting_spec sentinel_specs[] = {
	{ "name", SETTING_STRING, true, USER_AT(sentinel.name) },
	{ "addresses", SETTING_CUSTOM, true, AT(sentinel.addresses),
		.read = read_sentinels, .expected = EXPECTED_LIST },
	{ "user", SETTING_STRING, USER_AT(sentinel.user) },
	{ "password_file", SETTING_STRING, FILE_AT(sentinel.password_file) },
};
static const struct setting_table sentinel_table =
	SETTING_TABLE(sentinel_specs);

static const struct setting_spec tls_specs[] = {
	{ "ca_file", SETTING_STRING, true, FILE_AT(tls.ca_file) },
	{ "server_name", SETTING_STRING, AT(tls.server_name),
		.check = config_is_host_name,
		.expected = "the host name in the certificate" },
	{ "cert_file", SETTING_STRING, FILE_AT(tls.cert_file) },
	{ "key_file", SETTING_STRING, FILE_AT(tls.key_file) },
};
static const struct setting_table tls_table = SETTING_TABLE(tls_specs);

static const struct setting_spec redis_specs[] = {
	{ "address", SETTING_CUSTOM, AT(address), .read = read_address,
		.expected = EXPECTED_ADDRESS },
	{ "addresses", SETTING_CUSTOM, AT(addresses), .read = read_addresses,
		.expected = EXPECTED_LIST },
	{ "sentinel", SETTING_GROUP, .group = &sentinel_table },
	{ "cluster", SETTING_BOOL, AT(cluster) },
	{ "tls", SETTING_GROUP, .group = &tls_table },
	{ "user", SETTING_STRING, USER_AT(user) },
	{ "password_file", SETTING_STRING, FILE_AT(password_file) },
	{ "writer_user", SETTING_STRING, USER_AT(writer_user) },
	{ "writer_password_file", SETTING_STRING,
		FILE_AT(writer_password_file) },
	{ "writer_cert_file", SETTING_STRING, FILE_AT(writer_cert_file) },
	{ "writer_key_file", SETTING_STRING, FILE_AT(writer_key_file) },
	{ "follower_user", SETTING_STRING, USER_AT(follower_user) },
	{ "follower_password_file", SETTING_STRING,
		FILE_AT(follower_password_file) },
	{ "follower_cert_file", SETTING_STRING, FILE_AT(follower_cert_file) },
	{ "follower_key_file", SETTING_STRING, FILE_AT(follower_key_file) },
	{ "prefix", SETTING_STRING, AT(prefix), .check = is_prefix,
		.expected = EXPECTED_PREFIX },
	{ "raw_prefix", SETTING_STRING, AT(raw_prefix), .check = is_prefix,
		.expected = EXPECTED_PREFIX },
	{ "timeout_ms", SETTING_INTEGER, AT(timeout_ms), .min = TIMEOUT_MIN,
		.max = TIMEOUT_MAX },
	{ "raw_tokens", SETTING_BOOL, AT(raw_tokens) },
	{ "allow_eviction", SETTING_BOOL, AT(allow_eviction) },
};
const struct setting_table config_redis_table = SETTING_TABLE(redis_specs);
