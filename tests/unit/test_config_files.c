/* SPDX-License-Identifier: ISC */
/* config: files, merging, revocation, and what libconfig must not see. */
#include "config/suggest.h"
#include "config_case.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * libconfig 1.5 forgets the string that it has just read when a syntax error
 * stops it. Its settings are copies made elsewhere, so a config_destroy that
 * we forget is still seen.
 */
JWTCORE_EXPORT const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\n";
}

static void
put(const struct config_case *c, const char *name, const char *text)
{
	case_write(c, name, text, strlen(text), 0644);
}

static void
issuers_of_all_files_add_up_in_order_of_name(void)
{
	JWT_AUTO(config_case) c;

	case_begin(&c);
	put(&c, "main.conf", issuer_with(NULL, NULL));
	put(&c, "conf.d/20.conf",
		"issuers = ( { name = \"c\"; issuer = \"https://c\"; "
		"algorithms = [ \"RS256\" ]; audience = [ \"%h:%h\" ]; "
		"accounts = ( { claim = \"sub\"; } ); } );");
	put(&c, "conf.d/10.conf",
		"issuers = ( { name = \"b\"; issuer = \"https://b\"; "
		"algorithms = [ \"RS256\" ]; audience = [ \"100%\" ]; "
		"accounts = ( { claim = \"sub\"; } ); } );");
	put(&c, "conf.d/30.conf", "host_name = \"h1.example\";");
	put(&c, "conf.d/40.conf~", "nonsense");
	put(&c, "conf.d/.50.conf", "nonsense");
	case_load(&c);
	CU_ASSERT_EQUAL_FATAL(c.reason, JWT_OK);
	CU_ASSERT_EQUAL_FATAL(c.config->issuer_count, 3);
	CU_ASSERT_STRING_EQUAL(c.config->issuer[0].name, "corp");
	CU_ASSERT_STRING_EQUAL(c.config->issuer[1].name, "b");
	CU_ASSERT_STRING_EQUAL(c.config->issuer[2].name, "c");
	CU_ASSERT_STRING_EQUAL(c.config->issuer[1].audience.item[0], "100%");
	CU_ASSERT_STRING_EQUAL(
		c.config->issuer[2].audience.item[0], "h1.example:h1.example");
	CU_ASSERT_PTR_EQUAL(
		config_issuer(c.config, slice_of_string("https://b")),
		&c.config->issuer[1]);
	CU_ASSERT_PTR_NULL(
		config_issuer(c.config, slice_of_string("https://b/")));
	CU_ASSERT_PTR_EQUAL(
		config_issuer_by_name(c.config, "c"), &c.config->issuer[2]);
}

static void
a_later_service_replaces_the_whole_one_of_its_name(void)
{
	JWT_AUTO(config_case) c;

	case_begin(&c);
	put(&c, "main.conf",
		"services = { sshd = { scope_any = [ \"ssh\" ]; }; "
		"sudo = { scope_any = [ \"sudo\" ]; acr_any = [ \"mfa\" ]; "
		"}; };");
	put(&c, "conf.d/a.conf",
		"services = { sudo = { users = [ \"alice\" ]; }; };");
	case_load(&c);
	CU_ASSERT_EQUAL_FATAL(c.reason, JWT_OK);
	CU_ASSERT_EQUAL_FATAL(c.config->service_count, 2);
	CU_ASSERT_EQUAL(c.config->service[1].scope_any.count, 0);
	CU_ASSERT_EQUAL(c.config->service[1].acr_any.count, 0);
	CU_ASSERT_EQUAL(c.config->service[1].users.count, 1);
	CU_ASSERT_EQUAL(c.config->service[0].scope_any.count, 1);
}

static void
anything_else_said_twice_is_an_error_that_names_both(void)
{
	static const char *const texts[] = { "host_name = \"a\";",
		"min_uid = 500;", "revocation = { };" };

	for (size_t i = 0; i < JWT_COUNT(texts); i++) {
		JWT_AUTO(config_case) c;
		char expected[CONFIG_ERROR_MAX], text[64];

		case_begin(&c);
		put(&c, "main.conf", texts[i]);
		snprintf(text, sizeof(text), "\n\n%s", texts[i]);
		put(&c, "conf.d/x.conf", text);
		case_load(&c);
		snprintf(expected, sizeof(expected),
			"%s/conf.d/x.conf:3: \"%.*s\" is said twice, expected "
			"once; the other is at %s:1",
			c.folder, (int)strcspn(texts[i], " "), texts[i],
			c.path);
		CU_ASSERT_STRING_EQUAL(c.error.text, expected);
	}
	CU_ASSERT(refuses("min_uid = 1;\nmin_uid = 2;",
		"2: duplicate setting name near \"min_uid\", expected settings "
		"as NAME = VALUE; each once"));
}

