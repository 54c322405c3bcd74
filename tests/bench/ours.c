/* SPDX-License-Identifier: ISC */
/*
 * jwtauth as a process that lives long uses it: keys and rules are loaded
 * once. What jwtcore.h offers, and for whole tokens our own policy behind it.
 */
#include "bench.h"

#include "material.h"

#include "policy/policy.h"
#include "public.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static char name[] = "idp", iss[] = BENCH_ISSUER;
static char service_name[] = BENCH_SERVICE, scope[] = BENCH_SCOPE;
static char claim[] = "preferred_username", host[] = "web1.example.com";
static char *scopes[] = { scope };

static struct account_rule accounts[] = {
	{ .kind = ACCOUNT_CLAIM_NAME, .claim = claim },
};
static struct issuer_config issuers[] = {
	{
		.name = name,
		.issuer = iss,
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

struct ours {
	const struct bench_case *bench;
	struct jwtcore_keys *keys;
	struct jwtcore_rules *rules;
};

static enum jwt_reason
load_keys(const struct bench_case *bench, struct jwtcore_keys **out,
	char detail[JWT_DETAIL_MAX])
{
	if (bench->secret != NULL)
		return jwtcore_keys_from_secret(bench->secret,
			bench->secret_len, bench->kid, out, detail,
			JWT_DETAIL_MAX);
	return jwtcore_keys_from_jwks(
		bench->jwks, strlen(bench->jwks), out, detail, JWT_DETAIL_MAX);
}

static struct jwtcore_rules *
make_rules(const struct bench_case *bench)
{
	struct jwtcore_rules *rules = jwtcore_rules_new();

	if (rules == NULL ||
		jwtcore_rules_set_issuer(rules, bench->issuer) != JWT_OK ||
		jwtcore_rules_add_audience(rules, bench->audience) != JWT_OK ||
		jwtcore_rules_add_algorithm(rules, bench->alg) != JWT_OK ||
		jwtcore_rules_set_type(rules, JWTCORE_PLAIN_TOKEN) != JWT_OK ||
		jwtcore_rules_set_max_lifetime(rules, 86400) != JWT_OK)
		bench_die("jwtauth: no rules");
	return rules;
}

static void *
ours_open(const struct bench_case *bench)
{
	struct ours *ours = calloc(1, sizeof(*ours));
	char detail[JWT_DETAIL_MAX];

	if (ours == NULL)
		bench_die("out of memory");
	ours->bench = bench;
	ours->rules = make_rules(bench);
	if (load_keys(bench, &ours->keys, detail) != JWT_OK)
		bench_die("jwtauth: %s", detail);
	return ours;
}

static void
ours_close(void *state)
{
	struct ours *ours = state;

	jwtcore_keys_free(ours->keys);
	jwtcore_rules_free(ours->rules);
	free(ours);
}

static bool
verify_with(const struct ours *ours, const struct jwtcore_keys *keys)
{
	struct jwtcore_token *token;
	char detail[JWT_DETAIL_MAX];
	enum jwt_reason reason =
		jwtcore_verify_jws(keys, ours->rules, ours->bench->token,
			ours->bench->token_len, &token, detail, sizeof(detail));

	jwtcore_token_free(token);
	return reason == JWT_OK;
}

static bool
ours_verify(void *state)
{
	const struct ours *ours = state;

	return verify_with(ours, ours->keys);
}

/* Issuer, account and service, as a judgement asks for them. */
static enum jwt_reason
ask_policy(const struct claims *claims, struct report *r)
{
	const struct issuer_config *issuer =
		config_issuer(&config, claims->iss);
	const struct service_config *service =
		config_service(&config, BENCH_SERVICE);
	char account[JWT_NAME_MAX + 1], hint[JWT_HINT_MAX + 1];

	if (issuer == NULL || service == NULL)
		return JWT_ISSUER_UNKNOWN;
	JWT_TRY(policy_account(&config, issuer, service, claims, BENCH_USER,
		1000, account, r));
	return policy_service(service, claims, account, time(NULL), hint, r);
}

static bool
ours_whole(void *state)
{
	const struct ours *ours = state;
	struct jwtcore_token *token;
	struct report r = { 0 };
	char detail[JWT_DETAIL_MAX];
	enum jwt_reason reason = jwtcore_verify_token(ours->keys, ours->rules,
		ours->bench->token, ours->bench->token_len, 0, &token, detail,
		sizeof(detail));

	if (reason == JWT_OK)
		reason = ask_policy(&token->claims, &r);
	jwtcore_token_free(token);
	return reason == JWT_OK;
}

static bool
ours_cold(void *state)
{
	const struct ours *ours = state;
	struct jwtcore_keys *keys;
	char detail[JWT_DETAIL_MAX];
	bool valid = load_keys(ours->bench, &keys, detail) == JWT_OK &&
		     verify_with(ours, keys);

	jwtcore_keys_free(keys);
	return valid;
}

const struct contestant our_contestant = {
	.name = "jwtauth",
	.open = ours_open,
	.close = ours_close,
	.verify = ours_verify,
	.whole = ours_whole,
	.cold = ours_cold,
};
