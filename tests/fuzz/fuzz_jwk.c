/* SPDX-License-Identifier: ISC */
/*
 * One public key in JSON. What imports is of a kind we know, holds nothing
 * private, allows what all of its members allow, has the thumbprint that
 * RFC 7638 says, and survives export and import. It is then tried on a
 * signature of zeros, so that OpenSSL sees each key that we let through.
 */
#include "fuzz.h"
#include "oracle.h"
#include "base/base64.h"
#include "jose/jws.h"

#include <openssl/evp.h>
#include <string.h>

static const char *const private_members[] = { "d", "p", "q", "dp", "dq", "qi",
	"oth", "k" };

static const char *
text_of(const json_t *root, const char *name)
{
	const char *text = json_string_value(json_object_get(root, name));

	return text != NULL ? text : "";
}

static void
check_thumbprint(const json_t *root, const struct jwk *key)
{
	JWT_AUTO(buffer) text = BUFFER(16 * 1024);
	const char *kty = text_of(root, "kty"), *crv = text_of(root, "crv");
	uint8_t ours[JWK_THUMBPRINT_LEN], theirs[JWK_THUMBPRINT_LEN];
	bool done;

	if (strcmp(kty, "RSA") == 0)
		done = buffer_append_format(&text,
			"{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}",
			text_of(root, "e"), text_of(root, "n"));
	else if (strcmp(kty, "EC") == 0)
		done = buffer_append_format(&text,
			"{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"%s\","
			"\"y\":\"%s\"}",
			crv, text_of(root, "x"), text_of(root, "y"));
	else
		done = buffer_append_format(&text,
			"{\"crv\":\"%s\",\"kty\":\"OKP\",\"x\":\"%s\"}", crv,
			text_of(root, "x"));
	REQUIRE(done && EVP_Digest(text.data, text.len, theirs, NULL,
				EVP_sha256(), NULL) == 1);
	REQUIRE(jwk_thumbprint(key, ours) == JWT_OK);
	REQUIRE(memcmp(ours, theirs, sizeof(ours)) == 0);
}

/* RFC 7518 section 3.1 and RFC 9864: what this kind of key is for. */
static bool
kind_fits(const json_t *root, const char *alg)
{
	const char *kty = text_of(root, "kty"), *crv = text_of(root, "crv");

	if (strcmp(kty, "RSA") == 0)
		return strncmp(alg, "RS", 2) == 0 || strncmp(alg, "PS", 2) == 0;
	if (strcmp(kty, "EC") == 0)
		return (strcmp(alg, "ES256") == 0 &&
			       strcmp(crv, "P-256") == 0) ||
		       (strcmp(alg, "ES384") == 0 &&
			       strcmp(crv, "P-384") == 0) ||
		       (strcmp(alg, "ES512") == 0 && strcmp(crv, "P-521") == 0);
	return strcmp(alg, "EdDSA") == 0 || strcmp(alg, crv) == 0;
}

static bool
allows(const json_t *root, const char *alg)
{
	const json_t *ops = json_object_get(root, "key_ops"), *one;
	bool verify = ops == NULL;
	size_t i;

	json_array_foreach (ops, i, one)
		verify = verify ||
			 slice_equals_string(oracle_text(one), "verify");
	return verify && kind_fits(root, alg) &&
	       (json_object_get(root, "alg") == NULL ||
		       oracle_equals(root, "alg", alg)) &&
	       (json_object_get(root, "use") == NULL ||
		       oracle_equals(root, "use", "sig"));
}

/* RFC 7517 section 4.3: no value twice. */
static void
check_ops(const json_t *ops)
{
	for (size_t i = 0; i < json_array_size(ops); i++)
		for (size_t j = 0; j < i; j++)
			REQUIRE(!json_equal(json_array_get(ops, i),
				json_array_get(ops, j)));
}

static void
check_members(const json_t *root, const struct jwk *key)
{
	for (size_t i = 0; i < JWT_COUNT(private_members); i++)
		REQUIRE(json_object_get(root, private_members[i]) == NULL);
	REQUIRE(oracle_equals(root, "kty", "RSA") ||
		oracle_equals(root, "kty", "EC") ||
		oracle_equals(root, "kty", "OKP"));
	REQUIRE(!oracle_is_strange(root, "kid") &&
		slice_equal(jwk_kid(key),
			oracle_text(json_object_get(root, "kid"))));
	check_ops(json_object_get(root, "key_ops"));
	for (unsigned i = 0; i < JWS_ALG_COUNT; i++)
		REQUIRE(jwk_allows(key, (enum jws_alg)i) ==
			allows(root, jws_alg_info((enum jws_alg)i)->name));
}

