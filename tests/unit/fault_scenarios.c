/* SPDX-License-Identifier: ISC */
#include "fault_scenarios.h"

#include "../fuzz/signing_keys.h"
#include "jose_vectors.h"
#include "signer_key.h"
#include "ssh_vectors.h"
#include "token/carrier.h"

#include <stdlib.h>

static const char set_text[] =
	"{\"keys\":[" A2_JWK "," A3_JWK "," A4_JWK "," ED_JWK "]}";

static enum jwt_reason
read_set(struct jwks **out)
{
	JWT_AUTO(json_doc) doc = { 0 };

	JWT_TRY(json_parse_object(
		slice_of_string(set_text), "JWKS", &doc, NULL));
	return jwks_from_json(json_root(&doc), out, NULL);
}

static enum jwt_reason
verify(const char *token)
{
	JWT_AUTO(jwks) set = NULL;
	JWT_AUTO(jws) jws = NULL;

	JWT_TRY(read_set(&set));
	JWT_TRY(jws_parse(slice_of_string(token), &jws, NULL));
	return jws_verify(jws, ~(jws_alg_set)0, set, NULL, NULL);
}

/* One key of RSA, and what it signed by two algorithms; made by start(). */
static struct buffer rsa_text = BUFFER(4096);
static struct buffer rsa_token[2] = { BUFFER(JWT_TOKEN_MAX),
	BUFFER(JWT_TOKEN_MAX) };

void
scenarios_start(void)
{
	static const enum jws_alg algs[] = { JWS_RS256, JWS_PS256 };

	for (size_t i = 0; i < JWT_COUNT(algs); i++) {
		JWT_AUTO(jwk) key = signer_key(algs[i], "k");
		JWT_AUTO(json) public = jwk_to_public_json(key);
		char *text;

		CU_ASSERT_EQUAL_FATAL(
			jws_sign(key, algs[i], NULL, slice_of_string("{}"),
				&rsa_token[i], NULL),
			JWT_OK);
		json_object_del(public, "alg");
		text = json_dumps(public, JSON_COMPACT);
		rsa_text.len = 0;
		CU_ASSERT_FATAL(buffer_append_format(
			&rsa_text, "{\"keys\":[%s]}", text));
		free(text);
	}
}

/* In turn, so that the key has tools for both. */
static enum jwt_reason
verify_by_two_algorithms(void)
{
	JWT_AUTO(json_doc) doc = { 0 };
	JWT_AUTO(jwks) set = NULL;

	JWT_TRY(json_parse_object(buffer_slice(&rsa_text), "JWKS", &doc, NULL));
	JWT_TRY(jwks_from_json(json_root(&doc), &set, NULL));
	for (int i = 0; i < 4; i++)
		JWT_TRY(vector_verify(
			buffer_slice(&rsa_token[i % 2]), jwks_at(set, 0)));
	return JWT_OK;
}

static enum jwt_reason
import_set(void)
{
	JWT_AUTO(jwks) set = NULL;

	JWT_TRY(read_set(&set));
	JWT_TRY(jwk_import(jwks_at(set, 0), NULL));
	return jwks_import(set, NULL);
}

static enum jwt_reason
verify_rsa(void)
{
	return verify(A2_TOKEN);
}

static enum jwt_reason
verify_ec(void)
{
	return verify(A3_TOKEN);
}

static enum jwt_reason
verify_ed(void)
{
	return verify(ED_TOKEN);
}

static enum jwt_reason
sign_and_verify_hmac(void)
{
	JWT_AUTO(jwk) key = NULL;
	JWT_AUTO(jws) jws = NULL;
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);

	JWT_TRY(jwk_from_secret(
		slice_of_string("0123456789abcdef0123456789abcdef"),
		slice_of_string("k"), &key, NULL));
	if (jws_sign(key, JWS_HS256, "JWT", slice_of_string("{}"), &token,
		    NULL) != JWT_OK)
		return JWT_INTERNAL_ERROR; /* or "would be too long" */
	JWT_TRY(jws_parse(buffer_slice(&token), &jws, NULL));
	return jws_verify_key(jws, key, NULL);
}

/* From PEM and back, signed and verified, and its public half written. */
static enum jwt_reason
use_private_key(const char *pem, enum jws_alg alg)
{
	JWT_AUTO(jwk) key = NULL;
	JWT_AUTO(jws) jws = NULL;
	JWT_AUTO(json) public = NULL;
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX), text = BUFFER(4096);

	JWT_TRY(jwk_private_from_pem(
		slice_of_string(pem), alg, slice_of_string(NULL), &key, NULL));
	public = jwk_to_public_json(key);
	if (public == NULL || !jwk_private_to_pem(key, &text))
		return JWT_INTERNAL_ERROR;
	if (jws_sign(key, alg, "JWT", slice_of_string("{}"), &token, NULL) !=
		JWT_OK)
		return JWT_INTERNAL_ERROR; /* or "would be too long" */
	JWT_TRY(jws_parse(buffer_slice(&token), &jws, NULL));
	return jws_verify_key(jws, key, NULL);
}

static enum jwt_reason
use_rsa(void)
{
	return use_private_key(FUZZ_RSA_PEM, JWS_RS256);
}

static enum jwt_reason
use_pss(void)
{
	return use_private_key(FUZZ_RSA_PEM, JWS_PS384);
}

