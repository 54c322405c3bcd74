/* SPDX-License-Identifier: ISC */
/* pam_jwt through libpam: who may elevate by a session's record. */
#include "pam_login.h"
#include "suite.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
sudo_of_another(struct seen *seen)
{
	/* su: another real user in the same login. */
	sudo(seen, HOST_OTHER_UID, HOST_OTHER, no_token, 4);
}

static void
su_back(struct seen *seen)
{
	/* su from another user to the one who logged in. */
	sudo(seen, HOST_OTHER_UID, HOST_USER, no_token, 4);
}

static void
sudo_for_another(struct seen *seen)
{
	/* rootpw, targetpw: another PAM_USER. */
	sudo(seen, HOST_USER_UID, HOST_OTHER, no_token, 4);
}

static void
the_record_serves_its_own_user_alone(void)
{
	static void (*const others[])(
		struct seen *) = { sudo_of_another, sudo_for_another, su_back };

	for (size_t audit = 0; audit < 2; audit++)
		for (size_t i = 0; i < 3; i++) {
			const struct seen *seen;

			host_reset(LOGIN);
			seen = run_login(
				(struct login){ .info = pam_certificate,
					.login_uid = audit ? HOST_USER_UID : 0,
					.inside = others[i] });
			CU_ASSERT_EQUAL(seen->result[4], HOST_IGNORED);
			CU_ASSERT_STRING_EQUAL(seen->prompts, "Token: \n");
		}
}

static void
a_revoked_session_is_denied_without_a_prompt(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	host_rules("3 * allow\n* * revoked\n");
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_USER_UID,
		.inside = sudo_with_record });
	CU_ASSERT_EQUAL(seen->result[4], PAM_AUTH_ERR);
	CU_ASSERT_EQUAL(seen->result[5], PAM_PERM_DENIED);
	CU_ASSERT_STRING_EQUAL(seen->prompts, "");
}

static void
revocation_bites_while_the_time_stamp_is_valid(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	host_rules("2 * revoked\n* * allow\n");
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_USER_UID,
		.inside = sudo_with_time_stamp });
	CU_ASSERT_EQUAL(seen->result[6], PAM_PERM_DENIED);
	host_reset(LOGIN);
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_USER_UID,
		.inside = sudo_with_time_stamp });
	CU_ASSERT_EQUAL(seen->result[6], PAM_SUCCESS);
}

static void
where_the_service_wants_more_the_user_is_told_and_asked(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	host_rules("3 * allow\n4 * allow\n* tok2 allow\n* * auth_too_old ask "
		   "for acr mfa\n");
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_USER_UID,
		.inside = sudo_with_new_token });
	CU_ASSERT_EQUAL(seen->result[4], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[5], PAM_SUCCESS);
	CU_ASSERT_STRING_EQUAL(seen->prompts, "Token: \n");
	CU_ASSERT_PTR_NOT_NULL(strstr(seen->said, "ask for acr mfa"));
	/* The key of the login's pam_certificate counts for the new token. */
	CU_ASSERT_PTR_NOT_NULL(strstr(seen->asked,
		"token=tok2 record=0 "
		"key=publickey ssh-ed25519-cert-v01@openssh.com CERT fds="));
}

static void
what_elevation_accepted_last_is_judged_with_the_time_stamp(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	host_rules("3 * allow\n4 * allow\n1 tok2 allow\n2 tok2 allow\n"
		   "* * expired\n");
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_USER_UID,
		.inside = sudo_then_time_stamp });
	CU_ASSERT_EQUAL(seen->result[4], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[6], PAM_SUCCESS);
	CU_ASSERT_PTR_NOT_NULL(strstr(seen->asked, "token=tok2 record=1 "));
}

static void
a_revoked_login_shuts_out_a_newer_token_too(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	host_rules("3 * allow\n* tok2 allow\n4 * revoked\n* * expired\n");
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_USER_UID,
		.inside = sudo_then_time_stamp });
	CU_ASSERT_EQUAL(seen->result[4], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[6], PAM_PERM_DENIED);
}

static void
a_revoked_login_shuts_out_a_password_too(void)
{
	const struct seen *seen;

	/* Expired as well, so that the auth phase leaves it to a password. */
	host_reset(LOGIN);
	host_rules("3 * allow\n4 * revoked\n* * expired\n");
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_USER_UID,
		.inside = sudo_with_record });
	CU_ASSERT_EQUAL(seen->result[4], HOST_IGNORED);
	CU_ASSERT_EQUAL(seen->result[5], PAM_PERM_DENIED);
}

