/* SPDX-License-Identifier: ISC */
/* pam_jwt through libpam: session records, their beginning and their end. */
#include "pam_login.h"
#include "suite.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* sudo's own PAM session, by a file that uses either role. */
static void
sudo_session(struct seen *seen)
{
	static const char *const roles[] = { ELEVATE, LOGIN };

	host_become_sudo_of(HOST_USER_UID);
	for (size_t i = 0; i < 2; i++) {
		pam_handle_t *pamh;

		host_service(roles[i]);
		pamh = host_start(seen, HOST_USER, no_token);
		seen->result[8 + 2 * i] = pam_open_session(pamh, 0);
		seen->result[9 + 2 * i] = pam_close_session(pamh, 0);
		pam_end(pamh, 0);
	}
	host_run_below(sudo_with_record, seen);
}

static void
note_names(struct seen *seen)
{
	struct stat st;
	DIR *dir = opendir(HOST_SESSIONS);
	const struct dirent *entry;

	seen->result[12] = 0;
	while (dir && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' &&
			fstatat(dirfd(dir), entry->d_name, &st, 0) == 0) {
			seen->result[12]++;
			seen->result[13] = (int)(st.st_mode & 07777);
			seen->result[14] = entry->d_name[0] == 'p';
		}
	seen->result[15] = (int)host_count("run/pending");
	if (dir)
		closedir(dir);
	sudo_with_record(seen);
}

static void
a_certificate_login_elevates_without_a_prompt(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_USER_UID,
		.inside = note_names });
	CU_ASSERT_EQUAL(seen->result[3], 1);
	CU_ASSERT_EQUAL(seen->result[1], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[2], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[4], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[5], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[12], 1);
	CU_ASSERT_EQUAL(seen->result[13], 0600);
	CU_ASSERT_EQUAL(seen->result[14], 0); /* the audit session's number */
	CU_ASSERT_STRING_EQUAL(seen->prompts, "");
	CU_ASSERT_PTR_NOT_NULL(strstr(seen->asked,
		"purpose=3 service=svc user=daemon uid=1 real=0 login=1 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(seen->asked,
		"purpose=1 service=svc user=daemon uid=1 real=1 login=1 "
		"host= carrier=2 token=publickey "
		"ssh-ed25519-cert-v01@openssh.com CERT record=1 "));
}

static void
without_a_fresh_audit_session_the_leader_names_the_record(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	seen = run_login((struct login){
		.info = pam_certificate, .inside = note_names });
	CU_ASSERT_EQUAL(seen->result[1], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[12], 1);
	CU_ASSERT_EQUAL(seen->result[14], 1);
	CU_ASSERT_EQUAL(seen->result[4], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[2], PAM_SUCCESS);
}

static void
an_audit_session_of_another_user_names_no_record(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_OTHER_UID,
		.inside = note_names });
	CU_ASSERT_EQUAL(seen->result[14], 1);
}

static void
a_prompted_token_reaches_the_record_by_a_file_read_once(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	seen = run_login((struct login){ .info = pam_plain_key,
		.replies = one_token,
		.login_uid = HOST_USER_UID,
		.inside = note_names });
	CU_ASSERT_EQUAL(seen->result[0], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[1], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[15], 0);
	CU_ASSERT_EQUAL(seen->result[4], PAM_SUCCESS);
	/* The key proved at the login goes along from the record. */
	CU_ASSERT_PTR_NOT_NULL(strstr(seen->asked,
		"token=tok record=1 key=publickey ssh-ed25519 AAAAkey fds="));
}

static void
a_login_without_a_token_is_not_recorded(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	seen = run_login((struct login){ .info = pam_plain_key,
		.login_uid = HOST_USER_UID,
		.inside = note_names });
	CU_ASSERT_EQUAL(seen->result[1], HOST_IGNORED);
	CU_ASSERT_EQUAL(seen->result[2], HOST_IGNORED);
	CU_ASSERT_EQUAL(seen->result[12], 0);
	CU_ASSERT_EQUAL(seen->result[4], HOST_IGNORED);
	CU_ASSERT_EQUAL(seen->result[5], HOST_IGNORED);
	CU_ASSERT_STRING_EQUAL(seen->asked, "");
}

static void
a_login_that_is_denied_is_not_recorded(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	host_rules("3 * revoked\n* * allow\n");
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_USER_UID,
		.inside = note_names });
	CU_ASSERT_EQUAL(seen->result[1], PAM_SESSION_ERR);
	CU_ASSERT_EQUAL(seen->result[12], 0);
	CU_ASSERT_EQUAL(seen->result[4], HOST_IGNORED);
}

static void
a_closed_session_elevates_no_more(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_USER_UID,
		.after = sudo_with_record });
	CU_ASSERT_EQUAL(seen->result[2], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[4], PAM_AUTH_ERR);
	CU_ASSERT_EQUAL(seen->result[5], PAM_PERM_DENIED);
	CU_ASSERT_STRING_EQUAL(seen->prompts, "");
	CU_ASSERT_TRUE(has_record("", ".closed"));
	CU_ASSERT_EQUAL(host_count("run/sessions"), 1);
}

static void
sudos_own_session_leaves_the_record_alone(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_USER_UID,
		.inside = sudo_session });
	for (size_t i = 8; i < 12; i++)
		CU_ASSERT_EQUAL(seen->result[i], HOST_IGNORED);
	CU_ASSERT_EQUAL(seen->result[4], PAM_SUCCESS);
}

static void
break_the_records(struct seen *seen)
{
	DIR *dir = opendir(HOST_SESSIONS);
	const struct dirent *entry;
	char path[512];

	while (dir && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(
			path, sizeof(path), HOST_SESSIONS "/%s", entry->d_name);
		host_write(path, "JWTS torn", 0600);
	}
	if (dir)
		closedir(dir);
	host_run_below(sudo_with_record, seen);
	host_run_below(sudo_with_time_stamp, seen);
}

