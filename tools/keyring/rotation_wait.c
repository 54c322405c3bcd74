/* SPDX-License-Identifier: ISC */
/*
 * The wait between publishing a key and signing with it: a condition, asked
 * again and again with longer and longer pauses, until a deadline. Nothing
 * of it is lost with the process: the next run asks again.
 */
#include "rotation.h"

#include "base/clock.h"
#include "verifiers.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#define AHEAD_WORDS "publish_ahead: caches that nobody can ask"

/* One round: who lacks the key, and how long it must be public still. */
struct round {
	bool gone;     /* another run was faster, or took the key away */
	size_t lack;   /* verifiers without it */
	int64_t ahead; /* seconds; 0: long enough */
};

static enum jwt_reason
keep_waiting(const char *dir, const struct keyring *seen, struct report *r)
{
	JWT_AUTO(keyring) keyring = { .fd = -1 };

	JWT_TRY(keyring_open(dir, KEYRING_WRITE, &keyring, r));
	if (keyring_in_state(&keyring, KEY_NEXT) == NULL)
		return JWT_OK;
	memcpy(keyring.waiting, seen->waiting, sizeof(keyring.waiting));
	keyring.waiting_named = seen->waiting_named;
	keyring.waiting_count = seen->waiting_count;
	return keyring_save(&keyring, r);
}

static void
say_waiting(const struct rotation *rotation, const struct keyring *keyring)
{
	for (size_t i = 0; i < keyring->waiting_named; i++)
		rotation_say(rotation, "waiting for %s", keyring->waiting[i]);
	if (keyring->waiting_count > keyring->waiting_named)
		rotation_say(rotation, "and for %zu more",
			keyring->waiting_count - keyring->waiting_named);
}

static void
add_ahead(struct keyring *keyring)
{
	if (keyring->waiting_named < KEYRING_WAITING_MAX)
		snprintf(keyring->waiting[keyring->waiting_named++],
			KEYRING_WORDS_MAX, "%s", AHEAD_WORDS);
	keyring->waiting_count++;
}

/* The time that a cache may keep the old JWKS, as the clock on the wall has
 * it; one that was set back must not make it longer than it is. */
static int64_t
time_ahead(const struct rotation *rotation, const struct keyring_key *next)
{
	int64_t wanted = rotation->settings->publish_ahead;
	int64_t left = next->published + wanted - clock_now();

	if (left < 0)
		return 0;
	return left < wanted ? left : wanted;
}

static enum jwt_reason
ask_all(struct rotation *rotation, struct verifiers *verifiers,
	struct round *round, struct report *r)
{
	const char *dir = rotation->settings->dir;
	JWT_AUTO(keyring) keyring = { .fd = -1 };
	const struct keyring_key *next;
	char before[KEYRING_WAITING_MAX][KEYRING_WORDS_MAX];
	size_t count;

	JWT_TRY(keyring_open(dir, KEYRING_READ, &keyring, r));
	keyring_unlock(&keyring);
	next = keyring_in_state(&keyring, KEY_NEXT);
	*round = (struct round){
		.gone = next == NULL || next->published == 0 ||
			keyring_current(&keyring)->compromised
	};
	if (round->gone)
		return JWT_OK;
	memcpy(rotation->asked, next->kid, sizeof(rotation->asked));
	memcpy(before, keyring.waiting, sizeof(before));
	count = keyring.waiting_count;
	verifiers_ask(verifiers, next, &keyring);
	round->lack = keyring.waiting_count;
	round->ahead = time_ahead(rotation, next);
	if (round->ahead > 0)
		add_ahead(&keyring);
	if (count == keyring.waiting_count &&
		memcmp(before, keyring.waiting, sizeof(before)) == 0)
		return JWT_OK;
	say_waiting(rotation, &keyring);
	return keep_waiting(dir, &keyring, r);
}

static int64_t
pause_for(const struct settings *settings, const struct round *round,
	int64_t tries)
{
	uint32_t random = 0;
	int64_t pause;

	if (round->lack == 0)
		return round->ahead * 1000;
	if (RAND_bytes((unsigned char *)&random, sizeof(random)) != 1)
		random = 0; /* only the herd is larger */
	pause = verifiers_pause(
		tries, settings->wait.first, settings->wait.longest, random);
	return pause;
}

enum keyring_exit
rotation_wait(struct rotation *rotation, struct report *r)
{
	const struct settings *settings = rotation->settings;
	JWT_AUTO(verifiers) verifiers = verifiers_new(settings);
	int64_t deadline =
		clock_monotonic_ms() + settings->wait.deadline * 1000;
	struct round round;

	if (verifiers == NULL) {
		report(r, JWT_INTERNAL_ERROR, "out of memory");
		return KEYRING_FAILED;
	}
	for (int64_t tries = 0;; tries++) {
		int64_t pause;
		int left;

		if (ask_all(rotation, verifiers, &round, r) != JWT_OK)
			return KEYRING_FAILED;
		if (round.gone || (round.lack == 0 && round.ahead == 0))
			return KEYRING_DONE;
		left = clock_left_ms(deadline);
		if (left == 0)
			break;
		pause = pause_for(settings, &round, tries);
		poll(NULL, 0, pause < left ? (int)pause : left);
	}
	report(r, JWT_KEYS_UNAVAILABLE,
		"the next key does not sign yet: %zu verifiers lack it after "
		"%lld s; the next run goes on waiting",
		round.lack, (long long)settings->wait.deadline);
	return KEYRING_WAITS;
}
