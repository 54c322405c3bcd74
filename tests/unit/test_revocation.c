/* SPDX-License-Identifier: ISC */
/* revocation: what an answer means, on the embedded store. */
#include "revocation_fixture.h"

#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ID_A	 "0123456789abcdef"
#define ID_B	 "fedcba9876543210"
#define EPOCH(f) fixture_path((f), (f)->revoked, "epoch")
#define MARK(f)	 fixture_path((f), (f)->seen, "embedded")

static void
a_token_that_nobody_revoked_passes(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	CU_ASSERT_STRING_EQUAL(f.report.text, "");
}

static void
each_kind_of_name_revokes_alone(void)
{
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++) {
		JWT_AUTO(fixture) f;

		fixture_start(&f);
		CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
		CU_ASSERT_EQUAL(
			fixture_revoke(&f, (enum revoked_kind)i), JWT_OK);
		CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
		CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text,
			revoked_kind_name((enum revoked_kind)i)));
		CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "stolen"));
	}
}

static void
names_are_the_hashes_that_the_design_says(void)
{
	char hex[REVOKED_HEX_LEN + 1];

	/* printf 'https://idp.example.com\nvalue' | sha256sum */
	CU_ASSERT(revocation_hex(REVOKED_JTI, slice_of_string(ISS),
		slice_of_string("value"), hex));
	CU_ASSERT_STRING_EQUAL(hex, "499728ea008ec27166881de69dd95ef1"
				    "322d8c3ebd14b24cab3a2b9e836bc1bf");
	/* printf aGVhZA.Ym9keQ | sha256sum */
	CU_ASSERT(revocation_hex(REVOKED_SIG, slice_of_string(ISS),
		slice_of_string("aGVhZA.Ym9keQ"), hex));
	CU_ASSERT_STRING_EQUAL(hex, "c695f6a5f7186322d6b744bc069d6413"
				    "98341daa21155ee4097c4c5e6e3cf68b");
}

static void
another_issuers_value_revokes_nothing(void)
{
	struct revocation_question q = fixture_question();
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	q.iss = slice_of_string(ISS "/");
	CU_ASSERT_EQUAL(fixture_check_question(&f, &q), JWT_OK);
}

static void
an_entry_counts_through_its_last_second_and_no_longer(void)
{
	struct revocation_entry entry = fixture_entry(REVOKED_JTI);
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	entry.when = NOW - 10;
	entry.until = NOW - 1;
	CU_ASSERT_EQUAL(revocation_add(f.store, &entry, NULL), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	entry.until = NOW;
	CU_ASSERT_EQUAL(revocation_add(f.store, &entry, NULL), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
}

static void
sub_spares_tokens_issued_later(void)
{
	struct revocation_entry entry = fixture_entry(REVOKED_SUB);
	struct revocation_question q = fixture_question();
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	entry.before = ISSUED_AT;
	CU_ASSERT_EQUAL(revocation_add(f.store, &entry, NULL), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check_question(&f, &q), JWT_OK);
	q.iat = ISSUED_AT - 1;
	CU_ASSERT_EQUAL(fixture_check_question(&f, &q), JWT_REVOKED);
	q.has_iat = false; /* hides its age */
	CU_ASSERT_EQUAL(fixture_check_question(&f, &q), JWT_REVOKED);
}

static void
sub_without_before_hits_tokens_of_any_age(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	fixture_put(fixture_entry_path(&f, REVOKED_SUB),
		"{\"until\":1800000001,\"when\":1}");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
}

static void
an_entry_that_cannot_be_read_counts_as_revoked(void)
{
	static const char *const damaged[] = { "", "{", "null", "[]", "{}",
		"{\"until\":1,\"when\":1", /* torn */
		"{\"until\":\"1\",\"when\":1}", "{\"until\":-1,\"when\":1}",
		"{\"until\":1e3,\"when\":1}", "{\"until\":1}",
		"{\"until\":1,\"until\":1,\"when\":1}",
		"{\"until\":1,\"when\":1,\"before\":\"x\"}",
		"{\"until\":1,\"when\":1}x", "\xff" };
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	for (size_t i = 0; i < JWT_COUNT(damaged); i++) {
		fixture_put(fixture_entry_path(&f, REVOKED_SID), damaged[i]);
		CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
	}
	/* The counter-check: whole and over. */
	fixture_put(f.path, "{\"until\":1,\"when\":1}");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
}

static void
an_entry_of_untrusted_form_counts_as_revoked(void)
{
	static char huge[REVOKED_ENTRY_MAX + 2];
	const char *path;
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	path = fixture_entry_path(&f, REVOKED_SIG);
	memset(huge, ' ', sizeof(huge) - 1);
	memcpy(huge, "{\"until\":1,\"when\":1}", 20);
	fixture_put(path, huge);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
	fixture_put(path, "{\"until\":1,\"when\":1}");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	CU_ASSERT_EQUAL(chmod(path, 0666), 0);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(symlink("/dev/null", path), 0);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(mkdir(path, 0755), 0);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
}

static void
a_folder_that_others_can_write_is_unreachable(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(chmod(f.revoked, 0777), 0);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
}

/* fixture_check as a user with no rights at all; -1: could not try. */
static int
check_as_nobody(struct fixture *f)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (geteuid() == 0 &&
			(setgroups(0, NULL) != 0 || setgid(65534) != 0 ||
				setuid(65534) != 0))
			_exit(255);
		_exit((int)fixture_check(f));
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
		WEXITSTATUS(status) == 255)
		return -1;
	return WEXITSTATUS(status);
}

