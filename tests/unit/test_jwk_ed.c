/* SPDX-License-Identifier: ISC */
/*
 * jose: the two curves of RFC 8037 and the three names of their signatures
 * (RFC 9864 section 2.2). Made by the openssl command with the keys of
 * RFC 8037 A.1 and RFC 8032 section 7.4 ("Blank"): both sign the same way
 * each time.
 */
#include "jose_vectors.h"

#define ED448_X                                                            \
	"X9dEm1m0Yf0s54fsYWrUah2hNCSFpw4fig6nXYDpZ3jt8SR2m0bHBhvWeD3x5Q9s" \
	"0foavq_oJWGA"
#define ED448_MEMBERS "\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"" ED448_X "\""
#define ED448_JWK     "{" ED448_MEMBERS "}"
#define ED_MEMBERS    "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED_X "\""

/* alg EdDSA and Ed448, both of the Ed448 key. */
#define EDDSA_448_TOKEN                                                    \
	"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZERTQSBzaWduaW5n.TwE08OlbMh" \
	"a1jVXjTJbSpl-6mzOfoxZ41vf6PVFH2-7_Z9Lbokz-3Zov3UwBlVM3m1prkMxp2M" \
	"KAvMF8xH5ST_ZwwfgjsJwV8XSzCf-cLBVnSw6RCBjPr2KFxl1TkZ_eHMgfMM6k6G" \
	"HgRTtDPYtTuQgA"
#define ED448_TOKEN                                                        \
	"eyJhbGciOiJFZDQ0OCJ9.RXhhbXBsZSBvZiBFZDQ0OCBzaWduaW5n.gOQ6lahb0P" \
	"Ku49JlyQo-XrBgDZqr9HLOmW0wKYAoJnGNllHmTn78vn_xQ0YHrTTNcu6qQHcF9i" \
	"qAwXvXWACuIiABO95BjzHtzpkEhY6_b8HtkCu3ac8yHoIm9uYl19Emy5Og-6z1OD" \
	"xC4HBpg1DfehUA"

/* alg Ed25519, of the Ed25519 key and of the Ed448 key. */
#define ED25519_TOKEN                                                      \
	"eyJhbGciOiJFZDI1NTE5In0.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.UxhI" \
	"YLHGg39NVCLpQAVD_UcfOmnGSCzLFZoXYkLiIbFccmOb_qObsgjzLKsfJw-4Nlcc" \
	"UgvYrEHrRbNV0HcZAQ"
#define ED25519_OF_448_TOKEN                                               \
	"eyJhbGciOiJFZDI1NTE5In0.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.3TPf" \
	"ahBAHSX2oD13suJWS4yqfwVO1hAUkgDvRI_DmJ9bAI6tjPMvL_iEFaHW4VVSE6iS" \
	"dd6tmsiAK8dxkPv5w61_pdNiX00M3jFiylmZFES7Ygjwif0Srf9Y3OjpgfjnbuAJ" \
	"msz8Eoc-8AEQVXGFHz8A"

static enum jwt_reason
verify(const char *token, const char *jwk)
{
	JWT_AUTO(jwk) key = vector_jwk(jwk);

	return vector_verify(slice_of_string(token), key);
}

