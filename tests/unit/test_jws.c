/* SPDX-License-Identifier: ISC */
/* jose: what a token's text and header must be, and which key it meets. */
#include "jose_vectors.h"

#include <stdlib.h>
#include <string.h>

/* A token of A.3's payload and signature under this header. */
static enum jwt_reason
parse_header_bytes(struct slice header)
{
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
	JWT_AUTO(jws) jws = NULL;

	CU_ASSERT_FATAL(base64url_encode(header, &token) &&
			buffer_append_string(&token, strchr(A3_TOKEN, '.')));
	return jws_parse(buffer_slice(&token), &jws, NULL);
}

static enum jwt_reason
parse_header(const char *header)
{
	return parse_header_bytes(slice_of_string(header));
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
		"\"jwk\":null" };

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
		"{\"alg\":\"ES256\",\"x\":NaN}" };
	static const char with_nul[] = "{\"alg\":\"ES256\"}\0}";

	CU_ASSERT_EQUAL(parse_header("{\"alg\":\"ES256\"}"), JWT_OK);
	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_EQUAL(parse_header(bad[i]), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(
		parse_header_bytes(slice_of(with_nul, sizeof(with_nul) - 1)),
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
	JWT_AUTO(json_doc) root = { 0 };

	json_of_arrays(text, JSON_DEPTH_MAX - 1);
	CU_ASSERT_EQUAL(
		json_parse_object(slice_of_string(text), "test", &root, NULL),
		JWT_OK);
	json_doc_clear(&root);
	json_of_arrays(text, JSON_DEPTH_MAX);
	CU_ASSERT_EQUAL(
		json_parse_object(slice_of_string(text), "test", &root, NULL),
		JWT_TOKEN_MALFORMED);
	json_of_arrays(text, 3900);
	CU_ASSERT_EQUAL(
		json_parse_object(slice_of_string(text), "test", &root, NULL),
		JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(json_parse_object(slice_of_string("{\"x\":\"\\\"[[[[[[["
							  "[[[[[[[[[[[[[\"}\n"),
				"test", &root, NULL),
		JWT_OK);
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
};
UNIT_SUITE("jws", tests)
