/* SPDX-License-Identifier: ISC */
/* policy: claims to accounts, and what services ask. */
#include "policy/policy.h"
#include "suite.h"

#include <string.h>

#define NOW 1700000000

static void
parse(const char *json, struct claims *out)
{
	CU_ASSERT_EQUAL_FATAL(
		claims_parse(slice_of_string(json), out, NULL), JWT_OK);
}

static char name_claim[] = "preferred_username", email[] = "email",
	    suffix[] = "@example.com", groups[] = "groups",
	    deployers[] = "deployers", deploy[] = "deploy", subject[] = "8f3c",
	    root[] = "root", daemons[] = "daemons", daemon_user[] = "daemon",
	    roots[] = "roots", bad_name[] = "-rf", odd[] = "odd";

static struct account_rule rules[] = {
	{ ACCOUNT_CLAIM_NAME, name_claim, NULL, suffix, NULL, 1 },
	{ ACCOUNT_CLAIM_NAME, email, NULL, suffix, NULL, 2 },
	{ ACCOUNT_CLAIM_VALUE, groups, deployers, NULL, deploy, 3 },
	{ ACCOUNT_CLAIM_VALUE, groups, roots, NULL, root, 4 },
	{ ACCOUNT_CLAIM_VALUE, groups, daemons, NULL, daemon_user, 5 },
	{ ACCOUNT_CLAIM_VALUE, groups, odd, NULL, bad_name, 6 },
	{ ACCOUNT_SUBJECT, NULL, subject, NULL, root, 7 },
	{ ACCOUNT_SUBJECT, NULL, subject, NULL, daemon_user, 8 },
};
static char issuer_name[] = "corp", service_name[] = "sshd";
static const struct issuer_config issuer = {
	.name = issuer_name, .account = rules, .account_count = JWT_COUNT(rules)
};
static const struct jwt_config config = { .min_uid = 1000 };

static char account[JWT_NAME_MAX + 1];

static enum jwt_reason
ask(const char *json, const char *user, uint32_t uid, bool unix_account)
{
	struct service_config service = { .name = service_name,
		.has_rule = true,
		.unix_account = unix_account };
	JWT_AUTO(claims) claims = { 0 };

	parse(json, &claims);
	strcpy(account, "?");
	return policy_account(
		&config, &issuer, &service, &claims, user, uid, account, NULL);
}

#define ALICE "{\"preferred_username\":\"alice@example.com\"}"

static void
strips_the_required_suffix_from_a_name(void)
{
	CU_ASSERT_EQUAL(ask(ALICE, "alice", 1001, true), JWT_OK);
	CU_ASSERT_STRING_EQUAL(account, "alice");
	CU_ASSERT_EQUAL(
		ask("{\"preferred_username\":\"alice\"}", "alice", 1001, true),
		JWT_USER_MISMATCH);
	CU_ASSERT_EQUAL(ask("{\"preferred_username\":\"alice@evil.example\"}",
				"alice", 1001, true),
		JWT_USER_MISMATCH);
	CU_ASSERT_EQUAL(ask("{\"preferred_username\":\"alice@EXAMPLE.com\"}",
				"alice", 1001, true),
		JWT_USER_MISMATCH);
	CU_ASSERT_EQUAL(ask("{\"preferred_username\":\"@example.com\"}", "",
				1001, true),
		JWT_USER_MISMATCH);
	CU_ASSERT_EQUAL(ask("{\"preferred_username\":[\"alice@example.com\"]}",
				"alice", 1001, true),
		JWT_USER_MISMATCH);
	CU_ASSERT_STRING_EQUAL(account, "?");
}

static void
gives_nobody_the_account_of_another(void)
{
	CU_ASSERT_EQUAL(ask(ALICE, "bob", 1002, true), JWT_USER_MISMATCH);
	CU_ASSERT_EQUAL(ask(ALICE, "Alice", 1001, true), JWT_USER_MISMATCH);
	CU_ASSERT_EQUAL(ask(ALICE, "alic", 1001, true), JWT_USER_MISMATCH);
	CU_ASSERT_EQUAL(ask("{}", "alice", 1001, true), JWT_USER_MISMATCH);
}

