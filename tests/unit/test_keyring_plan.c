/* SPDX-License-Identifier: ISC */
/* What a rotation does next, and the order in which files change. */
#include "places.h"
#include "plan.h"
#include "suite.h"

#include <string.h>

#define NOW  1000000000
#define DAYS (int64_t)86400

static struct keyring ring;

static void
add(const char *kid, enum key_state state, int64_t signing, int64_t retired)
{
	struct keyring_key *key = &ring.keys[ring.count++];

	*key = (struct keyring_key){ .alg = JWS_ES256,
		.state = state,
		.created = signing,
		.published = signing,
		.signing = state == KEY_NEXT ? 0 : signing,
		.retired = retired };
	memcpy(key->kid, kid, strlen(kid) + 1);
}

static void
begin(int64_t signing)
{
	ring = (struct keyring){ .fd = -1, .token_lifetime = 3600 };
	add("current", KEY_CURRENT, signing, 0);
}

static enum plan_step
step(bool rotate, int64_t older_than, size_t *index)
{
	const struct plan_wish wish = {
		.now = NOW, .rotate = rotate, .older_than = older_than
	};

	return plan_next(&ring, &wish, index);
}

static enum plan_step
next_step(void)
{
	size_t index;

	return step(true, 0, &index);
}

static void
a_key_is_made_when_one_is_asked_for(void)
{
	size_t index;

	begin(NOW);
	CU_ASSERT_EQUAL(step(true, 0, &index), PLAN_MAKE);
	CU_ASSERT_EQUAL(step(false, 0, &index), PLAN_NOTHING);
}

static void
the_age_decides_to_the_second(void)
{
	size_t index;

	begin(NOW - 30 * DAYS);
	CU_ASSERT_EQUAL(step(true, 30 * DAYS, &index), PLAN_MAKE);
	begin(NOW - 30 * DAYS + 1);
	CU_ASSERT_EQUAL(step(true, 30 * DAYS, &index), PLAN_NOTHING);
	begin(NOW + 400 * DAYS); /* the clock was ahead */
	CU_ASSERT_EQUAL(step(true, 30 * DAYS, &index), PLAN_NOTHING);
	CU_ASSERT_EQUAL(plan_age(&ring, NOW), 0);
}

static void
a_next_key_is_published_then_waited_for(void)
{
	begin(NOW);
	add("next", KEY_NEXT, 0, 0);
	CU_ASSERT_EQUAL(next_step(), PLAN_PUBLISH);
	ring.keys[1].published = NOW;
	CU_ASSERT_EQUAL(next_step(), PLAN_WAIT);
}

static void
nothing_happens_before_its_hooks_have_run(void)
{
	struct plan_wish wish = { .now = NOW, .rotate = true };
	size_t index = 9;

	begin(NOW);
	add("next", KEY_NEXT, NOW, 0);
	CU_ASSERT_EQUAL(
		keyring_note(&ring, EVENT_PUBLISHED, "next", NULL), JWT_OK);
	CU_ASSERT_EQUAL(plan_next(&ring, &wish, &index), PLAN_TELL);
	CU_ASSERT_EQUAL(index, 0);
	wish.skipped = 1;
	CU_ASSERT_EQUAL(plan_next(&ring, &wish, &index), PLAN_NOTHING);
	keyring_told(&ring, EVENT_PUBLISHED, "next", NOW);
	wish.skipped = 0;
	CU_ASSERT_EQUAL(plan_next(&ring, &wish, &index), PLAN_WAIT);
}

static void
a_failed_hook_does_not_keep_the_others_from_hearing(void)
{
	const struct plan_wish wish = { .now = NOW, .skipped = 1 };
	size_t index = 0;

	begin(NOW);
	CU_ASSERT_EQUAL(keyring_note(&ring, EVENT_REVOKE, "k", NULL), JWT_OK);
	CU_ASSERT_EQUAL(keyring_note(&ring, EVENT_REFRESH, "k", NULL), JWT_OK);
	CU_ASSERT_EQUAL(plan_next(&ring, &wish, &index), PLAN_TELL);
	CU_ASSERT_EQUAL(index, 1);
}

