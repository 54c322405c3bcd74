/* SPDX-License-Identifier: ISC */
/*
 * Claims to a local account. Any rule of the issuer may yield it; root and
 * what is below min_uid only one that names the subject, so that no claim
 * which many share, or which a user can change, opens them.
 */
#include "policy/policy.h"

#include <string.h>

/* useradd's limit; utmp and many tools cut there. */
#define ACCOUNT_NAME_MAX 32

static bool
is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

/*
 * Lower case, digits, "_", "-", "." and no digit, "-" or "." first: nothing
 * that a tool could take for a uid, an option, a path or a domain, and no
 * two names that a directory which ignores case holds for one.
 */
bool
policy_is_account_name(struct slice name)
{
	if (name.len == 0 || name.len > ACCOUNT_NAME_MAX ||
		(!is_lower(name.data[0]) && name.data[0] != '_'))
		return false;
	for (size_t i = 1; i < name.len; i++) {
		uint8_t c = name.data[i];

		if (!is_lower(c) && (c < '0' || c > '9') && c != '_' &&
			c != '-' && c != '.')
			return false;
	}
	return true;
}

/* Users can often change their e-mail address at the issuer (nOAuth). */
static bool
may_be_believed(const struct claims *claims, const char *claim)
{
	return strcmp(claim, "email") != 0 ||
	       json_is(json_member(json_root(&claims->doc), "email_verified"),
		       JSON_KIND_TRUE);
}

static bool
strip_suffix(struct slice *name, const char *suffix)
{
	struct slice end = slice_of_string(suffix);

	if (name->len <= end.len ||
		!slice_equal(end,
			slice_of(&name->data[name->len - end.len], end.len)))
		return false;
	name->len -= end.len;
	return true;
}

/* The account that a rule yields for these claims; false: none. */
static bool
rule_yields(const struct account_rule *rule, const struct claims *claims,
	struct slice *name)
{
	switch (rule->kind) {
	case ACCOUNT_SUBJECT:
		*name = slice_of_string(rule->user);
		return claims->sub.len > 0 &&
		       slice_equals_string(claims->sub, rule->value);
	case ACCOUNT_CLAIM_VALUE:
		*name = slice_of_string(rule->user);
		return may_be_believed(claims, rule->claim) &&
		       claims_list_has(claims, rule->claim, rule->value);
	case ACCOUNT_CLAIM_NAME:
		return may_be_believed(claims, rule->claim) &&
		       json_get_string(
			       json_root(&claims->doc), rule->claim, name) &&
		       strip_suffix(name, rule->suffix);
	}
	return false;
}

struct question {
	uint32_t min_uid;
	bool needs_uid; /* a real account, or none at all */
	uint32_t uid;
};

/* May a rule of this kind open the account? */
static enum jwt_reason
check_account(const struct question *q, const struct account_rule *rule,
	struct slice name, struct report *r)
{
	int len = (int)(name.len < ACCOUNT_NAME_MAX ? name.len
						    : ACCOUNT_NAME_MAX);

	if (!policy_is_account_name(name))
		return report(r, JWT_POLICY_DENIED,
			"account rule in line %d: \"%.*s\" is no account name",
			rule->line, len, (const char *)name.data);
	if (q->needs_uid && q->uid == JWT_NO_UID)
		return report(r, JWT_POLICY_DENIED,
			"no uid is known for %.*s, and the service needs one",
			len, (const char *)name.data);
	if (rule->kind == ACCOUNT_SUBJECT)
		return JWT_OK;
	if (slice_equals_string(name, "root") || q->uid == 0)
		return report(r, JWT_POLICY_DENIED,
			"root needs an account rule that names the subject");
	if (q->uid != JWT_NO_UID && q->uid < q->min_uid)
		return report(r, JWT_POLICY_DENIED,
			"uid %u is below min_uid %u: that needs an account "
			"rule that names the subject",
			(unsigned)q->uid, (unsigned)q->min_uid);
	return JWT_OK;
}

enum jwt_reason
policy_account(const struct jwt_config *config,
	const struct issuer_config *issuer,
	const struct service_config *service, const struct claims *claims,
	const char *user, uint32_t uid, char account[JWT_NAME_MAX + 1],
	struct report *r)
{
	/* A uid that came without its user is nobody's. */
	const struct question q = { config->min_uid, service->unix_account,
		user != NULL ? uid : JWT_NO_UID };
	enum jwt_reason reason = JWT_USER_MISMATCH;
	struct report why = { 0 }; /* a later rule may permit */

	for (size_t i = 0; i < issuer->account_count; i++) {
		const struct account_rule *rule = &issuer->account[i];
		struct slice name;

		if (!rule_yields(rule, claims, &name) ||
			(user != NULL && !slice_equals_string(name, user)))
			continue;
		reason = check_account(&q, rule, name, &why);
		if (reason == JWT_OK) {
			memcpy(account, name.data, name.len);
			account[name.len] = '\0';
			return JWT_OK;
		}
	}
	if (reason != JWT_USER_MISMATCH)
		return report(r, reason, "%s", why.text);
	if (user == NULL)
		return report(r, reason, "no account rule of issuer %s fits",
			issuer->name);
	return report(r, reason, "no account rule of issuer %s yields %s",
		issuer->name, user);
}