static void
names_belong_to_one_issuer_or_service(void)
{
	static const char rest[] =
		"algorithms = [ \"RS256\" ]; audience = [ \"a\" ]; "
		"accounts = ( { claim = \"sub\"; } ); } );";
	static const char *const heads[][2] = {
		{ "issuers = ( {\n name = \"corp\"; issuer = \"https://b\";",
			":2: \"name\" in issuer \"corp\" is the name of "
			"another issuer too, expected another name" },
		{ "issuers = ( { name = \"b\";\n\n issuer = "
		  "\"https://idp.example.com\";",
			":3: \"issuer\" in issuer \"b\" is "
			"\"https://idp.example.com\", as in issuer \"corp\", "
			"expected another URL" },
	};

	for (size_t i = 0; i < JWT_COUNT(heads); i++) {
		JWT_AUTO(config_case) c;
		char text[512];

		case_begin(&c);
		put(&c, "main.conf", issuer_with(NULL, NULL));
		snprintf(text, sizeof(text), "%s%s", heads[i][0], rest);
		put(&c, "conf.d/x.conf", text);
		case_load(&c);
		CU_ASSERT_PTR_NOT_NULL(strstr(c.error.text, "/conf.d/x.conf:"));
		CU_ASSERT_PTR_NOT_NULL(strstr(c.error.text, heads[i][1]));
	}
	CU_ASSERT(refuses("services = { a = {\nalso = [ \"b\" ]; };\nb = { }; "
			  "};",
		"3: service \"b\" is in \"also\" of service \"a\" too, "
		"expected one of both"));
	CU_ASSERT(refuses("services = { a = {\nalso = [ \"b\" ]; };\nc = { "
			  "also = [ \"b\" ]; }; };",
		"3: \"also\" in service \"c\" names \"b\", which service "
		"\"a\" answers to, expected another name"));
}

static void
percent_h_needs_the_host_name(void)
{
	CU_ASSERT(refuses(issuer_with("audience", "[ \"a\",\n \"ssh://%h\" ]"),
		"6: \"audience\" in issuer \"corp\" uses %h, which needs "
		"\"host_name\", and that is missing"));
	CU_ASSERT(refuses("host_name = \"a b\";",
		"1: \"host_name\" is \"a b\", expected a host name"));
}

static void
believes_no_file_that_others_can_write(void)
{
	static const unsigned modes[] = { 0664, 0646 };

	for (size_t i = 0; i < JWT_COUNT(modes); i++) {
		JWT_AUTO(config_case) c;
		char expected[64];

		case_begin(&c);
		case_write(&c, "main.conf", "", 0, modes[i]);
		case_load(&c);
		snprintf(expected, sizeof(expected),
			" mode is %04o; run: chmod go-w ", modes[i]);
		CU_ASSERT_EQUAL(c.reason, JWT_CONFIG_ERROR);
		CU_ASSERT_PTR_NOT_NULL(strstr(c.error.text, expected));
		CU_ASSERT_PTR_NOT_NULL(strstr(c.error.text, c.path));
	}
}

static void
believes_no_folder_that_others_can_write(void)
{
	JWT_AUTO(config_case) c;
	char folder[CASE_PATH_MAX + 16], expected[CONFIG_ERROR_MAX];

	case_begin(&c);
	put(&c, "main.conf", "");
	put(&c, "conf.d/x.conf", "");
	snprintf(folder, sizeof(folder), "%s/conf.d", c.folder);
	CU_ASSERT_EQUAL_FATAL(chmod(folder, 0777), 0);
	case_load(&c);
	snprintf(expected, sizeof(expected),
		"%s: mode is 0777; run: chmod go-w %s", folder, folder);
	CU_ASSERT_EQUAL(c.reason, JWT_CONFIG_ERROR);
	CU_ASSERT_STRING_EQUAL(c.error.text, expected);
}

