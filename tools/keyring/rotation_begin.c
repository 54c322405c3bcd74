/* SPDX-License-Identifier: ISC */
#include "rotation.h"

#include "plan.h"

#include <string.h>

/* A stolen key's run that was killed: it goes on, and no other key goes. */
static bool
theft_is_known(const struct keyring *keyring)
{
	for (size_t i = 0; i < keyring->pending_count; i++)
		if (keyring->pending[i].event <= EVENT_COMPROMISED)
			return true;
	return false;
}

/* What lay beside a stolen key, and never signed, is not worth keeping. */
static void
forget_next(struct keyring *keyring)
{
	const struct keyring_key *next = keyring_in_state(keyring, KEY_NEXT);

	if (next != NULL)
		keyring_forget(keyring, (size_t)(next - keyring->keys));
	keyring->waiting_count = keyring->waiting_named = 0;
}

/* Named, and not there any more: a run before this one did it. */
static enum jwt_reason
mark_stolen(
	struct rotation *rotation, struct keyring *keyring, struct report *r)
{
	struct keyring_key *key = rotation->kid != NULL
					  ? keyring_find(keyring, rotation->kid)
					  : keyring_current(keyring);

	rotation->rotate = false;
	if (key == NULL ||
		(rotation->kid == NULL &&
			(key->compromised || theft_is_known(keyring)))) {
		rotation_say(rotation, "the key is out already; going on");
		return JWT_OK;
	}
	if (key->state == KEY_CURRENT) {
		key->compromised = true;
		forget_next(keyring);
	} else {
		JWT_TRY(rotation_note_theft(keyring, key->kid, r));
		keyring_forget(keyring, (size_t)(key - keyring->keys));
	}
	return keyring_save(keyring, r);
}

enum jwt_reason
rotation_begin(struct rotation *rotation, struct report *r)
{
	JWT_AUTO(keyring) keyring = { .fd = -1 };
	int64_t lifetime = rotation->settings->token_lifetime;
	size_t dropped;

	JWT_TRY(keyring_open(
		rotation->settings->dir, KEYRING_WRITE, &keyring, r));
	if (lifetime > 0 && lifetime != keyring.token_lifetime) {
		keyring.token_lifetime = lifetime;
		JWT_TRY(keyring_save(&keyring, r));
	}
	if (rotation->compromised)
		return mark_stolen(rotation, &keyring, r);
	rotation->rotate = !plan_is_unfinished(&keyring);
	/* Also what a killed run began: this one must not wait for files. */
	rotation->compromised = keyring_current(&keyring)->compromised;
	if (rotation->drop_old)
		return keyring_drop_retiring(&keyring, true, &dropped, r);
	return JWT_OK;
}
