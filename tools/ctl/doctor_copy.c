/* SPDX-License-Identifier: ISC */
/*
 * doctor, as jwtauth: whether this host's copy of Redis could stand in for it
 * now (on_unreachable = "last_known").
 */
#include "doctor.h"

#include "revocation/copy.h"

#include <inttypes.h>

static void
say_age(const struct doctor *d, const struct revocation_config *config,
	const struct copy_state *state)
{
	int64_t age = copy_age(config, state, d->now);

	doctor_say(d, age > config->max_age / 2 ? DOCTOR_WARNING : DOCTOR_OK,
		age > config->max_age / 2 ? "see: systemctl status "
					    "jwtauth-followd"
					  : "",
		"this host's copy is %" PRId64 " seconds old, of at most "
		"%" PRId64 ": %" PRIu64 " revocations, %" PRIu64 " raw tokens",
		age, config->max_age, state->entries, state->raw);
}

/* As a login would ask it, were Redis gone. */
static void
look_at_copy(const struct doctor *d, const struct ctl_store *s)
{
	const struct lookup nothing = { 0 };
	struct report r = { "" };
	struct copy copy = { 0 };
	struct epoch mark;
	bool known = false;
	enum jwt_reason reason = mark_read(
		s->places.seen_dir, s->store->class->name, &mark, &known, &r);

	if (reason == JWT_OK)
		reason = copy_ask(s->store, &nothing, d->now, &copy, &r);
	if (reason != JWT_OK)
		doctor_say_failed(
			d, "see: systemctl status jwtauth-followd", reason, &r);
	else if (!copy_decides(
			 &s->chosen, &copy, known ? &mark : NULL, d->now, &r))
		doctor_say(d, DOCTOR_ERROR,
			"see: systemctl status jwtauth-followd",
			"this host's copy can't stand in for Redis: %s",
			r.text);
	else
		say_age(d, &s->chosen, &copy.state);
	copy_clear(&copy);
}

void
doctor_copy(const struct doctor *d)
{
	JWT_AUTO(ctl_store) s = { 0 };
	struct report r = { "" };

	if (ctl_store_try(&s, STORE_READ, d->config_path, false, &r) ==
			JWT_OK &&
		s.chosen.on_unreachable == UNREACHABLE_LAST_KNOWN)
		look_at_copy(d, &s);
}
