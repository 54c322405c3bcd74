/* SPDX-License-Identifier: ISC */
/* The steps that ask what a token is, and whether it may do this here. */
#include "judgement.h"

#include <inttypes.h>
#include <stdio.h>

enum jwt_reason
step_find_service(struct judgement *j)
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

enum jwt_reason
step_open_carrier(struct judgement *j)
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

enum jwt_reason
step_parse_token(struct judgement *j)
{
	JWT_TRY(jws_parse(j->carried.token, &j->jws, &j->report));
	SET_TEXT(j->verdict->key_id, jws_kid(j->jws));
	return JWT_OK;
}

enum jwt_reason
step_parse_claims(struct judgement *j)
{
	struct jwt_verdict *v = j->verdict;

	JWT_TRY(claims_parse(jws_payload(j->jws), &j->claims, &j->report));
	SET_TEXT(v->issuer, j->claims.iss);
	SET_TEXT(v->subject, j->claims.sub);
	SET_TEXT(v->token_id, j->claims.jti);
	v->expires_at = j->claims.has_exp ? j->claims.exp : 0;
	return JWT_OK;
}

enum jwt_reason
step_find_issuer(struct judgement *j)
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

enum jwt_reason
step_check_algorithm(struct judgement *j)
{
	enum jws_alg alg = jws_alg(j->jws);

	if ((j->issuer->algorithms & JWS_ALG_BIT(alg)) == 0)
		return report(&j->report, JWT_ALG_NOT_ALLOWED,
			"alg %s is not among the algorithms of issuer \"%s\"",
			jws_alg_info(alg)->name, j->issuer->name);
	return JWT_OK;
}

enum jwt_reason
step_find_keys(struct judgement *j)
{
	return keys_kept_for_token(&j->context->keys, j->issuer,
		&j->context->places.keys, jws_kid(j->jws), j->now, &j->keys,
		&j->report);
}

enum jwt_reason
step_verify_signature(struct judgement *j)
{
	return jws_verify(
		j->jws, j->issuer->algorithms, j->keys, &j->used, &j->report);
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

enum jwt_reason
step_check_claims(struct judgement *j)
{
	struct token_rules rules = rules_of(j->issuer);

	return claims_check(
		&j->claims, jws_typ(j->jws), &rules, j->now, &j->report);
}

enum jwt_reason
step_check_expiry(struct judgement *j)
{
	struct token_rules rules = rules_of(j->issuer);

	return claims_check_expiry(&j->claims, &rules, j->now, &j->report);
}

enum jwt_reason
step_check_binding(struct judgement *j)
{
	return carrier_check_binding(
		&j->carried, &j->claims, j->service->binding, &j->report);
}

enum jwt_reason
step_find_account(struct judgement *j)
{
	return policy_account(j->context->config, j->issuer, j->service,
		&j->claims, j->request->user, j->request->uid, j->verdict->user,
		&j->report);
}

enum jwt_reason
step_check_policy(struct judgement *j)
{
	JWT_TRY(policy_service(j->service, &j->claims, j->verdict->user, j->now,
		j->verdict->hint, &j->report));
	j->verdict->permit = j->service->permit;
	return JWT_OK;
}
