/* SPDX-License-Identifier: ISC */
/*
 * The auth phase: what the user has already (a session's record, a
 * certificate that sshd has proved), then what he is asked for.
 */
#include "conversation.h"
#include "judge.h"
#include "pending.h"
#include "session.h"
#include "sshinfo.h"
#include "state.h"

#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* An end of the auth phase that isn't one yet: go on and prompt. */
#define SITUATION_ASK SITUATION_COUNT

/* Leaves what was accepted where the later phases look for it. */
static enum situation
accept(struct call *call, const struct presented *presented, bool from_record)
{
	struct report why = { "" };
	bool kept = true;

	if (call->options.observe)
		return SITUATION_ALLOWED;
	if (geteuid() == 0 && !from_record &&
		presented->kind != JWT_CARRIER_SSH_AUTH_INFO) {
		if (call->options.role == ROLE_LOGIN)
			kept = pending_put(call, presented, &why);
		if (call->options.role == ROLE_ELEVATE)
			kept = session_keep_last(call, presented, &why);
	}
	if (kept && state_set(call, OUTCOME_ACCEPTED, presented))
		return SITUATION_ALLOWED;
	report(&why, JWT_INTERNAL_ERROR, "no memory");
	call_failed(call, JWT_INTERNAL_ERROR, &why);
	return SITUATION_INTERNAL;
}

/* Would a newer or better token help? */
static bool
wants_another(const struct frame_reply *reply)
{
	return reply->hint[0] != '\0' || reply->reason == JWT_EXPIRED ||
	       reply->reason == JWT_AUTH_TOO_OLD;
}

static void
tell_what_is_wanted(const struct call *call, const char *hint)
{
	if (call->silent)
		return;
	if (hint[0] != '\0')
		pam_info(call->pamh, "A new token is needed: %s", hint);
	else
		pam_info(call->pamh, "A new token is needed");
}

/*
 * The session's own carrier first, so that its revocation is always seen;
 * then what elevation accepted last, which may have what the first lacks.
 */
static enum situation
judge_record(struct call *call, const struct record *record)
{
	const struct presented *const carriers[] = { &record->login,
		&record->last };
	enum situation situation = SITUATION_ASK;
	char hint[JWT_HINT_MAX + 1] = "";
	bool ask = true;

	for (size_t i = 0; i < JWT_COUNT(carriers); i++) {
		struct frame_reply reply;

		if (!presented_any(carriers[i]))
			continue;
		situation = judge(
			call, carriers[i], JWT_PURPOSE_AUTH, true, &reply);
		if (situation == SITUATION_ALLOWED)
			return accept(call, carriers[i], true);
		if (situation != SITUATION_DENIED ||
			reply.reason == JWT_REVOKED)
			return situation;
		ask = wants_another(&reply);
		memcpy(hint, reply.hint, sizeof(hint));
	}
	if (situation == SITUATION_ASK)
		return SITUATION_ASK;
	if (!ask)
		return situation;
	tell_what_is_wanted(call, hint);
	return SITUATION_ASK;
}

/* The key that was proved when the session began counts for its prompts. */
static bool
take_key(const struct record *record, struct buffer *key)
{
	const struct buffer *proved =
		record->login.kind == JWT_CARRIER_SSH_AUTH_INFO
			? &record->login.bytes
			: &record->login.proved_key;

	return buffer_append_slice(key, buffer_slice(proved));
}

static enum situation
by_record(struct call *call, struct buffer *key)
{
	JWT_AUTO(record) record;
	char name[SESSION_NAME_MAX];
	struct report why = { "" };

	record_init(&record);
	/* A broken option: no judging; a prompt locks nobody out. */
	if (call->options.broken || geteuid() != 0)
		return SITUATION_ASK;
	switch (session_find(call, &record, name, &why)) {
	case SESSION_NONE:
		return SITUATION_ASK;
	case SESSION_FAILED:
		/* No record grants nothing: the prompt is still there. */
		call_failed(call, JWT_INTERNAL_ERROR, &why);
		return SITUATION_ASK;
	case SESSION_CLOSED:
		report(&why, JWT_POLICY_DENIED, "the login session has ended");
		call_failed(call, JWT_POLICY_DENIED, &why);
		return SITUATION_CLOSED;
	case SESSION_FOUND:
		break;
	}
	if (!take_key(&record, key)) {
		report(&why, JWT_INTERNAL_ERROR, "no memory");
		call_failed(call, JWT_INTERNAL_ERROR, &why);
		return SITUATION_INTERNAL;
	}
	return judge_record(call, &record);
}

/*
 * A certificate that holds a token of ours decides. One that doesn't
 * (token_malformed: a company's CA has made it) is no matter of ours.
 */
