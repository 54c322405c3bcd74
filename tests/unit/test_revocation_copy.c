/* SPDX-License-Identifier: ISC */
/* revocation: what this host's copy of the store says, and when it may. */
#include "canned_redis.h"
#include "revocation/copy.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define ID	"0123456789abcdef"
#define OTHER	"fedcba9876543210"
#define MAX_AGE 1000
#define TOKEN	"aGVhZA.Ym9keQ.c2ln"
#define OURS	"{\"until\":1900000000,\"when\":1,\"why\":\"stolen\"}"

static void
put_state(struct fixture *f, int64_t synced_at, int64_t scanned_at,
	const char *problem)
{
	JWT_AUTO(buffer) text = BUFFER(COPY_STATE_MAX);
	struct copy_state state = { .synced_at = synced_at,
		.scanned_at = scanned_at,
		.stream = "1-0" };

	snprintf(state.problem, sizeof(state.problem), "%s", problem);
	CU_ASSERT_EQUAL(copy_state_format(&state, &text, NULL), JWT_OK);
	fixture_put(fixture_path(f, f->copy, COPY_STATE), buffer_string(&text));
}

static void
put_epoch(struct fixture *f, const char *epoch)
{
	fixture_put(fixture_path(f, f->copy, EMBEDDED_EPOCH), epoch);
}

static void
put_mark(struct fixture *f, const char *epoch)
{
	fixture_put(fixture_path(f, f->seen, "redis"), epoch);
}

static void
put_entry(struct fixture *f, enum revoked_kind kind, const char *json)
{
	const struct revocation_entry entry = fixture_entry(kind);
	char name[ENTRY_NAME_MAX];

	entry_name(kind, entry.hex, '-', name);
	fixture_put(fixture_path(f, f->copy, name), json);
}

static void
put_raw(struct fixture *f, const char *token, const char *json)
{
	char hex[REVOKED_HEX_LEN + 1], name[ENTRY_NAME_MAX];

	CU_ASSERT(revocation_hex(
		REVOKED_SIG, slice_of(NULL, 0), slice_of_string(token), hex));
	copy_raw_name(hex, name);
	fixture_put(fixture_path(f, f->copy, name), json);
}

/* A host whose Redis is away, with a copy of ten seconds ago. */
static void
start(struct fixture *f)
{
	use_redis(f, true);
	f->config.on_unreachable = UNREACHABLE_LAST_KNOWN;
	f->config.max_age = MAX_AGE;
	CU_ASSERT_EQUAL(mkdir(f->copy, 0755), 0);
	put_epoch(f, ID " 7\n");
	put_state(f, NOW - 10, NOW - 10, "");
}

/* What a check says while Redis answers that. */
static enum jwt_reason
check_with(struct fixture *f, const char *answer)
{
	struct server s = server_start(f, slice_of_string(answer), AT_ONCE);
	enum jwt_reason reason = fixture_check(f);

	server_stop(&s);
	return reason;
}

#define RAW(found) ":" found "\r\n"

static void
a_fresh_copy_stands_in_for_a_store_that_is_away(void)
{
	JWT_AUTO(fixture) f;

	start(&f);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(f.report.text, "by this host's copy, 10 s old: "));
	f.config.on_unreachable = UNREACHABLE_DENY;
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
}

static void
what_the_copy_has_is_revoked_while_the_store_is_away(void)
{
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++) {
		JWT_AUTO(fixture) f;

		start(&f);
		put_entry(&f, (enum revoked_kind)i, OURS);
		CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
		CU_ASSERT_PTR_NOT_NULL(
			strstr(f.report.text, "stolen, says this host's copy"));
	}
}

static void
a_raw_token_in_the_copy_is_revoked_until_it_is_over(void)
{
	JWT_AUTO(fixture) f;

	start(&f);
	put_raw(&f, TOKEN, "{\"until\":1799999999,\"when\":1}");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	put_raw(&f, TOKEN, "{\"until\":1800000000,\"when\":1}");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
	put_raw(&f, TOKEN, "");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
	f.config.redis.raw_tokens = false;
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
}

