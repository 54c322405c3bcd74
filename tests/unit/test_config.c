/* SPDX-License-Identifier: ISC */
/* config: every setting, accepted and refused, and the words of each error. */
#include "config_case.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

/* A setting of an issuer, what it is given, and the error. */
struct row {
	const char *setting, *value, *error;
};

static void
check_issuer_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *text = issuer_with(rows[i].setting, rows[i].value);

		CU_ASSERT(rows[i].error == NULL ? accepts(text)
						: refuses(text, rows[i].error));
	}
}

static void
fills_in_the_strict_defaults(void)
{
	JWT_AUTO(config_case) c;
	const struct issuer_config *issuer;

	case_of_text(&c, issuer_with(NULL, NULL));
	CU_ASSERT_EQUAL_FATAL(c.reason, JWT_OK);
	issuer = &c.config->issuer[0];
	CU_ASSERT_EQUAL(c.config->min_uid, 1000);
	CU_ASSERT_EQUAL(c.config->service_count, 0);
	CU_ASSERT_EQUAL(c.config->revocation.store, REVOCATION_EMBEDDED);
	CU_ASSERT_EQUAL(c.config->revocation.redis.timeout_ms, 500);
	CU_ASSERT_STRING_EQUAL(c.config->revocation.redis.prefix, "blacklist:");
	CU_ASSERT_EQUAL(c.config->revocation.on_unreachable, UNREACHABLE_DENY);
	CU_ASSERT_EQUAL(issuer->leeway, 30);
	CU_ASSERT_EQUAL(issuer->max_lifetime, 3600);
	CU_ASSERT_EQUAL(issuer->token_type, TOKEN_ACCESS);
	CU_ASSERT_FALSE(issuer->plain_typ);
	CU_ASSERT_EQUAL(issuer->algorithms, JWS_ALG_BIT(JWS_RS256));
	CU_ASSERT_EQUAL(issuer->fetch.max_stale, 259200);
	CU_ASSERT_EQUAL(issuer->fetch.cooldown, 30);
}

static void
reads_every_setting_of_a_service(void)
{
	JWT_AUTO(config_case) c;
	const struct service_config *s;

	case_of_text(&c, "services = { sudo = { also = [ \"sudo-i\" ];"
			 "scope_any = ( \"a\", \"b\" ); acr_any = [ \"mfa\" ];"
			 "users = [ \"alice\" ]; binding = \"required\";"
			 "max_auth_age = 900; unix = false; single_use = true;"
			 "permit = [ \"pty\", \"X11-forwarding\" ]; }; };");
	CU_ASSERT_EQUAL_FATAL(c.reason, JWT_OK);
	s = config_service(c.config, "sudo-i");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_PTR_EQUAL(s, config_service(c.config, "sudo"));
	CU_ASSERT_PTR_NULL(config_service(c.config, "su"));
	CU_ASSERT_STRING_EQUAL(s->name, "sudo");
	CU_ASSERT_EQUAL_FATAL(s->scope_any.count, 2);
	CU_ASSERT_STRING_EQUAL(s->scope_any.item[1], "b");
	CU_ASSERT_STRING_EQUAL(s->acr_any.item[0], "mfa");
	CU_ASSERT_STRING_EQUAL(s->users.item[0], "alice");
	CU_ASSERT_EQUAL(s->binding, BINDING_REQUIRED);
	CU_ASSERT_EQUAL(s->max_auth_age, 900);
	CU_ASSERT(!s->unix_account && s->single_use && s->has_rule);
	CU_ASSERT_EQUAL(s->permit, JWT_PERMIT_PTY | JWT_PERMIT_X11_FORWARDING);
}

static void
a_service_without_a_rule_of_its_own_has_none(void)
{
	JWT_AUTO(config_case) c;
	const struct service_config *s;

	case_of_text(&c, "services = { a = { binding = \"required\"; "
			 "single_use = true; permit = []; }; };");
	CU_ASSERT_EQUAL_FATAL(c.reason, JWT_OK);
	s = config_service(c.config, "a");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_FALSE(s->has_rule);
	CU_ASSERT(s->unix_account);
	CU_ASSERT_EQUAL(s->permit, 0);
}