static void
a_password_needs_no_store_that_answers(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	host_rules("3 * allow\n4 * revocation_unreachable\n* * expired\n");
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_USER_UID,
		.inside = sudo_with_record });
	CU_ASSERT_EQUAL(seen->result[4], HOST_IGNORED);
	CU_ASSERT_EQUAL(seen->result[5], HOST_IGNORED);
}

static void
revoke_then_sudo(struct seen *seen)
{
	host_run_below(sudo_with_new_token, seen);
	seen->result[8] = seen->result[4];
	host_rules("* tok2 allow\n* * revoked\n");
	seen->prompts[0] = '\0';
	host_run_below(sudo_with_record, seen);
}

static void
a_revoked_login_is_denied_before_a_newer_token_is_looked_at(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	host_rules("3 * allow\n* tok2 allow\n* * expired\n");
	seen = run_login((struct login){ .info = pam_certificate,
		.login_uid = HOST_USER_UID,
		.inside = revoke_then_sudo });
	CU_ASSERT_EQUAL(seen->result[8], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[4], PAM_AUTH_ERR);
	CU_ASSERT_EQUAL(seen->result[5], PAM_PERM_DENIED);
	CU_ASSERT_STRING_EQUAL(seen->prompts, "");
}

/* What a login leaves running when its leader is killed. */
static void
lose_the_leader(struct seen *seen)
{
	pid_t leader = getpid();
	pam_handle_t *pamh;

	host_service(LOGIN);
	pamh = host_start(seen, HOST_USER, no_token);
	pam_putenv(pamh, pam_certificate);
	seen->result[3] = host_login_uid(HOST_USER_UID);
	seen->result[1] = pam_open_session(pamh, 0);
	if (fork() != 0)
		_exit(0);
	while (getppid() == leader)
		poll(NULL, 0, 5);
	sudo_with_record(seen);
	seen->result[7] = 0;
	_exit(0);
}

static void
a_session_whose_leader_was_killed_has_ended(void)
{
	const struct seen *seen;

	host_reset(LOGIN);
	seen = host_run(lose_the_leader);
	for (int tries = 0; seen->result[7] != 0 && tries < 1000; tries++)
		poll(NULL, 0, 10);
	CU_ASSERT_EQUAL(seen->result[7], 0);
	CU_ASSERT_EQUAL(seen->result[1], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[4], PAM_AUTH_ERR);
	CU_ASSERT_EQUAL(seen->result[5], PAM_PERM_DENIED);
}

static void
look_and_sudo_again(struct seen *seen)
{
	host_run_below(sudo_then_time_stamp, seen);
	seen->result[12] = has_record("", "");
	host_run_below(sudo_with_record, seen);
}

static void
a_session_without_a_token_gets_its_record_from_elevation(void)
{
	const struct seen *seen;

	for (size_t audit = 0; audit < 2; audit++) {
		host_reset(LOGIN);
		host_rules("2 * revoked\n* * allow\n");
		seen = run_login((struct login){ .info = pam_plain_key,
			.login_uid = audit ? HOST_USER_UID : 0,
			.inside = look_and_sudo_again });
		CU_ASSERT_EQUAL(seen->result[1], HOST_IGNORED);
		CU_ASSERT_EQUAL(seen->result[12], 1);
		CU_ASSERT_EQUAL(seen->result[6], PAM_PERM_DENIED);
		CU_ASSERT_EQUAL(seen->result[4], PAM_SUCCESS);
		/* Its leader's close_session ends it like any other. */
		CU_ASSERT_EQUAL(audit != 0, has_record("", ".closed"));
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(the_record_serves_its_own_user_alone),
	UNIT_TEST(a_revoked_session_is_denied_without_a_prompt),
	UNIT_TEST(revocation_bites_while_the_time_stamp_is_valid),
	UNIT_TEST(where_the_service_wants_more_the_user_is_told_and_asked),
	UNIT_TEST(what_elevation_accepted_last_is_judged_with_the_time_stamp),
	UNIT_TEST(a_revoked_login_shuts_out_a_newer_token_too),
	UNIT_TEST(a_revoked_login_shuts_out_a_password_too),
	UNIT_TEST(a_password_needs_no_store_that_answers),
	UNIT_TEST(a_revoked_login_is_denied_before_a_newer_token_is_looked_at),
	UNIT_TEST(a_session_whose_leader_was_killed_has_ended),
	UNIT_TEST(a_session_without_a_token_gets_its_record_from_elevation),
};

int
main(void)
{
	if (!host_setup()) {
		fprintf(stderr, "pam_elevate: needs root\n");
		return 77;
	}
	return suite_run(
		"pam_elevate", tests, sizeof(tests) / sizeof(tests[0]));
}