static void
a_revocation_is_told_before_all_hooks(void)
{
	static const enum keyring_event wanted[] = { EVENT_REVOKE,
		EVENT_REFRESH, EVENT_PUBLISHED, EVENT_COMPROMISED };

	begin(NOW);
	CU_ASSERT_EQUAL(
		keyring_note(&ring, EVENT_PUBLISHED, "n", NULL), JWT_OK);
	CU_ASSERT_EQUAL(keyring_note(&ring, EVENT_REVOKE, "k", NULL), JWT_OK);
	CU_ASSERT_EQUAL(keyring_note(&ring, EVENT_REFRESH, "k", NULL), JWT_OK);
	CU_ASSERT_EQUAL(
		keyring_note(&ring, EVENT_COMPROMISED, "k", NULL), JWT_OK);
	CU_ASSERT_EQUAL(keyring_note(&ring, EVENT_REVOKE, "k", NULL), JWT_OK);
	CU_ASSERT_EQUAL_FATAL(ring.pending_count, JWT_COUNT(wanted));
	for (size_t i = 0; i < JWT_COUNT(wanted); i++)
		CU_ASSERT_EQUAL(ring.pending[i].event, wanted[i]);
}

static void
pending_events_have_an_end(void)
{
	char kid[] = "k00";

	begin(NOW);
	for (int i = 0; i < KEYRING_PENDING_MAX; i++) {
		kid[1] = (char)('0' + i / 10);
		kid[2] = (char)('0' + i % 10);
		CU_ASSERT_EQUAL(
			keyring_note(&ring, EVENT_DROPPED, kid, NULL), JWT_OK);
	}
	CU_ASSERT_EQUAL(keyring_note(&ring, EVENT_DROPPED, "one more", NULL),
		JWT_INTERNAL_ERROR);
}

static void
a_stolen_key_waits_for_nobody(void)
{
	begin(NOW);
	CU_ASSERT_EQUAL(keyring_note(&ring, EVENT_DROPPED, "x", NULL), JWT_OK);
	ring.keys[0].compromised = true;
	CU_ASSERT_EQUAL(next_step(), PLAN_MAKE);
	add("next", KEY_NEXT, 0, 0);
	CU_ASSERT_EQUAL(next_step(), PLAN_PUBLISH);
	ring.keys[1].published = NOW;
	CU_ASSERT_EQUAL(next_step(), PLAN_EXPEL);
	plan_expel(&ring, NOW);
	CU_ASSERT_EQUAL(ring.count, 1);
	CU_ASSERT_STRING_EQUAL(keyring_current(&ring)->kid, "next");
	CU_ASSERT_EQUAL(next_step(), PLAN_TELL);
}

static void
a_retiring_key_goes_when_its_last_token_is_dead(void)
{
	size_t index = 9;

	begin(NOW);
	add("old", KEY_RETIRING, 1, NOW - 3600 - PLAN_LEEWAY);
	CU_ASSERT_EQUAL(plan_dead_at(&ring, &ring.keys[1]), NOW);
	CU_ASSERT_EQUAL(step(false, 0, &index), PLAN_NOTHING);
	ring.keys[1].retired--;
	CU_ASSERT_EQUAL(step(false, 0, &index), PLAN_DROP);
	CU_ASSERT_EQUAL(index, 1);
	ring.keys[1].signed_until = NOW;
	CU_ASSERT_EQUAL(step(false, 0, &index), PLAN_NOTHING);
	ring.keys[1].signed_until = INT64_MAX;
	CU_ASSERT_EQUAL(plan_dead_at(&ring, &ring.keys[1]), INT64_MAX);
}

static void
a_key_retires_only_when_its_signers_know(void)
{
	begin(NOW - 10 * DAYS);
	add("next", KEY_NEXT, 0, 0);
	plan_sign(&ring, NOW - 9 * DAYS);
	CU_ASSERT_EQUAL(
		keyring_note(&ring, EVENT_SIGNING, "next", NULL), JWT_OK);
	CU_ASSERT_EQUAL(plan_dead_at(&ring, &ring.keys[0]), INT64_MAX);
	keyring_told(&ring, EVENT_SIGNING, "next", NOW);
	CU_ASSERT_EQUAL(
		plan_dead_at(&ring, &ring.keys[0]), NOW + 3600 + PLAN_LEEWAY);
}

