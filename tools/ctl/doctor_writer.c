/* SPDX-License-Identifier: ISC */
/*
 * doctor, as jwtauth-revoke: whether revoking works from here, and whether
 * what was revoked is still there, and will be after the next crash.
 */
#include "doctor.h"

#include "base/clock.h"
#include "privileges.h"
#include "revocation/redis_health.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SKEW_WARN  5 /* seconds between two clocks */
#define SKEW_ERROR 60
#define RESTORE	   "run: jwtauthctl revoked restore"

/* False: not here, or doctor_store has said why not. */
static bool
open_writer(const struct doctor *d, struct ctl_store *s, struct report *r)
{
	return ctl_store_try(s, STORE_WRITE, d->config_path, false, r) ==
		       JWT_OK &&
	       s->chosen.store != REVOCATION_NONE;
}

void
doctor_writer_rights(const struct doctor *d)
{
	JWT_AUTO(ctl_store) s = { 0 };
	struct report r = { "" };
	const char *lacks = NULL;
	enum jwt_reason reason;

	if (!open_writer(d, &s, &r)) {
		if (s.chosen.store == REVOCATION_REDIS)
			doctor_say(d, DOCTOR_OK, "", "%s", r.text);
		return;
	}
	if (s.chosen.store != REVOCATION_REDIS)
		return;
	reason = redis_try_writer(s.store, &lacks, &r);
	if (reason != JWT_OK)
		doctor_say_failed(
			d, "nothing can be revoked from here", reason, &r);
	else if (lacks != NULL)
		doctor_say(d, DOCTOR_ERROR,
			"see jwtauth.acl, the user jwtauth-revoker",
			"the writer's credential may not use %s: nothing can "
			"be revoked from here",
			lacks);
	else
		doctor_say(d, DOCTOR_OK, "", "revoking from here is allowed");
}

static void
look_at_memory(const struct doctor *d, const struct ctl_store *s,
	const struct redis_health *h)
{
	bool evicts = strcmp(h->policy, "noeviction") != 0;

	if (evicts)
		doctor_say(d,
			s->chosen.redis.allow_eviction ? DOCTOR_WARNING
						       : DOCTOR_ERROR,
			"set there: maxmemory-policy noeviction",
			"maxmemory-policy is %s: revocations are forgotten "
			"when its memory is full",
			h->policy);
	else
		doctor_say(d, DOCTOR_OK, "", "Redis %s evicts nothing",
			h->version);
	if (h->evicted > 0)
		doctor_say(d, DOCTOR_ERROR,
			"see: jwtauthctl revoked restore --dry-run, and those "
			"of applications",
			"it evicted %" PRId64 " keys since it was started",
			h->evicted);
	if (h->memory_max > 0 && h->memory_used / 9 > h->memory_max / 10)
		doctor_say(d, DOCTOR_WARNING,
			"raise maxmemory there: a full one takes no "
			"revocation",
			"%" PRId64 " of %" PRId64 " MiB of its memory are used",
			h->memory_used >> 20, h->memory_max >> 20);
}

static void
look_at_disk(const struct doctor *d, const struct redis_health *h)
{
	static const char log[] = "see its log; until then nothing can be "
				  "revoked, or is lost with a crash";

	if (h->append_fails)
		doctor_say(d, DOCTOR_ERROR, log,
			"it can't write its append-only file");
	if (h->snapshot_fails)
		doctor_say(d, DOCTOR_ERROR, log, "its last snapshot failed");
	if (h->append_only)
		doctor_say(d, DOCTOR_OK, "", "it keeps an append-only file");
	else
		doctor_say(d, DOCTOR_WARNING, "set there: appendonly yes",
			"no append-only file: a crash loses what was revoked "
			"since its last snapshot (%" PRId64 " changes, %" PRId64
			" minutes ago)",
			h->unsaved, (h->time - h->saved_at) / 60);
}

/* Redis issue 14541. */
static void
look_at_replay(const struct doctor *d, const struct ctl_store *s)
{
	static const char advice[] = "set there, in just these words: user "
				     "default off ~* &* +@all (see "
				     "jwtauth.acl)";
	const char *lacks = NULL;
	struct report r = { "" };
	bool knows = false;
	enum jwt_reason reason = redis_try_replay(s->store, &knows, &lacks, &r);

	if (reason != JWT_OK)
		doctor_say_failed(d, "", reason, &r);
	else if (!knows)
		doctor_say(d, DOCTOR_WARNING,
			"give the writer +acl|dryrun (see jwtauth.acl), or "
			"make sure there of: user default off ~* &* +@all",
			"the user default may lack rights, and with them all "
			"revocations when it is started again: this can't be "
			"asked");
	else if (lacks != NULL)
		doctor_say(d, DOCTOR_ERROR, advice,
			"the user default may not use %s: its append-only "
			"file is replayed as that user, so that all "
			"revocations are lost when it is started again",
			lacks);
	else
		doctor_say(d, DOCTOR_OK, "",
			"its append-only file can be replayed");
}