static void
a_broken_record_opens_nothing(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_USER_UID,
		.inside = break_the_records });
	/* The prompt is still there, for a password behind it. */
	CU_ASSERT_EQUAL(seen->result[4], HOST_IGNORED);
	CU_ASSERT_EQUAL(seen->result[6], PAM_SYSTEM_ERR);
}

static void
open_the_folder_to_others(struct seen *seen)
{
	seen->result[8] = chmod(HOST_SESSIONS, 0777);
	host_run_below(sudo_with_time_stamp, seen);
}

static void
a_folder_that_others_can_write_is_not_believed(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_USER_UID,
		.inside = open_the_folder_to_others });
	CU_ASSERT_EQUAL(seen->result[8], 0);
	CU_ASSERT_EQUAL(seen->result[6], PAM_SYSTEM_ERR);
}

static void
forge_a_handle(struct seen *seen)
{
	pam_handle_t *pamh;

	host_service(LOGIN);
	pamh = host_start(seen, HOST_USER, no_token);
	pam_putenv(pamh, "JWTAUTH_PENDING=00000000000000000000000000000000");
	seen->result[0] = pam_open_session(pamh, 0);
	pam_putenv(pamh, "JWTAUTH_PENDING=../sessions/1");
	seen->result[1] = pam_open_session(pamh, 0);
	pam_end(pamh, 0);
}

static void
a_handle_that_leads_nowhere_records_nothing(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	seen = host_run(forge_a_handle);
	CU_ASSERT_EQUAL(seen->result[0], PAM_SESSION_ERR);
	CU_ASSERT_EQUAL(seen->result[1], HOST_IGNORED);
	CU_ASSERT_EQUAL(host_count("run/sessions"), 0);
}

/* A handle is good for the user who was asked, and for nobody else. */
static void
use_anothers_handle(struct seen *seen)
{
	char variable[128];
	pam_handle_t *pamh;

	host_service(LOGIN);
	pamh = host_start(seen, HOST_USER, one_token);
	seen->result[0] = pam_authenticate(pamh, 0);
	snprintf(variable, sizeof(variable), "JWTAUTH_PENDING=%s",
		pam_getenv(pamh, "JWTAUTH_PENDING"));
	pam_end(pamh, 0);
	pamh = host_start(seen, HOST_OTHER, no_token);
	pam_putenv(pamh, variable);
	seen->result[1] = pam_open_session(pamh, 0);
	pam_end(pamh, 0);
}

static void
a_handle_of_another_user_records_nothing(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	seen = host_run(use_anothers_handle);
	CU_ASSERT_EQUAL(seen->result[0], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[1], PAM_SESSION_ERR);
	CU_ASSERT_EQUAL(host_count("run/sessions"), 0);
	CU_ASSERT_EQUAL(host_count("run/pending"), 0);
}

static void
elevate_as_the_leader(struct seen *seen)
{
	pam_handle_t *pamh;

	host_service(LOGIN);
	pamh = host_start(seen, HOST_USER, no_token);
	pam_putenv(pamh, pam_certificate);
	seen->result[0] = pam_open_session(pamh, 0);
	pam_end(pamh, 0);
	host_service(ELEVATE);
	pamh = host_start(seen, HOST_USER, no_token);
	seen->result[1] = pam_close_session(pamh, 0);
	pam_end(pamh, 0);
}

static void
the_role_elevate_ends_no_session(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	seen = host_run(elevate_as_the_leader);
	CU_ASSERT_EQUAL(seen->result[0], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[1], HOST_IGNORED);
	CU_ASSERT_FALSE(has_record("", ".closed"));
}

static void
open_twice(struct seen *seen)
{
	pam_handle_t *pamh;

	host_service(LOGIN);
	pamh = host_start(seen, HOST_USER, no_token);
	pam_putenv(pamh, pam_certificate);
	seen->result[0] = pam_open_session(pamh, 0);
	seen->result[1] = pam_open_session(pamh, 0);
	pam_end(pamh, 0);
}

static void
a_record_is_written_once(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	seen = host_run(open_twice);
	CU_ASSERT_EQUAL(seen->result[0], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[1], PAM_SESSION_ERR);
	CU_ASSERT_EQUAL(host_count("run/sessions"), 1);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_certificate_login_elevates_without_a_prompt),
	UNIT_TEST(without_a_fresh_audit_session_the_leader_names_the_record),
	UNIT_TEST(an_audit_session_of_another_user_names_no_record),
	UNIT_TEST(a_prompted_token_reaches_the_record_by_a_file_read_once),
	UNIT_TEST(a_login_without_a_token_is_not_recorded),
	UNIT_TEST(a_login_that_is_denied_is_not_recorded),
	UNIT_TEST(a_closed_session_elevates_no_more),
	UNIT_TEST(sudos_own_session_leaves_the_record_alone),
	UNIT_TEST(a_broken_record_opens_nothing),
	UNIT_TEST(a_folder_that_others_can_write_is_not_believed),
	UNIT_TEST(a_handle_that_leads_nowhere_records_nothing),
	UNIT_TEST(a_handle_of_another_user_records_nothing),
	UNIT_TEST(the_role_elevate_ends_no_session),
	UNIT_TEST(a_record_is_written_once),
};

int
main(void)
{
	if (!host_setup()) {
		fprintf(stderr, "pam_session: needs root\n");
		return 77;
	}
	return suite_run(
		"pam_session", tests, sizeof(tests) / sizeof(tests[0]));
}