static void
a_raw_token_in_the_copy_revokes_its_ecdsa_twin(void)
{
	struct revocation_question q = fixture_question();
	uint8_t signature[64] = { 1 };
	JWT_AUTO(fixture) f;

	signature[63] = 1; /* s = 1 */
	q.alg = JWS_ES256;
	q.signature = slice_of(signature, sizeof(signature));
	start(&f);
	put_raw(&f, /* the one with s = n - 1 */
		"aGVhZA.Ym9keQ."
		"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAD_____AAAAAP__________vOb6racXnoTzucrC_GMlUA",
		OURS);
	CU_ASSERT_EQUAL(fixture_check_question(&f, &q), JWT_REVOKED);
	q.alg = JWS_EDDSA;
	CU_ASSERT_EQUAL(fixture_check_question(&f, &q), JWT_OK);
}

static void
what_the_store_evicted_stays_revoked(void)
{
	JWT_AUTO(fixture) f;

	start(&f);
	CU_ASSERT_EQUAL(check_with(&f, PASSING RAW("0")), JWT_OK);
	CU_ASSERT_EQUAL(f.report.text[0], '\0');
	put_entry(&f, REVOKED_JTI, OURS);
	CU_ASSERT_EQUAL(check_with(&f, PASSING RAW("0")), JWT_REVOKED);
	/* However old it is: an entry has an end of its own. */
	put_state(&f, 1, 1, "broken");
	CU_ASSERT_EQUAL(check_with(&f, PASSING RAW("0")), JWT_REVOKED);
}

static void
what_the_store_has_is_revoked_without_the_copy(void)
{
	JWT_AUTO(fixture) f;

	start(&f);
	CU_ASSERT_EQUAL(check_with(&f, PASSING RAW("1")), JWT_REVOKED);
	/* Also from a store that lost something else. */
	CU_ASSERT_EQUAL(
		check_with(&f, ROLE NIL NILS NIL RAW("1")), JWT_REVOKED);
}

static void
a_store_that_answers_needs_no_copy(void)
{
	JWT_AUTO(fixture) f;

	start(&f);
	CU_ASSERT_EQUAL(chmod(f.copy, 0777), 0);
	CU_ASSERT_EQUAL(check_with(&f, PASSING RAW("0")), JWT_OK);
	CU_ASSERT_EQUAL(chmod(f.copy, 0755), 0);
	CU_ASSERT_EQUAL(rename(f.copy, fixture_path(&f, f.root, "gone")), 0);
	CU_ASSERT_EQUAL(check_with(&f, PASSING RAW("0")), JWT_OK);
}

static void
without_a_copy_the_denial_stands(void)
{
	JWT_AUTO(fixture) f;

	start(&f);
	CU_ASSERT_EQUAL(chmod(f.copy, 0777), 0);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "no copy on this host"));
	CU_ASSERT_EQUAL(chmod(f.copy, 0755), 0);
	CU_ASSERT_EQUAL(rename(f.copy, fixture_path(&f, f.root, "gone")), 0);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "no such folder"));
}

static void
an_old_copy_decides_nothing_and_says_how_old_it_is(void)
{
	JWT_AUTO(fixture) f;

	start(&f);
	put_state(&f, NOW - MAX_AGE, NOW - MAX_AGE, "");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	put_state(&f, NOW - MAX_AGE - 1, NOW, "");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text,
		"; this host's copy is 1001 s old, max_age is 1000"));
	/* Raw tokens that nobody looked for are as bad. */
	put_state(&f, NOW, NOW - MAX_AGE - 1, "");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	f.config.redis.raw_tokens = false;
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	/* A lost store keeps its own reason. */
	put_state(&f, NOW - MAX_AGE - 1, NOW, "");
	CU_ASSERT_EQUAL(check_with(&f, ROLE NIL NILS NIL), JWT_REVOCATION_LOST);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "1001 s old"));
}

static void
a_copy_of_the_future_decides_nothing(void)
{
	JWT_AUTO(fixture) f;

	start(&f);
	put_state(&f, NOW + 300, NOW + 300, "");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	put_state(&f, NOW + 301, NOW + 301, "");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
}

