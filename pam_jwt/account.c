/* SPDX-License-Identifier: ISC */
/*
 * The account phase: what was accepted before must still be good. Also
 * where the auth phase was skipped, as sudo does while its time stamp is
 * valid.
 */
#include "judge.h"
#include "session.h"
#include "state.h"

#include <security/pam_ext.h>
#include <unistd.h>

/*
 * The carrier accepted last, for revocation and expiry. Where elevation has
 * accepted another one since, the login's own may have run out meanwhile,
 * but must not have been revoked.
 */
static enum situation
judge_record(struct call *call, const struct record *record)
{
	struct frame_reply reply;
	bool has_login = presented_any(&record->login);
	enum situation situation;

	if (!presented_any(&record->last))
		return has_login ? judge(call, &record->login,
					   JWT_PURPOSE_ACCOUNT, true, &reply)
				 : SITUATION_NO_TOKEN;
	if (has_login) {
		situation = judge(call, &record->login, JWT_PURPOSE_RECHECK,
			true, &reply);
		if (situation != SITUATION_ALLOWED)
			return situation;
	}
	return judge(call, &record->last, JWT_PURPOSE_ACCOUNT, true, &reply);
}

static enum situation
by_record(struct call *call)
{
	JWT_AUTO(record) record;
	char name[SESSION_NAME_MAX];
	struct report why = { "" };

	record_init(&record);
	if (geteuid() != 0)
		return SITUATION_NO_TOKEN;
	switch (session_find(call, &record, name, &why)) {
	case SESSION_NONE:
		return SITUATION_NO_TOKEN;
	case SESSION_FOUND:
		return judge_record(call, &record);
	case SESSION_CLOSED:
		report(&why, JWT_POLICY_DENIED, "the login session has ended");
		call_failed(call, JWT_POLICY_DENIED, &why);
		return SITUATION_CLOSED;
	case SESSION_FAILED:
		break;
	}
	call_failed(call, JWT_INTERNAL_ERROR, &why);
	return SITUATION_INTERNAL;
}

/*
 * What the session began with must not have been revoked, whatever the auth
 * phase was content with: a newer token, or a password after the first
 * token had merely expired. NO_TOKEN: nothing speaks against it.
 */
static enum situation
recheck_login(struct call *call, const struct presented *accepted)
{
	JWT_AUTO(record) record;
	char name[SESSION_NAME_MAX];
	struct report why = { "" };
	struct frame_reply reply;
	enum situation situation;

	record_init(&record);
	if (call->options.role != ROLE_ELEVATE || geteuid() != 0 ||
		session_find(call, &record, name, &why) != SESSION_FOUND ||
		!presented_any(&record.login))
		return SITUATION_NO_TOKEN;
	if (accepted && slice_equal(buffer_slice(&accepted->bytes),
				buffer_slice(&record.login.bytes)))
		return SITUATION_NO_TOKEN; /* it is judged itself */
	situation =
		judge(call, &record.login, JWT_PURPOSE_RECHECK, true, &reply);
	/* A password needs no store that answers; a token does. */
	if (situation == SITUATION_ALLOWED ||
		(!accepted && reply.reason != JWT_REVOKED))
		return SITUATION_NO_TOKEN;
	return situation;
}

enum situation
account_phase(struct call *call)
{
	struct frame_reply reply;
	const struct presented *accepted = state_accepted(call);
	enum situation situation;

	if (accepted) {
		situation = recheck_login(call, accepted);
		if (situation != SITUATION_NO_TOKEN)
			return situation;
		return judge(
			call, accepted, JWT_PURPOSE_ACCOUNT, false, &reply);
	}
	/* Another module has let the user in, with nothing of ours. */
	if (state_outcome(call) == OUTCOME_NO_TOKEN)
		return recheck_login(call, NULL);
	/* A role that wasn't understood may have been meant as elevate. */
	if (call->options.role == ROLE_ELEVATE || call->options.broken)
		return by_record(call);
	return SITUATION_NO_TOKEN;
}
