/* SPDX-License-Identifier: ISC */
/*
 * What a refusal says: the log's line is all that an administrator has, so
 * the first fault is named, by its place or its member.
 */
#include "../fuzz/signing_keys.h"
#include "jose_vectors.h"
#include "report_case.h"

static enum jwt_reason
read_json(const char *input, struct report *r)
{
	JWT_AUTO(json_doc) doc = { 0 };

	return json_parse_object(slice_of_string(input), "it", &doc, r);
}

#define AT(byte, fault) "it is not strict JSON: byte " byte ": " fault

static void
of_json_the_byte_and_what_is_wrong_there(void)
{
	static const struct said cases[] = {
		{ "{\"a\":[{}]}", "" },
		{ "[]", "it is not a JSON object" },
		{ "{", AT("2", "a member's name is expected") },
		{ "{1:2}", AT("2", "a member's name is expected") },
		{ "{\"a\":1,}", AT("8", "a member's name is expected") },
		{ "{\"a", AT("4", "a string without end") },
		{ "{\"a\"1}", AT("5", "':' is expected") },
		{ "{\"a\\q\":1}", AT("5", "an unknown escape") },
		{ "{\"a\":}", AT("6", "not a JSON value") },
		{ "{\"a\":[1}", AT("8", "',' or the end is expected") },
		{ "{\"a\":1 2}", AT("8", "',' or the end is expected") },
		{ "{\"a\":1", AT("7", "',' or the end is expected") },
		{ "{} {}", AT("4", "something follows the object") },
		{ "{\"a\":tru}", AT("6", "not a JSON value") },
		{ "{\"a\":falsE}", AT("6", "not a JSON value") },
		{ "{\"a\":[nul]}", AT("7", "not a JSON value") },
		{ "{\"a\":+1}", AT("6", "not a JSON value") },
		{ "{\"a\":-}", AT("7", "not a JSON value") },
		{ "{\"a\":1.}", AT("8", "a number without its fraction") },
		{ "{\"a\":1e}", AT("8", "a number without its exponent") },
		{ "{\"a\":\"\t\"}", AT("7", "a control character") },
		{ "{\"a\":\"\xff\"}", AT("7", "not UTF-8") },
		{ "{\"a\":\"b", AT("8", "a string without end") },
		{ "{\"a\":\"\\", AT("8", "a string without end") },
		{ "{\"a\":\"\\n", AT("9", "a string without end") },
		{ "{\"a\":\"\\n\xff\"}", AT("9", "not UTF-8") },
		{ "{\"a\":\"\\u12", AT("9", "\\u needs four hex digits") },
		{ "{\"a\":\"\\u12x4\"}",
			AT("12", "\\u needs four hex digits") },
		{ "{\"a\":\"\\u0000\"}", AT("13", "a NUL in a string") },
		{ "{\"a\":\"\\udc00\"}", AT("13", "half a surrogate pair") },
		{ "{\"a\":\"\\ud800\"}", AT("13", "half a surrogate pair") },
		{ "{\"a\":1,\"b\":{\"c\":1,\"c\":2}}",
			AT("25", "a member stands twice") },
		{ "{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}",
			AT("21", "nested too deep") },
		{ "{\"a\":{\"a\":[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]}}",
			AT("25", "nested too deep") },
	};

	each_says(cases, JWT_COUNT(cases), read_json);
}

static enum jwt_reason
read_key(const char *input, struct report *r)
{
	JWT_AUTO(json_doc) doc = { 0 };
	JWT_AUTO(jwk) key = NULL;

	JWT_TRY(json_parse_object(slice_of_string(input), "key", &doc, r));
	return jwk_from_json(json_root(&doc), &key, r);
}

#define EC(members)  "{\"kty\":\"EC\"," members "}"
#define OKP(members) "{\"kty\":\"OKP\"," members "}"
#define RSA(members) "{\"kty\":\"RSA\"," members "}"
#define TEXT_16	     "AAAAAAAAAAAAAAAA"
#define TEXT_256                                                        \
	TEXT_16 TEXT_16 TEXT_16 TEXT_16 TEXT_16 TEXT_16 TEXT_16 TEXT_16 \
		TEXT_16 TEXT_16 TEXT_16 TEXT_16 TEXT_16 TEXT_16 TEXT_16 \
			TEXT_16

