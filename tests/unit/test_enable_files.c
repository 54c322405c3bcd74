/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl enable and disable without a host: what sshd's files say, and
 * several files changed as one.
 */
#include "suite.h"

#include "base/file.h"
#include "changes.h"
#include "sshd_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
	status = suite_run("enable_files", tests, JWT_COUNT(tests));
	remove_folder();
	return status;
}