static void
look_at_clock(const struct doctor *d, const struct redis_health *h)
{
	int64_t skew = llabs(clock_now() - h->time);

	if (skew > SKEW_WARN)
		doctor_say(d, skew > SKEW_ERROR ? DOCTOR_ERROR : DOCTOR_WARNING,
			"set the clocks by NTP",
			"its clock and this host's are %" PRId64
			" seconds apart",
			skew);
	else
		doctor_say(d, DOCTOR_OK, "", "its clock is right");
}

void
doctor_redis(const struct doctor *d)
{
	JWT_AUTO(ctl_store) s = { 0 };
	struct redis_health health;
	struct report r = { "" };
	enum jwt_reason reason;

	if (!open_writer(d, &s, &r) || s.chosen.store != REVOCATION_REDIS)
		return;
	reason = redis_health(s.store, &health, &r);
	if (reason != JWT_OK) {
		doctor_say_failed(d, "", reason, &r);
		return;
	}
	look_at_memory(d, &s, &health);
	look_at_disk(d, &health);
	if (health.append_only)
		look_at_replay(d, &s);
	look_at_clock(d, &health);
}

void
doctor_raw_tokens(const struct doctor *d)
{
	JWT_AUTO(ctl_store) s = { 0 };
	struct report r = { "" };
	bool found = false;

	if (!open_writer(d, &s, &r) || s.chosen.store != REVOCATION_REDIS ||
		redis_find_raw(s.store, &found, &r) != JWT_OK)
		return;
	if (found && !s.chosen.redis.raw_tokens)
		doctor_say(d, DOCTOR_ERROR, "set redis.raw_tokens = true",
			"applications keep revoked tokens there, and no login "
			"asks for them");
	else
		doctor_say(d, DOCTOR_OK, "", "%s, %s",
			s.chosen.redis.raw_tokens ? "logins ask for them"
						  : "no login asks for them",
			found ? "and there are some" : "and none was seen");
}

/* Has anything been revoked from here? */
static bool
knows_store(const struct doctor *d, const struct ctl_store *s)
{
	JWT_AUTO(journal) journal;
	struct report r = { "" };
	enum jwt_reason reason = journal_open(
		s->places.journal_dir, s->store->class->name, &journal, &r);

	if (reason != JWT_OK)
		doctor_say_failed(
			d, "nothing can be revoked from here", reason, &r);
	else if (!journal.state.known)
		doctor_say(d, DOCTOR_OK, "",
			"nothing has been revoked from here yet");
	return reason == JWT_OK && journal.state.known;
}

static void
say_result(const struct doctor *d, const struct restore_result *result)
{
	if (result->loss != LOSS_NONE)
		doctor_say(d, DOCTOR_ERROR, RESTORE,
			"the store lost data, or is not the one that this "
			"host revoked in");
	if (result->lacked > 0)
		doctor_say(d, DOCTOR_ERROR, RESTORE,
			"%zu of %zu revocations of this host are not in the "
			"store",
			result->lacked, result->in_force);
	else
		doctor_say(d, DOCTOR_OK, "",
			"all %zu revocations of this host are in the store",
			result->in_force);
	if (result->damaged > 0)
		doctor_say(d, DOCTOR_WARNING, "look at the disk",
			"%zu lines of this host's journal can't be read",
			result->damaged);
	if (result->others > 0)
		doctor_say(d, DOCTOR_OK, "",
			"%" PRIu64 " revocations came from other hosts, or "
			"before this journal",
			result->others);
}

void
doctor_journal(const struct doctor *d)
{
	JWT_AUTO(ctl_store) s = { 0 };
	struct restore_result result;
	struct report r = { "" };
	enum jwt_reason reason;

	if (!open_writer(d, &s, &r) || !knows_store(d, &s))
		return;
	reason = revocation_restore(
		s.store, d->now, RESTORE_DRY, slice_of(NULL, 0), &result, &r);
	if (reason != JWT_OK)
		doctor_say_failed(d, "", reason, &r);
	else
		say_result(d, &result);
}
