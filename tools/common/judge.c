/* SPDX-License-Identifier: ISC */
#include "judge.h"
#include "sandbox.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Without the sandbox nobody judges, and somebody must find out why. */
static enum jwt_reason
enter_logged(const struct judge *judge, struct report *r)
{
	const struct jwt_request nobody = { .uid = JWT_NO_UID,
		.real_uid = JWT_NO_UID,
		.login_uid = JWT_NO_UID };
	struct report why = { "" };
	struct jwt_verdict verdict;
	enum jwt_reason reason = sandbox_enter(&why);

	if (reason == JWT_OK)
		return JWT_OK;
	verdict_deny(&verdict, reason, why.text);
	audit_decision(&judge->audit, &nobody, &verdict);
	return report(r, reason, "%s", why.text);
}

enum jwt_reason
judge_start(struct judge *judge, const char *config, struct report *r)
{
	sandbox_start_crypto();
	judge->audit = audit_open();
	judge->error_reason =
		context_new(config, NULL, &judge->context, &judge->error);
	if (judge->error_reason == JWT_OK)
		context_prepare(judge->context);
	return enter_logged(judge, r);
}

void
judge_stop(struct judge *judge)
{
	jwt_context_free(judge->context);
	if (judge->audit.fd >= 0)
		close(judge->audit.fd);
}

void
judge_request(struct judge *judge, const struct jwt_request *request,
	struct jwt_verdict *verdict)
{
	if (judge->context != NULL)
		jwt_judge(judge->context, request, verdict);
	else
		verdict_deny(verdict, judge->error_reason, judge->error.text);
	audit_decision(&judge->audit, request, verdict);
}
