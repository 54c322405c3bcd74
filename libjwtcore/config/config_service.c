/* SPDX-License-Identifier: ISC */
/*
 * services = { NAME = { ... }; }: what a PAM service asks of a token.
 */
#include "config/config_read.h"

#include <stdio.h>
#include <string.h>

#define AUTH_AGE_MAX (30 * 86400) /* seconds */
#define EXPECTED_PERMIT                                                   \
	"[ ... ] of \"pty\", \"port-forwarding\", \"agent-forwarding\", " \
	"\"X11-forwarding\", \"user-rc\""

/* sshd's names of its permit-* options. */
static const struct {
	const char *name;
	enum jwt_permit bit;
} permits[] = {
	{ "pty", JWT_PERMIT_PTY },
	{ "port-forwarding", JWT_PERMIT_PORT_FORWARDING },
	{ "agent-forwarding", JWT_PERMIT_AGENT_FORWARDING },
	{ "X11-forwarding", JWT_PERMIT_X11_FORWARDING },
	{ "user-rc", JWT_PERMIT_USER_RC },
};

static enum jwt_reason
add_permit(struct config_reader *reader, const config_setting_t *element,
	const char *value, void *arg)
{
	uint32_t *bits = arg;

	for (size_t i = 0; i < JWT_COUNT(permits); i++)
		if (strcmp(permits[i].name, value) == 0) {
			*bits |= (uint32_t)permits[i].bit;
			return JWT_OK;
		}
	return config_fail_value(reader, element, EXPECTED_PERMIT);
}

static enum jwt_reason
read_permit(struct config_reader *reader, const config_setting_t *setting,
	void *target)
{
	/* Nothing is what the default grants: it may be said aloud. */
	if (config_setting_is_array(setting) &&
		config_setting_length(setting) == 0)
		return JWT_OK;
	return config_each_string(
		reader, setting, EXPECTED_PERMIT, add_permit, target);
}

static const char *const bindings[] = { "when_present", "required", NULL };

#define AT(member) .offset = offsetof(struct service_config, member)

static const struct setting_spec service_specs[] = {
	{ "also", SETTING_STRINGS, AT(also), .check = config_is_service_name,
		.expected = "the name of a PAM service" },
	{ "scope_any", SETTING_STRINGS, AT(scope_any), .check = config_is_word,
		.expected = "a scope without white space" },
	{ "acr_any", SETTING_STRINGS, AT(acr_any), .check = config_is_word,
		.expected = "an acr value without white space" },
	{ "users", SETTING_STRINGS, AT(users), .check = config_is_account_name,
		.expected = "the name of a local account" },
	{ "binding", SETTING_CHOICE, AT(binding), .choices = bindings },
	{ "max_auth_age", SETTING_INTEGER, AT(max_auth_age), .min = 1,
		.max = AUTH_AGE_MAX },
	{ "unix", SETTING_BOOL, AT(unix_account) },
	{ "single_use", SETTING_BOOL, AT(single_use) },
	{ "permit", SETTING_CUSTOM, AT(permit), .read = read_permit,
		.expected = EXPECTED_PERMIT },
};
static const struct setting_table service_table = SETTING_TABLE(service_specs);

/* How a token travels (binding, single_use) doesn't say who may come in. */
static bool
has_rule(const struct service_config *service)
{
	return service->scope_any.count > 0 || service->acr_any.count > 0 ||
	       service->users.count > 0 || service->max_auth_age > 0;
}

enum jwt_reason
config_read_service(struct config_reader *reader,
	const config_setting_t *setting, struct service_config *out)
{
	const char *name = config_setting_name(setting);

	*out = (struct service_config){
		.binding = BINDING_WHEN_PRESENT,
		.unix_account = true,
	};
	snprintf(reader->where, sizeof(reader->where), " in service \"%.64s\"",
		name);
	if (!config_is_service_name(name))
		return config_fail(reader, setting,
			"\"%s\" in \"services\" is no name of a PAM service",
			name);
	out->name = strdup(name);
	if (out->name == NULL)
		return config_out_of_memory(reader);
	JWT_TRY(config_read_group(reader, setting, &service_table, out));
	out->has_rule = has_rule(out);
	reader->where[0] = '\0';
	return JWT_OK;
}
