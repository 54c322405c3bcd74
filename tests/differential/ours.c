/* SPDX-License-Identifier: ISC */
/* The contestant jwtauth: the calls that a login makes, in their order. */
#include "batch.h"

#include "base/base64.h"
#include "jose/jws.h"
#include "token/claims.h"

#include <stdlib.h>

static struct report why;
static struct buffer payload = BUFFER(JWT_TOKEN_MAX);

static enum jwt_reason
read_keys(const struct batch_case *c, struct jwks **out)
{
	struct jwk *key = NULL;
	JWT_AUTO(json_doc) doc = { 0 };

	if (c->jwks != NULL) {
		JWT_TRY(json_parse_object(
			slice_of_string(c->jwks), "JWKS", &doc, &why));
		return jwks_from_json(json_root(&doc), out, NULL);
	}
	*out = jwks_new();
	if (*out == NULL)
		return JWT_INTERNAL_ERROR;
	JWT_TRY(jwk_from_secret(slice_of(c->secret, c->secret_len),
		slice_of_string("hs"), &key, &why));
	return jwks_add(*out, key);
}

static enum jwt_reason
judge_jws(const struct batch_case *c, struct jws **out)
{
	JWT_AUTO(jwks) set = NULL;
	jws_alg_set allowed = 0;

	for (size_t i = 0; i < c->alg_count; i++) {
		enum jws_alg alg;

		if (jws_alg_from_name(slice_of_string(c->algs[i]), &alg))
			allowed |= JWS_ALG_BIT(alg);
	}
	JWT_TRY(read_keys(c, &set));
	JWT_TRY(jws_parse(slice_of(c->token, c->token_len), out, &why));
	return jws_verify(*out, allowed, set, NULL, &why);
}

static enum jwt_reason
judge_claims(const struct batch_case *c, const struct jws *jws)
{
	JWT_AUTO(claims) claims = { 0 };
	char *audience[] = { (char *)(uintptr_t)c->audience };
	struct token_rules rules = {
		.issuer = c->issuer,
		.type = TOKEN_ACCESS,
		.plain_typ = true,
		.audience = audience,
		.audience_count = 1,
	};

	JWT_TRY(claims_parse(jws_payload(jws), &claims, &why));
	return claims_check(&claims, jws_typ(jws), &rules, c->now, &why);
}

static void
judge(const struct batch_case *c, struct batch_verdict *v)
{
	JWT_AUTO(jws) jws = NULL;
	enum jwt_reason reason;

	why = (struct report){ 0 };
	buffer_clear(&payload);
	reason = judge_jws(c, &jws);
	v->jws = jwt_reason_name(reason);
	if (reason == JWT_OK) {
		if (!buffer_append_slice(&payload, jws_payload(jws)))
			abort();
		v->payload = payload.data;
		v->payload_len = payload.len;
		v->claims = jwt_reason_name(judge_claims(c, jws));
	}
	v->detail = why.text;
}

int
main(void)
{
	int status = batch_run(judge);

	buffer_free(&payload);
	return status;
}