static void
a_missing_linked_or_huge_file_is_an_error(void)
{
	JWT_AUTO(config_case) c;
	char real[CASE_PATH_MAX + 16];
	char *spaces = malloc(CONFIG_FILE_MAX + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(spaces);
	memset(spaces, ' ', CONFIG_FILE_MAX + 1);
	case_begin(&c);
	case_load(&c);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.error.text, "no such file"));
	snprintf(real, sizeof(real), "%s/real", c.folder);
	put(&c, "real", "");
	CU_ASSERT_EQUAL_FATAL(symlink(real, c.path), 0);
	case_load(&c);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.error.text, "symbolic link"));
	case_write(&c, "main.conf", spaces, CONFIG_FILE_MAX + 1, 0644);
	case_load(&c);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.error.text, "longer than 1048576"));
	case_write(&c, "main.conf", spaces, CONFIG_FILE_MAX, 0644);
	case_load(&c);
	CU_ASSERT_EQUAL(c.reason, JWT_OK);
	free(spaces);
}

static void
includes_are_refused(void)
{
	CU_ASSERT(refuses("# @include \"a\"\n\n  @include \"/etc/passwd\"\n",
		"3: @include is refused, since it would read files unchecked; "
		"put them into conf.d"));
	CU_ASSERT(accepts("# @include \"a\"\n// @include \"b\"\n/*\n@include "
			  "\"c\"\n*/\nhost_name = \"a\";"));
}

static void
numbers_that_would_wrap_are_refused(void)
{
	CU_ASSERT(refuses("/* 9999999999 */\nmin_uid = 4294968296;",
		"2: the number 4294968296 is too large, expected at most "
		"2147483647"));
	CU_ASSERT(refuses("min_uid = 0x100000400;",
		"1: the number 0x100000400 is too large, expected at most "
		"2147483647"));
	CU_ASSERT(refuses("min_uid = -4294966296L;",
		"1: the number 4294966296L is too large, expected at most "
		"2147483647"));
	CU_ASSERT(
		accepts("min_uid = 2147483647; host_name = \"a9999999999\";"));
}

static void
deep_nesting_and_nul_are_refused(void)
{
	static char deep[20000];
	JWT_AUTO(config_case) c;

	memset(deep, '(', sizeof(deep) - 1);
	memcpy(deep, "a=", 2);
	CU_ASSERT(refuses(deep, "1: nested more than 16 deep"));
	CU_ASSERT(refuses("\nhost_name = \"a\\x00b\";",
		"2: \\x00 in a string, expected text"));
	case_begin(&c);
	case_write(&c, "main.conf", "min_uid = 1;\0", 13, 0644);
	case_load(&c);
	CU_ASSERT(case_refused(&c, " holds a NUL byte, expected text"));
}

static void
a_syntax_error_names_its_line(void)
{
	CU_ASSERT(refuses("min_uid = 1;\nhost_name \"a\";",
		"2: syntax error near \"host_name\", expected settings as "
		"NAME = VALUE; each once"));
	CU_ASSERT(refuses("\nhost_name = \"a\\\"\n;",
		"2: a string has no end, expected a quote"));
	CU_ASSERT(refuses(
		"\n/* min_uid = 1;\n", "2: a comment has no end, expected */"));
}

static void
an_unreachable_store_lets_in_for_a_bounded_time_only(void)
{
	static const char error[] =
		"1: \"on_unreachable\" and \"fresh_for\" in \"revocation\" "
		"disagree, expected \"fresh_for\" with \"allow_fresh\" and "
		"only with it";

	CU_ASSERT(accepts("revocation = { on_unreachable = \"allow_fresh\"; "
			  "fresh_for = 300; };"));
	CU_ASSERT(refuses("revocation = { on_unreachable = \"allow_fresh\"; "
			  "};",
		error));
	CU_ASSERT(refuses("revocation = { fresh_for = 300; };", error));
}

#define LAST_KNOWN(more)                                                     \
	"revocation = { store = \"redis\";\nredis = { raw_tokens = false;\n" \
	"address = \"unix:/a\";" more "\n}; on_unreachable = \"last_known\";"