static void
only_tokens_that_live_too_long_are_noted(void)
{
	begin(NOW - DAYS);
	add("old", KEY_RETIRING, 1, NOW - 100);
	CU_ASSERT_FALSE(plan_must_note(&ring, &ring.keys[0], NOW, NOW + 3600));
	CU_ASSERT_TRUE(plan_must_note(&ring, &ring.keys[0], NOW, NOW + 3601));
	/* A retiring key counts from when it retired. */
	CU_ASSERT_TRUE(plan_must_note(&ring, &ring.keys[1], NOW, NOW + 3600));
	ring.keys[1].signed_until = NOW + 3600;
	CU_ASSERT_FALSE(plan_must_note(&ring, &ring.keys[1], NOW, NOW + 3600));
}

static void
a_begun_rotation_is_finished_and_not_begun_anew(void)
{
	begin(NOW);
	CU_ASSERT_FALSE(plan_is_unfinished(&ring));
	CU_ASSERT_EQUAL(keyring_note(&ring, EVENT_DROPPED, "x", NULL), JWT_OK);
	CU_ASSERT_FALSE(plan_is_unfinished(&ring));
	CU_ASSERT_EQUAL(keyring_note(&ring, EVENT_SIGNING, "x", NULL), JWT_OK);
	CU_ASSERT_TRUE(plan_is_unfinished(&ring));
	begin(NOW);
	add("next", KEY_NEXT, 0, 0);
	CU_ASSERT_TRUE(plan_is_unfinished(&ring));
	begin(NOW);
	ring.keys[0].compromised = true;
	CU_ASSERT_TRUE(plan_is_unfinished(&ring));
}

/* On the way from one set of slots to another nothing wanted is missing. */
static void
check_order(const int *is, const int *wanted, size_t count)
{
	struct slot_change change[SLOTS_MAX];
	int now[8];
	size_t changes = slots_order(is, wanted, count, change);

	memcpy(now, is, count * sizeof(now[0]));
	CU_ASSERT_TRUE(changes <= count);
	for (size_t i = 0; i <= changes; i++) {
		for (size_t w = 0; w < count; w++) {
			bool was = false, there = wanted[w] == SLOT_EMPTY;

			for (size_t k = 0; k < count; k++) {
				was = was || is[k] == wanted[w];
				there = there || now[k] == wanted[w];
			}
			CU_ASSERT_TRUE(!was || there);
		}
		if (i < changes)
			now[change[i].slot] = change[i].id;
	}
	CU_ASSERT_EQUAL(memcmp(now, wanted, count * sizeof(now[0])), 0);
}

static void
no_wanted_secret_is_missing_while_files_change(void)
{
	enum { NO = SLOT_EMPTY, A, B, C, D };
	static const int steps[][2][4] = {
		{ { A, NO, NO, NO }, { A, B, NO, NO } }, /* published */
		{ { A, B, NO, NO }, { B, NO, A, NO } },	 /* signs */
		{ { A, B, C, NO }, { B, NO, A, C } },	 /* with an older one */
		{ { B, NO, A, C }, { B, NO, C, NO } },	 /* dropped */
		{ { B, NO, A, C }, { B, NO, A, NO } },
		{ { A, B, C, NO }, { D, NO, C, NO } }, /* stolen */
		{ { B, A, A, C }, { B, NO, A, C } },   /* killed half-way */
		{ { B, B, A, C }, { B, NO, A, C } },
	};

	for (size_t i = 0; i < JWT_COUNT(steps); i++)
		check_order(steps[i][0], steps[i][1], 4);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_key_is_made_when_one_is_asked_for),
	UNIT_TEST(the_age_decides_to_the_second),
	UNIT_TEST(a_next_key_is_published_then_waited_for),
	UNIT_TEST(nothing_happens_before_its_hooks_have_run),
	UNIT_TEST(a_failed_hook_does_not_keep_the_others_from_hearing),
	UNIT_TEST(a_revocation_is_told_before_all_hooks),
	UNIT_TEST(pending_events_have_an_end),
	UNIT_TEST(a_stolen_key_waits_for_nobody),
	UNIT_TEST(a_retiring_key_goes_when_its_last_token_is_dead),
	UNIT_TEST(a_key_retires_only_when_its_signers_know),
	UNIT_TEST(only_tokens_that_live_too_long_are_noted),
	UNIT_TEST(a_begun_rotation_is_finished_and_not_begun_anew),
	UNIT_TEST(no_wanted_secret_is_missing_while_files_change),
};
UNIT_SUITE("keyring_plan", tests)
