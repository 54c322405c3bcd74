/* SPDX-License-Identifier: ISC */
/*
 * A set of keys. What is in it imports alone, what was skipped does not, and
 * nothing is lost; a token without a kid never has more than JWK_TRIES keys
 * tried and is not accepted with a signature of zeros.
 */
#include "fuzz.h"
#include "oracle.h"
#include "jose/jws.h"

/* {"alg":"ES256"} and 64 zeros; no EC key takes these for a signature. */
#define ZEROS_TOKEN                                                       \
	"eyJhbGciOiJFUzI1NiJ9.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void
check_set(const struct json_node *root, const struct jwks *set)
{
	const struct json_node *keys = json_member(root, "keys"), *one;
	size_t good = 0;

	REQUIRE(json_is(keys, JSON_KIND_ARRAY) && keys->count <= JWKS_KEY_MAX);
	REQUIRE(jwks_count(set) + jwks_skipped(set) == keys->count);
	json_each (one, keys) {
		JWT_AUTO(jwk) key = NULL;

		if (jwk_from_json(one, &key, NULL) != JWT_OK)
			continue;
		REQUIRE(good < jwks_count(set));
		REQUIRE(slice_equal(jwk_kid(key), jwk_kid(jwks_at(set, good))));
		REQUIRE(jwks_has_kid(set, jwk_kid(key)) ==
			(jwk_kid(key).len > 0));
		good++;
	}
	REQUIRE(good == jwks_count(set));
	REQUIRE(jwks_at(set, good) == NULL);
}

static void
check_zeros(const struct jwks *set)
{
	JWT_AUTO(jws) jws = NULL;
	const struct jwk *used = NULL;
	enum jwt_reason reason;

	REQUIRE(jws_parse(slice_of_string(ZEROS_TOKEN), &jws, NULL) == JWT_OK);
	reason = UNDER_TEST(
		jws_verify(jws, JWS_ALG_BIT(JWS_ES256), set, &used, NULL));
	REQUIRE(used == NULL);
	REQUIRE(fault_struck() ? reason != JWT_OK
			       : reason == JWT_KEY_UNKNOWN ||
					 reason == JWT_SIGNATURE_INVALID);
}

/* All at once: what OpenSSL does not take is counted, nothing is lost. */
static void
check_import(struct jwks *set)
{
	size_t all = jwks_count(set) + jwks_skipped(set);
	struct report r = { 0 };
	enum jwt_reason reason = UNDER_TEST(jwks_import(set, &r));

	REQUIRE(reason == (fault_struck() ? JWT_INTERNAL_ERROR : JWT_OK));
	REQUIRE(jwks_count(set) + jwks_skipped(set) == all);
	for (size_t i = 0; reason == JWT_OK && i < jwks_count(set); i++)
		REQUIRE(jwk_import(jwks_at(set, i), NULL) == JWT_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_copy(slice_of(data, size));
	JWT_AUTO(json_doc) doc = { 0 };
	JWT_AUTO(jwks) set = NULL;
	struct report r = { 0 };
	enum jwt_reason reason;

	if (json_parse_object(text, "keys", &doc, &r) == JWT_OK) {
		reason = UNDER_TEST(jwks_from_json(json_root(&doc), &set, &r));
		REQUIRE((reason == JWT_OK) == (set != NULL));
		/* EC keys are tried on their curve: OpenSSL's failure to do
		 * so skips the key, our own lack of memory does not. */
		if (reason == JWT_OK && !fault_struck()) {
			REQUIRE((jwks_skipped(set) == 0) ==
				(r.text[0] == '\0'));
			check_set(json_root(&doc), set);
			check_zeros(set);
			if (!fault_struck())
				check_import(set);
		}
	}
	json_doc_clear(&doc);
	fuzz_copy_free(text);
	return 0;
}
