/* SPDX-License-Identifier: ISC */
/*
 * The issuer's side: a key in, a token out. First byte: the algorithm, as in
 * signing.h, or '+' and then one, for a fresh key; behind it a line with the
 * kid, a line with typ, the payload. What was signed verifies with what was
 * exported, and says what was asked.
 */
#include "fuzz.h"
#include "oracle.h"
#include "signing.h"

#include <string.h>

struct wish {
	bool fresh;
	enum jws_alg alg;
	const char *pem; /* NULL: HMAC */
	struct slice kid;
	char *typ;
	struct slice payload;
};

static enum jwt_reason
make_key(const struct wish *wish, struct jwk **out, struct report *r)
{
	if (wish->pem == NULL)
		return jwk_from_secret(
			slice_of_string(FUZZ_HMAC_SECRET), wish->kid, out, r);
	/* RSA keys take seconds to make. */
	if (wish->fresh && jws_alg_info(wish->alg)->type != JWK_RSA)
		return jwk_generate(wish->alg, wish->kid, out, r);
	return jwk_private_from_pem(
		slice_of_string(wish->pem), wish->alg, wish->kid, out, r);
}

/* What this key signs, a public one that says no alg takes. */
static void
check_signs(const struct jwk *key, enum jws_alg alg, const struct jwk *verifier)
{
	JWT_AUTO(buffer) text = BUFFER(JWT_TOKEN_MAX);
	JWT_AUTO(jws) jws = NULL;

	REQUIRE(jws_sign(key, alg, NULL, slice_of_string("{}"), &text, NULL) ==
		JWT_OK);
	REQUIRE(jws_parse(buffer_slice(&text), &jws, NULL) == JWT_OK);
	/* Twice: the second time with what the first has left. */
	REQUIRE(jws_verify_key(jws, verifier, NULL) == JWT_OK);
	REQUIRE(jws_verify_key(jws, verifier, NULL) == JWT_OK);
}

/* The public half, good for all algorithms of its kind. */
static struct jwk *
verifier_of(const struct wish *wish)
{
	JWT_AUTO(json_doc) doc = { 0 };
	JWT_AUTO(jwk) key = NULL;
	struct jwk *out = NULL;
	json_t *root;
	char *text;

	REQUIRE(jwk_private_from_pem(slice_of_string(wish->pem), wish->alg,
			slice_of(NULL, 0), &key, NULL) == JWT_OK);
	root = jwk_to_public_json(key);
	REQUIRE(json_object_del(root, "alg") == 0 &&
		json_object_del(root, "kid") == 0);
	text = json_dumps(root, JSON_COMPACT);
	REQUIRE(text != NULL && json_parse_object(slice_of_string(text), "key",
					&doc, NULL) == JWT_OK);
	REQUIRE(jwk_from_json(json_root(&doc), &out, NULL) == JWT_OK);
	free(text);
	json_decref(root);
	return out;
}

/* A key becomes one for the algorithms of its kind, and for no other. */
static void
check_other_algs(const struct wish *wish)
{
	const char *own = jws_alg_info(wish->alg)->name;
	JWT_AUTO(jwk) verifier = verifier_of(wish);

	for (unsigned i = 0; i < JWS_ALG_COUNT; i++) {
		const char *name = jws_alg_info((enum jws_alg)i)->name;
		bool rsa = strchr("RP", own[0]) != NULL &&
			   strchr("RP", name[0]) != NULL;
		bool fits = rsa || strcmp(own, name) == 0 ||
			    (strcmp(name, "EdDSA") == 0 &&
				    strncmp(own, "Ed", 2) == 0);
		JWT_AUTO(jwk) key = NULL;

		REQUIRE((jwk_private_from_pem(slice_of_string(wish->pem),
				 (enum jws_alg)i, slice_of(NULL, 0), &key,
				 NULL) == JWT_OK) == fits);
		if (fits)
			check_signs(key, (enum jws_alg)i, verifier);
	}
}

/* A key for one algorithm comes back from PEM as the same. */
static void
check_pem(const struct wish *wish, const struct jwk *key)
{
	JWT_AUTO(buffer) pem = BUFFER(16 * 1024);
	JWT_AUTO(jwk) again = NULL;
	uint8_t first[JWK_THUMBPRINT_LEN], second[JWK_THUMBPRINT_LEN];
	bool done;

	if (wish->pem == NULL) {
		REQUIRE(!jwk_private_to_pem(key, &pem));
		REQUIRE(jwk_thumbprint(key, first) == JWT_INTERNAL_ERROR);
		REQUIRE(jwk_to_public_json(key) == NULL);
		return;
	}
	done = UNDER_TEST(jwk_private_to_pem(key, &pem));
	REQUIRE(done == !fault_struck());
	if (!done)
		return;
	REQUIRE(jwk_private_from_pem(buffer_slice(&pem), wish->alg, wish->kid,
			&again, NULL) == JWT_OK);
	REQUIRE(jwk_thumbprint(key, first) == JWT_OK &&
		jwk_thumbprint(again, second) == JWT_OK &&
		memcmp(first, second, sizeof(first)) == 0);
	REQUIRE(slice_equal(jwk_kid(key), jwk_kid(again)));
}