static void
reads_the_three_kinds_of_account_rules(void)
{
	JWT_AUTO(config_case) c;
	const struct account_rule *rule;

	case_of_text(
		&c, issuer_with("accounts",
			    "( { claim = \"c\"; suffix = \"@x\"; },\n"
			    "{ claim = \"g\"; value = \"v\"; user = \"u\"; },\n"
			    "{ subject = \"s\"; user = \"root\"; } )"));
	CU_ASSERT_EQUAL_FATAL(c.reason, JWT_OK);
	CU_ASSERT_EQUAL_FATAL(c.config->issuer[0].account_count, 3);
	rule = c.config->issuer[0].account;
	CU_ASSERT_EQUAL(rule[0].kind, ACCOUNT_CLAIM_NAME);
	CU_ASSERT_STRING_EQUAL(rule[0].suffix, "@x");
	CU_ASSERT_PTR_NULL(rule[0].user);
	CU_ASSERT_EQUAL(rule[1].kind, ACCOUNT_CLAIM_VALUE);
	CU_ASSERT_STRING_EQUAL(rule[1].value, "v");
	CU_ASSERT_STRING_EQUAL(rule[1].user, "u");
	CU_ASSERT_EQUAL(rule[2].kind, ACCOUNT_SUBJECT);
	CU_ASSERT_PTR_NULL(rule[2].claim);
	CU_ASSERT_STRING_EQUAL(rule[2].value, "s");
	CU_ASSERT_EQUAL(rule[2].line, 8);
}

static void
refuses_account_rules_of_no_known_kind(void)
{
	static const char *const bad[] = { "{ claim = \"c\"; user = \"u\"; }",
		"{ claim = \"c\"; value = \"v\"; }", "{ user = \"u\"; }",
		"{ subject = \"s\"; }", "{ }",
		"{ subject = \"s\"; user = \"u\"; suffix = \"x\"; }",
		"{ subject = \"s\"; value = \"v\"; user = \"u\"; }",
		"{ claim = \"c\"; subject = \"s\"; user = \"u\"; }" };

	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		char list[256];

		snprintf(list, sizeof(list), "( %s )", bad[i]);
		CU_ASSERT(refuses(issuer_with("accounts", list),
			"6: a rule of \"accounts\" in issuer \"corp\" is of no "
			"known kind, expected { claim; } or { claim; suffix; "
			"}, { claim; value; user; } or { subject; user; }"));
	}
}

static void
names_the_nearest_setting_for_an_unknown_one(void)
{
	static const struct row rows[] = {
		{ "audiance", "[ \"a\" ]",
			"7: unknown setting \"audiance\" in issuer \"corp\"; "
			"did you mean \"audience\"?" },
		{ "fetch", "{\n colldown = 3; }",
			"8: unknown setting \"colldown\" in issuer \"corp\"; "
			"did you mean \"cooldown\"?" },
		{ "fetch", "{ zebra = 3; }",
			"7: unknown setting \"zebra\" in issuer \"corp\"; "
			"expected one of: ca_file, proxy, max_stale, "
			"cooldown" },
	};

	check_issuer_rows(rows, JWT_COUNT(rows));
	CU_ASSERT(refuses("\nservices = { a = {\nscope_nay = [ \"a\" ]; }; };",
		"3: unknown setting \"scope_nay\" in service \"a\"; did you "
		"mean \"scope_any\"?"));
	CU_ASSERT(refuses("isuers = ();", "1: unknown setting \"isuers\"; did "
					  "you mean \"issuers\"?"));
}

static void
names_required_settings_that_are_missing(void)
{
	static const char *const required[] = { "name", "issuer", "algorithms",
		"audience", "accounts" };

	for (size_t i = 0; i < JWT_COUNT(required); i++) {
		JWT_AUTO(config_case) c;
		char start[64];
		size_t folder;

		case_of_text(&c, issuer_with(required[i], NULL));
		folder = strlen(c.path);
		snprintf(start, sizeof(start),
			":1: \"%s\" is missing in "
			"issuer ",
			required[i]);
		CU_ASSERT_EQUAL(c.reason, JWT_CONFIG_ERROR);
		CU_ASSERT_EQUAL(
			strncmp(c.error.text + folder, start, strlen(start)),
			0);
		CU_ASSERT_PTR_NOT_NULL(strstr(c.error.text, ", expected "));
	}
}