/* RFC 7518 section 3.3, RFC 8017: what no key of ours may be. */
static void
check_rsa(const json_t *root)
{
	JWT_AUTO(buffer) n = BUFFER(1024);
	JWT_AUTO(buffer) e = BUFFER(8);

	REQUIRE(base64url_decode(slice_of_string(text_of(root, "n")), &n));
	REQUIRE(base64url_decode(slice_of_string(text_of(root, "e")), &e));
	REQUIRE(n.len >= 256 && n.data[0] != 0 &&
		(n.len > 256 || n.data[0] >= 0x80));
	REQUIRE((n.data[n.len - 1] & 1) == 1 && (e.data[e.len - 1] & 1) == 1);
	REQUIRE(e.data[0] != 0 && e.len >= 3 &&
		(e.len > 3 || e.data[0] > 1 || e.data[1] > 0 || e.data[2] > 0));
}

static void
check_round_trip(const struct jwk *key)
{
	JWT_AUTO(json_doc) doc = { 0 };
	JWT_AUTO(jwk) again = NULL;
	json_t *out = UNDER_TEST(jwk_to_public_json(key));
	uint8_t first[JWK_THUMBPRINT_LEN], second[JWK_THUMBPRINT_LEN];
	char *text;

	REQUIRE((out == NULL) == fault_struck());
	if (out == NULL)
		return;
	text = json_dumps(out, JSON_COMPACT);
	REQUIRE(text != NULL && json_parse_object(slice_of_string(text), "key",
					&doc, NULL) == JWT_OK);
	REQUIRE(jwk_from_json(json_root(&doc), &again, NULL) == JWT_OK);
	REQUIRE(slice_equal(jwk_kid(key), jwk_kid(again)));
	REQUIRE(jwk_thumbprint(key, first) == JWT_OK &&
		jwk_thumbprint(again, second) == JWT_OK &&
		memcmp(first, second, sizeof(first)) == 0);
	free(text);
	json_decref(out);
}

static void
put_zeros(const struct jwk *key, enum jws_alg alg, struct buffer *token)
{
	JWT_AUTO(buffer) zeros = BUFFER(1024);
	json_t *out = jwk_to_public_json(key);
	const char *n = text_of(out, "n");
	size_t len = jws_alg_info(alg)->signature_len;

	if (jwk_type(key) == JWK_RSA)
		len = strlen(n) * 3 / 4;
	else if (alg == JWS_EDDSA)
		len = strcmp(text_of(out, "crv"), "Ed448") == 0 ? 114 : 64;
	json_decref(out);
	REQUIRE(buffer_extend(&zeros, len) != NULL);
	REQUIRE(buffer_append_string(token, ".e30.") &&
		base64url_encode(buffer_slice(&zeros), token));
}

/* No key takes zeros: one of small order would (and is no key of ours). */
static void
check_zeros(const struct jwk *key, enum jws_alg alg)
{
	JWT_AUTO(buffer) header = BUFFER(256);
	JWT_AUTO(buffer) token = BUFFER(4096);
	JWT_AUTO(jws) jws = NULL;
	enum jwt_reason reason;

	REQUIRE(buffer_append_format(
		&header, "{\"alg\":\"%s\"}", jws_alg_info(alg)->name));
	REQUIRE(base64url_encode(buffer_slice(&header), &token));
	put_zeros(key, alg, &token);
	REQUIRE(jws_parse(buffer_slice(&token), &jws, NULL) == JWT_OK);
	reason = UNDER_TEST(jws_verify_key(jws, key, NULL));
	if (fault_struck())
		REQUIRE(reason != JWT_OK);
	else
		REQUIRE(reason == JWT_SIGNATURE_INVALID ||
			(reason == JWT_KEY_UNKNOWN &&
				jwk_type(key) == JWK_EC) ||
			reason == JWT_INTERNAL_ERROR);
}

static void
check_key(struct slice text, const struct jwk *key)
{
	json_t *root = NULL;

	if (oracle_json(text, &root) == ORACLE_ACCEPTS) {
		check_members(root, key);
		check_thumbprint(root, key);
		if (jwk_type(key) == JWK_RSA)
			check_rsa(root);
	}
	json_decref(root);
	check_round_trip(key);
	for (unsigned i = 0; i < JWS_ALG_COUNT; i++)
		if (!fault_struck() && jwk_allows(key, (enum jws_alg)i))
			check_zeros(key, (enum jws_alg)i);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_copy(slice_of(data, size));
	JWT_AUTO(json_doc) doc = { 0 };
	JWT_AUTO(jwk) key = NULL;
	struct report r = { 0 };
	enum jwt_reason reason;

	if (json_parse_object(text, "key", &doc, &r) == JWT_OK) {
		reason = UNDER_TEST(jwk_from_json(json_root(&doc), &key, &r));
		REQUIRE((reason == JWT_OK) == (key != NULL));
		REQUIRE((reason == JWT_OK) == (r.text[0] == '\0'));
		if (fault_struck())
			REQUIRE(reason != JWT_OK);
		if (reason == JWT_OK)
			check_key(text, key);
	}
	json_doc_clear(&doc);
	fuzz_copy_free(text);
	return 0;
}
