/* SPDX-License-Identifier: ISC */
/*
 * issuers = ( { ... } ): whose tokens are believed, and how strictly.
 */
#include "config/config_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEEWAY_DEFAULT	  30
#define LEEWAY_MAX	  300
#define LIFETIME_DEFAULT  3600
#define LIFETIME_MIN	  60
#define LIFETIME_MAX	  86400
#define MAX_STALE_DEFAULT (3 * 86400)
#define MAX_STALE_MAX	  (30 * 86400)
#define COOLDOWN_DEFAULT  30
#define COOLDOWN_MAX	  3600
#define EXPECTED_ALGORITHMS                                            \
	"[ ... ] of RS256, RS384, RS512, PS256, PS384, PS512, ES256, " \
	"ES384, ES512, EdDSA, Ed25519, Ed448, HS256, HS384, HS512"
#define EXPECTED_AUDIENCE "[ ... ] with at least one string, as in \"aud\""

static const jws_alg_set hmac_algorithms = JWS_ALG_BIT(JWS_HS256) |
					   JWS_ALG_BIT(JWS_HS384) |
					   JWS_ALG_BIT(JWS_HS512);

static enum jwt_reason
add_algorithm(struct config_reader *reader, const config_setting_t *element,
	const char *value, void *arg)
{
	jws_alg_set *set = arg;
	enum jws_alg alg;

	if (!jws_alg_from_name(slice_of_string(value), &alg))
		return config_fail_value(reader, element, EXPECTED_ALGORITHMS);
	*set |= JWS_ALG_BIT(alg);
	return JWT_OK;
}

static enum jwt_reason
read_algorithms(struct config_reader *reader, const config_setting_t *setting,
	void *target)
{
	return config_each_string(
		reader, setting, EXPECTED_ALGORITHMS, add_algorithm, target);
}

/* %h is what the host calls itself; nothing is looked up. */
static enum jwt_reason
add_audience(struct config_reader *reader, const config_setting_t *element,
	const char *value, void *arg)
{
	JWT_AUTO(buffer) text = BUFFER(CONFIG_STRING_MAX * 2);
	struct slice rest = slice_of_string(value);

	if (!config_is_text(value))
		return config_fail_value(reader, element, EXPECTED_AUDIENCE);
	while (rest.len > 0) {
		bool host = rest.len >= 2 && memcmp(rest.data, "%h", 2) == 0;
		size_t len = host ? 2 : 1;

		if (host && reader->host_name == NULL)
			return config_fail(reader, element,
				"\"audience\"%s uses %%h, which needs "
				"\"host_name\", and that is missing",
				reader->where);
		if (host ? !buffer_append_string(&text, reader->host_name)
			 : !buffer_append(&text, rest.data, len))
			return config_fail_value(
				reader, element, "a shorter string");
		rest = slice_of(rest.data + len, rest.len - len);
	}
	return config_list_add(reader, arg, buffer_string(&text));
}

static enum jwt_reason
read_audience(struct config_reader *reader, const config_setting_t *setting,
	void *target)
{
	return config_each_string(
		reader, setting, EXPECTED_AUDIENCE, add_audience, target);
}

static const char *const token_types[] = { "access", "id", NULL };
static const char *const logout_ends[] = { "user", "session", NULL };

#define AT(member) .offset = offsetof(struct issuer_config, member)

static const struct setting_spec fetch_specs[] = {
	{ "ca_file", SETTING_STRING, AT(fetch.ca_file),
		.check = config_is_absolute_path,
		.expected = "an absolute path" },
	{ "proxy", SETTING_STRING, AT(fetch.proxy),
		.check = config_is_proxy_url,
		.expected = "http://HOST:PORT or socks5h://HOST:PORT" },
	{ "max_stale", SETTING_INTEGER, AT(fetch.max_stale), .min = 0,
		.max = MAX_STALE_MAX },
	{ "cooldown", SETTING_INTEGER, AT(fetch.cooldown), .min = 1,
		.max = COOLDOWN_MAX },
};
static const struct setting_table fetch_table = SETTING_TABLE(fetch_specs);

