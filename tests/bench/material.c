/* SPDX-License-Identifier: ISC */
/*
 * Keys and tokens. The keys are OpenSSL's own, so that every contestant gets
 * the same numbers in the form that it reads.
 */
#include "material.h"

#include "bench.h"

#include "base/base64.h"
#include "jose/jws.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RSA_BITS 2048
#define TYP	 "JWT" /* libjwt 1 refuses a token of another type */

static EVP_PKEY *
generate(const char *alg)
{
	EVP_PKEY *key;

	if (strcmp(alg, "ES256") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	else if (strcmp(alg, "ES384") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
	else if (strcmp(alg, "EdDSA") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else
		key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS);
	if (key == NULL)
		bench_die("OpenSSL makes no key for %s", alg);
	return key;
}

/* Both halves as PEM; the caller frees. */
static void
write_pem(EVP_PKEY *key, struct buffer *private_pem, char **public_pem)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	if (bio == NULL || PEM_write_bio_PKCS8PrivateKey(
				   bio, key, NULL, NULL, 0, NULL, NULL) != 1)
		bench_die("OpenSSL writes no key");
	len = BIO_get_mem_data(bio, &text);
	if (!buffer_append(private_pem, text, (size_t)len))
		bench_die("out of memory");
	BIO_reset(bio);
	if (PEM_write_bio_PUBKEY(bio, key) != 1)
		bench_die("OpenSSL writes no public key");
	len = BIO_get_mem_data(bio, &text);
	*public_pem = slice_to_string(slice_of(text, (size_t)len));
	BIO_free(bio);
}

/* Kids as long and as alike as RFC 7638 thumbprints are. */
static char *
fresh_kid(void)
{
	uint8_t random[JWK_THUMBPRINT_LEN];
	JWT_AUTO(buffer) text = BUFFER(64);

	if (RAND_bytes(random, sizeof(random)) != 1 ||
		!base64url_encode(slice_of(random, sizeof(random)), &text))
		bench_die("no random numbers");
	return strdup(buffer_string(&text));
}

static void
make_pair(struct material *m)
{
	JWT_AUTO(buffer) pem = BUFFER(16384);
	EVP_PKEY *key = generate(m->bench.alg);
	char *public_pem;
	struct report r = { 0 };

	write_pem(key, &pem, &public_pem);
	m->bench.pem = public_pem;
	EVP_PKEY_free(key);
	if (jwk_private_from_pem(buffer_slice(&pem), m->alg,
		    slice_of_string(m->bench.kid), &m->signer, &r) != JWT_OK)
		bench_die("%s: %s", m->bench.alg, r.text);
}

static void
make_secret(struct material *m)
{
	struct report r = { 0 };

	if (RAND_bytes(m->secret, sizeof(m->secret)) != 1 ||
		jwk_from_secret(slice_of(m->secret, sizeof(m->secret)),
			slice_of_string(m->bench.kid), &m->signer,
			&r) != JWT_OK)
		bench_die("HS256: %s", r.text);
	m->bench.secret = m->secret;
	m->bench.secret_len = sizeof(m->secret);
}

static json_t *
public_json(const char *alg)
{
	struct material m = { .bench.alg = alg };
	json_t *json;

	if (!jws_alg_from_name(slice_of_string(alg), &m.alg))
		bench_die("%s is not known", alg);
	m.bench.kid = fresh_kid();
	make_pair(&m);
	json = jwk_to_public_json(m.signer);
	material_free(&m);
	return json;
}

/* Peers read an HMAC secret as a JWK of kty oct. */
static json_t *
secret_json(const struct material *m)
{
	JWT_AUTO(buffer) k = BUFFER(64);

	if (!base64url_encode(
		    slice_of(m->bench.secret, m->bench.secret_len), &k))
		bench_die("out of memory");
	return json_pack("{s:s, s:s, s:s, s:s}", "kty", "oct", "alg",
		m->bench.alg, "kid", m->bench.kid, "k", buffer_string(&k));
}

static char *
text_of(json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);

	json_decref(json);
	if (text == NULL)
		bench_die("out of memory");
	return text;
}

/* A set as issuers publish it: during a rotation, with several kinds. */
static char *
make_jwks(const struct material *m)
{
	json_t *key = m->bench.secret != NULL ? secret_json(m)
					      : jwk_to_public_json(m->signer);

	if (m->bench.secret != NULL)
		return text_of(json_pack("{s:[o]}", "keys", key));
	return text_of(json_pack("{s:[o,o,o,o]}", "keys", public_json("RS256"),
		public_json("ES256"), key, public_json("EdDSA")));
}