static void
a_copy_that_is_not_whole_decides_nothing(void)
{
	static const char *const bad[] = { "", "{}", "x",
		"{\"version\":2,\"synced_at\":1799999990,"
		"\"scanned_at\":1799999990,\"entries\":0,\"raw\":0,"
		"\"stream\":\"1-0\",\"problem\":\"\"}",
		"{\"version\":1,\"synced_at\":1799999990,"
		"\"scanned_at\":1799999990,\"entries\":0,\"raw\":0,"
		"\"stream\":\"1-0\"}" };
	JWT_AUTO(fixture) f;

	start(&f);
	put_state(&f, 0, NOW, "");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	put_state(&f, NOW, 0, "");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	put_state(&f, NOW, NOW, "more than it can hold");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "more than it can hold"));
	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		fixture_put(fixture_path(&f, f.copy, COPY_STATE), bad[i]);
		CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	}
	CU_ASSERT_EQUAL(remove(fixture_path(&f, f.copy, COPY_STATE)), 0);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	put_state(&f, NOW, NOW, "");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	put_epoch(&f, "7\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
}

static void
a_copy_behind_this_hosts_mark_decides_nothing(void)
{
	JWT_AUTO(fixture) f;

	start(&f);
	put_mark(&f, ID " 7\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	put_mark(&f, ID " 8\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "10 s old"));
	put_mark(&f, OTHER " 1\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
}

static void
the_copy_stands_in_for_a_store_that_lost_its_data(void)
{
	JWT_AUTO(fixture) f;

	start(&f);
	put_mark(&f, ID " 7\n");
	CU_ASSERT_EQUAL(check_with(&f, ROLE NIL NILS NIL RAW("0")), JWT_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "10 s old"));
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "no epoch"));
	put_entry(&f, REVOKED_SUB, OURS);
	CU_ASSERT_EQUAL(
		check_with(&f, ROLE NIL NILS NIL RAW("0")), JWT_REVOKED);
}

static void
the_copys_epoch_shows_a_loss_that_no_login_has_seen(void)
{
	JWT_AUTO(fixture) f;

	start(&f);
	put_epoch(&f, ID " 8\n"); /* the store says 7 */
	put_mark(&f, ID " 5\n");
	CU_ASSERT_EQUAL(check_with(&f, PASSING RAW("0")), JWT_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "from 8 to 7"));
	CU_ASSERT(
		fixture_file_is(fixture_path(&f, f.seen, "redis"), ID " 5\n"));
	put_state(&f, 1, 1, "");
	CU_ASSERT_EQUAL(check_with(&f, PASSING RAW("0")), JWT_REVOCATION_LOST);
	/* Of another life of the store it says nothing. */
	put_epoch(&f, OTHER " 9\n");
	CU_ASSERT_EQUAL(check_with(&f, PASSING RAW("0")), JWT_OK);
	CU_ASSERT_EQUAL(f.report.text[0], '\0');
}

/* The store forgets entries, but what it counted is true. */
static void
a_copy_behind_a_store_that_evicts_decides_nothing(void)
{
	JWT_AUTO(fixture) f;

	start(&f);
	f.config.redis.allow_eviction = false;
	put_mark(&f, ID " 6\n");
	put_epoch(&f, ID " 6\n"); /* the store says 7 */
	CU_ASSERT_EQUAL(check_with(&f, ROLE EVICTING EPOCH NILS NIL RAW("0")),
		JWT_REVOCATION_LOST);
	CU_ASSERT(
		fixture_file_is(fixture_path(&f, f.seen, "redis"), ID " 7\n"));
	put_epoch(&f, ID " 7\n");
	CU_ASSERT_EQUAL(
		check_with(&f, ROLE EVICTING EPOCH NILS NIL RAW("0")), JWT_OK);
}

static void
accepting_a_store_leaves_word_for_the_copy(void)
{
	JWT_AUTO(fixture) f;
	struct server s;
	struct epoch epoch = { "" };

	start(&f);
	CU_ASSERT_FALSE(accepted_since(f.seen, "redis", 0, &epoch));
	s = server_start(&f, slice_of_string(ROLE EPOCH), AT_ONCE);
	CU_ASSERT_EQUAL(revocation_accept(f.store, NULL), JWT_OK);
	server_stop(&s);
	CU_ASSERT(accepted_since(f.seen, "redis", 1, &epoch));
	CU_ASSERT_STRING_EQUAL(epoch.id, ID);
	CU_ASSERT_EQUAL(epoch.counter, 7);
	CU_ASSERT_FALSE(accepted_since(f.seen, "redis", INT64_MAX, &epoch));
}

