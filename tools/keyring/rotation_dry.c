/* SPDX-License-Identifier: ISC */
/* What a run would do, in words; nothing is changed and nobody is asked. */
#include "rotation.h"

#include "base/clock.h"
#include "dates.h"
#include "plan.h"

#include <stdio.h>

static void
say_wait(const struct settings *settings, const char *kid)
{
	for (size_t i = 0; i < settings->verifier_count; i++) {
		const struct settings_verifier *verifier =
			&settings->verifier[i];

		printf("would wait until %s has %s\n",
			verifier->url != NULL ? verifier->url
					      : verifier->command.words.item[0],
			kid);
	}
	if (settings->publish_ahead > 0)
		printf("would wait until %s is public for %lld s\n", kid,
			(long long)settings->publish_ahead);
}

static void
say_rotation(const struct rotation *rotation, struct keyring *keyring)
{
	const struct keyring_key *current = keyring_current(keyring);
	const struct keyring_key *next = keyring_in_state(keyring, KEY_NEXT);
	enum jws_alg alg = rotation->has_alg ? rotation->alg : current->alg;
	const char *kid = next != NULL ? next->kid : "the next key";

	if (next == NULL)
		printf("would make a key for %s\n", jws_alg_info(alg)->name);
	if (next == NULL || next->published == 0)
		printf("would publish %s%s%s\n", kid,
			rotation->places.out != NULL ? " in " : "",
			rotation->places.out != NULL ? rotation->places.out
						     : "");
	say_wait(rotation->settings, kid);
	printf("would sign with %s\n"
	       "would retire %s, and drop it %lld s later\n",
		kid, current->kid,
		(long long)(keyring->token_lifetime + PLAN_LEEWAY));
}

static void
say_theft(const struct rotation *rotation, struct keyring *keyring)
{
	const char *kid = rotation->kid != NULL ? rotation->kid
						: keyring_current(keyring)->kid;

	if (keyring_find(keyring, kid) == NULL) {
		printf("%s is not in the keyring (any more)\n", kid);
		return;
	}
	if (keyring_current(keyring) == keyring_find(keyring, kid))
		printf("would make a key, publish it and sign with it at "
		       "once\n");
	printf("would throw %s out\n"
	       "would run %zu commands that revoke it and %zu that refresh "
	       "hosts\n",
		kid, rotation->settings->revoke.count,
		rotation->settings->refresh.count);
}

static void
say_plan(const struct rotation *rotation, struct keyring *keyring)
{
	int64_t now = clock_now(), age = plan_age(keyring, now);
	bool due = age >= rotation->older_than;
	bool goes_on = plan_is_unfinished(keyring);
	char date[DATE_MAX];

	for (size_t i = 0; i < keyring->pending_count; i++)
		printf("would run what waits for \"%s\" of %s\n",
			keyring_event_name(keyring->pending[i].event),
			keyring->pending[i].kid);
	for (size_t i = 0; i < keyring->count; i++)
		if (plan_dead_at(keyring, &keyring->keys[i]) < now ||
			(rotation->drop_old &&
				keyring->keys[i].state == KEY_RETIRING))
			printf("would drop %s\n", keyring->keys[i].kid);
	if (keyring_in_state(keyring, KEY_NEXT) != NULL || (due && !goes_on))
		say_rotation(rotation, keyring);
	else if (!goes_on)
		printf("no new key before %s\n",
			date_of(now - age + rotation->older_than, date));
}

enum keyring_exit
rotation_dry_run(const struct rotation *rotation, struct report *r)
{
	JWT_AUTO(keyring) keyring = { .fd = -1 };

	if (keyring_open(rotation->settings->dir, KEYRING_READ, &keyring, r) !=
		JWT_OK)
		return KEYRING_FAILED;
	if (rotation->compromised)
		say_theft(rotation, &keyring);
	else
		say_plan(rotation, &keyring);
	return KEYRING_DONE;
}
