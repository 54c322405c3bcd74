/* SPDX-License-Identifier: ISC */
/* pam_jwt through libpam: logins, elevation, and whose record is whose. */
#include "pam_login.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOBODY_ASKED(seen) ((seen)->prompts[0] == '\0')

/* One auth and account phase; what it was answered with. */
static void
knock(struct seen *seen, const char *user, const char *const *replies,
	size_t at)
{
	pam_handle_t *pamh = host_start(seen, user, replies);

	seen->result[at] = pam_authenticate(pamh, 0);
	seen->result[at + 1] = pam_acct_mgmt(pamh, 0);
	pam_end(pamh, 0);
}

static void
log_in_by_prompt(struct seen *seen)
{
	knock(seen, HOST_USER, one_token, 0);
}

static void
log_in_with_nothing(struct seen *seen)
{
	knock(seen, HOST_USER, no_token, 0);
}

static void
a_token_at_the_prompt_logs_in(void)
{
	const struct seen *seen;

	host_reset("role=login");
	seen = host_run(log_in_by_prompt);
	CU_ASSERT_EQUAL(seen->result[0], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[1], PAM_SUCCESS);
	CU_ASSERT_STRING_EQUAL(seen->prompts, "Token: \n");
	CU_ASSERT_STRING_EQUAL(seen->said, "");
	CU_ASSERT_PTR_NOT_NULL(strstr(seen->asked,
		"purpose=1 service=svc user=daemon uid=1 real=0 login=-1 "
		"host= carrier=1 token=tok record=0 key= "));
	CU_ASSERT_PTR_NOT_NULL(strstr(seen->asked, "purpose=2 "));
}

static void
an_empty_answer_leaves_it_to_the_next_module(void)
{
	const struct seen *seen;

	host_reset("role=login");
	seen = host_run(log_in_with_nothing);
	CU_ASSERT_EQUAL(seen->result[0], HOST_IGNORED);
	CU_ASSERT_EQUAL(seen->result[1], HOST_IGNORED);
	CU_ASSERT_STRING_EQUAL(seen->asked, "");
}

static void
the_user_sees_denied_and_an_id_and_the_log_has_the_reason(void)
{
	const struct seen *seen;

	host_reset("role=login");
	host_rules("* * user_mismatch scope ssh\n");
	seen = host_run(log_in_by_prompt);
	CU_ASSERT_EQUAL(seen->result[0], PAM_AUTH_ERR);
	CU_ASSERT_STRING_EQUAL(seen->said, "denied (id 00112233445566aa)\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(seen->log,
		"deny user=daemon carrier=prompt reason=user_mismatch "
		"id=00112233445566aa"));
	CU_ASSERT_PTR_NULL(strstr(seen->log, "=tok"));
}

static void
the_account_phase_sees_what_was_revoked_since(void)
{
	const struct seen *seen;

	host_reset("role=login");
	host_rules("1 * allow\n2 * revoked\n");
	seen = host_run(log_in_by_prompt);
	CU_ASSERT_EQUAL(seen->result[0], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[1], PAM_PERM_DENIED);
}

static void
exempt_users_are_left_alone_when_everything_is_broken(void)
{
	const struct seen *seen;

	host_reset("role=nonsense colour=red exempt=x,daemon");
	host_rules("* * crash\n");
	unlink(PAM_TEST_ROOT "/libexec/jwtauth-check");
	unlink(PAM_TEST_ROOT "/state/ids");
	rmdir(PAM_TEST_ROOT "/run/sessions");
	rmdir(PAM_TEST_ROOT "/run/pending");
	seen = host_run(log_in_by_prompt);
	CU_ASSERT_EQUAL(seen->result[0], HOST_IGNORED);
	CU_ASSERT_EQUAL(seen->result[1], HOST_IGNORED);
	CU_ASSERT(NOBODY_ASKED(seen));
}

static void
others_get_their_password_prompt_when_everything_is_broken(void)
{
	static const char *const options[] = { "role=login colour=red",
		"role=elevate colour=red", "role=login", "role=elevate",
		"role=verify", "", "role=" };

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const struct seen *seen;

		host_reset(options[i]);
		unlink(PAM_TEST_ROOT "/libexec/jwtauth-check");
		unlink(PAM_TEST_ROOT "/state/ids");
		rmdir(PAM_TEST_ROOT "/run/sessions");
		rmdir(PAM_TEST_ROOT "/run/pending");
		seen = host_run(log_in_with_nothing);
		CU_ASSERT_EQUAL(seen->result[0], HOST_IGNORED);
		CU_ASSERT_EQUAL(seen->result[1], HOST_IGNORED);
	}
}

