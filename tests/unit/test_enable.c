/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl enable and disable without a host: the texts of PAM's files.
 */
#include "suite.h"

#include "pam_snippet.h"
#include "pam_stack.h"

#include <string.h>

static const char debian_sshd[] = "# PAM of sshd\n"
				  "@include common-auth\n"
				  "account    required     pam_nologin.so\n"
				  "@include common-account\n"
				  "session [success=ok default=bad] "
				  "pam_selinux.so close\n"
				  "session    required     pam_loginuid.so\n"
				  "@include common-session\n"
				  "session    required     pam_env.so # [1]\n"
				  "@include common-password\n";

static const char debian_sudo[] = "#%PAM-1.0\n"
				  "session    required   pam_limits.so\n"
				  "\n"
				  "@include common-auth\n"
				  "@include common-account\n"
				  "@include common-session-noninteractive\n";

static void
add(const char *text, const char *service, struct buffer *out)
{
	JWT_AUTO(buffer) auth = BUFFER(4096);
	JWT_AUTO(buffer) account = BUFFER(4096);

	CU_ASSERT(pam_stack_add(
		slice_of_string(text), service, PAM_PHASE_AUTH, &auth, NULL));
	CU_ASSERT(pam_stack_add(buffer_slice(&auth), service, PAM_PHASE_ACCOUNT,
		&account, NULL));
	CU_ASSERT(pam_stack_add(
		buffer_slice(&account), service, PAM_PHASE_SESSION, out, NULL));
}

static void
drop(const struct buffer *text, const char *service, struct buffer *out)
{
	JWT_AUTO(buffer) auth = BUFFER(4096);
	JWT_AUTO(buffer) account = BUFFER(4096);

	CU_ASSERT(pam_stack_drop(
		buffer_slice(text), service, PAM_PHASE_AUTH, &auth));
	CU_ASSERT(pam_stack_drop(
		buffer_slice(&auth), service, PAM_PHASE_ACCOUNT, &account));
	CU_ASSERT(pam_stack_drop(
		buffer_slice(&account), service, PAM_PHASE_SESSION, out));
}

static void
comes_back_exactly(const char *text, const char *service)
{
	JWT_AUTO(buffer) on = BUFFER(4096);
	JWT_AUTO(buffer) off = BUFFER(4096);

	add(text, service, &on);
	CU_ASSERT_STRING_NOT_EQUAL(buffer_string(&on), text);
	drop(&on, service, &off);
	CU_ASSERT_STRING_EQUAL(buffer_string(&off), text);
}

static void
puts_lines_where_debians_sshd_needs_them(void)
{
	JWT_AUTO(buffer) on = BUFFER(4096);

	add(debian_sshd, "sshd", &on);
	CU_ASSERT_STRING_EQUAL(buffer_string(&on),
		"# PAM of sshd\n"
		"@include jwtauth-sshd-auth\n"
		"@include common-auth\n"
		"account    required     pam_nologin.so\n"
		"@include jwtauth-sshd-account\n"
		"@include common-account\n"
		"session [success=ok default=bad] pam_selinux.so close\n"
		"session    required     pam_loginuid.so\n"
		"@include jwtauth-sshd-session\n"
		"@include common-session\n"
		"session    required     pam_env.so # [1]\n"
		"@include common-password\n");
}

static void
puts_session_line_before_common_session_without_loginuid(void)
{
	JWT_AUTO(buffer) on = BUFFER(4096);

	add(debian_sudo, "sudo", &on);
	CU_ASSERT_STRING_EQUAL(buffer_string(&on),
		"#%PAM-1.0\n"
		"session    required   pam_limits.so\n"
		"\n"
		"@include jwtauth-sudo-auth\n"
		"@include common-auth\n"
		"@include jwtauth-sudo-account\n"
		"@include common-account\n"
		"@include jwtauth-sudo-session\n"
		"@include common-session-noninteractive\n");
}

static void
gives_back_every_byte(void)
{
	comes_back_exactly(debian_sshd, "sshd");
	comes_back_exactly(debian_sudo, "sudo");
}

static void
gives_back_a_text_without_a_last_newline(void)
{
	comes_back_exactly("auth required pam_unix.so\n"
			   "account required pam_unix.so\n"
			   "session required pam_loginuid.so",
		"sshd");
}

static void
keeps_what_was_edited_between(void)
{
	JWT_AUTO(buffer) on = BUFFER(4096);
	JWT_AUTO(buffer) off = BUFFER(4096);

	add(debian_sudo, "sudo", &on);
	CU_ASSERT(buffer_append_string(&on, "# mine\n"));
	drop(&on, "sudo", &off);
	CU_ASSERT_NSTRING_EQUAL(
		buffer_string(&off), debian_sudo, strlen(debian_sudo));
	CU_ASSERT_STRING_EQUAL(
		buffer_string(&off) + strlen(debian_sudo), "# mine\n");
}

static void
adds_nothing_twice(void)
{
	JWT_AUTO(buffer) once = BUFFER(4096);
	JWT_AUTO(buffer) twice = BUFFER(4096);

	add(debian_sshd, "sshd", &once);
	add(buffer_string(&once), "sshd", &twice);
	CU_ASSERT_STRING_EQUAL(buffer_string(&once), buffer_string(&twice));
}