/* The key that a verifier gets: the exported one, or the secret itself. */
static void
get_public(const struct wish *wish, const struct jwk *key, struct jwk **out)
{
	JWT_AUTO(json_doc) doc = { 0 };
	struct report r = { 0 };
	json_t *root;
	char *text;

	if (wish->pem == NULL) {
		REQUIRE(make_key(wish, out, &r) == JWT_OK);
		return;
	}
	root = jwk_to_public_json(key);
	text = json_dumps(root, JSON_COMPACT);
	REQUIRE(text != NULL && json_parse_object(slice_of_string(text), "key",
					&doc, &r) == JWT_OK);
	REQUIRE(jwk_from_json(json_root(&doc), out, &r) == JWT_OK);
	free(text);
	json_decref(root);
}

static void
check_token(const struct wish *wish, const struct jwk *key, struct buffer *text)
{
	JWT_AUTO(jws) jws = NULL;
	JWT_AUTO(jws) spoilt = NULL;
	JWT_AUTO(jwk) public = NULL;
	JWT_AUTO(buffer) unused = BUFFER(FUZZ_TOKEN_MAX);

	get_public(wish, key, &public);
	REQUIRE(jws_parse(buffer_slice(text), &jws, NULL) == JWT_OK);
	REQUIRE(jws_verify_key(jws, public, NULL) == JWT_OK);
	REQUIRE(jws_alg(jws) == wish->alg);
	REQUIRE(slice_equal(jws_payload(jws), wish->payload));
	REQUIRE(slice_equals_string(jws_typ(jws), wish->typ));
	REQUIRE(slice_equal(jws_kid(jws), jwk_kid(key)));
	/* A public key signs nothing, a private one for one algorithm only. */
	if (wish->pem != NULL)
		REQUIRE(jws_sign(public, wish->alg, NULL, wish->payload,
				&unused, NULL) == JWT_ALG_NOT_ALLOWED);
	REQUIRE(jws_sign(key, wish->pem != NULL ? JWS_HS256 : JWS_ES256, NULL,
			wish->payload, &unused, NULL) == JWT_ALG_NOT_ALLOWED);
	/* One byte less of the signing input. */
	text->data[wish->payload.len % 8] ^= 1;
	if (jws_parse(buffer_slice(text), &spoilt, NULL) == JWT_OK)
		REQUIRE(jws_verify_key(spoilt, public, NULL) != JWT_OK);
}

/* Strings of a header must be UTF-8, and all must fit. */
static bool
can_be_signed(const struct wish *wish)
{
	json_t *kid = json_stringn(
		wish->kid.len > 0 ? (const char *)wish->kid.data : "",
		wish->kid.len);
	json_t *typ = json_string(wish->typ);
	bool can =
		kid != NULL && typ != NULL && !slice_has_nul(wish->kid) &&
		wish->payload.len + wish->kid.len * 6 + strlen(wish->typ) * 6 <
			JWT_TOKEN_MAX / 2;

	json_decref(kid);
	json_decref(typ);
	return can;
}

static void
check(const struct wish *wish)
{
	JWT_AUTO(jwk) key = NULL;
	JWT_AUTO(buffer) text = BUFFER(FUZZ_TOKEN_MAX);
	struct report r = { 0 };
	enum jwt_reason reason = UNDER_TEST(make_key(wish, &key, &r));

	REQUIRE((reason == JWT_OK) == (key != NULL));
	REQUIRE((reason == JWT_OK) == (r.text[0] == '\0'));
	REQUIRE(!fault_struck() || reason != JWT_OK);
	if (reason != JWT_OK) {
		REQUIRE(fault_struck() || wish->kid.len > JWK_KID_MAX);
		return;
	}
	check_pem(wish, key);
	if (fault_struck() || !can_be_signed(wish))
		return;
	reason = UNDER_TEST(
		jws_sign(key, wish->alg, wish->typ, wish->payload, &text, &r));
	REQUIRE((reason == JWT_OK) == !fault_struck());
	if (reason != JWT_OK) {
		REQUIRE(text.len == 0);
		return;
	}
	check_token(wish, key, &text);
	if (wish->fresh && wish->pem != NULL)
		check_other_algs(wish);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_of(data, size);
	struct wish wish = { 0 };
	uint8_t first = fuzz_byte(&input);
	unsigned alg;

	wish.fresh = first == '+';
	alg = (unsigned)((wish.fresh ? fuzz_byte(&input) : first) - 'a') %
	      FUZZ_ALGS;
	REQUIRE(jws_alg_from_name(
		slice_of_string(fuzz_alg_name(alg)), &wish.alg));
	wish.pem = fuzz_alg_pem(alg);
	wish.kid = fuzz_part(&input, '\n');
	wish.typ = slice_to_string(fuzz_part(&input, '\n'));
	wish.payload = input;
	REQUIRE(wish.typ != NULL);
	check(&wish);
	free(wish.typ);
	return 0;
}
