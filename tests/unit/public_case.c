/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "public_case.h"
#include "signer_key.h"
#include "suite.h"

#include <jansson.h>
#include <string.h>

static struct jwk *keys[JWS_ALG_COUNT];
static char *jwks;

static struct jwk *
make_key(enum jws_alg alg)
{
	struct jwk *key = NULL;

	if (jws_alg_info(alg)->type != JWK_OCT)
		return signer_key(alg, jws_alg_info(alg)->name);
	CU_ASSERT_EQUAL_FATAL(jwk_from_secret(slice_of_string(CASE_SECRET),
				      slice_of("", 0), &key, NULL),
		JWT_OK);
	return key;
}

static const struct jwk *
key_for(enum jws_alg alg)
{
	if (keys[alg] == NULL)
		keys[alg] = make_key(alg);
	return keys[alg];
}

const char *
case_jwks(void)
{
	json_t *root = json_object(), *list = json_array();

	if (jwks == NULL) {
		for (unsigned alg = 0; alg < JWS_ALG_COUNT; alg++)
			if (jws_alg_info((enum jws_alg)alg)->type != JWK_OCT)
				json_array_append_new(list,
					jwk_to_public_json(
						key_for((enum jws_alg)alg)));
		json_object_set(root, "keys", list);
		jwks = json_dumps(root, JSON_COMPACT);
	}
	json_decref(list);
	json_decref(root);
	CU_ASSERT_PTR_NOT_NULL_FATAL(jwks);
	return jwks;
}

char *
case_sign(enum jws_alg alg, const char *typ, const char *payload)
{
	JWT_AUTO(buffer) token = BUFFER(4 * JWT_TOKEN_MAX);
	char *text;

	CU_ASSERT_EQUAL_FATAL(jws_sign(key_for(alg), alg, typ,
				      slice_of_string(payload), &token, NULL),
		JWT_OK);
	text = strdup(buffer_string(&token));
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	return text;
}

struct jwtcore_rules *
case_rules(void)
{
	struct jwtcore_rules *rules = jwtcore_rules_new();

	CU_ASSERT_PTR_NOT_NULL_FATAL(rules);
	jwtcore_rules_set_issuer(rules, CASE_ISSUER);
	jwtcore_rules_add_audience(rules, CASE_AUDIENCE);
	for (unsigned alg = 0; alg < JWS_ALG_COUNT; alg++)
		jwtcore_rules_add_algorithm(
			rules, jws_alg_info((enum jws_alg)alg)->name);
	return rules;
}

struct jwtcore_keys *
case_keys(void)
{
	struct jwtcore_keys *out = NULL;

	CU_ASSERT_EQUAL_FATAL(jwtcore_keys_from_jwks(case_jwks(),
				      strlen(case_jwks()), &out, NULL, 0),
		JWT_OK);
	return out;
}

struct jwtcore_keys *
case_secret(void)
{
	struct jwtcore_keys *out = NULL;

	CU_ASSERT_EQUAL_FATAL(jwtcore_keys_from_secret(CASE_SECRET,
				      strlen(CASE_SECRET), NULL, &out, NULL, 0),
		JWT_OK);
	return out;
}

void
case_free(void)
{
	for (unsigned alg = 0; alg < JWS_ALG_COUNT; alg++)
		jwk_free(JWT_TAKE(keys[alg]));
	free(JWT_TAKE(jwks));
}