static void
a_broken_option_refuses_every_token(void)
{
	const struct seen *seen;

	host_reset("role=login colour=red");
	seen = host_run(log_in_by_prompt);
	CU_ASSERT_EQUAL(seen->result[0], PAM_SERVICE_ERR);
	CU_ASSERT_STRING_EQUAL(seen->asked, "");
	CU_ASSERT_PTR_NOT_NULL(
		strstr(seen->log, "option \"colour=red\" is not understood"));
}

static void
answer_nothing_at_all(struct seen *seen)
{
	static const char *const null_reply[] = { "(null)", NULL };

	knock(seen, HOST_USER, null_reply, 0);
	knock(seen, HOST_USER, NULL, 2);
}

static void
a_failed_conversation_is_not_an_empty_answer(void)
{
	const struct seen *seen;

	host_reset("role=login");
	seen = host_run(answer_nothing_at_all);
	CU_ASSERT_EQUAL(seen->result[0], PAM_CONV_ERR);
	CU_ASSERT_EQUAL(seen->result[2], PAM_CONV_ERR);
}

/* pam_unix stands before us, asks for a password, and is no help. */
static const char first_pass[] =
	"auth optional pam_unix.so nodelay\n"
	"auth sufficient " PAM_TEST_MODULE " role=verify try_first_pass\n"
	"auth required pam_deny.so\n";

static void
a_token_in_the_password_field_is_judged_without_a_prompt(void)
{
	const struct seen *seen;

	host_reset("role=verify try_first_pass");
	host_write(PAM_TEST_ROOT "/pam.d/svc", first_pass, 0644);
	seen = host_run(log_in_by_prompt);
	CU_ASSERT_EQUAL(seen->result[0], PAM_SUCCESS);
	CU_ASSERT_STRING_EQUAL(seen->prompts, "Password: \n");
	CU_ASSERT_PTR_NOT_NULL(strstr(seen->asked, "carrier=3 token=tok "));
}

static void
a_password_in_the_password_field_is_left_to_others(void)
{
	const struct seen *seen;

	host_reset("role=verify try_first_pass");
	host_write(PAM_TEST_ROOT "/pam.d/svc", first_pass, 0644);
	host_rules("* * token_malformed\n");
	seen = host_run(log_in_by_prompt);
	CU_ASSERT_EQUAL(seen->result[0], PAM_AUTH_ERR);
	seen = host_run(log_in_with_nothing);
	CU_ASSERT_STRING_EQUAL(seen->prompts, "Password: \n");
	CU_ASSERT_EQUAL(seen->result[0], PAM_AUTH_ERR);
}

static void
without_a_first_pass_the_token_is_asked_for(void)
{
	const struct seen *seen;

	host_reset("role=verify try_first_pass");
	seen = host_run(log_in_with_nothing);
	CU_ASSERT_EQUAL(seen->result[0], HOST_IGNORED);
	CU_ASSERT_STRING_EQUAL(seen->prompts, "Token: \n");
}

static void
observe_as_login(struct seen *seen)
{
	pam_handle_t *pamh = host_start(seen, HOST_USER, one_token);

	seen->result[0] = pam_authenticate(pamh, 0);
	seen->result[1] = pam_acct_mgmt(pamh, 0);
	pam_putenv(pamh, pam_certificate);
	seen->result[2] = pam_open_session(pamh, 0);
	pam_end(pamh, 0);
}

static void
observing_judges_and_logs_but_decides_and_keeps_nothing(void)
{
	static const char *const rules[] = { "* * allow\n", "* * revoked\n",
		"* * crash\n" };

	for (size_t i = 0; i < 3; i++) {
		const struct seen *seen;

		host_reset("role=login ssh mode=observe");
		host_rules(rules[i]);
		seen = host_run(observe_as_login);
		CU_ASSERT_EQUAL(seen->result[0], HOST_IGNORED);
		CU_ASSERT_EQUAL(seen->result[1], HOST_IGNORED);
		CU_ASSERT_EQUAL(seen->result[2], HOST_IGNORED);
		CU_ASSERT_PTR_NOT_NULL(strstr(seen->asked, "purpose=5 "));
		CU_ASSERT_PTR_NULL(strstr(seen->asked, "purpose=1 "));
		CU_ASSERT_STRING_EQUAL(seen->said, "");
		CU_ASSERT_EQUAL(host_count("run/sessions"), 0);
		CU_ASSERT_EQUAL(host_count("run/pending"), 0);
	}
}