static void
eddsa_takes_the_curve_that_the_key_has(void)
{
	CU_ASSERT_EQUAL(verify(ED_TOKEN, ED_JWK), JWT_OK);
	CU_ASSERT_EQUAL(verify(EDDSA_448_TOKEN, ED448_JWK), JWT_OK);
	CU_ASSERT_EQUAL(verify(ED_TOKEN, ED448_JWK), JWT_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(verify(EDDSA_448_TOKEN, ED_JWK), JWT_SIGNATURE_INVALID);
}

static void
ed25519_takes_ed25519_keys_only(void)
{
	CU_ASSERT_EQUAL(verify(ED25519_TOKEN, ED_JWK), JWT_OK);
	CU_ASSERT_EQUAL(verify(ED25519_TOKEN, ED448_JWK), JWT_ALG_NOT_ALLOWED);
	CU_ASSERT_EQUAL(
		verify(ED25519_OF_448_TOKEN, ED448_JWK), JWT_ALG_NOT_ALLOWED);
}

static void
ed448_takes_ed448_keys_only(void)
{
	CU_ASSERT_EQUAL(verify(ED448_TOKEN, ED448_JWK), JWT_OK);
	CU_ASSERT_EQUAL(verify(ED448_TOKEN, ED_JWK), JWT_ALG_NOT_ALLOWED);
}

static void
alg_of_the_key_is_one_name_of_the_three(void)
{
	static const struct {
		const char *token, *jwk;
		enum jwt_reason reason;
	} cases[] = {
		{ ED_TOKEN, "{\"alg\":\"EdDSA\"," ED_MEMBERS "}", JWT_OK },
		{ ED_TOKEN, "{\"alg\":\"Ed25519\"," ED_MEMBERS "}",
			JWT_ALG_NOT_ALLOWED },
		{ ED25519_TOKEN, "{\"alg\":\"Ed25519\"," ED_MEMBERS "}",
			JWT_OK },
		{ ED25519_TOKEN, "{\"alg\":\"EdDSA\"," ED_MEMBERS "}",
			JWT_ALG_NOT_ALLOWED },
		{ ED448_TOKEN, "{\"alg\":\"Ed448\"," ED448_MEMBERS "}",
			JWT_OK },
		{ EDDSA_448_TOKEN, "{\"alg\":\"Ed448\"," ED448_MEMBERS "}",
			JWT_ALG_NOT_ALLOWED },
		{ ED25519_OF_448_TOKEN,
			"{\"alg\":\"Ed25519\"," ED448_MEMBERS "}",
			JWT_ALG_NOT_ALLOWED },
	};

	for (size_t i = 0; i < JWT_COUNT(cases); i++)
		CU_ASSERT_EQUAL(
			verify(cases[i].token, cases[i].jwk), cases[i].reason);
}

/* A list with one of the names in it lets no other in. */
static void
the_caller_allows_each_name_on_its_own(void)
{
	static const struct {
		const char *token, *jwk;
		enum jws_alg alg;
	} cases[] = {
		{ ED_TOKEN, ED_JWK, JWS_EDDSA },
		{ ED25519_TOKEN, ED_JWK, JWS_ED25519 },
		{ ED448_TOKEN, ED448_JWK, JWS_ED448 },
	};

	for (size_t i = 0; i < JWT_COUNT(cases); i++) {
		JWT_AUTO(jws) jws = NULL;
		JWT_AUTO(jwks) set = jwks_new();
		jws_alg_set one = JWS_ALG_BIT(cases[i].alg);

		CU_ASSERT_EQUAL_FATAL(
			jwks_add(set, vector_jwk(cases[i].jwk)), JWT_OK);
		CU_ASSERT_EQUAL_FATAL(
			jws_parse(slice_of_string(cases[i].token), &jws, NULL),
			JWT_OK);
		CU_ASSERT_EQUAL(jws_alg(jws), cases[i].alg);
		CU_ASSERT_EQUAL(jws_verify(jws, one, set, NULL, NULL), JWT_OK);
		CU_ASSERT_EQUAL(
			jws_verify(jws, ALL_ALGS & ~one, set, NULL, NULL),
			JWT_ALG_NOT_ALLOWED);
	}
}

/* Each byte of the signature in turn, and one byte more or less. */
static void
ed448_signature_is_114_bytes_and_all_of_them_count(void)
{
	JWT_AUTO(jwk) key = vector_jwk(ED448_JWK);
	JWT_AUTO(jws) whole = NULL;
	struct slice input, signature;
	unsigned accepted = 0;

	CU_ASSERT_EQUAL_FATAL(
		jws_parse(slice_of_string(ED448_TOKEN), &whole, NULL), JWT_OK);
	input = jws_signing_input(whole);
	signature = jws_signature(whole);
	CU_ASSERT_EQUAL_FATAL(signature.len, 114);
	for (size_t i = 0; i <= signature.len + 1; i++) {
		JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
		JWT_AUTO(buffer) bytes = BUFFER(256);

		CU_ASSERT_FATAL(buffer_append_slice(&bytes, signature));
		if (i < signature.len)
			bytes.data[i] ^= 1;
		else if (i == signature.len)
			bytes.len--;
		else
			CU_ASSERT_FATAL(buffer_append(&bytes, "", 1));
		CU_ASSERT_FATAL(buffer_append_slice(&token, input) &&
				buffer_append(&token, ".", 1) &&
				base64url_encode(buffer_slice(&bytes), &token));
		if (vector_verify(buffer_slice(&token), key) == JWT_OK)
			accepted++;
	}
	CU_ASSERT_EQUAL(accepted, 0);
}

static void
a_fresh_key_has_the_curve_of_its_alg(void)
{
	static const struct {
		enum jws_alg alg;
		bool eddsa, ed25519, ed448;
	} cases[] = { { JWS_EDDSA, true, false, false },
		{ JWS_ED25519, false, true, false },
		{ JWS_ED448, false, false, true } };

	for (size_t i = 0; i < JWT_COUNT(cases); i++) {
		JWT_AUTO(jwk) key = NULL;

		CU_ASSERT_EQUAL_FATAL(
			jwk_generate(cases[i].alg, slice_of_string(NULL), &key,
				NULL),
			JWT_OK);
		CU_ASSERT_EQUAL(jwk_allows(key, JWS_EDDSA), cases[i].eddsa);
		CU_ASSERT_EQUAL(jwk_allows(key, JWS_ED25519), cases[i].ed25519);
		CU_ASSERT_EQUAL(jwk_allows(key, JWS_ED448), cases[i].ed448);
	}
}

static void
pem_of_either_curve_serves_eddsa(void)
{
	static const enum jws_alg algs[] = { JWS_ED25519, JWS_ED448 };

	for (size_t i = 0; i < JWT_COUNT(algs); i++) {
		JWT_AUTO(jwk) key = NULL, same = NULL, eddsa = NULL, no = NULL;
		JWT_AUTO(buffer) pem = BUFFER(4096);
		struct slice kid = slice_of_string(NULL);

		CU_ASSERT_EQUAL_FATAL(
			jwk_generate(algs[i], kid, &key, NULL), JWT_OK);
		CU_ASSERT_FATAL(jwk_private_to_pem(key, &pem));
		CU_ASSERT_EQUAL(jwk_private_from_pem(buffer_slice(&pem),
					algs[i], kid, &same, NULL),
			JWT_OK);
		CU_ASSERT_EQUAL(jwk_private_from_pem(buffer_slice(&pem),
					JWS_EDDSA, kid, &eddsa, NULL),
			JWT_OK);
		/* The thumbprint names the curve. */
		CU_ASSERT(slice_equal(jwk_kid(same), jwk_kid(eddsa)));
		CU_ASSERT_EQUAL(jwk_private_from_pem(buffer_slice(&pem),
					algs[1 - i], kid, &no, NULL),
			JWT_TOKEN_MALFORMED);
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(eddsa_takes_the_curve_that_the_key_has),
	UNIT_TEST(ed25519_takes_ed25519_keys_only),
	UNIT_TEST(ed448_takes_ed448_keys_only),
	UNIT_TEST(alg_of_the_key_is_one_name_of_the_three),
	UNIT_TEST(the_caller_allows_each_name_on_its_own),
	UNIT_TEST(ed448_signature_is_114_bytes_and_all_of_them_count),
	UNIT_TEST(a_fresh_key_has_the_curve_of_its_alg),
	UNIT_TEST(pem_of_either_curve_serves_eddsa),
};
UNIT_SUITE("jwk-ed", tests)
