/* SPDX-License-Identifier: ISC */
/* pam_jwt: the table of answers, its man page, and the options. */
#include "answers.h"
#include "options.h"
#include "suite.h"

#include <security/pam_appl.h>
#include <stdio.h>
#include <string.h>

struct named {
	const char *name;
	int answer;
};

static const struct named answers[] = {
	{ "PAM_SUCCESS", PAM_SUCCESS },
	{ "PAM_IGNORE", PAM_IGNORE },
	{ "PAM_AUTH_ERR", PAM_AUTH_ERR },
	{ "PAM_AUTHINFO_UNAVAIL", PAM_AUTHINFO_UNAVAIL },
	{ "PAM_PERM_DENIED", PAM_PERM_DENIED },
	{ "PAM_SERVICE_ERR", PAM_SERVICE_ERR },
	{ "PAM_SYSTEM_ERR", PAM_SYSTEM_ERR },
	{ "PAM_SESSION_ERR", PAM_SESSION_ERR },
	{ "PAM_CONV_ERR", PAM_CONV_ERR },
	{ "PAM_CRED_ERR", PAM_CRED_ERR },
};

/* The man page's table: what it says of each cell, -1: nothing. */
static int page[PHASE_COUNT][ROLE_COUNT][SITUATION_COUNT];
static unsigned rows;

static int
number_of(const char *answer_name)
{
	for (size_t i = 0; i < JWT_COUNT(answers); i++)
		if (strcmp(answers[i].name, answer_name) == 0)
			return answers[i].answer;
	return -1;
}

static void
take_row(const char *phase, const char *role, const char *situation, int result)
{
	unsigned taken = 0;

	for (unsigned p = 0; p < PHASE_COUNT; p++)
		for (unsigned r = 0; r < ROLE_COUNT; r++)
			for (unsigned s = 0; s < SITUATION_COUNT; s++) {
				if (strcmp(phase, phase_name(p)) != 0 ||
					strcmp(situation, situation_name(s)) !=
						0 ||
					(strcmp(role, "any") != 0 &&
						strcmp(role, role_name(r)) !=
							0))
					continue;
				CU_ASSERT_EQUAL(page[p][r][s], -1);
				page[p][r][s] = result;
				taken++;
			}
	CU_ASSERT_NOT_EQUAL(taken, 0);
	rows++;
}

static void
read_page(void)
{
	FILE *in = fopen(PAM_TEST_MAN, "r");
	char line[256], phase[32], role[32], situation[32], name[32];
	bool inside = false;

	memset(page, -1, sizeof(page));
	rows = 0;
	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	while (fgets(line, sizeof(line), in)) {
		if (strstr(line, "answers begin") ||
			strstr(line, "answers end"))
			inside = strstr(line, "begin") != NULL;
		else if (inside) {
			CU_ASSERT_EQUAL(sscanf(line, "%31s %31s %31s %31s",
						phase, role, situation, name),
				4);
			take_row(phase, role, situation, number_of(name));
		}
	}
	fclose(in);
}

static bool
denies(int result)
{
	return result == PAM_AUTH_ERR || result == PAM_PERM_DENIED ||
	       result == PAM_SESSION_ERR || result == PAM_CRED_ERR;
}

static void
the_man_page_says_what_the_module_answers(void)
{
	read_page();
	CU_ASSERT(rows > 30);
	for (unsigned p = 0; p < PHASE_COUNT; p++)
		for (unsigned r = 0; r < ROLE_COUNT; r++)
			for (unsigned s = 0; s < SITUATION_COUNT; s++) {
				int result = answer(p, r, s);

				/* What it leaves out is a deny, it says. */
				if (page[p][r][s] == -1) {
					CU_ASSERT(denies(result));
				} else {
					CU_ASSERT_EQUAL(result, page[p][r][s]);
				}
			}
}

static void
no_error_is_success_or_ignore(void)
{
	static const enum situation errors[] = { SITUATION_DENIED,
		SITUATION_CLOSED, SITUATION_UNDECIDED, SITUATION_OPTION,
		SITUATION_CONVERSATION, SITUATION_INTERNAL };

	for (unsigned p = 0; p < PHASE_COUNT; p++)
		for (unsigned r = 0; r < ROLE_COUNT; r++)
			for (size_t s = 0; s < JWT_COUNT(errors); s++) {
				int result = answer(p, r, errors[s]);

				CU_ASSERT_NOT_EQUAL(result, PAM_SUCCESS);
				CU_ASSERT_NOT_EQUAL(result, PAM_IGNORE);
			}
}

static void
only_an_allow_is_success(void)
{
	for (unsigned p = 0; p < PHASE_COUNT; p++)
		for (unsigned r = 0; r < ROLE_COUNT; r++)
			for (unsigned s = 0; s < SITUATION_COUNT; s++)
				if (s != SITUATION_ALLOWED)
					CU_ASSERT_NOT_EQUAL(
						answer(p, r, s), PAM_SUCCESS);
	CU_ASSERT_EQUAL(
		answer(PHASE_AUTH, ROLE_LOGIN, SITUATION_ALLOWED), PAM_SUCCESS);
}