static void
of_a_key_the_member(void)
{
	static const struct said cases[] = {
		{ A2_JWK, "" },
		{ "{}", "kty is missing or not a string" },
		{ "{\"kty\":1}", "kty is missing or not a string" },
		{ "{\"kty\":\"oct\",\"k\":\"AA\"}",
			"kty is none of RSA, EC, OKP" },
		{ ED_PRIVATE_JWK, "d is private and stands in a public key" },
		{ EC("\"x\":\"\",\"y\":\"\""),
			"crv is none of P-256, P-384, P-521" },
		{ EC("\"crv\":\"Ed25519\""),
			"crv is none of P-256, P-384, P-521" },
		{ EC("\"crv\":\"P-256\""), "x is missing or not a string" },
		{ EC("\"crv\":\"P-256\",\"x\":\"+\""),
			"x is not canonical base64url, or too long" },
		{ EC("\"crv\":\"P-256\",\"x\":\"AAAA\""),
			"x has 3 bytes, not 32 to 32" },
		{ EC("\"crv\":\"P-256\",\"x\":\"" A3_X "\",\"y\":1"),
			"y is missing or not a string" },
		{ OKP("\"x\":\"" ED_X "\""), "crv is missing or not a string" },
		{ OKP("\"crv\":\"X25519\",\"x\":\"" ED_X "\""),
			"crv is none of Ed25519, Ed448" },
		{ OKP("\"crv\":\"Ed448\",\"x\":\"" ED_X "\""),
			"x has 32 bytes, not 57 to 57" },
		{ RSA("\"e\":\"AQAB\""), "n is missing or not a string" },
		{ RSA("\"e\":\"AQAB\",\"n\":\"\""),
			"n has 0 bytes, not 1 to 1024" },
		{ RSA("\"e\":\"AQAB\",\"n\":\"AAAA\""),
			"n has a leading zero" },
		{ RSA("\"e\":\"AQAB\",\"n\":\"AQAB\""),
			"n has 17 bits, not 2048 to 8192" },
		{ RSA("\"n\":\"" A2_N "\""), "e is missing or not a string" },
		{ RSA("\"e\":\"AQAAAAAAAAAB\",\"n\":\"" A2_N "\""),
			"e has 9 bytes, not 1 to 8" },
		{ RSA("\"e\":\"AAEAAQ\",\"n\":\"" A2_N "\""),
			"e has a leading zero or more than 64 bits" },
		{ RSA("\"e\":\"Aw\",\"n\":\"" A2_N "\""),
			"e is even or less than 65537" },
		{ OKP("\"kid\":\"" TEXT_256 "A\",\"crv\":\"Ed25519\""),
			"kid is not a string of at most 256 bytes" },
	};

	each_says(cases, JWT_COUNT(cases), read_key);
}

static enum jwt_reason
read_set(const char *input, struct report *r)
{
	JWT_AUTO(json_doc) doc = { 0 };
	JWT_AUTO(jwks) set = NULL;

	JWT_TRY(json_parse_object(slice_of_string(input), "JWKS", &doc, r));
	return jwks_from_json(json_root(&doc), &set, r);
}

static void
of_a_set_that_it_is_none(void)
{
	static const struct said cases[] = {
		{ "{\"keys\":[]}", "" },
		{ "{\"keys\":{}}", "the JWKS has no array \"keys\"" },
		{ A2_JWK, "the JWKS has no array \"keys\"" },
	};

	each_says(cases, JWT_COUNT(cases), read_set);
}

