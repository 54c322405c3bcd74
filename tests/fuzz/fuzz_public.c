/* SPDX-License-Identifier: ISC */
/*
 * The library as other programs see it: jwtcore_verify_token and all that
 * asks a verified token, on tokens of signing.h. It must decide as the layers
 * below do, and give the claims that jansson reads.
 */
#include "fuzz.h"
#include "oracle.h"
#include "signing.h"
#include "token/claims.h"

#include <string.h>

#define NOW	 1800000000
#define TIME_MAX 253402300799

#ifdef FUZZ_LIBFUZZER
#define KEY_USES 256
#else
#define KEY_USES 1
#endif

static const struct jwtcore_rules *
all_rules(void)
{
	static struct jwtcore_rules *rules;

	if (rules != NULL)
		return rules;
	rules = jwtcore_rules_new();
	REQUIRE(rules != NULL &&
		jwtcore_rules_set_issuer(rules, "https://idp.test") == JWT_OK &&
		jwtcore_rules_add_audience(rules, "ssh://web1") == JWT_OK &&
		jwtcore_rules_add_algorithm(rules, "EdDSA") == JWT_OK);
	for (unsigned i = 0; i < FUZZ_ALGS; i++)
		REQUIRE(jwtcore_rules_add_algorithm(rules, fuzz_alg_name(i)) ==
			JWT_OK);
	return rules;
}

/* The public keys, or the secret: a program has one or the other. */
static struct jwtcore_keys *
make_keys(bool hmac)
{
	const char *jwks = fuzz_public_jwks();
	struct jwtcore_keys *keys = NULL;

	if (hmac)
		REQUIRE(jwtcore_keys_from_secret(FUZZ_HMAC_SECRET,
				strlen(FUZZ_HMAC_SECRET), "h", &keys, NULL,
				0) == JWT_OK);
	else
		REQUIRE(jwtcore_keys_from_jwks(
				jwks, strlen(jwks), &keys, NULL, 0) == JWT_OK);
	REQUIRE(jwtcore_keys_skipped(keys) == 0);
	return keys;
}

static struct jwtcore_keys *known[2];

static const struct jwtcore_keys *
keys_for(unsigned alg)
{
	bool hmac = fuzz_alg_pem(alg) == NULL;

	if (known[hmac] == NULL)
		known[hmac] = make_keys(hmac);
	return known[hmac];
}

/* Used keys keep memory for the next token: where that is counted, and where
 * an import shall fail, each input has keys of its own. */
static void
leave_keys(void)
{
	static unsigned uses;

	if (++uses % KEY_USES != 0)
		return;
	for (size_t i = 0; i < JWT_COUNT(known); i++) {
		jwtcore_keys_free(known[i]);
		known[i] = NULL;
	}
}

/* What the claims' own layer says of the payload. */
static enum jwt_reason
claims_of(struct slice payload, struct slice token)
{
	static char ours[] = "ssh://web1";
	static char *const audience[] = { ours };
	static const struct token_rules rules = {
		.issuer = "https://idp.test",
		.audience = audience,
		.audience_count = 1,
		.max_lifetime = 3600,
		.leeway = 30,
	};
	JWT_AUTO(jws) jws = NULL;
	JWT_AUTO(claims) claims = { 0 };

	REQUIRE(jws_parse(token, &jws, NULL) == JWT_OK);
	JWT_TRY(claims_parse(payload, &claims, NULL));
	JWT_TRY(claims_check(&claims, jws_typ(jws), &rules, NOW, NULL));
	return claims.has_cnf ? JWT_PROOF_MISSING : JWT_OK;
}

static void
check_numbers(
	struct jwtcore_token *token, const char *name, const json_t *value)
{
	int64_t integer = -1, time = -1;
	enum jwt_reason is_integer =
		jwtcore_token_integer(token, name, &integer);
	enum jwt_reason is_time = jwtcore_token_time(token, name, &time);

	REQUIRE((is_integer == JWT_OK) == json_is_integer(value));
	REQUIRE(is_integer != JWT_OK || integer == json_integer_value(value));
	REQUIRE(is_time != JWT_OK ||
		(json_is_number(value) && time >= 0 && time <= TIME_MAX));
	if (is_time == JWT_OK && is_integer == JWT_OK)
		REQUIRE(integer == time);
}

static void
check_claim(struct jwtcore_token *token, const char *name, const json_t *value)
{
	const char *string = jwtcore_token_string(token, name);

	REQUIRE(jwtcore_token_has(token, name));
	REQUIRE((string != NULL) == json_is_string(value));
	if (string != NULL)
		REQUIRE(strcmp(string, json_string_value(value)) == 0);
	REQUIRE(jwtcore_token_is_true(token, name) == json_is_true(value));
	check_numbers(token, name, value);
	if (!json_is_string(value) && !json_is_array(value))
		REQUIRE(!jwtcore_token_list_has(token, name, "ssh"));
}

static void
check_claims(struct jwtcore_token *token, struct slice payload)
{
	json_t *root = NULL, *value;
	const char *name;
	size_t len = 0;
	const uint8_t *bytes = jwtcore_token_payload(token, &len);

	REQUIRE(slice_equal(slice_of(bytes, len), payload));
	REQUIRE(!jwtcore_token_has(token, "no such claim"));
	if (oracle_json(payload, &root) == ORACLE_ACCEPTS)
		json_object_foreach (root, name, value)
			check_claim(token, name, value);
	json_decref(root);
}

static void
check_signature(
	const struct signed_input *in, struct slice text, enum jwt_reason whole)
{
	struct jwtcore_token *token = NULL;
	enum jwt_reason reason =
		jwtcore_verify_jws(keys_for(in->alg), all_rules(),
			(const char *)text.data, text.len, &token, NULL, 0);

	REQUIRE((reason == JWT_OK) == (token != NULL));
	if (reason != JWT_OK) {
		REQUIRE(reason == whole);
		return;
	}
	REQUIRE(in->spoil == SPOIL_NOT);
	REQUIRE(fuzz_alg_is(
		in->alg, slice_of_string(jwtcore_token_alg(token))));
	REQUIRE(!jwtcore_token_has(token, "iss")); /* none was checked */
	REQUIRE(whole == claims_of(in->payload, text));
	jwtcore_token_free(token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct signed_input in = fuzz_signed_input(slice_of(data, size));
	JWT_AUTO(buffer) text = BUFFER(FUZZ_TOKEN_MAX);
	struct jwtcore_token *token = NULL;
	char detail[JWT_DETAIL_MAX] = "";
	enum jwt_reason reason;

	if (size > FUZZ_TOKEN_MAX / 4)
		return 0;
	fuzz_sign(&in, &text);
	(void)all_rules();
	(void)keys_for(in.alg);
	reason = UNDER_TEST(jwtcore_verify_token(keys_for(in.alg), all_rules(),
		(const char *)text.data, text.len, NOW, &token, detail,
		sizeof(detail)));
	REQUIRE((reason == JWT_OK) == (token != NULL));
	REQUIRE((reason == JWT_OK) == (detail[0] == '\0'));
	if (fault_struck() || in.spoil != SPOIL_NOT)
		REQUIRE(reason != JWT_OK);
	if (!fault_struck())
		check_signature(&in, buffer_slice(&text), reason);
	if (token != NULL)
		check_claims(token, in.payload);
	jwtcore_token_free(token);
	leave_keys();
	return 0;
}