static void
takes_an_email_only_when_it_is_verified(void)
{
	const enum jwt_reason no = JWT_USER_MISMATCH;

	CU_ASSERT_EQUAL(ask("{\"email\":\"alice@example.com\","
			    "\"email_verified\":true}",
				"alice", 1001, true),
		JWT_OK);
	CU_ASSERT_EQUAL(ask("{\"email\":\"alice@example.com\","
			    "\"email_verified\":false}",
				"alice", 1001, true),
		no);
	CU_ASSERT_EQUAL(ask("{\"email\":\"alice@example.com\","
			    "\"email_verified\":\"true\"}",
				"alice", 1001, true),
		no);
	CU_ASSERT_EQUAL(
		ask("{\"email\":\"alice@example.com\"}", "alice", 1001, true),
		no);
}

static void
maps_a_group_to_an_account(void)
{
	CU_ASSERT_EQUAL(
		ask("{\"groups\":[\"x\",\"deployers\"]}", "deploy", 1003, true),
		JWT_OK);
	CU_ASSERT_STRING_EQUAL(account, "deploy");
	CU_ASSERT_EQUAL(
		ask("{\"groups\":[\"deployer\"]}", "deploy", 1003, true),
		JWT_USER_MISMATCH);
}

static void
opens_root_to_a_named_subject_only(void)
{
	const char *roots_group = "{\"groups\":[\"roots\"]}";
	const char *named = "{\"sub\":\"8f3c\"}";

	CU_ASSERT_EQUAL(ask(roots_group, "root", 0, true), JWT_POLICY_DENIED);
	CU_ASSERT_EQUAL(
		ask(roots_group, "root", JWT_NO_UID, false), JWT_POLICY_DENIED);
	CU_ASSERT_EQUAL(
		ask(roots_group, "root", 5000, true), JWT_POLICY_DENIED);
	CU_ASSERT_EQUAL(ask("{\"preferred_username\":\"root@example.com\"}",
				"root", 0, true),
		JWT_POLICY_DENIED);
	CU_ASSERT_EQUAL(ask(named, "root", 0, true), JWT_OK);
	CU_ASSERT_STRING_EQUAL(account, "root");
	CU_ASSERT_EQUAL(
		ask("{\"sub\":\"8f3\"}", "root", 0, true), JWT_USER_MISMATCH);
	CU_ASSERT_EQUAL(ask("{\"sub\":\"8f3c\",\"groups\":[\"roots\"]}", "root",
				0, true),
		JWT_OK);
}

static void
opens_low_uids_to_a_named_subject_only(void)
{
	const char *group = "{\"groups\":[\"daemons\",\"deployers\"]}";

	CU_ASSERT_EQUAL(ask(group, "daemon", 999, true), JWT_POLICY_DENIED);
	CU_ASSERT_EQUAL(ask(group, "daemon", 1000, true), JWT_OK);
	CU_ASSERT_EQUAL(ask("{\"sub\":\"8f3c\"}", "daemon", 999, true), JWT_OK);
}

static void
opens_uid_0_to_a_named_subject_only_whatever_min_uid(void)
{
	const struct jwt_config all = { .min_uid = 0 };
	struct service_config service = {
		.name = service_name, .has_rule = true, .unix_account = true
	};
	JWT_AUTO(claims) claims = { 0 };

	parse("{\"groups\":[\"deployers\"]}", &claims);
	CU_ASSERT_EQUAL(policy_account(&all, &issuer, &service, &claims,
				"deploy", 0, account, NULL),
		JWT_POLICY_DENIED);
	CU_ASSERT_EQUAL(policy_account(&all, &issuer, &service, &claims,
				"deploy", 1, account, NULL),
		JWT_OK);
}

static void
takes_no_missing_subject_for_an_empty_one(void)
{
	static char empty[] = "";
	struct account_rule rule = { ACCOUNT_SUBJECT, NULL, empty, NULL, root,
		1 };
	const struct issuer_config one = {
		.name = issuer_name, .account = &rule, .account_count = 1
	};
	struct service_config service = { .name = service_name };
	JWT_AUTO(claims) claims = { 0 };

	parse("{\"sub\":\"\"}", &claims);
	CU_ASSERT_EQUAL(policy_account(&config, &one, &service, &claims, "root",
				0, account, NULL),
		JWT_USER_MISMATCH);
}

static void
reports_nothing_when_a_later_rule_permits(void)
{
	struct service_config service = { .name = service_name };
	struct report r = { 0 };
	JWT_AUTO(claims) claims = { 0 };

	parse("{\"sub\":\"8f3c\",\"groups\":[\"roots\"]}", &claims);
	CU_ASSERT_EQUAL(policy_account(&config, &issuer, &service, &claims,
				"root", 0, account, &r),
		JWT_OK);
	CU_ASSERT_STRING_EQUAL(r.text, "");
}

