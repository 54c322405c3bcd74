/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl enable and disable without a host: texts of PAM and sshd files,
 * and several files changed as one.
 */
#include "suite.h"

#include "base/file.h"
#include "changes.h"
#include "pam_snippet.h"
#include "pam_stack.h"
#include "sshd_settings.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

static void
reads_the_answer_of_sshd(void)
{
	struct sshd_settings s;

	CU_ASSERT(sshd_settings_parse(
		slice_of_string("usepam yes\npubkeyauthentication yes\n"
				"passwordauthentication no\n"
				"kbdinteractiveauthentication yes\n"
				"authorizedkeyscommand /usr/bin/other %u %k\n"
				"authorizedkeyscommanduser nobody\n"),
		&s));
	CU_ASSERT_STRING_EQUAL(s.keys_command, "/usr/bin/other %u %k");
	CU_ASSERT_STRING_EQUAL(s.keys_command_user, "nobody");
	CU_ASSERT(s.pam && s.pubkey && s.keyboard_interactive && !s.password);
	CU_ASSERT_FALSE(sshd_settings_parse(slice_of_string("usepam"), &s));
}

/* ---- on a folder of its own */

static char folder[] = "/tmp/jwtauth-enable-XXXXXX";

static void
write_text(const char *name, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	CU_ASSERT_FATAL(file_write(
		path, slice_of_string(text), 0640, geteuid(), getegid(), NULL));
}

static void
holds(const char *name, const char *text)
{
	JWT_AUTO(buffer) found = BUFFER(4096);
	struct file_trust trust = { .any_owner = true };
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (text == NULL) {
		CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
		return;
	}
	CU_ASSERT_EQUAL(file_read(path, &trust, &found, NULL), FILE_OK);
	CU_ASSERT_STRING_EQUAL(buffer_string(&found), text);
}

static void
path_of(const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", folder, name);
}

static void
plan_three(struct change_list *list)
{
	char path[PATH_MAX];

	write_text("old", "old\n");
	write_text("gone", "gone\n");
	path_of("old", path);
	CU_ASSERT(change_write(list, path, slice_of_string("new\n"), NULL));
	path_of("fresh", path);
	CU_ASSERT(change_write(list, path, slice_of_string("fresh\n"), NULL));
	path_of("gone", path);
	CU_ASSERT(change_remove(list, path, NULL));
}

static void
makes_and_takes_back_several_files(void)
{
	struct change_list list = { .count = 0 };
	char path[PATH_MAX];
	struct stat st;

	plan_three(&list);
	CU_ASSERT(changes_make(&list, NULL));
	holds("old", "new\n");
	holds("fresh", "fresh\n");
	holds("gone", NULL);
	path_of("old", path);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
	CU_ASSERT(changes_undo(&list, NULL));
	holds("old", "old\n");
	holds("fresh", NULL);
	holds("gone", "gone\n");
	change_list_free(&list);
}

static void
leaves_nothing_when_one_step_fails(void)
{
	struct change_list list = { .count = 0 };
	struct report r = { .text = "" };
	char path[PATH_MAX];

	plan_three(&list);
	path_of("no/such/folder", path);
	CU_ASSERT(change_write(&list, path, slice_of_string("x"), NULL));
	CU_ASSERT_FALSE(changes_make(&list, &r));
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "no/such/folder"));
	holds("old", "old\n");
	holds("fresh", NULL);
	holds("gone", "gone\n");
	change_list_free(&list);
}

static void
plans_nothing_for_what_is_so_already(void)
{
	struct change_list list = { .count = 0 };
	char path[PATH_MAX];

	write_text("old", "old\n");
	path_of("old", path);
	CU_ASSERT(change_write(&list, path, slice_of_string("old\n"), NULL));
	path_of("fresh", path);
	CU_ASSERT(change_remove(&list, path, NULL));
	CU_ASSERT_EQUAL(list.count, 0);
	change_list_free(&list);
}

static void
follows_no_symbolic_link(void)
{
	struct change_list list = { .count = 0 };
	struct report r = { .text = "" };
	char path[PATH_MAX];

	path_of("link", path);
	CU_ASSERT_EQUAL(symlink("old", path), 0);
	CU_ASSERT_FALSE(change_write(&list, path, slice_of_string("x"), &r));
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "symbolic link"));
	unlink(path);
	change_list_free(&list);
}

static void
make_folder(const char *name)
{
	char path[PATH_MAX];

	path_of(name, path);
	(void)mkdir(path, 0755);
}

static void
finds_the_line_of_a_setting_through_includes(void)
{
	static const char *const command[] = { "AuthorizedKeysCommand", NULL };
	static const char *const password[] = { "PasswordAuthentication",
		NULL };
	struct sshd_place place;

	make_folder("etc");
	make_folder("etc/ssh");
	make_folder("etc/ssh/sshd_config.d");
	write_text("etc/ssh/sshd_config", "# AuthorizedKeysCommand /no\n"
					  "AuthorizedKeysCommand none\n"
					  "Include sshd_config.d/*.conf\n"
					  "Match User x\n"
					  "  PasswordAuthentication no\n");
	write_text("etc/ssh/sshd_config.d/10-other.conf",
		"\nauthorizedkeyscommand=\"/usr/bin/other\" %u\n");
	place = sshd_find(folder, command, false);
	CU_ASSERT_STRING_EQUAL(
		place.path, "/etc/ssh/sshd_config.d/10-other.conf");
	CU_ASSERT_EQUAL(place.line, 2);
	CU_ASSERT_EQUAL(sshd_find(folder, command, true).line, 0);
	CU_ASSERT_EQUAL(sshd_find(folder, password, false).line, 0);
	CU_ASSERT_EQUAL(sshd_find(folder, password, true).line, 5);
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
	UNIT_TEST(reads_the_answer_of_sshd),
	UNIT_TEST(makes_and_takes_back_several_files),
	UNIT_TEST(leaves_nothing_when_one_step_fails),
	UNIT_TEST(plans_nothing_for_what_is_so_already),
	UNIT_TEST(follows_no_symbolic_link),
	UNIT_TEST(finds_the_line_of_a_setting_through_includes),
};

static void
remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command) != 0)
		fprintf(stderr, "%s stays behind\n", folder);
}

int
main(void)
{
	int status;

	if (mkdtemp(folder) == NULL)
		return 1;
	status = suite_run("enable", tests, JWT_COUNT(tests));
	remove_folder();
	return status;
}
