/* SPDX-License-Identifier: ISC */
/*
 * accounts = ( { ... } ): from claims to local accounts. What stands in a
 * rule says which of the three kinds it is.
 */
#include "config/config_read.h"

#include <stdlib.h>

#define EXPECTED_RULE                                                   \
	"{ claim; } or { claim; suffix; }, { claim; value; user; } or " \
	"{ subject; user; }"

#define AT(member) .offset = offsetof(struct account_rule, member)

/* The subject goes where the value does: it is the value of "sub". */
static const struct setting_spec rule_specs[] = {
	{ "claim", SETTING_STRING, AT(claim), .check = config_is_text,
		.expected = "the name of a claim" },
	{ "value", SETTING_STRING, AT(value), .check = config_is_text,
		.expected = "a string that is not empty" },
	{ "suffix", SETTING_STRING, AT(suffix), .check = config_is_text,
		.expected = "a string that is not empty" },
	{ "subject", SETTING_STRING, AT(value), .check = config_is_text,
		.expected = "a string that is not empty" },
	{ "user", SETTING_STRING, AT(user), .check = config_is_account_name,
		.expected = "the name of a local account" },
};
static const struct setting_table rule_table = SETTING_TABLE(rule_specs);

static enum jwt_reason
find_kind(struct config_reader *reader, const config_setting_t *setting,
	struct account_rule *rule)
{
	bool claim = config_has(setting, "claim");
	bool value = config_has(setting, "value");
	bool suffix = config_has(setting, "suffix");
	bool subject = config_has(setting, "subject");
	bool user = config_has(setting, "user");

	if (claim && !value && !subject && !user)
		rule->kind = ACCOUNT_CLAIM_NAME;
	else if (claim && value && user && !suffix && !subject)
		rule->kind = ACCOUNT_CLAIM_VALUE;
	else if (subject && user && !claim && !value && !suffix)
		rule->kind = ACCOUNT_SUBJECT;
	else
		return config_fail(reader, setting,
			"a rule of \"accounts\"%s is of no known kind, "
			"expected " EXPECTED_RULE,
			reader->where);
	return JWT_OK;
}

static enum jwt_reason
read_rule(struct config_reader *reader, const config_setting_t *setting,
	struct account_rule *rule)
{
	JWT_TRY(config_read_group(reader, setting, &rule_table, rule));
	rule->line = (int)config_setting_source_line(setting);
	return find_kind(reader, setting, rule);
}

enum jwt_reason
config_read_accounts(struct config_reader *reader,
	const config_setting_t *setting, void *target)
{
	struct issuer_config *issuer = target;
	int count = config_setting_length(setting);

	if (!config_setting_is_list(setting) || count < 1 ||
		count > CONFIG_LIST_MAX)
		return config_fail_value(
			reader, setting, "( { ... } ) with at least one rule");
	issuer->account = calloc((size_t)count, sizeof(issuer->account[0]));
	if (issuer->account == NULL)
		return config_out_of_memory(reader);
	issuer->account_count = (size_t)count;
	for (int i = 0; i < count; i++)
		JWT_TRY(read_rule(reader,
			config_setting_get_elem(setting, (unsigned)i),
			&issuer->account[i]));
	return JWT_OK;
}