static void
put_accepted(struct fixture *f, const char *id, uint64_t counter, int64_t when)
{
	const struct timespec times[2] = { { .tv_sec = (time_t)when },
		{ .tv_sec = (time_t)when } };
	struct epoch epoch = { .counter = counter };

	memcpy(epoch.id, id, sizeof(epoch.id));
	CU_ASSERT_EQUAL(accepted_write(f->seen, "redis", &epoch, NULL), JWT_OK);
	CU_ASSERT_EQUAL(
		utimensat(AT_FDCWD, fixture_path(f, f->seen, "redis.accepted"),
			times, 0),
		0);
}

/* The store says 7; whoever keeps the copy is stopped. */
static void
an_accepted_store_stands_above_the_copys_epoch(void)
{
	static const struct {
		const char *id;
		uint64_t counter;
		int64_t when;
		enum jwt_reason reason;
	} rows[] = {
		{ ID, 7, NOW - 5000, JWT_OK },
		{ ID, 6, NOW, JWT_OK },
		{ ID, 7, NOW - 5001, JWT_REVOCATION_LOST }, /* of before */
		{ ID, 8, NOW, JWT_REVOCATION_LOST },
		{ OTHER, 1, NOW, JWT_REVOCATION_LOST },
	};
	JWT_AUTO(fixture) f;

	start(&f);
	put_epoch(&f, ID " 8\n");
	put_state(&f, NOW - 5000, NOW - 5000, "");
	CU_ASSERT_EQUAL(check_with(&f, PASSING RAW("0")), JWT_REVOCATION_LOST);
	for (size_t i = 0; i < JWT_COUNT(rows); i++) {
		put_accepted(&f, rows[i].id, rows[i].counter, rows[i].when);
		CU_ASSERT_EQUAL(
			check_with(&f, PASSING RAW("0")), rows[i].reason);
	}
}

static void
a_copy_that_is_not_whole_overrules_no_store(void)
{
	JWT_AUTO(fixture) f;

	start(&f);
	put_epoch(&f, ID " 8\n"); /* the store says 7 */
	put_state(&f, 0, 0, "");
	CU_ASSERT_EQUAL(check_with(&f, PASSING RAW("0")), JWT_OK);
	fixture_put(fixture_path(&f, f.copy, COPY_STATE), "x");
	CU_ASSERT_EQUAL(check_with(&f, PASSING RAW("0")), JWT_OK);
	put_state(&f, 1, 1, "");
	CU_ASSERT_EQUAL(check_with(&f, PASSING RAW("0")), JWT_REVOCATION_LOST);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_fresh_copy_stands_in_for_a_store_that_is_away),
	UNIT_TEST(what_the_copy_has_is_revoked_while_the_store_is_away),
	UNIT_TEST(a_raw_token_in_the_copy_is_revoked_until_it_is_over),
	UNIT_TEST(a_raw_token_in_the_copy_revokes_its_ecdsa_twin),
	UNIT_TEST(what_the_store_evicted_stays_revoked),
	UNIT_TEST(what_the_store_has_is_revoked_without_the_copy),
	UNIT_TEST(a_store_that_answers_needs_no_copy),
	UNIT_TEST(without_a_copy_the_denial_stands),
	UNIT_TEST(an_old_copy_decides_nothing_and_says_how_old_it_is),
	UNIT_TEST(a_copy_of_the_future_decides_nothing),
	UNIT_TEST(a_copy_that_is_not_whole_decides_nothing),
	UNIT_TEST(a_copy_behind_this_hosts_mark_decides_nothing),
	UNIT_TEST(the_copy_stands_in_for_a_store_that_lost_its_data),
	UNIT_TEST(the_copys_epoch_shows_a_loss_that_no_login_has_seen),
	UNIT_TEST(a_copy_behind_a_store_that_evicts_decides_nothing),
	UNIT_TEST(accepting_a_store_leaves_word_for_the_copy),
	UNIT_TEST(an_accepted_store_stands_above_the_copys_epoch),
	UNIT_TEST(a_copy_that_is_not_whole_overrules_no_store),
};
UNIT_SUITE("revocation_copy", tests)