static void
a_value_from_nowhere_is_a_deny(void)
{
	CU_ASSERT_EQUAL(answer(PHASE_COUNT, ROLE_LOGIN, SITUATION_ALLOWED),
		PAM_SYSTEM_ERR);
	CU_ASSERT_EQUAL(answer(PHASE_AUTH, ROLE_COUNT, SITUATION_ALLOWED),
		PAM_AUTH_ERR);
	CU_ASSERT_EQUAL(
		answer(PHASE_AUTH, ROLE_LOGIN, SITUATION_COUNT), PAM_AUTH_ERR);
	CU_ASSERT_EQUAL(answer(PHASE_ACCOUNT, ROLE_LOGIN, (unsigned)-1),
		PAM_PERM_DENIED);
}

static struct options
parsed(const char *const *argv, struct report *r)
{
	struct options options;
	int argc = 0;

	while (argv[argc])
		argc++;
	options_parse(argc, argv, &options, r);
	return options;
}

#define PARSED(...) \
	parsed((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL }, NULL)

static void
options_are_read(void)
{
	struct options o = PARSED("role=login", "ssh", "deadline=700",
		"mode=observe", "try_first_pass", "exempt=bob");

	CU_ASSERT_FALSE(o.broken);
	CU_ASSERT_EQUAL(o.role, ROLE_LOGIN);
	CU_ASSERT_TRUE(o.ssh);
	CU_ASSERT_TRUE(o.observe);
	CU_ASSERT_TRUE(o.try_first_pass);
	CU_ASSERT_EQUAL(o.deadline_ms, 700);
	o = PARSED("role=elevate");
	CU_ASSERT_EQUAL(o.role, ROLE_ELEVATE);
	CU_ASSERT_FALSE(o.ssh || o.observe || o.try_first_pass || o.broken);
	CU_ASSERT_EQUAL(o.deadline_ms, DEADLINE_DEFAULT_MS);
}

static void
what_is_not_understood_is_broken(void)
{
	static const char *const bad[] = { "roles=login", "role=root", "role",
		"role=", "ssh=yes", "SSH", "deadline",
		"deadline=", "deadline=5s", "deadline=99", "deadline=60001",
		"deadline=99999999999999999999", "deadline=-5", "mode=off",
		"mode", "exempt", "exempt=", "debug", "" };

	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		struct report r = { "" };
		const char *const argv[] = { "role=verify", bad[i], NULL };
		struct options o = parsed(argv, &r);

		CU_ASSERT_TRUE(o.broken);
		CU_ASSERT_PTR_NOT_NULL(strstr(r.text, bad[i]));
		CU_ASSERT_FALSE(o.observe);
		CU_ASSERT_EQUAL(o.deadline_ms, DEADLINE_DEFAULT_MS);
	}
}

static void
a_role_is_required(void)
{
	CU_ASSERT_TRUE(PARSED("ssh").broken);
	CU_ASSERT_TRUE(PARSED().broken);
}

static void
exempt_users_are_known_behind_any_fault(void)
{
	struct options o = PARSED("colour=red", "role=nonsense",
		"exempt=bob,dave", "deadline=x", "exempt=erin");

	CU_ASSERT_TRUE(o.broken);
	CU_ASSERT_TRUE(options_exempts(&o, "bob"));
	CU_ASSERT_TRUE(options_exempts(&o, "dave"));
	CU_ASSERT_TRUE(options_exempts(&o, "erin"));
}

static void
exempt_names_are_compared_whole(void)
{
	static const char *const others[] = { "", "bo", "bobb", "Bob",
		"bob,dave", ",", "*", "b*b" };
	struct options o = PARSED("role=login", "exempt=bob,dave,,erin,");

	for (size_t i = 0; i < JWT_COUNT(others); i++)
		CU_ASSERT_FALSE(options_exempts(&o, others[i]));
	CU_ASSERT_TRUE(options_exempts(&o, "erin"));
	o = PARSED("role=login");
	CU_ASSERT_FALSE(options_exempts(&o, "bob"));
}

static const struct unit_test tests[] = {
	UNIT_TEST(the_man_page_says_what_the_module_answers),
	UNIT_TEST(no_error_is_success_or_ignore),
	UNIT_TEST(only_an_allow_is_success),
	UNIT_TEST(a_value_from_nowhere_is_a_deny),
	UNIT_TEST(options_are_read),
	UNIT_TEST(what_is_not_understood_is_broken),
	UNIT_TEST(a_role_is_required),
	UNIT_TEST(exempt_users_are_known_behind_any_fault),
	UNIT_TEST(exempt_names_are_compared_whole),
};
UNIT_SUITE("pam_answers", tests)
