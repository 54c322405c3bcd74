/* SPDX-License-Identifier: ISC */
/* jose: what a token's text and header must be, and which key it meets. */
#include "jose_vectors.h"

#include <stdlib.h>
#include <string.h>

/* A token of A.3's payload and signature under this header. */
static enum jwt_reason
parse_header_bytes(struct slice header, struct jws **out)
{
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
	struct jws *jws = NULL;
	enum jwt_reason reason;

	CU_ASSERT_FATAL(base64url_encode(header, &token) &&
			buffer_append_string(&token, strchr(A3_TOKEN, '.')));
	reason = jws_parse(buffer_slice(&token), &jws, NULL);
	if (out != NULL)
		*out = jws;
	else
		jws_free(jws);
	return reason;
}

static enum jwt_reason
parse_header(const char *header)
{
	return parse_header_bytes(slice_of_string(header), NULL);
}

static enum jwt_reason
parse(const char *token)
{
	JWT_AUTO(jws) jws = NULL;

	return jws_parse(slice_of_string(token), &jws, NULL);
}

static void
refuses_alg_none_in_every_spelling(void)
{
	static const char *const names[] = { "none", "None", "NONE", "nOnE", "",
		"rs256", "ES256K", "Es256", "RS1", "HS1", "EdDSA ",
		"RS256\\n" };

	for (size_t i = 0; i < JWT_COUNT(names); i++) {
		JWT_AUTO(buffer) header = BUFFER(64);

		CU_ASSERT(buffer_append_format(
			&header, "{\"alg\":\"%s\"}", names[i]));
		CU_ASSERT_EQUAL(parse_header(buffer_string(&header)),
			JWT_ALG_NOT_ALLOWED);
	}
	CU_ASSERT_EQUAL(parse("eyJhbGciOiJub25lIn0." RFC7515_PAYLOAD "."),
		JWT_ALG_NOT_ALLOWED); /* RFC 7515 A.5 */
}