static void
needs_a_uid_where_the_service_needs_an_account(void)
{
	CU_ASSERT_EQUAL(
		ask(ALICE, "alice", JWT_NO_UID, true), JWT_POLICY_DENIED);
	CU_ASSERT_EQUAL(ask(ALICE, "alice", JWT_NO_UID, false), JWT_OK);
	CU_ASSERT_EQUAL(ask("{\"sub\":\"8f3c\"}", "root", JWT_NO_UID, true),
		JWT_POLICY_DENIED);
}

static void
finds_the_first_account_when_none_is_named(void)
{
	CU_ASSERT_EQUAL(ask("{\"preferred_username\":\"-x@example.com\","
			    "\"groups\":[\"deployers\"]}",
				NULL, JWT_NO_UID, false),
		JWT_OK);
	CU_ASSERT_STRING_EQUAL(account, "deploy");
	CU_ASSERT_EQUAL(ask("{}", NULL, JWT_NO_UID, false), JWT_USER_MISMATCH);
	CU_ASSERT_EQUAL(
		ask("{\"groups\":[\"roots\"]}", NULL, JWT_NO_UID, false),
		JWT_POLICY_DENIED);
	/* A uid says nothing of an account that the caller didn't name. */
	CU_ASSERT_EQUAL(ask(ALICE, NULL, 1001, true), JWT_POLICY_DENIED);
}

static void
takes_portable_account_names_only(void)
{
	static const char *const good[] = { "a", "_apt", "alice", "first.last",
		"a-b_c9", "abcdefghijklmnopqrstuvwxyz012345" };
	static const char *const bad[] = { "", "-rf", ".", "..", ".a", "9a",
		"1000", "Alice", "a b", "a/b", "a:b", "a@b", "a\nb", "a$",
		"\xc3\xa4", "a+b", "abcdefghijklmnopqrstuvwxyz0123456" };

	for (size_t i = 0; i < JWT_COUNT(good); i++)
		CU_ASSERT(policy_is_account_name(slice_of_string(good[i])));
	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_FALSE(
			policy_is_account_name(slice_of_string(bad[i])));
	CU_ASSERT_FALSE(policy_is_account_name(slice_of("a\0b", 3)));
	CU_ASSERT_EQUAL(ask("{\"groups\":[\"odd\"]}", "-rf", 1001, true),
		JWT_POLICY_DENIED);
}

static char scope_ssh[] = "ssh", scope_login[] = "login", mfa[] = "mfa",
	    alice[] = "alice", strange[] = "a\nb";
static char *scopes[] = { scope_ssh, scope_login }, *acrs[] = { mfa },
	    *users[] = { alice }, *strange_scopes[] = { strange };
static char hint[JWT_HINT_MAX + 1];

static enum jwt_reason
serve(const struct service_config *service, const char *json)
{
	JWT_AUTO(claims) claims = { 0 };

	parse(json, &claims);
	strcpy(hint, "?");
	return policy_service(service, &claims, "alice", NOW, hint, NULL);
}

static struct service_config
sshd(void)
{
	return (struct service_config){ .name = service_name,
		.has_rule = true };
}

static void
denies_a_service_without_a_rule(void)
{
	struct service_config s = sshd();

	CU_ASSERT_EQUAL(serve(&s, "{}"), JWT_OK);
	s.has_rule = false;
	CU_ASSERT_EQUAL(serve(&s, "{}"), JWT_POLICY_DENIED);
	CU_ASSERT_STRING_EQUAL(hint, "");
}

static void
denies_a_user_that_is_not_listed(void)
{
	struct service_config s = sshd();

	s.users = (struct string_list){ users, 1 };
	CU_ASSERT_EQUAL(serve(&s, "{}"), JWT_OK);
	s.users.item = scopes;
	CU_ASSERT_EQUAL(serve(&s, "{}"), JWT_POLICY_DENIED);
	CU_ASSERT_STRING_EQUAL(hint, "");
}

