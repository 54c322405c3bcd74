/* SPDX-License-Identifier: ISC */
/* jwtauth, as a process that lives long uses it: the set is loaded once. */
#include "ours.h"

#include "material.h"

#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static char name[] = "idp", iss[] = BENCH_ISSUER, audience[] = BENCH_AUDIENCE;
static char service_name[] = BENCH_SERVICE, scope[] = BENCH_SCOPE;
static char claim[] = "preferred_username", host[] = "web1.example.com";
static char *audiences[] = { audience }, *scopes[] = { scope };

static struct account_rule accounts[] = {
	{ .kind = ACCOUNT_CLAIM_NAME, .claim = claim },
};
static struct issuer_config issuers[] = {
	{
		.name = name,
		.issuer = iss,
		.audience = { audiences, 1 },
		.token_type = TOKEN_ACCESS,
		.plain_typ = true,
		.max_lifetime = 86400,
		.leeway = 30,
		.account = accounts,
		.account_count = 1,
	},
};
static struct service_config services[] = {
	{
		.name = service_name,
		.has_rule = true,
		.scope_any = { scopes, 1 },
		.unix_account = true,
		.max_auth_age = 3600,
	},
};
static struct jwt_config config = {
	.host_name = host,
	.min_uid = 1000,
	.issuer = issuers,
	.issuer_count = 1,
	.service = services,
	.service_count = 1,
	.revocation = { .store = REVOCATION_NONE },
};

enum jwt_reason
ours_load_set(const char *text, struct jwks **out, struct report *r)
{
	JWT_AUTO(json_doc) doc = { 0 };

	JWT_TRY(json_parse_object(slice_of_string(text), "JWKS", &doc, r));
	return jwks_from_json(json_root(&doc), out, r);
}

static enum jwt_reason
load(const struct bench_case *bench, struct jwks **out, struct report *r)
{
	struct jwk *key;

	if (bench->secret == NULL)
		return ours_load_set(bench->jwks, out, r);
	JWT_TRY(jwk_from_secret(slice_of(bench->secret, bench->secret_len),
		slice_of_string(bench->kid), &key, r));
	*out = jwks_new();
	return *out != NULL ? jwks_add(*out, key) : JWT_INTERNAL_ERROR;
}

static void
ours_close(void *state)
{
	struct ours *ours = state;

	jwks_free(ours->set);
	free(ours);
}

static void *
ours_open(const struct bench_case *bench)
{
	struct ours *ours = calloc(1, sizeof(*ours));
	struct report r = { 0 };
	enum jws_alg alg;

	if (ours == NULL ||
		!jws_alg_from_name(slice_of_string(bench->alg), &alg))
		bench_die("jwtauth knows no %s", bench->alg);
	ours->bench = bench;
	ours->token = slice_of(bench->token, bench->token_len);
	ours->algs = JWS_ALG_BIT(alg);
	if (load(bench, &ours->set, &r) != JWT_OK)
		bench_die("jwtauth: %s", r.text);
	return ours;
}

bool
ours_verify(void *state)
{
	const struct ours *ours = state;
	JWT_AUTO(jws) jws = NULL;
	struct report r = { 0 };

	return jws_parse(ours->token, &jws, &r) == JWT_OK &&
	       jws_verify(jws, ours->algs, ours->set, NULL, &r) == JWT_OK;
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

/* The steps of a judgement in their order, but for files and the store. */
static enum jwt_reason
judge(const struct ours *ours, struct jws **jws, struct claims *claims,
	struct report *r)
{
	const struct issuer_config *issuer;
	const struct service_config *service =
		config_service(&config, BENCH_SERVICE);
	char account[JWT_NAME_MAX + 1], hint[JWT_HINT_MAX + 1];
	int64_t now = time(NULL);
	struct token_rules rules;

	JWT_TRY(jws_parse(ours->token, jws, r));
	JWT_TRY(claims_parse(jws_payload(*jws), claims, r));
	issuer = config_issuer(&config, claims->iss);
	if (issuer == NULL)
		return JWT_ISSUER_UNKNOWN;
	JWT_TRY(jws_verify(*jws, ours->algs, ours->set, NULL, r));
	rules = rules_of(issuer);
	JWT_TRY(claims_check(claims, jws_typ(*jws), &rules, now, r));
	JWT_TRY(policy_account(&config, issuer, service, claims, BENCH_USER,
		1000, account, r));
	return policy_service(service, claims, account, now, hint, r);
}

bool
ours_whole(void *state)
{
	JWT_AUTO(jws) jws = NULL;
	JWT_AUTO(claims) claims = { 0 };
	struct report r = { 0 };

	return judge(state, &jws, &claims, &r) == JWT_OK;
}

static bool
ours_cold(void *state)
{
	const struct ours *ours = state;
	JWT_AUTO(jwks) set = NULL;
	JWT_AUTO(jws) jws = NULL;
	struct report r = { 0 };

	return ours_load_set(ours->bench->jwks, &set, &r) == JWT_OK &&
	       jws_parse(ours->token, &jws, &r) == JWT_OK &&
	       jws_verify(jws, ours->algs, set, NULL, &r) == JWT_OK;
}

const struct contestant our_contestant = {
	.name = "jwtauth",
	.open = ours_open,
	.close = ours_close,
	.verify = ours_verify,
	.whole = ours_whole,
	.cold = ours_cold,
};
