/* SPDX-License-Identifier: ISC */
/* Makes keys, sets and tokens for the table of rules. */
#include "rule_case.h"

#include "base/base64.h"
#include "jose/family.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static const char secret[] = "a secret of thirty-two bytes, ok";

/* The issuer's key, made once; others that are not its. */
static const struct jwk *
key_of(enum jws_alg alg, unsigned which)
{
	static struct jwk *made[JWS_ALG_COUNT][2];
	struct jwk **key = &made[alg][which];

	if (*key == NULL)
		CU_ASSERT_EQUAL_FATAL(
			jwk_generate(alg, slice_of_string("k"), key, NULL),
			JWT_OK);
	return *key;
}

static void
append(struct buffer *out, const char *text)
{
	CU_ASSERT_FATAL(buffer_append_string(out, text));
}

/* A public JWK with kid "k" and more members, its own alg left out. */
static void
append_jwk(struct buffer *out, const struct jwk *key, const char *remove,
	const char *more)
{
	JWT_AUTO(json) object = jwk_to_public_json(key);
	char *text;

	json_object_del(object, "alg");
	json_object_del(object, "use");
	if (remove != NULL)
		json_object_del(object, remove);
	text = json_dumps(object, JSON_COMPACT);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_FATAL(buffer_append(out, text, strlen(text) - 1));
	free(text);
	append(out, more != NULL ? more : "");
	append(out, "}");
}

#define ZEROS_43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* What each letter of rule_case.keys stands for. */
static void
append_key(struct buffer *out, char letter, const char *member)
{
	const struct jwk *good = key_of(JWS_ES256, 0);

	switch (letter) {
	case 'g': /* the issuer's */
		append_jwk(out, good, NULL, member);
		break;
	case 'n': /* the issuer's, without a name */
		append_jwk(out, good, "kid", member);
		break;
	case 'w': /* another of the same type and name */
		append_jwk(out, key_of(JWS_ES256, 1), NULL, NULL);
		break;
	case 'r': /* RSA of the same name */
		append_jwk(out, key_of(JWS_RS256, 0), NULL, NULL);
		break;
	case 'c': /* another curve, the same name */
		append_jwk(out, key_of(JWS_ES384, 0), NULL, NULL);
		break;
	case 'p': /* a point off its curve */
		append(out, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\","
			    "\"x\":\"" ZEROS_43 "\",\"y\":\"" ZEROS_43 "\"}");
		break;
	case 'o': /* the HMAC secret, in public */
		append(out, "{\"kty\":\"oct\",\"kid\":\"k\",\"k\":"
			    "\"YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcywgb2s\"}");
		break;
	default: /* a kind that nobody knows */
		append(out, "{\"kty\":\"AKP\",\"kid\":\"k\",\"pub\":\"AA\"}");
	}
}

static struct jwks *
make_set(const struct rule_case *c)
{
	const char *keys = c->keys != NULL ? c->keys : "g";
	JWT_AUTO(buffer) text = BUFFER(JWKS_MAX);
	JWT_AUTO(json_doc) doc = { 0 };
	struct jwks *set = NULL;
	struct jwk *hmac = NULL;

	append(&text, "{\"keys\":[");
	for (size_t i = 0; keys[i] != '\0'; i++) {
		append(&text, i > 0 ? "," : "");
		append_key(&text, keys[i], c->member);
	}
	append(&text, "]}");
	CU_ASSERT_EQUAL_FATAL(
		json_parse_object(buffer_slice(&text), "JWKS", &doc, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL_FATAL(
		jwks_from_json(json_root(&doc), &set, NULL), JWT_OK);
	if (c->hmac) {
		CU_ASSERT_EQUAL_FATAL(
			jwk_from_secret(slice_of_string(secret),
				slice_of_string("k"), &hmac, NULL),
			JWT_OK);
		CU_ASSERT_EQUAL_FATAL(jwks_add(set, hmac), JWT_OK);
	}
	return set;
}

/* The signature over whatever the header says; HS256 where it says so. */
static void
append_signature(struct buffer *token, bool hmac)
{
	enum jws_alg alg = hmac ? JWS_HS256 : JWS_ES256;
	JWT_AUTO(buffer) signature = BUFFER(128);
	JWT_AUTO(jwk) shared = NULL;
	const struct jwk *key = NULL;

	if (hmac)
		CU_ASSERT_EQUAL_FATAL(
			jwk_from_secret(slice_of_string(secret),
				slice_of_string("k"), &shared, NULL),
			JWT_OK);
	key = hmac ? shared : key_of(JWS_ES256, 0);
	CU_ASSERT_FATAL(jwk_family_of(key->type)->sign(
		key, jws_alg_info(alg), buffer_slice(token), &signature));
	append(token, ".");
	CU_ASSERT_FATAL(base64url_encode(buffer_slice(&signature), token));
}

static void
make_token(const struct rule_case *c, struct buffer *out)
{
	const char *header = c->header != NULL ? c->header : RULE_HEADER;
	const char *claims = c->claims != NULL ? c->claims : RULE_CLAIMS;

	CU_ASSERT_FATAL(base64url_encode(slice_of_string(header), out));
	append(out, ".");
	CU_ASSERT_FATAL(base64url_encode(slice_of_string(claims), out));
	append_signature(out, strstr(header, "\"HS256\"") != NULL);
	if (c->edit != NULL)
		c->edit(out);
}

static enum jwt_reason
judge(struct slice token, const struct rule_case *c, const struct jwks *set)
{
	static char audience_a[] = "ssh://a", audience_b[] = "ssh://b";
	char *const audience[] = { audience_a, audience_b };
	const struct token_rules rules = { .issuer = "https://idp.example",
		.type = c->type,
		.plain_typ = c->plain_typ,
		.audience = audience,
		.audience_count = 2,
		.max_lifetime = c->max_lifetime == 0  ? RULE_LIFE
				: c->max_lifetime < 0 ? 0
						      : c->max_lifetime,
		.leeway = RULE_LEEWAY };
	JWT_AUTO(jws) jws = NULL;
	JWT_AUTO(claims) claims = { 0 };

	JWT_TRY(jws_parse(token, &jws, NULL));
	JWT_TRY(jws_verify(jws,
		c->allowed != 0 ? c->allowed : JWS_ALG_BIT(JWS_ES256), set,
		NULL, NULL));
	JWT_TRY(claims_parse(jws_payload(jws), &claims, NULL));
	return claims_check(&claims, jws_typ(jws), &rules,
		c->now != 0 ? c->now : RULE_NOW, NULL);
}

enum jwt_reason
rule_case_run(const struct rule_case *c)
{
	JWT_AUTO(buffer) token = BUFFER(4 * JWT_TOKEN_MAX);
	JWT_AUTO(jwks) set = make_set(c);

	make_token(c, &token);
	return judge(buffer_slice(&token), c, set);
}
