/* SPDX-License-Identifier: ISC */
/*
 * The session phases of a login. Elevation has sessions of its own (sudo
 * opens one a command): they neither make, change nor end a record.
 */
#include "judge.h"
#include "pending.h"
#include "session.h"
#include "sshinfo.h"
#include "state.h"

#include <unistd.h>

/*
 * What this login was opened with: NO_TOKEN, INTERNAL, or ALLOWED for
 * "something, still to be judged".
 */
static enum situation
opened_with(struct call *call, struct presented *out)
{
	struct report why = { "" };
	struct slice line = sshinfo_key(call);

	if (pending_take(call, out, &why))
		return SITUATION_ALLOWED;
	if (why.text[0] != '\0') {
		call_failed(call, JWT_INTERNAL_ERROR, &why);
		return SITUATION_INTERNAL;
	}
	if (!sshinfo_is_certificate(line))
		return SITUATION_NO_TOKEN;
	out->kind = JWT_CARRIER_SSH_AUTH_INFO;
	if (buffer_append_slice(&out->bytes, line))
		return SITUATION_ALLOWED;
	report(&why, JWT_TOKEN_TOO_LARGE, "the certificate is too large");
	call_failed(call, JWT_TOKEN_TOO_LARGE, &why);
	return SITUATION_DENIED;
}

enum situation
open_session_phase(struct call *call)
{
	JWT_AUTO(presented) presented;
	struct frame_reply reply;
	struct report why = { "" };
	enum situation situation;

	presented_init(&presented);
	if (call->options.role != ROLE_LOGIN || geteuid() != 0)
		return SITUATION_NO_TOKEN;
	situation = opened_with(call, &presented);
	if (situation != SITUATION_ALLOWED)
		return situation;
	/* With publickey alone no phase of ours came before this one. */
	situation = judge(call, &presented, JWT_PURPOSE_RECORD, false, &reply);
	if (situation == SITUATION_DENIED &&
		reply.reason == JWT_TOKEN_MALFORMED &&
		presented.kind == JWT_CARRIER_SSH_AUTH_INFO)
		return SITUATION_NO_TOKEN;
	if (situation != SITUATION_ALLOWED || call->options.observe ||
		session_begin(call, &presented, &why))
		return situation;
	call_failed(call, JWT_INTERNAL_ERROR, &why);
	return SITUATION_INTERNAL;
}

enum situation
close_session_phase(struct call *call)
{
	struct report why = { "" };

	if (call->options.role != ROLE_LOGIN || geteuid() != 0)
		return SITUATION_NO_TOKEN;
	switch (session_end(&why)) {
	case SESSION_FOUND:
		return SITUATION_ALLOWED;
	case SESSION_NONE:
		return SITUATION_NO_TOKEN;
	case SESSION_CLOSED:
	case SESSION_FAILED:
		break;
	}
	call_failed(call, JWT_INTERNAL_ERROR, &why);
	return SITUATION_INTERNAL;
}

enum situation
setcred_phase(struct call *call)
{
	/* libpam wants the answer of the auth phase again. */
	return state_accepted(call) ? SITUATION_ALLOWED : SITUATION_NO_TOKEN;
}
