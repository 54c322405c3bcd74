/* SPDX-License-Identifier: ISC */
/*
 * The public API's verification: the rules are held to be complete before
 * anything of the token is read, and the signature is proved before any
 * claim is.
 */
#include "public.h"

#include "base/clock.h"

#include <stdlib.h>

#define MISUSE(r, text) report((r), JWT_CONFIG_ERROR, (text))

/* What one call was given. */
struct question {
	const struct jwtcore_keys *keys;
	const struct jwtcore_rules *rules;
	struct slice text;
};

/* For whatever is verified: no algorithm is never "any algorithm". */
static enum jwt_reason
check_question(const struct question *q, struct report *r)
{
	if (q->keys == NULL)
		return MISUSE(r, "the keys are NULL");
	if (q->rules == NULL)
		return MISUSE(r, "the rules are NULL");
	if (q->rules->spoilt != JWT_OK)
		return report(
			r, q->rules->spoilt, "%s", q->rules->spoilt_why.text);
	if (q->rules->algorithms == 0)
		return MISUSE(r, "the rules name no algorithm");
	if (q->text.data == NULL)
		return MISUSE(r, "the token is NULL");
	return JWT_OK;
}

/* For claims besides: nor is no issuer any issuer. */
static enum jwt_reason
check_complete(const struct question *q, int64_t now, struct report *r)
{
	JWT_TRY(check_question(q, r));
	if (q->rules->issuer == NULL)
		return MISUSE(r, "the rules name no issuer");
	if (q->rules->audience_count == 0)
		return MISUSE(r, "the rules name no audience");
	if (now < 0 || now > NUMERIC_DATE_MAX)
		return MISUSE(r, "the time is not within 1970 to 9999");
	return JWT_OK;
}

static enum jwt_reason
verify_signature(
	const struct question *q, struct jwtcore_token **out, struct report *r)
{
	JWT_AUTO(jwtcore_token) token = calloc(1, sizeof(*token));

	if (token == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	JWT_TRY(jws_parse(q->text, &token->jws, r));
	JWT_TRY(jws_verify(
		token->jws, q->rules->algorithms, q->keys->set, NULL, r));
	*out = JWT_TAKE(token);
	return JWT_OK;
}

static enum jwt_reason
verify_claims(struct jwtcore_token *token, const struct jwtcore_rules *given,
	int64_t now, struct report *r)
{
	const struct token_rules rules = {
		.issuer = given->issuer,
		.type = given->type == JWTCORE_ID_TOKEN ? TOKEN_ID
							: TOKEN_ACCESS,
		.plain_typ = given->type == JWTCORE_PLAIN_TOKEN,
		.audience = given->audience,
		.audience_count = given->audience_count,
		.max_lifetime = given->max_lifetime,
		.leeway = given->leeway,
	};

	JWT_TRY(claims_parse(jws_payload(token->jws), &token->claims, r));
	JWT_TRY(claims_check(
		&token->claims, jws_typ(token->jws), &rules, now, r));
	/* Last, as in a login. Whoever stole it could present it, too. */
	if (token->claims.has_cnf && !given->allow_bound)
		return report(r, JWT_PROOF_MISSING,
			"the token is bound to a key (cnf), and the rules do "
			"not allow_bound");
	return JWT_OK;
}

static enum jwt_reason
verify_token(const struct question *q, int64_t now, struct jwtcore_token **out,
	struct report *r)
{
	JWT_AUTO(jwtcore_token) token = NULL;

	JWT_TRY(check_complete(q, now, r));
	JWT_TRY(verify_signature(q, &token, r));
	JWT_TRY(verify_claims(
		token, q->rules, now != 0 ? now : clock_now(), r));
	*out = JWT_TAKE(token);
	return JWT_OK;
}

enum jwt_reason
jwtcore_verify_jws(const struct jwtcore_keys *keys,
	const struct jwtcore_rules *rules, const char *token, size_t len,
	struct jwtcore_token **out, char *detail, size_t detail_size)
{
	const struct question q = { keys, rules, slice_of(token, len) };
	struct report r = { 0 };
	enum jwt_reason reason;

	if (out == NULL)
		return public_detail(MISUSE(&r, "there is no place for it"), &r,
			detail, detail_size);
	*out = NULL;
	reason = check_question(&q, &r);
	if (reason == JWT_OK)
		reason = verify_signature(&q, out, &r);
	return public_detail(reason, &r, detail, detail_size);
}

enum jwt_reason
jwtcore_verify_token(const struct jwtcore_keys *keys,
	const struct jwtcore_rules *rules, const char *token, size_t len,
	int64_t now, struct jwtcore_token **out, char *detail,
	size_t detail_size)
{
	const struct question q = { keys, rules, slice_of(token, len) };
	struct report r = { 0 };

	if (out == NULL)
		return public_detail(MISUSE(&r, "there is no place for it"), &r,
			detail, detail_size);
	*out = NULL;
	return public_detail(
		verify_token(&q, now, out, &r), &r, detail, detail_size);
}