static const struct setting_spec issuer_specs[] = {
	{ "name", SETTING_STRING, true, AT(name), .check = config_is_id,
		.expected = "1 to 64 of a-z, 0-9, _ and -, the first a letter "
			    "or digit" },
	{ "issuer", SETTING_STRING, true, AT(issuer),
		.check = config_is_https_url,
		.expected = "a URL that begins with https://" },
	{ "jwks_uri", SETTING_STRING, AT(jwks_uri),
		.check = config_is_https_url,
		.expected = "a URL that begins with https://" },
	{ "jwks_file", SETTING_STRING, AT(jwks_file),
		.check = config_is_absolute_path,
		.expected = "an absolute path" },
	{ "secret_files", SETTING_STRINGS, AT(secret_files),
		.check = config_is_absolute_path,
		.expected = "an absolute path" },
	{ "algorithms", SETTING_CUSTOM, true, AT(algorithms),
		.read = read_algorithms, .expected = EXPECTED_ALGORITHMS },
	{ "audience", SETTING_CUSTOM, true, AT(audience), .read = read_audience,
		.expected = EXPECTED_AUDIENCE },
	{ "token_type", SETTING_CHOICE, AT(token_type),
		.choices = token_types },
	{ "plain_typ", SETTING_BOOL, AT(plain_typ) },
	{ "max_lifetime", SETTING_INTEGER, AT(max_lifetime),
		.min = LIFETIME_MIN, .max = LIFETIME_MAX },
	{ "leeway", SETTING_INTEGER, AT(leeway), .min = 0, .max = LEEWAY_MAX },
	{ "accounts", SETTING_CUSTOM, true, .read = config_read_accounts,
		.expected = "( { ... } ) with at least one rule" },
	{ "logout_audience", SETTING_STRINGS, AT(logout_audience),
		.check = config_is_text, .expected = "a client_id" },
	{ "logout_ends", SETTING_CHOICE, AT(logout_ends),
		.choices = logout_ends },
	{ "fetch", SETTING_GROUP, .group = &fetch_table },
};
static const struct setting_table issuer_table = SETTING_TABLE(issuer_specs);

static enum jwt_reason
check_key_source(struct config_reader *reader, const config_setting_t *setting,
	const struct issuer_config *issuer)
{
	int sources = (issuer->jwks_uri != NULL) + (issuer->jwks_file != NULL) +
		      (issuer->secret_files.count > 0);
	bool secrets = issuer->secret_files.count > 0;
	bool hmac = (issuer->algorithms & hmac_algorithms) != 0;
	bool others = (issuer->algorithms & ~hmac_algorithms) != 0;

	if (sources > 1)
		return config_fail(reader, setting,
			"\"jwks_uri\", \"jwks_file\" and \"secret_files\"%s "
			"exclude each other, expected one of them or none",
			reader->where);
	/* RFC 8725 section 2.1: a public key must never become a secret. */
	if (hmac && !secrets)
		return config_fail(reader,
			config_member_or(setting, "algorithms"),
			"\"algorithms\"%s allows HS256, HS384 or HS512 "
			"without \"secret_files\", expected both or neither",
			reader->where);
	if (secrets && others)
		return config_fail(reader,
			config_member_or(setting, "algorithms"),
			"\"algorithms\"%s allows more than HS256, HS384 and "
			"HS512, expected only these with \"secret_files\"",
			reader->where);
	return JWT_OK;
}

/* The receiver of logouts talks to strangers: it is given no secret. */
static enum jwt_reason
check_logout(struct config_reader *reader, const config_setting_t *setting,
	const struct issuer_config *issuer)
{
	if (issuer->logout_audience.count > 0 && issuer->secret_files.count > 0)
		return config_fail(reader,
			config_member_or(setting, "logout_audience"),
			"\"logout_audience\"%s is set with \"secret_files\", "
			"expected it only where keys are public",
			reader->where);
	if (issuer->logout_audience.count == 0 &&
		config_has(setting, "logout_ends"))
		return config_fail(reader,
			config_member_or(setting, "logout_ends"),
			"\"logout_ends\"%s is set without "
			"\"logout_audience\", which lets logouts in",
			reader->where);
	return JWT_OK;
}

static void
say_where(struct config_reader *reader, const config_setting_t *setting)
{
	const char *name = NULL;

	if (config_setting_is_group(setting))
		config_setting_lookup_string(setting, "name", &name);
	if (name != NULL)
		snprintf(reader->where, sizeof(reader->where),
			" in issuer \"%.64s\"", name);
	else
		snprintf(reader->where, sizeof(reader->where),
			" in issuer number %d",
			config_setting_index(setting) + 1);
}

enum jwt_reason
config_read_issuer(struct config_reader *reader,
	const config_setting_t *setting, struct issuer_config *out)
{
	*out = (struct issuer_config){
		.token_type = TOKEN_ACCESS,
		.max_lifetime = LIFETIME_DEFAULT,
		.leeway = LEEWAY_DEFAULT,
		.fetch.max_stale = MAX_STALE_DEFAULT,
		.fetch.cooldown = COOLDOWN_DEFAULT,
	};
	say_where(reader, setting);
	JWT_TRY(config_read_group(reader, setting, &issuer_table, out));
	JWT_TRY(check_key_source(reader, setting, out));
	JWT_TRY(check_logout(reader, setting, out));
	reader->where[0] = '\0';
	return JWT_OK;
}
