/* SPDX-License-Identifier: ISC */
/*
 * Whole tokens with real signatures (signing.h), from the text to the last
 * claim. A spoilt one is never accepted. One that is signed right by the key
 * that its header names, in a header that jansson and our rules find good,
 * must be accepted; so both a hole and a wall would be seen.
 */
#include "fuzz.h"
#include "oracle.h"
#include "signing.h"
#include "token/claims.h"

#include <string.h>

#define NOW 1800000000
#ifdef FUZZ_LIBFUZZER
#define SET_USES 256
#else
#define SET_USES 1
#endif

#define ALL (JWS_ALG_BIT(JWS_ALG_COUNT) - 1)

static char ours[] = "ssh://web1";
static char *const audience[] = { ours };
static const struct token_rules rules = {
	.issuer = "https://idp.test",
	.audience = audience,
	.audience_count = 1,
	.max_lifetime = 3600,
	.leeway = 30,
};

/* All public keys without an alg, and the secret. */
static struct jwks *
make_set(void)
{
	JWT_AUTO(json_doc) doc = { 0 };
	const char *text = fuzz_public_jwks();
	struct jwks *made = NULL;
	struct jwk *secret = NULL;

	REQUIRE(json_parse_object(slice_of_string(text), "keys", &doc, NULL) ==
		JWT_OK);
	REQUIRE(jwks_from_json(json_root(&doc), &made, NULL) == JWT_OK);
	REQUIRE(jwks_skipped(made) == 0);
	REQUIRE(jwk_from_secret(slice_of_string(FUZZ_HMAC_SECRET),
			slice_of_string("h"), &secret, NULL) == JWT_OK);
	REQUIRE(jwks_add(made, secret) == JWT_OK);
	return made;
}

static struct jwks *shared;

/*
 * Mostly the set of the input before, since making one takes longer than all
 * the rest; a fresh one where faults shall strike its keys' import too.
 */
static const struct jwks *
some_set(void)
{
	if (shared == NULL)
		shared = make_set();
	return shared;
}

/* With all that its keys keep for the next token. */
static void
leave_set(void)
{
	static unsigned uses;

	if (++uses % SET_USES == 0) {
		jwks_free(shared);
		shared = NULL;
	}
}

/* May this header be accepted for what this input's key has signed? */
static bool
header_is_good(const struct signed_input *in, const json_t *root)
{
	static const char *const refused[] = { "crit", "b64", "jwk", "jku",
		"x5u", "x5c" };
	const json_t *kid = json_object_get(root, "kid");
	struct slice h = in->header;

	for (size_t i = 0; i < JWT_COUNT(refused); i++)
		if (json_object_get(root, refused[i]) != NULL)
			return false;
	return h.data[0] == '{' && h.data[h.len - 1] == '}' &&
	       fuzz_alg_is(
		       in->alg, oracle_text(json_object_get(root, "alg"))) &&
	       (kid == NULL ||
		       oracle_equals(root, "kid", fuzz_alg_kid(in->alg))) &&
	       !oracle_is_strange(root, "typ");
}

/* Signed right: refused or accepted, as the header deserves. */
static void
check_right(const struct signed_input *in, enum jwt_reason reason)
{
	json_t *root = NULL;

	switch (oracle_json(in->header, &root)) {
	case ORACLE_ACCEPTS:
		REQUIRE((reason == JWT_OK) == header_is_good(in, root));
		break;
	case ORACLE_REFUSES:
		REQUIRE(reason == JWT_TOKEN_MALFORMED);
		break;
	case ORACLE_UNSURE:
		break;
	}
	json_decref(root);
}

/* What is verified must be what was signed, and no other list allows it. */
static void
check_accepted(const struct signed_input *in, const struct jws *jws,
	const struct jwks *set, const struct jwk *used)
{
	jws_alg_set others = ALL & ~JWS_ALG_BIT(jws_alg(jws));

	REQUIRE(slice_equal(jws_payload(jws), in->payload));
	REQUIRE(fuzz_alg_is(
		in->alg, slice_of_string(jws_alg_info(jws_alg(jws))->name)));
	REQUIRE(slice_equals_string(jwk_kid(used), fuzz_alg_kid(in->alg)));
	/* Again, with what the first time has left in the key. */
	REQUIRE(jws_verify(jws, ALL, set, NULL, NULL) == JWT_OK);
	REQUIRE(jws_verify(jws, others, set, NULL, NULL) ==
		JWT_ALG_NOT_ALLOWED);
}

/* From the text to the claims. */
static enum jwt_reason
verify(struct slice token, const struct jwks *set, struct jws **jws,
	const struct jwk **used, struct report *r)
{
	JWT_TRY(jws_parse(token, jws, r));
	return jws_verify(*jws, ALL, set, used, r);
}

static enum jwt_reason
claims(const struct jws *jws, struct report *r)
{
	JWT_AUTO(claims) claims = { 0 };

	JWT_TRY(claims_parse(jws_payload(jws), &claims, r));
	return claims_check(&claims, jws_typ(jws), &rules, NOW, r);
}

static void
check(const struct signed_input *in, struct slice token, const struct jwks *set)
{
	JWT_AUTO(jws) jws = NULL;
	const struct jwk *used = NULL;
	struct report r = { 0 };
	enum jwt_reason reason =
		UNDER_TEST(verify(token, set, &jws, &used, &r));

	REQUIRE((reason == JWT_OK) == (used != NULL));
	REQUIRE((reason == JWT_OK) == (r.text[0] == '\0'));
	if (fault_struck() || in->spoil != SPOIL_NOT) {
		REQUIRE(reason != JWT_OK);
		return;
	}
	if (token.len > JWT_TOKEN_MAX) {
		REQUIRE(reason == JWT_TOKEN_TOO_LARGE);
		return;
	}
	check_right(in, reason);
	if (reason != JWT_OK)
		return;
	check_accepted(in, jws, set, used);
	reason = UNDER_TEST(claims(jws, &r));
	REQUIRE((reason == JWT_OK) == (r.text[0] == '\0'));
	REQUIRE(!fault_struck() || reason != JWT_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct signed_input in = fuzz_signed_input(slice_of(data, size));
	JWT_AUTO(buffer) text = BUFFER(FUZZ_TOKEN_MAX);
	struct slice token;

	if (size > FUZZ_TOKEN_MAX / 4)
		return 0;
	fuzz_sign(&in, &text);
	token = fuzz_copy(buffer_slice(&text));
	check(&in, token, some_set());
	fuzz_copy_free(token);
	leave_set();
	return 0;
}
