/* SPDX-License-Identifier: ISC */
/* Filling a request, sending it the right way, logging the verdict. */
#include "judge.h"

#include "exchange.h"
#include "process.h"

#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <string.h>
#include <sys/random.h>
#include <syslog.h>
#include <unistd.h>

static const char *
item(const struct call *call, int type)
{
	const void *value = NULL;

	if (pam_get_item(call->pamh, type, &value) != PAM_SUCCESS)
		return NULL;
	return value;
}

uint32_t
call_uid(struct call *call)
{
	const struct passwd *pw;

	if (!call->uid_known) {
		/* The program has looked this user up already. */
		pw = pam_modutil_getpwnam(call->pamh, call->user);
		call->uid = pw ? pw->pw_uid : JWT_NO_UID;
		call->uid_known = true;
	}
	return call->uid;
}

static const char *
carrier_name(enum jwt_carrier kind)
{
	switch (kind) {
	case JWT_CARRIER_PROMPT:
		return "prompt";
	case JWT_CARRIER_SSH_AUTH_INFO:
		return "ssh-auth-info";
	case JWT_CARRIER_PASSWORD:
		return "password";
	}
	return "none";
}

/* A name for the log: whoever chose it gets no line of his own. */
struct log_name {
	char text[64];
};

static struct log_name
log_name(const char *name)
{
	struct log_name out = { "" };
	size_t len = strnlen(name, sizeof(out.text) - 1);

	for (size_t i = 0; i < len; i++)
		out.text[i] = name[i] > ' ' && name[i] < 0x7f ? name[i] : '?';
	return out;
}

void
call_failed(
	struct call *call, enum jwt_reason reason, const struct report *report)
{
	uint8_t random[JWT_ID_LEN / 2] = { 0 };

	/* No helper gave an id, and the user needs one to ask about. */
	if (getrandom(random, sizeof(random), GRND_NONBLOCK) < 0)
		memset(random, 0, sizeof(random));
	hex_encode(random, sizeof(random), call->id);
	pam_syslog(call->pamh, LOG_ERR,
		"deny user=%s reason=%s id=%s detail=\"%s\"",
		log_name(call->user).text, jwt_reason_name(reason), call->id,
		report->text);
}

static bool
fill(struct call *call, const struct presented *presented,
	struct frame_request *out, struct report *r)
{
	struct process self;

	out->uid = call_uid(call);
	out->real_uid = getuid();
	if (process_read(getpid(), &self))
		out->login_uid = self.login_uid;
	out->carrier = presented->kind;
	out->carrier_bytes = buffer_slice(&presented->bytes);
	out->proved_key = buffer_slice(&presented->proved_key);
	/* These two are for the log alone: too long is as good as none. */
	if (!frame_set_text(out->requesting_user, item(call, PAM_RUSER)))
		out->requesting_user[0] = '\0';
	if (!frame_set_text(out->remote_host, item(call, PAM_RHOST)))
		out->remote_host[0] = '\0';
	if (frame_set_text(out->service, call->service) &&
		frame_set_text(out->user, call->user))
		return true;
	report(r, JWT_INTERNAL_ERROR, "the user's or service's name is long");
	return false;
}

static enum jwt_reason
ask(const struct call *call, const struct frame_request *request,
	struct frame_reply *reply, struct report *r)
{
	JWT_AUTO(buffer) bytes = BUFFER(FRAME_REQUEST_MAX);
	uint8_t answer_bytes[FRAME_REPLY_LEN];
	unsigned deadline_ms = call->options.deadline_ms;
	bool whole;

	JWT_TRY(frame_request_encode(request, &bytes, r));
	if (geteuid() == 0)
		whole = helper_ask(
			buffer_slice(&bytes), deadline_ms, answer_bytes, r);
	else
		whole = socket_ask(
			buffer_slice(&bytes), deadline_ms, answer_bytes, r);
	if (!whole)
		return JWT_INTERNAL_ERROR;
	return frame_reply_decode(
		slice_of(answer_bytes, sizeof(answer_bytes)), reply, r);
}

static void
log_verdict(const struct call *call, const struct presented *presented,
	const struct frame_reply *reply)
{
	pam_syslog(call->pamh, LOG_NOTICE,
		"%s%s user=%s carrier=%s reason=%s id=%s",
		call->options.observe ? "observe: " : "",
		reply->allow ? "allow" : "deny", log_name(call->user).text,
		carrier_name(presented->kind), jwt_reason_name(reply->reason),
		reply->id);
}

enum situation
judge(struct call *call, const struct presented *presented,
	enum jwt_purpose purpose, bool from_record, struct frame_reply *reply)
{
	struct frame_request request;
	struct report why = { "" };
	enum jwt_reason reason = JWT_INTERNAL_ERROR;

	*reply = (struct frame_reply){ .reason = JWT_INTERNAL_ERROR };
	if (call->options.broken) {
		/* entry.c has logged which option it is. */
		report(&why, JWT_CONFIG_ERROR, "an option is not understood");
		call_failed(call, JWT_CONFIG_ERROR, &why);
		return SITUATION_OPTION;
	}
	frame_request_init(&request);
	request.purpose = call->options.observe ? JWT_PURPOSE_OBSERVE : purpose;
	request.from_record = from_record;
	if (fill(call, presented, &request, &why))
		reason = ask(call, &request, reply, &why);
	if (reason != JWT_OK) {
		reply->reason = reason;
		call_failed(call, reason, &why);
		return reason == JWT_TOKEN_TOO_LARGE ? SITUATION_DENIED
						     : SITUATION_UNDECIDED;
	}
	log_verdict(call, presented, reply);
	if (reply->allow)
		return SITUATION_ALLOWED;
	memcpy(call->id, reply->id, sizeof(call->id));
	return SITUATION_DENIED;
}
