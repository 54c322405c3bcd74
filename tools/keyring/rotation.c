/* SPDX-License-Identifier: ISC */
#include "rotation.h"

#include "base/clock.h"
#include "plan.h"
#include "private.h"
#include "tell.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
rotation_say(const struct rotation *rotation, const char *format, ...)
{
	va_list args;

	if (!rotation->verbose)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/*
 * Files follow keyring.json, whatever step a killed run was at. A key that
 * must go does so also where they can't be written.
 */
static enum jwt_reason
settle(struct rotation *rotation, struct keyring *keyring, struct report *r)
{
	struct report inner = { 0 };
	enum jwt_reason reason =
		places_write(keyring, &rotation->places, &inner);

	if (reason != JWT_OK && !rotation->compromised)
		return report(r, reason, "%s", inner.text);
	if (reason != JWT_OK) {
		rotation->unpublished = true;
		report(&rotation->failure, reason, "%s", inner.text);
	}
	return private_sweep(keyring, r);
}

static enum jwt_reason
make_next(struct rotation *rotation, struct keyring *keyring, struct report *r)
{
	enum jws_alg alg = rotation->has_alg ? rotation->alg
					     : keyring_current(keyring)->alg;
	const struct keyring_key *next;

	JWT_TRY(private_make(
		keyring, alg, rotation->file, KEY_NEXT, clock_now(), r));
	JWT_TRY(keyring_save(keyring, r));
	rotation->rotate = false;
	next = keyring_in_state(keyring, KEY_NEXT);
	rotation_say(rotation, "made the next key, %s", next->kid);
	return JWT_OK;
}

/* settle() has written the files, before this step and every other one. */
static enum jwt_reason
note_published(
	struct rotation *rotation, struct keyring *keyring, struct report *r)
{
	struct keyring_key *next = keyring_in_state(keyring, KEY_NEXT);

	next->published = clock_now();
	if (!keyring_current(keyring)->compromised)
		JWT_TRY(keyring_note(keyring, EVENT_PUBLISHED, next->kid, r));
	JWT_TRY(keyring_save(keyring, r));
	rotation_say(rotation, "published %s", next->kid);
	return JWT_OK;
}

static enum jwt_reason
sign(struct rotation *rotation, struct keyring *keyring, struct report *r)
{
	const struct keyring_key *next = keyring_in_state(keyring, KEY_NEXT);

	plan_sign(keyring, clock_now());
	JWT_TRY(keyring_note(keyring, EVENT_SIGNING, next->kid, r));
	JWT_TRY(keyring_save(keyring, r));
	JWT_TRY(private_sweep(keyring, r));
	printf("%s\n", next->kid);
	fflush(stdout);
	rotation_say(rotation, "%s signs from now on", next->kid);
	return JWT_OK;
}

enum jwt_reason
rotation_note_theft(struct keyring *keyring, const char *kid, struct report *r)
{
	JWT_TRY(keyring_note(keyring, EVENT_REVOKE, kid, r));
	JWT_TRY(keyring_note(keyring, EVENT_REFRESH, kid, r));
	return keyring_note(keyring, EVENT_COMPROMISED, kid, r);
}

static enum jwt_reason
expel(struct rotation *rotation, struct keyring *keyring, struct report *r)
{
	char kid[JWK_KID_MAX + 1];

	memcpy(kid, keyring_current(keyring)->kid, sizeof(kid));
	plan_expel(keyring, clock_now());
	JWT_TRY(rotation_note_theft(keyring, kid, r));
	JWT_TRY(keyring_note(
		keyring, EVENT_SIGNING, keyring_current(keyring)->kid, r));
	JWT_TRY(keyring_save(keyring, r));
	printf("%s\n", keyring_current(keyring)->kid);
	fflush(stdout);
	rotation_say(rotation, "%s is out, %s signs from now on", kid,
		keyring_current(keyring)->kid);
	return JWT_OK;
}

static enum jwt_reason
drop(struct rotation *rotation, struct keyring *keyring, size_t index,
	struct report *r)
{
	char kid[JWK_KID_MAX + 1];

	memcpy(kid, keyring->keys[index].kid, sizeof(kid));
	keyring_forget(keyring, index);
	JWT_TRY(keyring_note(keyring, EVENT_DROPPED, kid, r));
	JWT_TRY(keyring_save(keyring, r));
	rotation_say(rotation, "dropped %s: its last token is dead", kid);
	return JWT_OK;
}

static enum jwt_reason
forget_pending(
	const char *dir, const struct keyring_pending *told, struct report *r)
{
	JWT_AUTO(keyring) keyring = { .fd = -1 };

	JWT_TRY(keyring_open(dir, KEYRING_WRITE, &keyring, r));
	keyring_told(&keyring, told->event, told->kid, clock_now());
	return keyring_save(&keyring, r);
}

static bool
has_nobody_to_tell(const struct settings *settings, enum keyring_event event)
{
	if (event == EVENT_REVOKE)
		return settings->revoke.count == 0;
	if (event == EVENT_REFRESH)
		return settings->refresh.count == 0;
	return settings->hooks.count == 0 && settings->hook_dir == NULL;
}

/* Without the keyring's lock: programs take their time. */
static enum jwt_reason
tell_pending(struct rotation *rotation, const struct keyring_pending *pending,
	struct report *r)
{
	const char *event = keyring_event_name(pending->event);
	struct report inner = { 0 };

	if (has_nobody_to_tell(rotation->settings, pending->event)) {
		if (pending->event == EVENT_REVOKE)
			fprintf(stderr,
				"jwt-keyring: the settings name no command "
				"that revokes; run on each host:\n"
				"  jwtauthctl revoke --kid %s\n",
				pending->kid);
	} else if (tell(rotation->settings, pending->event, pending->kid,
			   &inner) != JWT_OK) {
		fprintf(stderr, "jwt-keyring: after %s of %s: %s\n", event,
			pending->kid, inner.text);
		report(&rotation->failure, JWT_KEYS_UNAVAILABLE,
			"after %s: %s; the next run tries again", event,
			inner.text);
		rotation->skipped++;
		return JWT_OK;
	}
	return forget_pending(rotation->settings->dir, pending, r);
}

/* The steps that change the keyring, under its lock. */
static enum jwt_reason
take_step(struct rotation *rotation, struct keyring *keyring,
	enum plan_step step, size_t index, struct report *r)
{
	switch (step) {
	case PLAN_MAKE:
		return make_next(rotation, keyring, r);
	case PLAN_PUBLISH:
		return note_published(rotation, keyring, r);
	case PLAN_EXPEL:
		return expel(rotation, keyring, r);
	case PLAN_DROP:
		return drop(rotation, keyring, index, r);
	default:
		return JWT_OK;
	}
}

/* What the next step is; those that need the lock are taken at once. */
static enum jwt_reason
step_on(struct rotation *rotation, enum plan_step *step,
	struct keyring_pending *pending, struct report *r)
{
	JWT_AUTO(keyring) keyring = { .fd = -1 };
	struct plan_wish wish = { .now = clock_now(),
		.rotate = rotation->rotate,
		.older_than = rotation->older_than,
		.skipped = rotation->skipped };
	size_t index = 0;

	JWT_TRY(keyring_open(
		rotation->settings->dir, KEYRING_WRITE, &keyring, r));
	JWT_TRY(settle(rotation, &keyring, r));
	*step = plan_next(&keyring, &wish, &index);
	if (*step == PLAN_TELL)
		*pending = keyring.pending[index];
	return take_step(rotation, &keyring, *step, index, r);
}

/* The verifiers have it; unless somebody else was faster with a key. */
static enum jwt_reason
sign_next(struct rotation *rotation, struct report *r)
{
	JWT_AUTO(keyring) keyring = { .fd = -1 };
	const struct keyring_key *next;

	JWT_TRY(keyring_open(
		rotation->settings->dir, KEYRING_WRITE, &keyring, r));
	next = keyring_in_state(&keyring, KEY_NEXT);
	if (next == NULL || strcmp(next->kid, rotation->asked) != 0 ||
		keyring_current(&keyring)->compromised)
		return JWT_OK;
	return sign(rotation, &keyring, r);
}

enum keyring_exit
rotation_run(struct rotation *rotation, struct report *r)
{
	if (rotation_begin(rotation, r) != JWT_OK)
		return KEYRING_FAILED;
	for (;;) {
		enum plan_step step = PLAN_NOTHING;
		struct keyring_pending pending;
		enum keyring_exit waited;

		if (step_on(rotation, &step, &pending, r) != JWT_OK)
			return KEYRING_FAILED;
		if (step == PLAN_NOTHING)
			break;
		if (step == PLAN_TELL &&
			tell_pending(rotation, &pending, r) != JWT_OK)
			return KEYRING_FAILED;
		if (step != PLAN_WAIT)
			continue;
		waited = rotation_wait(rotation, r);
		if (waited != KEYRING_DONE)
			return waited;
		if (sign_next(rotation, r) != JWT_OK)
			return KEYRING_FAILED;
	}
	if (rotation->skipped == 0 && !rotation->unpublished)
		return KEYRING_DONE;
	*r = rotation->failure;
	return rotation->unpublished ? KEYRING_FAILED : KEYRING_NOT_TOLD;
}
