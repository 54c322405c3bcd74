/* SPDX-License-Identifier: ISC */
/*
 * A compact JWS taken apart. First byte t: the rest is the token's text, as
 * it is; anything else: the rest is a header, put into a token here. What is
 * accepted must be what RFC 7515 and our header rules say, by jansson.
 */
#include "fuzz.h"
#include "oracle.h"
#include "base/base64.h"
#include "jose/jws.h"

#include <string.h>

#define ROOM (256 * 1024)

static const char *const names[] = { "RS256", "RS384", "RS512", "PS256",
	"PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
	"Ed448", "HS256", "HS384", "HS512" };

static const char *const refused[] = { "crit", "b64", "jwk", "jku", "x5u",
	"x5c" };

static enum jwt_reason
judge(struct slice header, const json_t *root)
{
	const json_t *kid = json_object_get(root, "kid");
	bool known = false;

	if (header.data[0] != '{' || header.data[header.len - 1] != '}')
		return JWT_TOKEN_MALFORMED;
	if (!json_is_string(json_object_get(root, "alg")))
		return JWT_TOKEN_MALFORMED;
	for (size_t i = 0; i < JWT_COUNT(names); i++)
		known = known || oracle_equals(root, "alg", names[i]);
	if (!known)
		return JWT_ALG_NOT_ALLOWED;
	for (size_t i = 0; i < JWT_COUNT(refused); i++)
		if (json_object_get(root, refused[i]) != NULL)
			return JWT_TOKEN_MALFORMED;
	if (kid != NULL &&
		(!json_is_string(kid) || json_string_length(kid) > 256))
		return JWT_TOKEN_MALFORMED;
	if (oracle_is_strange(root, "typ"))
		return JWT_TOKEN_MALFORMED;
	return JWT_OK;
}

static void
check_parts(const struct jws *jws, const json_t *root)
{
	REQUIRE(oracle_equals(root, "alg", jws_alg_info(jws_alg(jws))->name));
	REQUIRE(jws_has_kid(jws) == (json_object_get(root, "kid") != NULL));
	REQUIRE(slice_equal(
		jws_kid(jws), oracle_text(json_object_get(root, "kid"))));
	REQUIRE(slice_equal(
		jws_typ(jws), oracle_text(json_object_get(root, "typ"))));
}

/* Encoding what was decoded gives the token: no second text means the same. */
static void
check_text(const struct jws *jws, struct slice token)
{
	JWT_AUTO(buffer) again = BUFFER(ROOM);
	struct slice input = jws_signing_input(jws), header;

	REQUIRE(slice_cut(&input, '.', &header));
	REQUIRE(buffer_append_slice(&again, header) &&
		buffer_append(&again, ".", 1) &&
		base64url_encode(jws_payload(jws), &again) &&
		buffer_append(&again, ".", 1) &&
		base64url_encode(jws_signature(jws), &again));
	REQUIRE(slice_equal(buffer_slice(&again), token));
}

static void
check_token(struct slice token, struct slice header)
{
	JWT_AUTO(jws) jws = NULL;
	struct report r = { 0 };
	json_t *root = NULL;
	enum oracle oracle = ORACLE_UNSURE;
	enum jwt_reason reason = UNDER_TEST(jws_parse(token, &jws, &r));

	REQUIRE((reason == JWT_OK) == (jws != NULL));
	REQUIRE((reason == JWT_OK) == (r.text[0] == '\0'));
	if (fault_struck()) {
		REQUIRE(reason != JWT_OK);
		return;
	}
	if (token.len > JWT_TOKEN_MAX)
		REQUIRE(reason == JWT_TOKEN_TOO_LARGE);
	else if (header.len > 0)
		oracle = oracle_json(header, &root);
	if (oracle == ORACLE_REFUSES)
		REQUIRE(reason == JWT_TOKEN_MALFORMED);
	if (oracle == ORACLE_ACCEPTS)
		REQUIRE(reason == judge(header, root));
	if (reason == JWT_OK) {
		if (root != NULL)
			check_parts(jws, root);
		check_text(jws, token);
	}
	json_decref(root);
}

/* The header of a token's text, if it is good base64url. */
static void
check_whole(struct slice token)
{
	JWT_AUTO(jws) jws = NULL;
	struct slice rest = token, part;

	check_token(token, slice_of(NULL, 0));
	if (fault_struck() || jws_parse(token, &jws, NULL) != JWT_OK)
		return;
	for (int i = 0; i < 2; i++)
		REQUIRE(slice_cut(&rest, '.', &part));
	REQUIRE(!slice_cut(&rest, '.', &part));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_of(data, size), token;
	bool whole = fuzz_byte(&input) == 't';
	struct slice rest = fuzz_copy(input);
	JWT_AUTO(buffer) text = BUFFER(ROOM);

	if (whole) {
		check_whole(rest);
	} else if (rest.len < ROOM / 2) {
		REQUIRE(base64url_encode(rest, &text) &&
			buffer_append_string(&text, ".e30.AAAA"));
		token = fuzz_copy(buffer_slice(&text));
		check_token(token, rest);
		fuzz_copy_free(token);
	}
	fuzz_copy_free(rest);
	return 0;
}
