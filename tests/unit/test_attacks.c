/* SPDX-License-Identifier: ISC */
/*
 * Attacks that hit other verifiers, through the calls that a login makes.
 * Beside what is refused stands its twin that is accepted. Those that have
 * their test elsewhere are listed with these in tests/attacks.tsv.
 */
#include "edge_maker.h"
#include "token/claims.h"

#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

static struct edge_rsa rsa;
static struct edge_ec ec;

static void
start(void)
{
	edge_rsa_make(&rsa);
	edge_ec_make(&ec, "ES256");
	CU_ASSERT_FATAL(rsa.jwk != NULL && ec.jwk != NULL);
}

/* A set of the RSA and the EC key, the latter under kid if not NULL. */
static struct jwks *
our_keys(const char *kid)
{
	struct jwks *set = jwks_new();
	JWT_AUTO(buffer) text = BUFFER(4096);
	uint8_t n[256], e[3], x[32], y[32];
	struct jwk *key;

	BN_bn2binpad(rsa.n, n, 256);
	BN_bn2binpad(rsa.e, e, 3);
	CU_ASSERT_FATAL(buffer_append_string(&text, "{\"kty\":\"RSA\""));
	edge_member(&text, "n", n, 256);
	edge_member(&text, "e", e, 3);
	CU_ASSERT_FATAL(buffer_append(&text, "}", 1));
	key = vector_jwk(buffer_string(&text));
	CU_ASSERT_EQUAL_FATAL(jwks_add(set, key), JWT_OK);
	BN_bn2binpad(ec.x, x, 32);
	BN_bn2binpad(ec.y, y, 32);
	buffer_clear(&text);
	CU_ASSERT_FATAL(buffer_append_string(
		&text, "{\"kty\":\"EC\",\"crv\":\"P-256\""));
	if (kid != NULL)
		CU_ASSERT_FATAL(
			buffer_append_format(&text, ",\"kid\":\"%s\"", kid));
	edge_member(&text, "x", x, 32);
	edge_member(&text, "y", y, 32);
	CU_ASSERT_FATAL(buffer_append(&text, "}", 1));
	key = vector_jwk(buffer_string(&text));
	CU_ASSERT_EQUAL_FATAL(jwks_add(set, key), JWT_OK);
	return set;
}

static void
append_input(struct buffer *out, const char *header, const char *payload)
{
	CU_ASSERT_FATAL(base64url_encode(slice_of_string(header), out) &&
			buffer_append(out, ".", 1) &&
			base64url_encode(slice_of_string(payload), out));
}

static enum jwt_reason
verify_with_ours(struct slice token, const char *kid)
{
	JWT_AUTO(jwks) set = our_keys(kid);
	JWT_AUTO(jws) jws = NULL;

	JWT_TRY(jws_parse(token, &jws, NULL));
	return jws_verify(jws, ALL_ALGS, set, NULL, NULL);
}

/* A header over {}, signed by our EC key whatever the header says. */
static void
sign_es256(const char *header, struct buffer *token)
{
	uint8_t der[EDGE_MAX], raw[64];
	const uint8_t *at = der;
	ECDSA_SIG *sig;
	size_t len;

	append_input(token, header, "{}");
	len = edge_sign(ec.pkey, "SHA256", buffer_slice(token), der);
	sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(sig);
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32);
	ECDSA_SIG_free(sig);
	CU_ASSERT_FATAL(buffer_append(token, ".", 1) &&
			base64url_encode(slice_of(raw, 64), token));
}

static enum jwt_reason
es256_with_header(const char *header, const char *kid)
{
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);

	sign_es256(header, &token);
	return verify_with_ours(buffer_slice(&token), kid);
}

static enum jwt_reason
hmac_with(const void *secret, size_t len)
{
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
	uint8_t tag[32];

	append_input(&token, "{\"alg\":\"HS256\"}", "{}");
	CU_ASSERT_PTR_NOT_NULL_FATAL(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256",
		NULL, secret, len, token.data, token.len, tag, 32, NULL));
	CU_ASSERT_FATAL(buffer_append(&token, ".", 1) &&
			base64url_encode(slice_of(tag, 32), &token));
	return verify_with_ours(buffer_slice(&token), NULL);
}

