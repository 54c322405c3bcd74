/* SPDX-License-Identifier: ISC */
/* The steps that ask whether a token was revoked, or used before. */
#include "judgement.h"

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

enum jwt_reason
step_check_revocation(struct judgement *j)
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
enum jwt_reason
step_check_replay(struct judgement *j)
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
