/* SPDX-License-Identifier: ISC */
#include "plan.h"

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* A sum of times that may stand in a file: at the end, not around it. */
static int64_t
plus(int64_t a, int64_t b)
{
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static const struct keyring_key *
in_state(const struct keyring *keyring, enum key_state state)
{
	for (size_t i = 0; i < keyring->count; i++)
		if (keyring->keys[i].state == state)
			return &keyring->keys[i];
	return NULL;
}

/* There is one: a keyring.json without it is refused. */
static const struct keyring_key *
current_of(const struct keyring *keyring)
{
	const struct keyring_key *current = in_state(keyring, KEY_CURRENT);

	return current != NULL ? current : &keyring->keys[0];
}

int64_t
plan_dead_at(const struct keyring *keyring, const struct keyring_key *key)
{
	if (key->state != KEY_RETIRING || key->retired == 0)
		return INT64_MAX;
	return plus(later(plus(key->retired, keyring->token_lifetime),
			    key->signed_until),
		PLAN_LEEWAY);
}

bool
plan_must_note(const struct keyring *keyring, const struct keyring_key *key,
	int64_t now, int64_t exp)
{
	int64_t known = key->state == KEY_RETIRING && key->retired != 0
				? key->retired
				: now;

	return exp > key->signed_until &&
	       exp > plus(known, keyring->token_lifetime);
}

int64_t
plan_age(const struct keyring *keyring, int64_t now)
{
	const struct keyring_key *current = current_of(keyring);

	/* A clock that was ahead: the key is taken for fresh. */
	return current->signing < now ? now - current->signing : 0;
}

bool
plan_is_unfinished(const struct keyring *keyring)
{
	for (size_t i = 0; i < keyring->pending_count; i++)
		if (keyring->pending[i].event == EVENT_SIGNING)
			return true;
	return in_state(keyring, KEY_NEXT) != NULL ||
	       current_of(keyring)->compromised;
}

static bool
find_dead(const struct keyring *keyring, int64_t now, size_t *index)
{
	for (size_t i = 0; i < keyring->count; i++)
		if (plan_dead_at(keyring, &keyring->keys[i]) < now) {
			*index = i;
			return true;
		}
	return false;
}

/* Nobody waits for anybody here: the thief doesn't either. */
static enum plan_step
next_after_theft(const struct keyring_key *next)
{
	if (next == NULL)
		return PLAN_MAKE;
	return next->published == 0 ? PLAN_PUBLISH : PLAN_EXPEL;
}

enum plan_step
plan_next(const struct keyring *keyring, const struct plan_wish *wish,
	size_t *index)
{
	const struct keyring_key *next = in_state(keyring, KEY_NEXT);

	if (current_of(keyring)->compromised)
		return next_after_theft(next);
	if (keyring->pending_count > wish->skipped) {
		*index = wish->skipped;
		return PLAN_TELL;
	}
	if (keyring->pending_count > 0)
		return PLAN_NOTHING; /* no step before its hooks have run */
	if (find_dead(keyring, wish->now, index))
		return PLAN_DROP;
	if (next != NULL)
		return next->published == 0 ? PLAN_PUBLISH : PLAN_WAIT;
	if (wish->rotate && plan_age(keyring, wish->now) >= wish->older_than)
		return PLAN_MAKE;
	return PLAN_NOTHING;
}

void
plan_sign(struct keyring *keyring, int64_t now)
{
	struct keyring_key *next = keyring_in_state(keyring, KEY_NEXT);
	struct keyring_key *current = keyring_current(keyring);

	current->state = KEY_RETIRING;
	current->retired = 0; /* when the signers have been told */
	next->state = KEY_CURRENT;
	next->signing = now;
	keyring->waiting_count = keyring->waiting_named = 0;
}

void
plan_expel(struct keyring *keyring, int64_t now)
{
	struct keyring_key *current = keyring_current(keyring);

	plan_sign(keyring, now);
	keyring_forget(keyring, (size_t)(current - keyring->keys));
}
