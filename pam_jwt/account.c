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

enum situation
account_phase(struct call *call)
{
	struct frame_reply reply;
	const struct presented *accepted = state_accepted(call);

	if (accepted)
		return judge(
			call, accepted, JWT_PURPOSE_ACCOUNT, false, &reply);
	/* Another module has let the user in, with nothing of ours. */
	if (state_outcome(call) == OUTCOME_NO_TOKEN)
		return SITUATION_NO_TOKEN;
	/* A role that wasn't understood may have been meant as elevate. */
	if (call->options.role == ROLE_ELEVATE || call->options.broken)
		return by_record(call);
	return SITUATION_NO_TOKEN;
}