static void
a_copy_is_of_redis_and_has_a_bounded_age(void)
{
	JWT_AUTO(config_case) c;

	case_of_text(&c, LAST_KNOWN("") "};");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c.config);
	CU_ASSERT_EQUAL(
		c.config->revocation.on_unreachable, UNREACHABLE_LAST_KNOWN);
	CU_ASSERT_EQUAL(c.config->revocation.max_age, 86400);
	CU_ASSERT(accepts(LAST_KNOWN("") "max_age = 60; };"));
	CU_ASSERT(accepts(LAST_KNOWN("") "max_age = 604800; };"));
	CU_ASSERT(refuses(LAST_KNOWN("") "max_age = 59; };",
		"4: \"max_age\" in \"revocation\" is 59, expected a whole "
		"number from 60 to 604800"));
	CU_ASSERT(refuses("revocation = {\nmax_age = 60; };",
		"2: \"on_unreachable\" and \"max_age\" in \"revocation\" "
		"disagree, expected \"max_age\" only with \"last_known\""));
	CU_ASSERT(refuses("revocation = {\non_unreachable = \"last_known\"; };",
		"2: \"on_unreachable\" in \"revocation\" is \"last_known\", "
		"expected that only where \"store\" is \"redis\""));
	CU_ASSERT(refuses("revocation = { on_unreachable = \"allow\"; };",
		"1: \"on_unreachable\" in \"revocation\" is \"allow\", "
		"expected \"deny\", \"allow_fresh\" or \"last_known\""));
}

static void
a_copy_needs_a_follower_that_can_log_in(void)
{
	CU_ASSERT(accepts(LAST_KNOWN("password_file = \"/a\"; "
				     "follower_password_file = \"/b\";") "};"));
	CU_ASSERT(refuses(LAST_KNOWN("password_file = \"/a\";") "};",
		"2: \"redis.follower_password_file\" is missing in "
		"\"revocation\", expected the password of jwtauth-followd, "
		"since hosts have one and \"on_unreachable\" is "
		"\"last_known\""));
	CU_ASSERT(refuses(LAST_KNOWN("follower_user = \"f\";") "};",
		"3: \"redis.follower_user\" in \"revocation\" needs "
		"\"follower_password_file\", and that is missing"));
}

static void
suggests_only_what_is_near(void)
{
	static const struct {
		const char *word, *best;
	} rows[] = { { "audiance", "audience" }, { "audeince", "audience" },
		{ "scop_any", "scope_any" }, { "x", NULL }, { "", NULL },
		{ "zebra", NULL } };

	for (size_t i = 0; i < JWT_COUNT(rows); i++) {
		struct suggestion s = SUGGESTION(rows[i].word);

		suggestion_offer(&s, "scope_any");
		suggestion_offer(&s, "audience");
		suggestion_offer(&s, "algorithms");
		CU_ASSERT(rows[i].best == NULL
				  ? s.best == NULL
				  : s.best != NULL &&
					    strcmp(s.best, rows[i].best) == 0);
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(issuers_of_all_files_add_up_in_order_of_name),
	UNIT_TEST(a_later_service_replaces_the_whole_one_of_its_name),
	UNIT_TEST(anything_else_said_twice_is_an_error_that_names_both),
	UNIT_TEST(names_belong_to_one_issuer_or_service),
	UNIT_TEST(percent_h_needs_the_host_name),
	UNIT_TEST(believes_no_file_that_others_can_write),
	UNIT_TEST(believes_no_folder_that_others_can_write),
	UNIT_TEST(a_missing_linked_or_huge_file_is_an_error),
	UNIT_TEST(includes_are_refused),
	UNIT_TEST(numbers_that_would_wrap_are_refused),
	UNIT_TEST(deep_nesting_and_nul_are_refused),
	UNIT_TEST(a_syntax_error_names_its_line),
	UNIT_TEST(an_unreachable_store_lets_in_for_a_bounded_time_only),
	UNIT_TEST(a_copy_is_of_redis_and_has_a_bounded_age),
	UNIT_TEST(a_copy_needs_a_follower_that_can_log_in),
	UNIT_TEST(suggests_only_what_is_near),
};
UNIT_SUITE("config_files", tests)