static void
hmac_with_bio(BIO *bio)
{
	char *data;
	long len = BIO_get_mem_data(bio, &data);

	CU_ASSERT(len > 0);
	CU_ASSERT_EQUAL(hmac_with(data, (size_t)len), JWT_KEY_UNKNOWN);
	CU_ASSERT_EQUAL(/* without the newline behind it */
		hmac_with(data, (size_t)len - 1), JWT_KEY_UNKNOWN);
	BIO_free(bio);
}

/* Even where the caller allows HS256: a JWKS holds no secret. */
static void
a_public_key_is_no_hmac_secret_in_any_form(void)
{
	uint8_t n[256];
	BIO *pem = BIO_new(BIO_s_mem()), *der = BIO_new(BIO_s_mem());

	BN_bn2binpad(rsa.n, n, sizeof(n));
	CU_ASSERT_EQUAL(hmac_with(n, sizeof(n)), JWT_KEY_UNKNOWN);
	CU_ASSERT_FATAL(PEM_write_bio_PUBKEY(pem, rsa.pkey) == 1 &&
			i2d_PUBKEY_bio(der, rsa.pkey) == 1);
	hmac_with_bio(pem);
	hmac_with_bio(der);
	CU_ASSERT_EQUAL(es256_with_header("{\"alg\":\"ES256\"}", NULL), JWT_OK);
}

/* CVE-2026-44699: an RSA key without alg served as a secret of no bytes. */
static void
a_key_without_alg_is_no_empty_hmac_secret(void)
{
	CU_ASSERT_EQUAL(hmac_with("", 0), JWT_KEY_UNKNOWN);
}

/* CVE-2018-0114: signed by the key that the header brings. */
static void
a_key_that_the_token_brings_is_never_used(void)
{
	struct edge_ec theirs;
	JWT_AUTO(buffer) header = BUFFER(1024);
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
	uint8_t x[32], y[32];
	EVP_PKEY *ours = ec.pkey;

	edge_ec_make(&theirs, "ES256");
	BN_bn2binpad(theirs.x, x, 32);
	BN_bn2binpad(theirs.y, y, 32);
	CU_ASSERT_FATAL(buffer_append_format(&header,
		"{\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\",\"crv\":\"%s\"",
		theirs.crv));
	edge_member(&header, "x", x, 32);
	edge_member(&header, "y", y, 32);
	CU_ASSERT_FATAL(buffer_append_string(&header, "}}"));
	ec.pkey = theirs.pkey;
	sign_es256(buffer_string(&header), &token);
	ec.pkey = ours;
	CU_ASSERT_EQUAL(verify_with_ours(buffer_slice(&token), NULL),
		JWT_TOKEN_MALFORMED);
	buffer_clear(&token);
	sign_es256("{\"alg\":\"ES256\"}", &token); /* its twin is ours */
	CU_ASSERT_EQUAL(verify_with_ours(buffer_slice(&token), NULL), JWT_OK);
	edge_ec_free(&theirs);
}

/* A file or a row of a table that exists everywhere, with known content. */
static void
a_kid_that_is_a_path_or_sql_finds_no_key(void)
{
	static const char *const kids[] = { "../../../../dev/null", "/dev/null",
		"file:///etc/passwd", "' UNION SELECT 'key", "' OR '1'='1",
		"$(id)", "%s%s%s%n", "*", "k\\u0000", "K", "k " };

	for (size_t i = 0; i < JWT_COUNT(kids); i++) {
		JWT_AUTO(buffer) header = BUFFER(256);

		CU_ASSERT_FATAL(buffer_append_format(&header,
			"{\"alg\":\"ES256\",\"kid\":\"%s\"}", kids[i]));
		CU_ASSERT_EQUAL(es256_with_header(buffer_string(&header), "k"),
			strstr(kids[i], "u0000") == NULL ? JWT_KEY_UNKNOWN
							 : JWT_TOKEN_MALFORMED);
		/* Its twin: bytes that name a key, no more. */
		if (strchr(kids[i], '\\') == NULL)
			CU_ASSERT_EQUAL(
				es256_with_header(
					buffer_string(&header), kids[i]),
				JWT_OK);
	}
}