static void
wants_any_of_the_scopes_and_says_which(void)
{
	struct service_config s = sshd();

	s.scope_any = (struct string_list){ scopes, 2 };
	CU_ASSERT_EQUAL(serve(&s, "{\"scope\":\"x ssh\"}"), JWT_OK);
	CU_ASSERT_STRING_EQUAL(hint, "");
	CU_ASSERT_EQUAL(serve(&s, "{\"scp\":[\"login\"]}"), JWT_OK);
	CU_ASSERT_EQUAL(serve(&s, "{\"scope\":\"sshx\"}"), JWT_POLICY_DENIED);
	CU_ASSERT_STRING_EQUAL(hint, "scope ssh");
	CU_ASSERT_EQUAL(serve(&s, "{}"), JWT_POLICY_DENIED);
	/* Nothing that could move a terminal's cursor. */
	s.scope_any = (struct string_list){ strange_scopes, 1 };
	CU_ASSERT_EQUAL(serve(&s, "{}"), JWT_POLICY_DENIED);
	CU_ASSERT_STRING_EQUAL(hint, "");
}

static void
wants_any_of_the_acrs_and_says_which(void)
{
	struct service_config s = sshd();

	s.acr_any = (struct string_list){ acrs, 1 };
	CU_ASSERT_EQUAL(serve(&s, "{\"acr\":\"mfa\"}"), JWT_OK);
	CU_ASSERT_EQUAL(serve(&s, "{\"acr\":\"MFA\"}"), JWT_POLICY_DENIED);
	CU_ASSERT_EQUAL(serve(&s, "{\"acr\":\"x mfa\"}"), JWT_POLICY_DENIED);
	CU_ASSERT_EQUAL(serve(&s, "{}"), JWT_POLICY_DENIED);
	CU_ASSERT_STRING_EQUAL(hint, "acr mfa");
}

static void
wants_a_log_in_that_is_young_enough(void)
{
	struct service_config s = sshd();
	const enum jwt_reason old = JWT_AUTH_TOO_OLD;

	s.max_auth_age = 900;
	CU_ASSERT_EQUAL(serve(&s, "{\"auth_time\":1699999100}"), JWT_OK);
	CU_ASSERT_STRING_EQUAL(hint, "");
	CU_ASSERT_EQUAL(serve(&s, "{\"auth_time\":1699999099}"), old);
	CU_ASSERT_STRING_EQUAL(hint, "auth within 900s");
	CU_ASSERT_EQUAL(serve(&s, "{\"iat\":1699999100}"), JWT_OK);
	CU_ASSERT_EQUAL(serve(&s, "{\"iat\":1699999099}"), old);
	/* A fresh token does not make an old log-in young. */
	CU_ASSERT_EQUAL(
		serve(&s, "{\"auth_time\":1699990000,\"iat\":1700000000}"),
		old);
	CU_ASSERT_EQUAL(serve(&s, "{}"), old);
	/* ADFS's text is no answer where one is asked for. */
	CU_ASSERT_EQUAL(serve(&s, "{\"auth_time\":\"2023-11-14T22:13:00Z\","
				  "\"iat\":1700000000}"),
		old);
	s.max_auth_age = 0;
	CU_ASSERT_EQUAL(
		serve(&s, "{\"auth_time\":\"2023-11-14T22:13:00Z\"}"), JWT_OK);
	s.max_auth_age = 900;
	CU_ASSERT_EQUAL(serve(&s, "{\"auth_time\":1700000300}"), JWT_OK);
	CU_ASSERT_EQUAL(serve(&s, "{\"auth_time\":1700000301}"), old);
}

static const struct unit_test tests[] = {
	UNIT_TEST(strips_the_required_suffix_from_a_name),
	UNIT_TEST(gives_nobody_the_account_of_another),
	UNIT_TEST(takes_an_email_only_when_it_is_verified),
	UNIT_TEST(maps_a_group_to_an_account),
	UNIT_TEST(opens_root_to_a_named_subject_only),
	UNIT_TEST(opens_low_uids_to_a_named_subject_only),
	UNIT_TEST(opens_uid_0_to_a_named_subject_only_whatever_min_uid),
	UNIT_TEST(takes_no_missing_subject_for_an_empty_one),
	UNIT_TEST(reports_nothing_when_a_later_rule_permits),
	UNIT_TEST(needs_a_uid_where_the_service_needs_an_account),
	UNIT_TEST(finds_the_first_account_when_none_is_named),
	UNIT_TEST(takes_portable_account_names_only),
	UNIT_TEST(denies_a_service_without_a_rule),
	UNIT_TEST(denies_a_user_that_is_not_listed),
	UNIT_TEST(wants_any_of_the_scopes_and_says_which),
	UNIT_TEST(wants_any_of_the_acrs_and_says_which),
	UNIT_TEST(wants_a_log_in_that_is_young_enough),
};
UNIT_SUITE("policy", tests)