static void
of_a_set_that_is_too_large_its_size(void)
{
	JWT_AUTO(buffer) text = BUFFER(4096);
	struct report r = { 0 };

	CU_ASSERT_FATAL(buffer_append_string(&text, "{\"keys\":[0"));
	for (int i = 0; i < JWKS_KEY_MAX; i++)
		CU_ASSERT_FATAL(buffer_append_string(&text, ",0"));
	CU_ASSERT_FATAL(buffer_append_string(&text, "]}"));
	CU_ASSERT_EQUAL(
		read_set(buffer_string(&text), &r), JWT_TOKEN_MALFORMED);
	CU_ASSERT_STRING_EQUAL(r.text, "the JWKS has 257 keys, more than 256");
}

static enum jwt_reason
read_private_key(const char *pem, struct report *r)
{
	JWT_AUTO(jwk) key = NULL;

	return jwk_private_from_pem(slice_of_string(pem), JWS_RS256,
		slice_of_string(NULL), &key, r);
}

static void
of_a_private_key_what_it_is_not(void)
{
	static const struct said cases[] = {
		{ FUZZ_RSA_PEM, "" },
		{ FUZZ_P256_PEM, "not an RSA key" },
		{ "-----", "no private key in PEM without a password" },
	};

	each_says(cases, JWT_COUNT(cases), read_private_key);
}

/* Input: what stands in the token, before it is written in base64url. */
static enum jwt_reason
read_header(const char *input, struct report *r)
{
	JWT_AUTO(buffer) token = BUFFER(1024);
	JWT_AUTO(jws) jws = NULL;

	CU_ASSERT_FATAL(base64url_encode(slice_of_string(input), &token) &&
			buffer_append_string(&token, ".e30.AA"));
	return jws_parse(buffer_slice(&token), &jws, r);
}

static void
of_a_header_the_member(void)
{
	static const struct said cases[] = {
		{ "{\"alg\":\"ES256\"}", "" },
		{ "[]", "the header is not exactly one JSON object" },
		{ "{}{", "the header is not exactly one JSON object" },
		{ "{{}", "header is not strict JSON: byte 2: a member's name "
			 "is expected" },
		{ "{}", "alg is missing or not a string" },
		{ "{\"alg\":null}", "alg is missing or not a string" },
		{ "{\"alg\":\"none\"}", "alg \"none\" is not known" },
		{ "{\"alg\":\"ES256\",\"crit\":[]}",
			"the header has crit, which is refused" },
		{ "{\"alg\":\"ES256\",\"kid\":1}",
			"kid is not a string of at most 256 bytes" },
		{ "{\"alg\":\"ES256\",\"typ\":1}", "typ is not a string" },
	};

	each_says(cases, JWT_COUNT(cases), read_header);
}

static enum jwt_reason
read_token(const char *input, struct report *r)
{
	JWT_AUTO(jws) jws = NULL;

	return jws_parse(slice_of_string(input), &jws, r);
}

#define HEADER "eyJhbGciOiJFUzI1NiJ9"

static void
of_a_token_the_part(void)
{
	static const struct said cases[] = {
		{ HEADER ".e30.AA", "" },
		{ "", "not a compact JWS: fewer than two dots" },
		{ HEADER ".e30", "not a compact JWS: fewer than two dots" },
		{ HEADER ".e30.AA.", "not a compact JWS: more than two dots" },
		{ HEADER "=.e30.AA", "the header is not canonical base64url" },
		{ HEADER ".e3=.AA", "the payload is not canonical base64url" },
		{ HEADER ".e30.AB",
			"the signature is not canonical base64url" },
	};

	each_says(cases, JWT_COUNT(cases), read_token);
}

static const struct unit_test tests[] = {
	UNIT_TEST(of_json_the_byte_and_what_is_wrong_there),
	UNIT_TEST(of_a_key_the_member),
	UNIT_TEST(of_a_set_that_it_is_none),
	UNIT_TEST(of_a_set_that_is_too_large_its_size),
	UNIT_TEST(of_a_private_key_what_it_is_not),
	UNIT_TEST(of_a_header_the_member),
	UNIT_TEST(of_a_token_the_part),
};
UNIT_SUITE("report", tests)