/* sshd: the key first, then keyboard-interactive. */
static void
ssh_with(struct seen *seen, const char *info, const char *const *replies)
{
	pam_handle_t *pamh = host_start(seen, HOST_USER, replies);

	pam_putenv(pamh, info);
	seen->result[0] = pam_authenticate(pamh, 0);
	seen->result[1] = pam_acct_mgmt(pamh, 0);
	pam_end(pamh, 0);
}

static void
ssh_with_key(struct seen *seen)
{
	ssh_with(seen, pam_plain_key, one_token);
}

static void
ssh_with_certificate(struct seen *seen)
{
	ssh_with(seen, pam_certificate, one_token);
}

static void
the_proved_key_goes_along_with_a_prompted_token(void)
{
	const struct seen *seen;

	host_reset("role=login ssh");
	seen = host_run(ssh_with_key);
	CU_ASSERT_EQUAL(seen->result[0], PAM_SUCCESS);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(seen->asked, "carrier=1 token=tok record=0 "
				    "key=publickey ssh-ed25519 AAAAkey fds="));
}

static void
without_the_option_ssh_nobody_believes_the_variable(void)
{
	const struct seen *seen;

	host_reset("role=login");
	seen = host_run(ssh_with_certificate);
	CU_ASSERT_STRING_EQUAL(seen->prompts, "Token: \n");
	CU_ASSERT_PTR_NOT_NULL(strstr(seen->asked, "carrier=1 "));
	CU_ASSERT_PTR_NULL(strstr(seen->asked, "CERT"));
}

static void
a_certificate_with_a_token_needs_no_prompt(void)
{
	const struct seen *seen;

	host_reset("role=login ssh");
	seen = host_run(ssh_with_certificate);
	CU_ASSERT_EQUAL(seen->result[0], PAM_SUCCESS);
	CU_ASSERT_EQUAL(seen->result[1], PAM_SUCCESS);
	CU_ASSERT(NOBODY_ASKED(seen));
	CU_ASSERT_PTR_NOT_NULL(strstr(seen->asked,
		"carrier=2 "
		"token=publickey ssh-ed25519-cert-v01@openssh.com CERT "
		"record=0 key= "));
}

static void
a_refused_certificate_of_ours_is_final(void)
{
	const struct seen *seen;

	host_reset("role=login ssh");
	host_rules("* * revoked\n");
	seen = host_run(ssh_with_certificate);
	CU_ASSERT_EQUAL(seen->result[0], PAM_AUTH_ERR);
	CU_ASSERT(NOBODY_ASKED(seen));
}

static void
a_certificate_without_a_token_is_no_matter_of_ours(void)
{
	const struct seen *seen;

	host_reset("role=login ssh");
	host_rules("* tok allow\n* * token_malformed\n");
	seen = host_run(ssh_with_certificate);
	CU_ASSERT_EQUAL(seen->result[0], PAM_SUCCESS);
	CU_ASSERT_STRING_EQUAL(seen->prompts, "Token: \n");
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_token_at_the_prompt_logs_in),
	UNIT_TEST(an_empty_answer_leaves_it_to_the_next_module),
	UNIT_TEST(the_user_sees_denied_and_an_id_and_the_log_has_the_reason),
	UNIT_TEST(the_account_phase_sees_what_was_revoked_since),
	UNIT_TEST(exempt_users_are_left_alone_when_everything_is_broken),
	UNIT_TEST(others_get_their_password_prompt_when_everything_is_broken),
	UNIT_TEST(a_broken_option_refuses_every_token),
	UNIT_TEST(a_failed_conversation_is_not_an_empty_answer),
	UNIT_TEST(a_token_in_the_password_field_is_judged_without_a_prompt),
	UNIT_TEST(a_password_in_the_password_field_is_left_to_others),
	UNIT_TEST(without_a_first_pass_the_token_is_asked_for),
	UNIT_TEST(observing_judges_and_logs_but_decides_and_keeps_nothing),
	UNIT_TEST(the_proved_key_goes_along_with_a_prompted_token),
	UNIT_TEST(without_the_option_ssh_nobody_believes_the_variable),
	UNIT_TEST(a_certificate_with_a_token_needs_no_prompt),
	UNIT_TEST(a_refused_certificate_of_ours_is_final),
	UNIT_TEST(a_certificate_without_a_token_is_no_matter_of_ours),
};

int
main(void)
{
	if (!host_setup()) {
		fprintf(stderr, "pam_flow: needs root\n");
		return 77;
	}
	return suite_run("pam_flow", tests, sizeof(tests) / sizeof(tests[0]));
}