static void
a_folder_that_cannot_be_opened_is_unreachable(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(chmod(f.seen, 0755), 0);
	CU_ASSERT_EQUAL(chmod(f.revoked, 0), 0);
	CU_ASSERT_EQUAL(check_as_nobody(&f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(chmod(f.revoked, 0755), 0);
}

static void
an_entry_that_is_closed_to_the_checker_counts_as_revoked(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	fixture_put(EPOCH(&f), ID_A " 7\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK); /* leaves the mark */
	CU_ASSERT_EQUAL(chmod(f.seen, 0755), 0);
	CU_ASSERT_EQUAL(chmod(MARK(&f), 0644), 0);
	CU_ASSERT_EQUAL(check_as_nobody(&f), JWT_OK);
	fixture_put(fixture_entry_path(&f, REVOKED_JTI),
		"{\"until\":1,\"when\":1}");
	CU_ASSERT_EQUAL(chmod(f.path, 0), 0);
	CU_ASSERT_EQUAL(check_as_nobody(&f), JWT_REVOKED);
}

static void
an_unreachable_store_passes_fresh_tokens_only_where_allowed(void)
{
	struct revocation_question q = fixture_question();
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(chmod(f.revoked, 0777), 0);
	CU_ASSERT_EQUAL(
		fixture_check_question(&f, &q), JWT_REVOCATION_UNREACHABLE);
	f.config.on_unreachable = UNREACHABLE_ALLOW_FRESH;
	f.config.fresh_for = 100; /* the token's age, so it is too old */
	CU_ASSERT_EQUAL(
		fixture_check_question(&f, &q), JWT_REVOCATION_UNREACHABLE);
	f.config.fresh_for = 101;
	CU_ASSERT_EQUAL(fixture_check_question(&f, &q), JWT_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "fresh"));
	q.has_iat = false;
	CU_ASSERT_EQUAL(
		fixture_check_question(&f, &q), JWT_REVOCATION_UNREACHABLE);
	q.has_iat = true;
	q.iat = NOW + 301; /* beyond any leeway */
	CU_ASSERT_EQUAL(
		fixture_check_question(&f, &q), JWT_REVOCATION_UNREACHABLE);
}

static void
the_store_none_passes_all(void)
{
	const struct revocation_entry entry = fixture_entry(REVOKED_JTI);
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	f.config.store = REVOCATION_NONE;
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	CU_ASSERT_EQUAL(
		revocation_add(f.store, &entry, NULL), JWT_CONFIG_ERROR);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_token_that_nobody_revoked_passes),
	UNIT_TEST(each_kind_of_name_revokes_alone),
	UNIT_TEST(names_are_the_hashes_that_the_design_says),
	UNIT_TEST(another_issuers_value_revokes_nothing),
	UNIT_TEST(an_entry_counts_through_its_last_second_and_no_longer),
	UNIT_TEST(sub_spares_tokens_issued_later),
	UNIT_TEST(sub_without_before_hits_tokens_of_any_age),
	UNIT_TEST(an_entry_that_cannot_be_read_counts_as_revoked),
	UNIT_TEST(an_entry_of_untrusted_form_counts_as_revoked),
	UNIT_TEST(a_folder_that_others_can_write_is_unreachable),
	UNIT_TEST(a_folder_that_cannot_be_opened_is_unreachable),
	UNIT_TEST(an_entry_that_is_closed_to_the_checker_counts_as_revoked),
	UNIT_TEST(an_unreachable_store_passes_fresh_tokens_only_where_allowed),
	UNIT_TEST(the_store_none_passes_all),
};
UNIT_SUITE("revocation", tests)