static enum jwt_reason
use_ec(void)
{
	return use_private_key(FUZZ_P521_PEM, JWS_ES512);
}

static enum jwt_reason
use_ed(void)
{
	return use_private_key(ED_PRIVATE_PEM, JWS_EDDSA);
}

static enum jwt_reason
generate(void)
{
	JWT_AUTO(jwk) ec = NULL, ed = NULL;

	JWT_TRY(jwk_generate(JWS_ES256, slice_of_string("k"), &ec, NULL));
	return jwk_generate(JWS_ED448, slice_of_string("k"), &ed, NULL);
}

JWT_AUTO_TYPE(keys, struct jwtcore_keys *, jwtcore_keys_free);
JWT_AUTO_TYPE(rules, struct jwtcore_rules *, jwtcore_rules_free);
JWT_AUTO_TYPE(token, struct jwtcore_token *, jwtcore_token_free);

/* The setters' results are not looked at: the verification must know. */
static enum jwt_reason
verify_by_public_api(void)
{
	JWT_AUTO(keys) keys = NULL;
	JWT_AUTO(rules) rules = NULL;
	JWT_AUTO(token) token = NULL;

	JWT_TRY(jwtcore_keys_from_jwks(
		set_text, sizeof(set_text) - 1, &keys, NULL, 0));
	rules = jwtcore_rules_new();
	if (jwtcore_keys_usable(keys) != 4 || rules == NULL)
		return JWT_INTERNAL_ERROR;
	jwtcore_rules_set_issuer(rules, "https://idp.example");
	jwtcore_rules_add_audience(rules, "https://api.example");
	jwtcore_rules_add_algorithm(rules, "ES256");
	return jwtcore_verify_jws(
		keys, rules, A3_TOKEN, sizeof(A3_TOKEN) - 1, &token, NULL, 0);
}

static enum jwt_reason
ask_public_token(void)
{
	JWT_AUTO(keys) keys = NULL;
	JWT_AUTO(rules) rules = jwtcore_rules_new();
	JWT_AUTO(token) token = NULL;

	JWT_TRY(jwtcore_keys_from_jwks(
		buffer_string(&rsa_text), rsa_text.len, &keys, NULL, 0));
	JWT_TRY(jwtcore_keys_check(keys, NULL, 0));
	if (rules == NULL)
		return JWT_INTERNAL_ERROR;
	jwtcore_rules_add_algorithm(rules, "PS256");
	JWT_TRY(jwtcore_verify_jws(keys, rules, buffer_string(&rsa_token[1]),
		rsa_token[1].len, &token, NULL, 0));
	return jwtcore_token_kid(token) != NULL ? JWT_OK : JWT_INTERNAL_ERROR;
}

static enum jwt_reason
secret_by_public_api(void)
{
	JWT_AUTO(keys) keys = NULL;

	return jwtcore_keys_from_secret(
		"0123456789abcdef0123456789abcdef", 32, "k", &keys, NULL, 0);
}

static enum jwt_reason
parse_claims(void)
{
	JWT_AUTO(claims) claims = { 0 };

	return claims_parse(
		slice_of_string("{\"is\\u0073\":\"i\",\"1\":1,\"2\":1,\"3\":1,"
				"\"4\":1,\"5\":1,\"6\":1,\"7\":1,\"8\":1,"
				"\"9\":1,\"10\":1,\"11\":1,\"12\":1,\"13\":1,"
				"\"14\":1,\"15\":1,\"16\":1,\"cnf\":{\"jkt\":"
				"\"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC"
				"9Xs\"}}"),
		&claims, NULL);
}

static enum jwt_reason
open_prompt(void)
{
	JWT_AUTO(carried) carried = { 0 };

	return carrier_open(JWT_CARRIER_PROMPT, slice_of_string("a.b.c"),
		slice_of_string(NULL), 0, &carried, NULL);
}

/* The key that the client proved, of each type. */
static enum jwt_reason
open_with_key(void)
{
	for (size_t i = 0; i < JWT_COUNT(ssh_vectors); i++) {
		JWT_AUTO(carried) carried = { 0 };

		JWT_TRY(carrier_open(JWT_CARRIER_PROMPT,
			slice_of_string("a.b.c"),
			slice_of_string(ssh_vectors[i].key), 0, &carried,
			NULL));
		if (!carried.has_key)
			return JWT_INTERNAL_ERROR; /* as good as none */
	}
	return JWT_OK;
}

const struct scenario scenarios[] = {
	{ verify_rsa, false },
	{ verify_ec, false },
	{ verify_ed, false },
	{ verify_by_two_algorithms, false },
	{ import_set, false },
	{ ask_public_token, false },
	{ sign_and_verify_hmac, false },
	{ use_rsa, true, true },
	{ use_pss, true, true },
	{ use_ec, true, true },
	{ use_ed, true },
	{ generate, true, true },
	{ verify_by_public_api, false },
	{ secret_by_public_api, false },
	{ parse_claims, false },
	{ open_prompt, false },
	{ open_with_key, false },
};
const size_t scenarios_count = JWT_COUNT(scenarios);

void
scenarios_finish(void)
{
	buffer_free(&rsa_text);
	buffer_free(&rsa_token[0]);
	buffer_free(&rsa_token[1]);
}