static void
refuses_wrong_types_and_ranges_of_issuers(void)
{
	static const struct row rows[] = {
		{ "leeway", "0", NULL },
		{ "leeway", "300", NULL },
		{ "leeway", "301",
			"7: \"leeway\" in issuer \"corp\" is 301, expected a "
			"whole number from 0 to 300" },
		{ "leeway", "\"30\"",
			"7: \"leeway\" in issuer \"corp\" is \"30\", expected "
			"a whole number from 0 to 300" },
		{ "leeway", "30.5",
			"7: \"leeway\" in issuer \"corp\" is 30.5, expected a "
			"whole number from 0 to 300" },
		{ "leeway", "-1",
			"7: \"leeway\" in issuer \"corp\" is -1, expected a "
			"whole number from 0 to 300" },
		{ "max_lifetime", "60", NULL },
		{ "max_lifetime", "86400", NULL },
		{ "max_lifetime", "59",
			"7: \"max_lifetime\" in issuer \"corp\" is 59, "
			"expected a whole number from 60 to 86400" },
		{ "max_lifetime", "86401",
			"7: \"max_lifetime\" in issuer \"corp\" is 86401, "
			"expected a whole number from 60 to 86400" },
		{ "token_type", "\"id\"", NULL },
		{ "token_type", "\"refresh\"",
			"7: \"token_type\" in issuer \"corp\" is \"refresh\", "
			"expected \"access\" or \"id\"" },
		{ "plain_typ", "1",
			"7: \"plain_typ\" in issuer \"corp\" is 1, expected "
			"true or false" },
		{ "fetch", "3",
			"7: \"fetch\" in issuer \"corp\" is 3, expected a "
			"group { ... }" },
		{ "fetch", "{ cooldown = 0; }",
			"7: \"cooldown\" in issuer \"corp\" is 0, expected a "
			"whole number from 1 to 3600" },
		{ "jwks_file", "\"keys.json\"",
			"7: \"jwks_file\" in issuer \"corp\" is \"keys.json\", "
			"expected an absolute path" },
		{ "audience", "\"a\"",
			"5: \"audience\" in issuer \"corp\" is \"a\", expected "
			"[ ... ] with at least one string, as in \"aud\"" },
		{ "audience", "[]",
			"5: \"audience\" in issuer \"corp\" is [ ... ] with 0 "
			"elements, expected [ ... ] with at least one string, "
			"as in \"aud\"" },
		{ "accounts", "()",
			"6: \"accounts\" in issuer \"corp\" is ( ... ) with 0 "
			"elements, expected ( { ... } ) with at least one "
			"rule" },
		{ "name", "\"../corp\"",
			"2: \"name\" in issuer \"../corp\" is \"../corp\", "
			"expected 1 to 64 of a-z, 0-9, _ and -, the first a "
			"letter or digit" },
	};

	check_issuer_rows(rows, JWT_COUNT(rows));
}

static void
takes_https_urls_only(void)
{
	static const char *const good[] = { "https://idp", "https://a.b:8443/x",
		"https://[2001:db8::1]/r?a=b", "https://127.0.0.1:1/" };
	static const char *const bad[] = { "http://idp", "idp.example.com",
		"https://", "https:///x", "HTTPS://idp", "https://u:p@idp/",
		"https://idp/a b", "https://idp/#f", "file:///etc/passwd" };
	char value[128], error[256];

	for (size_t i = 0; i < JWT_COUNT(good); i++) {
		snprintf(value, sizeof(value), "\"%s\"", good[i]);
		CU_ASSERT(accepts(issuer_with("issuer", value)));
		CU_ASSERT(accepts(issuer_with("jwks_uri", value)));
	}
	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		snprintf(value, sizeof(value), "\"%s\"", bad[i]);
		snprintf(error, sizeof(error),
			"3: \"issuer\" in issuer \"corp\" is \"%s\", expected "
			"a URL that begins with https://",
			bad[i]);
		CU_ASSERT(refuses(issuer_with("issuer", value), error));
		snprintf(error, sizeof(error),
			"7: \"jwks_uri\" in issuer \"corp\" is \"%s\", "
			"expected a URL that begins with https://",
			bad[i]);
		CU_ASSERT(refuses(issuer_with("jwks_uri", value), error));
	}
}

static void
takes_proxies_without_password_and_with_port(void)
{
	static const char *const good[] = { "http://proxy:3128",
		"http://[2001:db8::1]:80", "socks5h://127.0.0.1:1080" };
	static const char *const bad[] = { "proxy:3128", "http://proxy",
		"https://proxy:1", "http://u:p@proxy:1", "http://proxy:1/",
		"http://:1", "http://proxy:", "http://proxy:123456",
		"http://proxy:1 ", "socks5://proxy:1", "" };
	char value[128], error[256];

	for (size_t i = 0; i < JWT_COUNT(good); i++) {
		snprintf(value, sizeof(value), "{ proxy = \"%s\"; }", good[i]);
		CU_ASSERT(accepts(issuer_with("fetch", value)));
	}
	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		snprintf(value, sizeof(value), "{ proxy = \"%s\"; }", bad[i]);
		snprintf(error, sizeof(error),
			"7: \"proxy\" in issuer \"corp\" is \"%s\", expected "
			"http://HOST:PORT or socks5h://HOST:PORT",
			bad[i]);
		CU_ASSERT(refuses(issuer_with("fetch", value), error));
	}
}

