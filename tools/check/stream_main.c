/* SPDX-License-Identifier: ISC */
/* --stream: who answers. Root judges here, anybody else asks check.sock. */
#include "check.h"

#include <stdio.h>
#include <unistd.h>

struct streamer {
	struct judge judge; /* root's */
	uint32_t real_uid;
	struct client client; /* of anybody else */
};

static bool
ask_here(void *arg, const struct check_question *question, struct buffer *line)
{
	struct streamer *s = arg;
	struct jwt_verdict verdict;

	judge_question(&s->judge, question, s->real_uid, &verdict);
	return verdict_to_json(&verdict, line);
}

static bool
refuse_here(
	void *arg, enum jwt_reason reason, const char *why, struct buffer *line)
{
	struct streamer *s = arg;
	const struct jwt_request nothing = { .uid = JWT_NO_UID,
		.real_uid = s->real_uid,
		.login_uid = JWT_NO_UID };
	struct jwt_verdict verdict;

	verdict_deny(&verdict, reason, why);
	audit_decision(&s->judge.audit, &nothing, &verdict);
	return verdict_to_json(&verdict, line);
}

/* A line has its answer also where the service has none. */
static bool
refuse_there(
	void *arg, enum jwt_reason reason, const char *why, struct buffer *line)
{
	struct jwt_verdict verdict;

	(void)arg;
	fprintf(stderr, "jwtauth-check: %s\n", why);
	verdict_deny(&verdict, reason, why);
	return verdict_to_json(&verdict, line);
}

static bool
ask_there(void *arg, const struct check_question *question, struct buffer *line)
{
	struct streamer *s = arg;
	JWT_AUTO(buffer) detail = BUFFER(CHECK_DETAIL_MAX);
	struct frame_reply reply;
	struct report r = { "" };

	if (!client_ask(&s->client, question, &reply, &detail, &r))
		return refuse_there(arg, JWT_INTERNAL_ERROR, r.text, line);
	if (detail.len == 0)
		return refuse_there(arg, JWT_INTERNAL_ERROR,
			CHECK_SOCKET ": a verdict too long to be shown", line);
	return buffer_append_slice(line, buffer_slice(&detail));
}

int
stream_main(const struct check_options *o)
{
	struct streamer s = { .real_uid = getuid(), .client.fd = -1 };
	const struct stream_answerer here = { ask_here, refuse_here, &s };
	const struct stream_answerer there = { ask_there, refuse_there, &s };
	const bool is_root = s.real_uid == 0;
	int code = judge_or_ask(o, &s.judge, s.real_uid);
	bool ok;

	if (code >= 0)
		return code;
	ok = stream_serve(
		STDIN_FILENO, STDOUT_FILENO, is_root ? &here : &there);
	client_close(&s.client);
	if (is_root)
		judge_stop(&s.judge);
	return ok ? CHECK_ALLOW : CHECK_UNDECIDED;
}
