/* SPDX-License-Identifier: ISC */
/*
 * The facade: a request in, a verdict out. A judgement is a list of steps
 * in a fixed order; each names the purposes that it belongs to, and the
 * first that fails decides.
 */
#include "context.h"
#include "base/clock.h"
#include "jose/jws.h"
#include "policy/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* All that one judgement knows, filled step by step. */
struct judgement {
	struct jwt_context *context;
	const struct jwt_request *request;
	struct jwt_verdict *verdict;
	int64_t now;
	const struct service_config *service;
	struct carried carried;
	struct jws *jws;
	struct claims claims;
	const struct issuer_config *issuer;
	const struct jwks *keys; /* the context's */
	const struct jwk *used;	 /* of keys; NULL: no signature was asked */
	struct report report;	 /* the detail of a failure */
	struct report remark;	 /* what a step that passed has to say */
};

static void
judgement_clear(struct judgement *j)
{
	claims_clear(&j->claims);
	jws_free(j->jws);
	carried_clear(&j->carried);
}

/*
 * Copies what a stranger wrote into a field of the verdict, cut to size: it
 * goes into JSON.
 */
static void
set_text(char *out, size_t size, struct slice text)
{
	text = slice_cut_text(text, size - 1);
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		out[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	out[text.len] = '\0';
}
#define SET_TEXT(field, text) set_text((field), sizeof(field), (text))

static enum jwt_reason
find_service(struct judgement *j)
{
	j->service = config_service(j->context->config, j->request->service);
	if (j->service == NULL)
		return report(&j->report, JWT_POLICY_DENIED,
			"service \"%s\" is not listed under services",
			j->request->service);
	if (!j->service->has_rule)
		return report(&j->report, JWT_POLICY_DENIED,
			"service \"%s\" has no rule of its own",
			j->request->service);
	return JWT_OK;
}

static enum jwt_reason
open_carrier(struct judgement *j)
{
	const struct jwt_request *q = j->request;
	/* Root kept it: its certificate may have ended since. */
	int64_t now =
		q->purpose == JWT_PURPOSE_RECHECK ? CARRIER_ANY_TIME : j->now;

	JWT_TRY(carrier_open(q->carrier,
		slice_of(q->carrier_bytes, q->carrier_len),
		slice_of(q->proved_key, q->proved_key_len), now, &j->carried,
		&j->report));
	if (j->carried.has_cert)
		snprintf(j->verdict->serial, sizeof(j->verdict->serial),
			"%016" PRIx64, j->carried.serial);
	return JWT_OK;
}

static enum jwt_reason
parse_token(struct judgement *j)
{
	JWT_TRY(jws_parse(j->carried.token, &j->jws, &j->report));
	SET_TEXT(j->verdict->key_id, jws_kid(j->jws));
	return JWT_OK;
}

static enum jwt_reason
parse_claims(struct judgement *j)
{
	struct jwt_verdict *v = j->verdict;

	JWT_TRY(claims_parse(jws_payload(j->jws), &j->claims, &j->report));
	SET_TEXT(v->issuer, j->claims.iss);
	SET_TEXT(v->subject, j->claims.sub);
	SET_TEXT(v->token_id, j->claims.jti);
	v->expires_at = j->claims.has_exp ? j->claims.exp : 0;
	return JWT_OK;
}

static enum jwt_reason
find_issuer(struct judgement *j)
{
	if (j->claims.iss.len == 0)
		return report(&j->report, JWT_CLAIM_MISSING, "iss is missing");
	j->issuer = config_issuer(j->context->config, j->claims.iss);
	if (j->issuer == NULL)
		return report(&j->report, JWT_ISSUER_UNKNOWN,
			"iss \"%s\" is not among the issuers",
			j->verdict->issuer);
	return JWT_OK;
}

static enum jwt_reason
check_algorithm(struct judgement *j)
{
	enum jws_alg alg = jws_alg(j->jws);

	if ((j->issuer->algorithms & JWS_ALG_BIT(alg)) == 0)
		return report(&j->report, JWT_ALG_NOT_ALLOWED,
			"alg %s is not among the algorithms of issuer \"%s\"",
			jws_alg_info(alg)->name, j->issuer->name);
	return JWT_OK;
}

static enum jwt_reason
find_keys(struct judgement *j)
{
	return keys_kept_for_token(&j->context->keys, j->issuer,
		&j->context->places.keys, jws_kid(j->jws), j->now, &j->keys,
		&j->report);
}

static enum jwt_reason
verify_signature(struct judgement *j)
{
	return jws_verify(
		j->jws, j->issuer->algorithms, j->keys, &j->used, &j->report);
}

/*
 * Where root kept the carrier no signature was asked. Then it is for the
 * name of the key alone: what fails here (no issuer, no keys any more) ends
 * no session.
 */
static void
find_used_key(struct judgement *j)
{
	j->issuer = config_issuer(j->context->config, j->claims.iss);
	if (j->issuer == NULL)
		return;
	if (j->keys == NULL &&
		keys_kept_for_token(&j->context->keys, j->issuer,
			&j->context->places.keys, jws_kid(j->jws), j->now,
			&j->keys, NULL) != JWT_OK)
		return;
	if (jws_verify(j->jws, j->issuer->algorithms, j->keys, &j->used,
		    NULL) != JWT_OK)
		j->used = NULL;
}

/*
 * The kid that a revocation may name: of the key that signed, since whoever
 * stole it leaves the kid out of the header.
 */
static struct slice
signing_kid(struct judgement *j)
{
	if (j->used == NULL && !jws_has_kid(j->jws))
		find_used_key(j);
	return j->used != NULL ? jwk_kid(j->used) : jws_kid(j->jws);
}

static struct token_rules
rules_of(const struct issuer_config *issuer)
{
	return (struct token_rules){
		.issuer = issuer->issuer,
		.type = issuer->token_type,
		.plain_typ = issuer->plain_typ,
		.audience = issuer->audience.item,
		.audience_count = issuer->audience.count,
		.max_lifetime = issuer->max_lifetime,
		.leeway = issuer->leeway,
	};
}

static enum jwt_reason
check_claims(struct judgement *j)
{
	struct token_rules rules = rules_of(j->issuer);

	return claims_check(
		&j->claims, jws_typ(j->jws), &rules, j->now, &j->report);
}

static enum jwt_reason
check_expiry(struct judgement *j)
{
	struct token_rules rules = rules_of(j->issuer);

	return claims_check_expiry(&j->claims, &rules, j->now, &j->report);
}

static enum jwt_reason
check_binding(struct judgement *j)
{
	return carrier_check_binding(
		&j->carried, &j->claims, j->service->binding, &j->report);
}

static enum jwt_reason
find_account(struct judgement *j)
{
	return policy_account(j->context->config, j->issuer, j->service,
		&j->claims, j->request->user, j->request->uid, j->verdict->user,
		&j->report);
}

static enum jwt_reason
check_policy(struct judgement *j)
{
	JWT_TRY(policy_service(j->service, &j->claims, j->verdict->user, j->now,
		j->verdict->hint, &j->report));
	j->verdict->permit = j->service->permit;
	return JWT_OK;
}

static enum jwt_reason
check_revocation(struct judgement *j)
{
	const struct revocation_question question = {
		.iss = j->claims.iss,
		.signing_input = jws_signing_input(j->jws),
		.raw_token = j->carried.token,
		.alg = jws_alg(j->jws),
		.signature = jws_signature(j->jws),
		.jti = j->claims.jti,
		.sid = j->claims.sid,
		.sub = j->claims.sub,
		.kid = signing_kid(j),
		.iat = j->claims.iat,
		.has_iat = j->claims.has_iat,
	};
	struct report r = { 0 };
	enum jwt_reason reason;

	context_prepare(j->context);
	if (j->context->prepare_reason != JWT_OK)
		return report(&j->report, j->context->prepare_reason, "%s",
			j->context->prepare_report.text);
	reason = revocation_check(j->context->store, &question, j->now, &r);
	if (reason == JWT_OK)
		j->remark = r; /* "let in although the store is away" */
	else
		report(&j->report, reason, "%s", r.text);
	return reason;
}

/* Adds to what a step before may have remarked. */
static void
remark(struct judgement *j, const char *text)
{
	struct report before = j->remark;

	if (text[0] == '\0')
		return;
	j->remark.text[0] = '\0';
	report(&j->remark, JWT_OK, "%s%s%s", before.text,
		before.text[0] != '\0' ? "; " : "", text);
}

/*
 * DESIGN "Replay": an unbound token from prompt or password, once. This
 * host's own mark comes first: it stands whatever becomes of the store.
 */
static enum jwt_reason
check_replay(struct judgement *j)
{
	const struct revocation_question question = {
		.signing_input = jws_signing_input(j->jws),
		.iat = j->claims.iat,
		.has_iat = j->claims.has_iat,
	};
	struct report r = { "" };
	enum jwt_reason reason;

	if (!j->service->single_use || j->claims.has_cnf ||
		j->request->from_record ||
		j->request->carrier == JWT_CARRIER_SSH_AUTH_INFO)
		return JWT_OK;
	JWT_TRY(replay_mark(j->context->places.used_dir, question.signing_input,
		&j->report));
	reason = revocation_use(j->context->store, &question,
		j->claims.exp + j->issuer->leeway, j->now, &r);
	if (reason != JWT_OK)
		return report(&j->report, reason, "%s", r.text);
	remark(j, r.text);
	return JWT_OK;
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
	{ "service", FULL | ACCOUNT, find_service },
	{ "carrier", FULL | ACCOUNT | RECHECK, open_carrier },
	{ "form", FULL | ACCOUNT | RECHECK, parse_token },
	{ "payload", FULL | ACCOUNT | RECHECK, parse_claims },
	{ "issuer", FULL | ACCOUNT, find_issuer },
	{ "algorithm", FULL | ACCOUNT | UNLESS_RECORDED, check_algorithm },
	{ "keys", FULL | ACCOUNT | UNLESS_RECORDED, find_keys },
	{ "signature", FULL | ACCOUNT | UNLESS_RECORDED, verify_signature },
	{ "claims", FULL, check_claims },
	{ "expiry", ACCOUNT, check_expiry },
	{ "binding", FULL, check_binding },
	{ "account", FULL, find_account },
	{ "policy", FULL, check_policy },
	{ "revocation", FULL | ACCOUNT | RECHECK, check_revocation },
	{ "replay", AUTH, check_replay },
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