static void
lets_logouts_in_by_name_and_with_public_keys_alone(void)
{
	JWT_AUTO(config_case) c;
	const struct issuer_config *issuer;

	case_of_text(&c, issuer_with(NULL, NULL));
	CU_ASSERT_EQUAL_FATAL(c.reason, JWT_OK);
	issuer = &c.config->issuer[0];
	CU_ASSERT_EQUAL(issuer->logout_audience.count, 0);
	CU_ASSERT_EQUAL(issuer->logout_ends, LOGOUT_ENDS_USER);
	CU_ASSERT(accepts(issuer_with("logout_audience",
		"[ \"hosts\", \"more\" ]; logout_ends = \"session\"")));
	CU_ASSERT(refuses(issuer_with("logout_audience", "[ \"\" ]"),
		"7: an element of \"logout_audience\" in issuer \"corp\" is "
		"\"\", expected "
		"[ ... ] with 1 to 256 strings, each a client_id"));
	CU_ASSERT(refuses(issuer_with("logout_ends", "\"session\""),
		"7: \"logout_ends\" in issuer \"corp\" is set without "
		"\"logout_audience\", which lets logouts in"));
	CU_ASSERT(refuses(issuer_with("algorithms",
				  "[ \"HS512\" ]; secret_files = [ \"/a\" ]; "
				  "logout_audience = [ \"hosts\" ]"),
		"4: \"logout_audience\" in issuer \"corp\" is set with "
		"\"secret_files\", expected it only where keys are public"));
}

static void
ties_hmac_algorithms_to_secret_files(void)
{
	CU_ASSERT(refuses(issuer_with("algorithms", "[ \"RS256\", \"HS256\" ]"),
		"4: \"algorithms\" in issuer \"corp\" allows HS256, HS384 or "
		"HS512 without \"secret_files\", expected both or neither"));
	CU_ASSERT(refuses(issuer_with("secret_files", "[ \"/a\" ]"),
		"4: \"algorithms\" in issuer \"corp\" allows more than HS256, "
		"HS384 and HS512, expected only these with \"secret_files\""));
	CU_ASSERT(accepts(issuer_with("algorithms",
		"[ \"HS512\" ]; secret_files = [ \"/a\", \"/b\" ]")));
	CU_ASSERT(refuses(issuer_with("algorithms", "[ \"none\" ]"),
		"4: an element of \"algorithms\" in issuer \"corp\" is "
		"\"none\", expected [ ... ] of RS256, RS384, RS512, PS256, "
		"PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, Ed448, "
		"HS256, HS384, HS512"));
}

static void
takes_one_source_of_keys_at_most(void)
{
	CU_ASSERT(refuses(
		issuer_with("jwks_uri", "\"https://a\"; jwks_file = \"/a\""),
		"1: \"jwks_uri\", \"jwks_file\" and \"secret_files\" in issuer "
		"\"corp\" exclude each other, expected one of them or none"));
}

static const struct unit_test tests[] = {
	UNIT_TEST(fills_in_the_strict_defaults),
	UNIT_TEST(reads_every_setting_of_a_service),
	UNIT_TEST(a_service_without_a_rule_of_its_own_has_none),
	UNIT_TEST(reads_the_three_kinds_of_account_rules),
	UNIT_TEST(refuses_account_rules_of_no_known_kind),
	UNIT_TEST(names_the_nearest_setting_for_an_unknown_one),
	UNIT_TEST(names_required_settings_that_are_missing),
	UNIT_TEST(refuses_wrong_types_and_ranges_of_issuers),
	UNIT_TEST(takes_https_urls_only),
	UNIT_TEST(takes_proxies_without_password_and_with_port),
	UNIT_TEST(lets_logouts_in_by_name_and_with_public_keys_alone),
	UNIT_TEST(ties_hmac_algorithms_to_secret_files),
	UNIT_TEST(takes_one_source_of_keys_at_most),
};
UNIT_SUITE("config", tests)