static void
refuses_an_alg_that_is_missing_or_no_string(void)
{
	CU_ASSERT_EQUAL(parse_header("{\"typ\":\"JWT\"}"), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(parse_header("{\"alg\":256}"), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(parse_header("{\"alg\":null}"), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(
		parse_header("{\"alg\":[\"ES256\"]}"), JWT_TOKEN_MALFORMED);
}

static void
refuses_headers_that_name_a_key_or_change_the_rules(void)
{
	static const char *const members[] = { "\"crit\":[\"exp\"]",
		"\"crit\":[]", "\"b64\":false", "\"b64\":true",
		"\"jwk\":" A3_JWK, "\"jku\":\"https://x.example/\"",
		"\"x5u\":\"https://x.example/\"", "\"x5c\":[\"MII\"]",
		"\"x5t\":\"AA\"", "\"x5t#S256\":\"AA\"", "\"jwk\":null" };

	CU_ASSERT_EQUAL(
		parse_header("{\"alg\":\"ES256\",\"cty\":\"x\"}"), JWT_OK);
	for (size_t i = 0; i < JWT_COUNT(members); i++) {
		JWT_AUTO(buffer) header = BUFFER(512);

		CU_ASSERT(buffer_append_format(
			&header, "{\"alg\":\"ES256\",%s}", members[i]));
		CU_ASSERT_EQUAL(parse_header(buffer_string(&header)),
			JWT_TOKEN_MALFORMED);
	}
}

static void
refuses_a_header_that_is_not_exactly_one_strict_object(void)
{
	static const char *const bad[] = { "", "{", "{}x", "[]", "null",
		"\"ES256\"", "{\"alg\":\"ES256\"} ", " {\"alg\":\"ES256\"}",
		"{\"alg\":\"ES256\"}\n", "{\"alg\":\"ES256\"}{}",
		"{\"alg\":\"ES256\",}", "{'alg':'ES256'}",
		"{\"alg\":\"none\",\"alg\":\"ES256\"}",
		"{\"alg\":\"ES256\",\"\\u0061lg\":\"none\"}",
		"{\"alg\":\"ES256\",\"typ\":\"\\u0000\"}",
		"{\"alg\":\"ES256\",\"typ\":\"\\ud800\"}",
		"{\"alg\":\"ES256\",\"typ\":\"\xc3\x28\"}",
		"{\"alg\":\"ES256\",\"typ\":\"\xc0\xaf\"}",
		"\xef\xbb\xbf{\"alg\":\"ES256\"}",
		"{\"alg\":\"ES256\",\"x\":1e400}",
		"{\"alg\":\"ES256\",\"x\":NaN}" };
	static const char with_nul[] = "{\"alg\":\"ES256\"}\0}";

	CU_ASSERT_EQUAL(parse_header("{\"alg\":\"ES256\"}"), JWT_OK);
	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_EQUAL(parse_header(bad[i]), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(parse_header_bytes(
				slice_of(with_nul, sizeof(with_nul) - 1), NULL),
		JWT_TOKEN_MALFORMED);
}

static void
json_of_arrays(char *out, unsigned depth)
{
	strcpy(out, "{\"x\":");
	memset(out + 5, '[', depth);
	memset(out + 5 + depth, ']', depth);
	strcpy(out + 5 + 2 * depth, "}");
}

static void
json_is_bounded_in_depth(void)
{
	static char text[8000];
	json_t *root = NULL;

	json_of_arrays(text, JSON_DEPTH_MAX - 1);
	CU_ASSERT_EQUAL(
		json_parse_object(slice_of_string(text), "test", &root, NULL),
		JWT_OK);
	json_decref(root);
	json_of_arrays(text, JSON_DEPTH_MAX);
	CU_ASSERT_EQUAL(
		json_parse_object(slice_of_string(text), "test", &root, NULL),
		JWT_TOKEN_MALFORMED);
	json_of_arrays(text, 3900);
	CU_ASSERT_EQUAL(
		json_parse_object(slice_of_string(text), "test", &root, NULL),
		JWT_TOKEN_MALFORMED);
	root = NULL;
	CU_ASSERT_EQUAL(json_parse_object(slice_of_string("{\"x\":\"\\\"[[[[[[["
							  "[[[[[[[[[[[[[\"}\n"),
				"test", &root, NULL),
		JWT_OK);
	json_decref(root);
}

static void
refuses_what_is_not_compact(void)
{
	CU_ASSERT_EQUAL(parse(""), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(parse("."), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(parse(".."), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(parse("eyJhbGciOiJFUzI1NiJ9.e30"), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(parse(A3_TOKEN "."), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(parse(A3_TOKEN ".AA"), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(parse(A3_TOKEN "\n"), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(parse(" " A3_TOKEN), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(parse(A3_TOKEN "=="), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(parse("{\"payload\":\"e30\",\"signatures\":[{"
			      "\"protected\":\"eyJhbGciOiJFUzI1NiJ9\"}]}"),
		JWT_TOKEN_MALFORMED);
}

/* The last character of A.3's signature is Q: R decodes to the same bytes. */
static void
refuses_base64url_that_is_not_canonical(void)
{
	char token[] = A3_TOKEN;

	CU_ASSERT_EQUAL(token[strlen(token) - 1], 'Q');
	token[strlen(token) - 1] = 'R';
	CU_ASSERT_EQUAL(parse(token), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(
		parse("eyJhbGciOiJFUzI1NiJ9.e31.AA"), JWT_TOKEN_MALFORMED);
}

static void
refuses_a_token_above_the_cap_as_too_large(void)
{
	size_t len = JWT_TOKEN_MAX + 1;
	char *junk = malloc(len);
	JWT_AUTO(jws) jws = NULL;

	CU_ASSERT_PTR_NOT_NULL_FATAL(junk);
	memset(junk, '.', len);
	CU_ASSERT_EQUAL(jws_parse(slice_of(junk, len), &jws, NULL),
		JWT_TOKEN_TOO_LARGE);
	CU_ASSERT_EQUAL(jws_parse(slice_of(junk, len - 1), &jws, NULL),
		JWT_TOKEN_MALFORMED);
	free(junk);
}

static void
kid_is_a_string_of_at_most_256_bytes(void)
{
	char kid[JWK_KID_MAX + 2], header[400];

	memset(kid, 'k', sizeof(kid));
	kid[JWK_KID_MAX + 1] = '\0';
	snprintf(header, sizeof(header), "{\"alg\":\"ES256\",\"kid\":\"%s\"}",
		kid);
	CU_ASSERT_EQUAL(parse_header(header), JWT_TOKEN_MALFORMED);
	kid[JWK_KID_MAX] = '\0';
	snprintf(header, sizeof(header), "{\"alg\":\"ES256\",\"kid\":\"%s\"}",
		kid);
	CU_ASSERT_EQUAL(parse_header(header), JWT_OK);
	CU_ASSERT_EQUAL(parse_header("{\"alg\":\"ES256\",\"kid\":7}"),
		JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(parse_header("{\"alg\":\"ES256\",\"kid\":null}"),
		JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(parse_header("{\"alg\":\"ES256\",\"typ\":[]}"),
		JWT_TOKEN_MALFORMED);
}

static void
signing_input_is_the_text_before_the_last_dot(void)
{
	JWT_AUTO(jws) jws = NULL;
	size_t len = (size_t)(strrchr(A3_TOKEN, '.') - A3_TOKEN);

	CU_ASSERT_EQUAL_FATAL(
		jws_parse(slice_of_string(A3_TOKEN), &jws, NULL), JWT_OK);
	CU_ASSERT(slice_equal(jws_signing_input(jws), slice_of(A3_TOKEN, len)));
	CU_ASSERT_EQUAL(jws_signature(jws).len, 64);
	CU_ASSERT_FALSE(jws_has_kid(jws));
}

/* A set from keys as JSON texts, joined by commas. */
static struct jwks *
set_of(const char *keys)
{
	JWT_AUTO(buffer) text = BUFFER(JWKS_MAX);
	JWT_AUTO(json) root = NULL;
	struct jwks *set = NULL;

	CU_ASSERT_FATAL(buffer_append_format(&text, "{\"keys\":[%s]}", keys));
	root = vector_json(buffer_string(&text));
	CU_ASSERT_EQUAL_FATAL(jwks_from_json(root, &set, NULL), JWT_OK);
	return set;
}

#define A3_JWK_WITH(member)                                     \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" A3_X "\"," \
	"\"y\":\"" A3_Y "\"," member "}"

/* Verifies A.3's token, which has no kid, or a freshly made one that has. */
static enum jwt_reason
verify_in(const char *token, const char *keys, jws_alg_set allowed)
{
	JWT_AUTO(jwks) set = set_of(keys);
	JWT_AUTO(jws) jws = NULL;
	const struct jwk *used = NULL;
	enum jwt_reason reason;

	CU_ASSERT_EQUAL_FATAL(
		jws_parse(slice_of_string(token), &jws, NULL), JWT_OK);
	reason = jws_verify(jws, allowed, set, &used, NULL);
	CU_ASSERT_EQUAL(reason == JWT_OK, used != NULL);
	return reason;
}

static void
without_a_kid_every_fitting_key_is_tried(void)
{
	CU_ASSERT_EQUAL(
		verify_in(A3_TOKEN,
			A2_JWK "," A4_JWK "," A3_JWK_WITH("\"kid\":\"b\""),
			ALL_ALGS),
		JWT_OK);
	CU_ASSERT_EQUAL(verify_in(A3_TOKEN, A2_JWK "," A4_JWK, ALL_ALGS),
		JWT_KEY_UNKNOWN);
	CU_ASSERT_EQUAL(verify_in(A3_TOKEN, "", ALL_ALGS), JWT_KEY_UNKNOWN);
}

static void
alg_outside_of_the_allowed_set_is_refused(void)
{
	CU_ASSERT_EQUAL(
		verify_in(A3_TOKEN, A3_JWK, ALL_ALGS & ~JWS_ALG_BIT(JWS_ES256)),
		JWT_ALG_NOT_ALLOWED);
	CU_ASSERT_EQUAL(
		verify_in(A3_TOKEN, A3_JWK, JWS_ALG_BIT(JWS_ES256)), JWT_OK);
}

/* Fills token with one of a fresh EdDSA key, and public with its JWK. */
static void
make_token_with_kid(const char *kid, struct buffer *token, struct jwk **key)
{
	CU_ASSERT_EQUAL_FATAL(
		jwk_generate(JWS_EDDSA, slice_of_string(kid), key, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL_FATAL(jws_sign(*key, JWS_EDDSA, NULL,
				      slice_of_string("{}"), token, NULL),
		JWT_OK);
}

/* The public JWK of key with another kid (NULL: none). */
static char *
renamed(const struct jwk *key, const char *kid)
{
	JWT_AUTO(json) object = jwk_to_public_json(key);

	if (kid == NULL)
		json_object_del(object, "kid");
	else
		json_object_set_new(object, "kid", json_string(kid));
	return json_dumps(object, JSON_COMPACT);
}

static void
a_kid_that_is_present_must_match(void)
{
	static const struct {
		const char *kid;
		enum jwt_reason reason;
	} cases[] = { { "one", JWT_OK }, { "two", JWT_KEY_UNKNOWN },
		{ "ONE", JWT_KEY_UNKNOWN }, { "on", JWT_KEY_UNKNOWN },
		{ "", JWT_KEY_UNKNOWN }, { NULL, JWT_KEY_UNKNOWN } };
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
	JWT_AUTO(jwk) key = NULL;

	make_token_with_kid("one", &token, &key);
	for (size_t i = 0; i < JWT_COUNT(cases); i++) {
		char *jwk = renamed(key, cases[i].kid);

		CU_ASSERT_EQUAL(verify_in(buffer_string(&token), jwk, ALL_ALGS),
			cases[i].reason);
		free(jwk);
	}
}

static void
an_empty_kid_matches_no_key(void)
{
	JWT_AUTO(jws) jws = NULL;
	JWT_AUTO(jwks) set = set_of(A3_JWK "," A3_JWK_WITH("\"kid\":\"\""));

	CU_ASSERT_EQUAL_FATAL(
		parse_header_bytes(slice_of_string("{\"alg\":\"ES256\","
						   "\"kid\":\"\"}"),
			&jws),
		JWT_OK);
	CU_ASSERT(jws_has_kid(jws));
	CU_ASSERT_EQUAL(
		jws_verify(jws, ALL_ALGS, set, NULL, NULL), JWT_KEY_UNKNOWN);
	CU_ASSERT_FALSE(jwks_has_kid(set, slice_of_string("")));
}

static void
a_wrong_key_of_the_right_kid_is_signature_invalid(void)
{
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
	JWT_AUTO(jwk) key = NULL;
	char jwk[256];

	make_token_with_kid("one", &token, &key);
	snprintf(jwk, sizeof(jwk),
		"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"one\","
		"\"x\":\"" ED_X "\"}");
	CU_ASSERT_EQUAL(verify_in(buffer_string(&token), jwk, ALL_ALGS),
		JWT_SIGNATURE_INVALID);
}

static void
at_most_eight_keys_are_tried(void)
{
	JWT_AUTO(buffer) keys = BUFFER(JWKS_MAX);

	for (int i = 0; i < JWK_TRIES; i++) {
		JWT_AUTO(jwk) key = NULL;
		char *jwk;

		CU_ASSERT_EQUAL_FATAL(
			jwk_generate(
				JWS_ES256, slice_of_string(NULL), &key, NULL),
			JWT_OK);
		jwk = renamed(key, NULL);
		CU_ASSERT(buffer_append_format(&keys, "%s,", jwk));
		free(jwk);
		if (i == JWK_TRIES - 2) {
			JWT_AUTO(buffer) seven = BUFFER(JWKS_MAX);

			CU_ASSERT(buffer_append_slice(
					  &seven, buffer_slice(&keys)) &&
				  buffer_append_string(&seven, A3_JWK));
			CU_ASSERT_EQUAL(
				verify_in(A3_TOKEN, buffer_string(&seven),
					ALL_ALGS),
				JWT_OK);
		}
	}
	CU_ASSERT(buffer_append_string(&keys, A3_JWK));
	CU_ASSERT_EQUAL(verify_in(A3_TOKEN, buffer_string(&keys), ALL_ALGS),
		JWT_SIGNATURE_INVALID);
}

static const struct unit_test tests[] = {
	UNIT_TEST(refuses_alg_none_in_every_spelling),
	UNIT_TEST(refuses_an_alg_that_is_missing_or_no_string),
	UNIT_TEST(refuses_headers_that_name_a_key_or_change_the_rules),
	UNIT_TEST(refuses_a_header_that_is_not_exactly_one_strict_object),
	UNIT_TEST(json_is_bounded_in_depth),
	UNIT_TEST(refuses_what_is_not_compact),
	UNIT_TEST(refuses_base64url_that_is_not_canonical),
	UNIT_TEST(refuses_a_token_above_the_cap_as_too_large),
	UNIT_TEST(kid_is_a_string_of_at_most_256_bytes),
	UNIT_TEST(signing_input_is_the_text_before_the_last_dot),
	UNIT_TEST(without_a_kid_every_fitting_key_is_tried),
	UNIT_TEST(alg_outside_of_the_allowed_set_is_refused),
	UNIT_TEST(a_kid_that_is_present_must_match),
	UNIT_TEST(an_empty_kid_matches_no_key),
	UNIT_TEST(a_wrong_key_of_the_right_kid_is_signature_invalid),
	UNIT_TEST(at_most_eight_keys_are_tried),
};
UNIT_SUITE("jws", tests)