static void
never_cuts_a_line_that_a_backslash_joins(void)
{
	JWT_AUTO(buffer) on = BUFFER(4096);

	CU_ASSERT(
		pam_stack_add(slice_of_string("session required \\\n"
					      "  pam_loginuid.so \\\n"
					      "  require_auditd\n"
					      "session required pam_env.so\n"),
			"sshd", PAM_PHASE_SESSION, &on, NULL));
	CU_ASSERT_STRING_EQUAL(buffer_string(&on),
		"session required \\\n"
		"  pam_loginuid.so \\\n"
		"  require_auditd\n"
		"@include jwtauth-sshd-session\n"
		"session required pam_env.so\n");
}

static void
takes_no_comment_for_a_line(void)
{
	JWT_AUTO(buffer) on = BUFFER(4096);

	CU_ASSERT(pam_stack_add(slice_of_string("# @include common-auth\n"
						"#auth required pam_x.so \\\n"
						"auth required pam_unix.so\n"),
		"sshd", PAM_PHASE_AUTH, &on, NULL));
	CU_ASSERT_STRING_EQUAL(buffer_string(&on),
		"# @include common-auth\n"
		"#auth required pam_x.so \\\n"
		"@include jwtauth-sshd-auth\n"
		"auth required pam_unix.so\n");
}

static void
says_which_line_to_add_where_there_is_no_place(void)
{
	JWT_AUTO(buffer) on = BUFFER(4096);
	struct report r = { .text = "" };

	CU_ASSERT_FALSE(pam_stack_add(
		slice_of_string("# empty\n"), "sshd", PAM_PHASE_AUTH, &on, &r));
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "@include jwtauth-sshd-auth"));
}

static const char template[] =
	"# exempt=nobody pam_jwt.so\n"
	"auth\t[success=done default=die]\tpam_jwt.so role=login ssh\n";

static void
renders(const struct snippet_choice *choice, const char *expected)
{
	JWT_AUTO(buffer) text = BUFFER(4096);
	struct snippet_choice found;

	CU_ASSERT(snippet_render(slice_of_string(template), choice, &text));
	CU_ASSERT_STRING_EQUAL(buffer_string(&text), expected);
	CU_ASSERT(snippet_recognize(
		slice_of_string(template), buffer_slice(&text), &found));
	CU_ASSERT_STRING_EQUAL(found.exempt, choice->exempt);
	CU_ASSERT_EQUAL(found.tokens_only, choice->tokens_only);
}

static void
renders_exempt_accounts_and_reads_them_back(void)
{
	renders(&(struct snippet_choice){ .exempt = "" }, template);
	renders(&(struct snippet_choice){ .exempt = "root,bob" },
		"# exempt=nobody pam_jwt.so\n"
		"auth\t[success=done default=die]\tpam_jwt.so role=login ssh "
		"exempt=root,bob\n");
}

static void
asks_no_password_where_sshd_took_none(void)
{
	JWT_AUTO(buffer) text = BUFFER(4096);
	struct snippet_choice choice = { .tokens_only = true }, found;

	CU_ASSERT(snippet_render(slice_of_string(template), &choice, &text));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(buffer_string(&text), "auth\trequisite\t"));
	CU_ASSERT(snippet_recognize(
		slice_of_string(template), buffer_slice(&text), &found));
	CU_ASSERT_TRUE(found.tokens_only);
}

static void
replaces_the_exempt_accounts_of_an_edited_line(void)
{
	JWT_AUTO(buffer) text = BUFFER(4096);
	struct snippet_choice choice = { .exempt = "carol" }, found;
	const char *edited = "auth required pam_jwt.so exempt=bob deadline=9\n";

	CU_ASSERT_FALSE(snippet_recognize(
		slice_of_string(template), slice_of_string(edited), &found));
	CU_ASSERT_STRING_EQUAL(found.exempt, "bob");
	CU_ASSERT(snippet_render(slice_of_string(edited), &choice, &text));
	CU_ASSERT_STRING_EQUAL(buffer_string(&text),
		"auth required pam_jwt.so deadline=9 exempt=carol\n");
}

static void
takes_only_names_for_exempt(void)
{
	static const char *const bad[] = { "", ",", "a,", ",a", "a,,b", "a b",
		"a]", "-a", "a\n", "a#", "a\\" };

	CU_ASSERT(snippet_exempt_is_good("root"));
	CU_ASSERT(snippet_exempt_is_good("root,bob.x,c_d-e"));
	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_FALSE(snippet_exempt_is_good(bad[i]));
}

static const struct unit_test tests[] = {
	UNIT_TEST(puts_lines_where_debians_sshd_needs_them),
	UNIT_TEST(puts_session_line_before_common_session_without_loginuid),
	UNIT_TEST(gives_back_every_byte),
	UNIT_TEST(gives_back_a_text_without_a_last_newline),
	UNIT_TEST(keeps_what_was_edited_between),
	UNIT_TEST(adds_nothing_twice),
	UNIT_TEST(never_cuts_a_line_that_a_backslash_joins),
	UNIT_TEST(takes_no_comment_for_a_line),
	UNIT_TEST(says_which_line_to_add_where_there_is_no_place),
	UNIT_TEST(renders_exempt_accounts_and_reads_them_back),
	UNIT_TEST(asks_no_password_where_sshd_took_none),
	UNIT_TEST(replaces_the_exempt_accounts_of_an_edited_line),
	UNIT_TEST(takes_only_names_for_exempt),
};

UNIT_SUITE("enable", tests)