void
material_make(struct material *m, const char *alg)
{
	*m = (struct material){ 0 };
	m->bench.alg = alg;
	m->bench.issuer = BENCH_ISSUER;
	m->bench.audience = BENCH_AUDIENCE;
	m->bench.typ = TYP;
	if (!jws_alg_from_name(slice_of_string(alg), &m->alg))
		bench_die("%s is not known", alg);
	m->bench.kid = fresh_kid();
	if (strcmp(alg, "HS256") == 0)
		make_secret(m);
	else
		make_pair(m);
	m->bench.jwks = make_jwks(m);
	material_sign(m, PAYLOAD_USUAL, 0);
}

static json_t *
usual_claims(void)
{
	json_int_t now = time(NULL);

	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:s, "
			 "s:s, s:s, s:s, s:[s,s,s]}",
		"iss", BENCH_ISSUER, "aud", BENCH_AUDIENCE, "sub",
		"0b1c7a52-9f64-4c6f-8d60-3c1f3cf6a2b7", "iat", now - 60, "nbf",
		now - 60, "auth_time", now - 90, "exp", now + 3600, "jti",
		"d5f1b0a6-53c5-49a1-a8ce-2f2f37ff7d10", "sid",
		"7c2f6f0e-1f0c-4d0f-9b8e-7a1d4a3e5c11", "azp", "jwt-login",
		"acr", "mfa", "scope", "openid profile " BENCH_SCOPE,
		"preferred_username", BENCH_USER, "groups", "staff", "oncall",
		"wheel");
}

/* Makes the payload of at least size bytes. */
static void
pad(json_t *claims, enum payload shape, size_t size)
{
	size_t left = json_dumpb(claims, NULL, 0, JSON_COMPACT);
	char name[24];

	left = left < size ? size - left : 0;
	if (shape == PAYLOAD_STRING) {
		char *fill = calloc(1, left + 1);

		if (fill == NULL)
			bench_die("out of memory");
		memset(fill, 'x', left);
		json_object_set_new(claims, "fill", json_string(fill));
		free(fill);
	}
	/* ,"f123456":7 and ,"g123456" */
	for (size_t i = 0; i < left / 12 && shape == PAYLOAD_MEMBERS; i++) {
		snprintf(name, sizeof(name), "f%06zu", i);
		json_object_set_new(claims, name, json_integer(7));
	}
	for (size_t i = 0; i < left / 10 && shape == PAYLOAD_GROUPS; i++) {
		snprintf(name, sizeof(name), "g%06zu", i);
		json_array_append_new(
			json_object_get(claims, "groups"), json_string(name));
	}
}

void
material_sign(struct material *m, enum payload shape, size_t size)
{
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
	json_t *claims = usual_claims();
	struct report r = { 0 };
	char *payload;

	if (claims == NULL)
		bench_die("out of memory");
	pad(claims, shape, size / 4 * 3);
	payload = text_of(claims);
	if (jws_sign(m->signer, m->alg, TYP, slice_of_string(payload), &token,
		    &r) != JWT_OK)
		bench_die("%s: %s", m->bench.alg, r.text);
	free(payload);
	free((char *)(uintptr_t)m->bench.token);
	m->bench.token = slice_to_string(buffer_slice(&token));
	m->bench.token_len = token.len;
}

static void
spoil(struct material *m, char *at)
{
	(void)m;
	*at = *at == 'A' ? 'B' : 'A';
}

void
material_spoil_signature(struct material *m)
{
	char *token = (char *)(uintptr_t)m->bench.token;

	spoil(m, strrchr(token, '.') + 10);
}

void
material_spoil_payload(struct material *m)
{
	char *token = (char *)(uintptr_t)m->bench.token;

	/* Inside iss: still JSON. */
	spoil(m, strchr(token, '.') + 18);
}

void
material_free(struct material *m)
{
	jwk_free(m->signer);
	free((char *)(uintptr_t)m->bench.token);
	free((char *)(uintptr_t)m->bench.kid);
	free((char *)(uintptr_t)m->bench.jwks);
	free((char *)(uintptr_t)m->bench.pem);
	*m = (struct material){ 0 };
}

char *
material_jwks(size_t count)
{
	json_t *keys = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(keys, public_json("EdDSA"));
	return text_of(json_pack("{s:o}", "keys", keys));
}