/* CVE-2024-25189: strcmp stopped at the first zero byte of the tag. */
static void
a_tag_is_compared_beyond_a_zero_byte(void)
{
	static const uint8_t secret[32] = { 9 };
	struct jwk *key = NULL;
	uint8_t tag[32];
	unsigned serial = 0;

	CU_ASSERT_EQUAL_FATAL(jwk_from_secret(slice_of(secret, 32),
				      slice_of(NULL, 0), &key, NULL),
		JWT_OK);
	do {
		JWT_AUTO(buffer) input = BUFFER(256);

		edge_input("HS256", ++serial, &input);
		EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, secret, 32,
			input.data, input.len, tag, 32, NULL);
	} while (tag[0] != 0 && serial < 10000);
	CU_ASSERT_EQUAL(tag[0], 0);
	CU_ASSERT_EQUAL(
		edge_verify(key, "HS256", serial, slice_of(tag, 32)), JWT_OK);
	memset(tag + 1, 0, 31);
	CU_ASSERT_EQUAL(edge_verify(key, "HS256", serial, slice_of(tag, 32)),
		JWT_SIGNATURE_INVALID);
	jwk_free(key);
}

/*
 * CVE-2025-3757, CVE-2025-4658: one reader took the compact form, another
 * the JSON around it, and what was verified was not what was read.
 */
static void
json_around_a_good_token_is_refused(void)
{
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
	struct slice header, payload, rest;
	/* What stands before, between and behind the three parts. */
	static const char *const forms[][4] = {
		{ "{\"protected\":\"", "\",\"payload\":\"",
			"\",\"signature\":\"", "\"}" },
		{ "{\"signatures\":[{\"protected\":\"", "\"}],\"payload\":\"",
			"\",\"signature\":\"", "\"}" },
		{ "{\"a\":\"", ".", ".", "\"}" },
		{ "\"", ".", ".", "\"" },
		{ " ", ".", ".", "" },
		{ "", ".", ".", "\n" },
		{ "", ".", ".", "." },
		{ "", ".", "..", "" },
		{ ".", ".", ".", "" },
	};

	sign_es256("{\"alg\":\"ES256\"}", &token);
	CU_ASSERT_EQUAL(verify_with_ours(buffer_slice(&token), NULL), JWT_OK);
	rest = buffer_slice(&token);
	CU_ASSERT_FATAL(slice_cut(&rest, '.', &header) &&
			slice_cut(&rest, '.', &payload));
	for (size_t i = 0; i < JWT_COUNT(forms); i++) {
		char *parts[3] = { slice_to_string(header),
			slice_to_string(payload), slice_to_string(rest) };
		char made[2048];

		snprintf(made, sizeof(made), "%s%s%s%s%s%s%s", forms[i][0],
			parts[0], forms[i][1], parts[1], forms[i][2], parts[2],
			forms[i][3]);
		CU_ASSERT_EQUAL(verify_with_ours(slice_of_string(made), NULL),
			JWT_TOKEN_MALFORMED);
		for (size_t j = 0; j < 3; j++)
			free(parts[j]);
	}
}

/*
 * A JSON library (jansson 2.14) drops a NUL behind a number: what one reader
 * takes for another token is this one for the other.
 */
static void
a_nul_behind_a_number_is_no_json(void)
{
	static const char good[] = "{\"exp\":1800000001 }";
	static const char bad[] = "{\"exp\":1800000001\0}";
	JWT_AUTO(claims) claims = { 0 }, none = { 0 };

	CU_ASSERT_EQUAL(
		claims_parse(slice_of(good, sizeof(good) - 1), &claims, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(
		claims_parse(slice_of(bad, sizeof(bad) - 1), &none, NULL),
		JWT_TOKEN_MALFORMED);
}

static void
finish(void)
{
	edge_rsa_free(&rsa);
	edge_ec_free(&ec);
	CU_ASSERT_PTR_NULL(ec.jwk);
}

static const struct unit_test tests[] = {
	UNIT_TEST(start),
	UNIT_TEST(a_public_key_is_no_hmac_secret_in_any_form),
	UNIT_TEST(a_key_without_alg_is_no_empty_hmac_secret),
	UNIT_TEST(a_key_that_the_token_brings_is_never_used),
	UNIT_TEST(a_kid_that_is_a_path_or_sql_finds_no_key),
	UNIT_TEST(a_tag_is_compared_beyond_a_zero_byte),
	UNIT_TEST(json_around_a_good_token_is_refused),
	UNIT_TEST(a_nul_behind_a_number_is_no_json),
	UNIT_TEST(finish),
};
UNIT_SUITE("attacks", tests)
