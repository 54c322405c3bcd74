/* SPDX-License-Identifier: ISC */
/*
 * The facade: a request in, a verdict out. A judgement is a list of steps
 * in a fixed order; each names the purposes that it belongs to, and the
 * first that fails decides.
 */
#include "judgement.h"

#include "base/clock.h"

#include <string.h>
#include <sys/random.h>

static void
judgement_clear(struct judgement *j)
{
	claims_clear(&j->claims);
	jws_free(j->jws);
	carried_clear(&j->carried);
}

void
judgement_set_text(char *out, size_t size, struct slice text)
{
	text = slice_cut_text(text, size - 1);
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		out[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	out[text.len] = '\0';
}

enum {
	AUTH = 1u << JWT_PURPOSE_AUTH,
	ACCOUNT = 1u << JWT_PURPOSE_ACCOUNT,
	RECORD = 1u << JWT_PURPOSE_RECORD,
	RECHECK = 1u << JWT_PURPOSE_RECHECK,
	OBSERVE = 1u << JWT_PURPOSE_OBSERVE,
	FULL = AUTH | RECORD | OBSERVE,
	/* Root kept the carrier after a full judgement: no key is asked. */
	UNLESS_RECORDED = 1u << 16,
};

static const struct step {
	const char *name;
	unsigned purposes;
	enum jwt_reason (*run)(struct judgement *j);
} steps[] = {
	{ "service", FULL | ACCOUNT, step_find_service },
	{ "carrier", FULL | ACCOUNT | RECHECK, step_open_carrier },
	{ "form", FULL | ACCOUNT | RECHECK, step_parse_token },
	{ "payload", FULL | ACCOUNT | RECHECK, step_parse_claims },
	{ "issuer", FULL | ACCOUNT, step_find_issuer },
	{ "algorithm", FULL | ACCOUNT | UNLESS_RECORDED, step_check_algorithm },
	{ "keys", FULL | ACCOUNT | UNLESS_RECORDED, step_find_keys },
	{ "signature", FULL | ACCOUNT | UNLESS_RECORDED,
		step_verify_signature },
	{ "claims", FULL, step_check_claims },
	{ "expiry", ACCOUNT, step_check_expiry },
	{ "binding", FULL, step_check_binding },
	{ "account", FULL, step_find_account },
	{ "policy", FULL, step_check_policy },
	{ "revocation", FULL | ACCOUNT | RECHECK, step_check_revocation },
	{ "replay", AUTH, step_check_replay },
};

static bool
step_applies(const struct step *step, const struct jwt_request *q)
{
	if ((step->purposes & 1u << q->purpose) == 0)
		return false;
	return !((step->purposes & UNLESS_RECORDED) != 0 && q->from_record &&
		 q->purpose == JWT_PURPOSE_ACCOUNT);
}

static enum jwt_reason
run_steps(struct judgement *j)
{
	const struct jwt_request *q = j->request;

	for (size_t i = 0; i < JWT_COUNT(steps); i++) {
		enum jwt_reason reason;
		const char *detail;

		if (!step_applies(&steps[i], q))
			continue;
		reason = steps[i].run(j);
		detail = reason != JWT_OK ? j->report.text : j->remark.text;
		if (q->trace != NULL)
			q->trace(q->trace_arg, steps[i].name, reason, detail);
		if (reason != JWT_OK)
			return reason;
	}
	return JWT_OK;
}

/* A request that no caller of ours makes is refused before any step. */
static enum jwt_reason
check_request(struct judgement *j)
{
	const struct jwt_request *q = j->request;

	if (q->purpose < JWT_PURPOSE_AUTH || q->purpose > JWT_PURPOSE_OBSERVE ||
		q->carrier < JWT_CARRIER_PROMPT ||
		q->carrier > JWT_CARRIER_PASSWORD || q->service == NULL)
		return report(&j->report, JWT_INTERNAL_ERROR,
			"the request lacks a purpose, carrier or service");
	/* Beyond it sums with the leeway could overflow. */
	if (j->now < 0 || j->now > NUMERIC_DATE_MAX)
		return report(&j->report, JWT_INTERNAL_ERROR,
			"the request's time is not within 1970 to 9999");
	/* A caller that knows more members than this library has. */
	for (size_t i = 0; i < JWT_COUNT(q->reserved); i++)
		if (q->reserved[i] != NULL)
			return report(&j->report, JWT_INTERNAL_ERROR,
				"the request's reserved members are not NULL");
	if (q->carrier_len > JWT_CARRIER_MAX)
		return report(&j->report, JWT_TOKEN_TOO_LARGE,
			"%zu bytes, at most %d are read", q->carrier_len,
			JWT_CARRIER_MAX);
	return JWT_OK;
}

/* A fresh correlation id; zeros would still be a valid, if useless, one. */
static void
make_id(char id[JWT_ID_LEN + 1])
{
	uint8_t random[JWT_ID_LEN / 2] = { 0 };
	ssize_t got = getrandom(random, sizeof(random), 0);

	(void)got;
	hex_encode(random, sizeof(random), id);
}

void
verdict_deny(
	struct jwt_verdict *verdict, enum jwt_reason reason, const char *detail)
{
	memset(verdict, 0, sizeof(*verdict));
	make_id(verdict->id);
	verdict->reason = reason != JWT_OK ? reason : JWT_INTERNAL_ERROR;
	SET_TEXT(verdict->detail, slice_of_string(detail));
}

enum jwt_reason
jwt_judge(struct jwt_context *context, const struct jwt_request *request,
	struct jwt_verdict *verdict)
{
	struct judgement j = {
		.context = context, .request = request, .verdict = verdict
	};
	enum jwt_reason reason;

	verdict_deny(verdict, JWT_INTERNAL_ERROR, "");
	j.now = request->now != 0 ? request->now : clock_now();
	reason = check_request(&j);
	if (reason == JWT_OK)
		reason = run_steps(&j);
	SET_TEXT(verdict->detail,
		slice_of_string(
			reason != JWT_OK ? j.report.text : j.remark.text));
	/* Where no rule was asked for the account, the one that was named. */
	if (request->user != NULL && verdict->user[0] == '\0')
		SET_TEXT(verdict->user, slice_of_string(request->user));
	verdict->reason = reason;
	verdict->allow = reason == JWT_OK;
	judgement_clear(&j);
	return reason;
}