static enum situation
by_certificate(struct call *call, struct slice line)
{
	JWT_AUTO(presented) presented;
	struct frame_reply reply;
	enum situation situation;

	presented_init(&presented);
	presented.kind = JWT_CARRIER_SSH_AUTH_INFO;
	if (call->options.broken ||
		!buffer_append_slice(&presented.bytes, line))
		return SITUATION_ASK;
	situation = judge(call, &presented, JWT_PURPOSE_AUTH, false, &reply);
	if (situation == SITUATION_ALLOWED)
		return accept(call, &presented, false);
	if (situation != SITUATION_DENIED ||
		(reply.reason != JWT_TOKEN_MALFORMED && reply.hint[0] == '\0'))
		return situation;
	if (reply.hint[0] != '\0')
		tell_what_is_wanted(call, reply.hint);
	return SITUATION_ASK;
}

/* What another module has asked for already, if we may look at it. */
static bool
first_pass(const struct call *call, struct presented *out, bool *empty)
{
	const void *text = NULL;

	if (!call->options.try_first_pass ||
		pam_get_item(call->pamh, PAM_AUTHTOK, &text) != PAM_SUCCESS ||
		!text)
		return false;
	out->kind = JWT_CARRIER_PASSWORD;
	*empty = *(const char *)text == '\0';
	/* Longer than any request: what was kept is refused for its size. */
	out->bytes.max = JWT_TOKEN_MAX + 1;
	return buffer_append_slice(
		&out->bytes, slice_of(text, strnlen(text, JWT_TOKEN_MAX + 1)));
}

static enum situation
refuse(struct call *call, enum jwt_reason reason, const char *detail)
{
	struct report why = { "" };

	report(&why, reason, "%s", detail);
	call_failed(call, reason, &why);
	return reason == JWT_INTERNAL_ERROR ? SITUATION_INTERNAL
					    : SITUATION_DENIED;
}

/* NO_TOKEN, SITUATION_ASK for "there it is", or how it failed. */
static enum situation
get_token(struct call *call, struct presented *out)
{
	bool empty = false;

	if (first_pass(call, out, &empty))
		return empty ? SITUATION_NO_TOKEN : SITUATION_ASK;
	out->kind = JWT_CARRIER_PROMPT;
	switch (converse(call->pamh, &out->bytes)) {
	case CONVERSATION_TOKEN:
		return SITUATION_ASK;
	case CONVERSATION_NONE:
		return SITUATION_NO_TOKEN;
	case CONVERSATION_FAILED:
		pam_syslog(call->pamh, LOG_NOTICE, "no answer to the prompt");
		return SITUATION_CONVERSATION;
	case CONVERSATION_REPEATED:
		if (!call->silent)
			pam_error(call->pamh,
				"The same part twice: long tokens need the "
				"askpass helper jwt-askpass");
		return refuse(call, JWT_TOKEN_MALFORMED,
			"the same part twice: the client needs jwt-askpass");
	case CONVERSATION_TOO_LARGE:
		return refuse(call, JWT_TOKEN_TOO_LARGE, "token in parts");
	case CONVERSATION_NO_MEMORY:
		break;
	}
	return refuse(call, JWT_INTERNAL_ERROR, "no memory");
}

static enum situation
by_prompt(struct call *call, struct slice key)
{
	JWT_AUTO(presented) presented;
	struct frame_reply reply;
	enum situation situation;

	presented_init(&presented);
	if (!buffer_append_slice(&presented.proved_key, key))
		return refuse(call, JWT_INTERNAL_ERROR, "no memory");
	situation = get_token(call, &presented);
	if (situation != SITUATION_ASK)
		return situation;
	situation = judge(call, &presented, JWT_PURPOSE_AUTH, false, &reply);
	/* No hint: who is denied at the prompt sees that and an id. */
	return situation == SITUATION_ALLOWED ? accept(call, &presented, false)
					      : situation;
}

enum situation
auth_phase(struct call *call)
{
	JWT_AUTO(buffer) key = BUFFER(FRAME_REQUEST_MAX);
	struct slice line = sshinfo_key(call);
	enum situation situation = SITUATION_ASK;
	enum outcome outcome = OUTCOME_REFUSED;

	if (call->options.role == ROLE_ELEVATE)
		situation = by_record(call, &key);
	else if (sshinfo_is_certificate(line))
		situation = by_certificate(call, line);
	if (situation == SITUATION_ASK)
		situation = by_prompt(
			call, line.len > 0 ? line : buffer_slice(&key));
	if (call->options.observe || situation == SITUATION_ALLOWED)
		return situation;
	if (situation == SITUATION_NO_TOKEN)
		outcome = OUTCOME_NO_TOKEN;
	if (!state_set(call, outcome, NULL))
		return SITUATION_INTERNAL;
	return situation;
}
