/* SPDX-License-Identifier: ISC */
#include "signing.h"
#include "fuzz.h"
#include "signing_keys.h"
#include "base/base64.h"

#include <jansson.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#define RAW_MAX 1024 /* bytes of a signature */

static const struct {
	const char *kid, *pem;
	enum jws_alg alg; /* any that fits, for the export */
} keys[] = {
	{ "r", FUZZ_RSA_PEM, JWS_RS256 },
	{ "p256", FUZZ_P256_PEM, JWS_ES256 },
	{ "p384", FUZZ_P384_PEM, JWS_ES384 },
	{ "p521", FUZZ_P521_PEM, JWS_ES512 },
	{ "e25519", FUZZ_ED25519_PEM, JWS_ED25519 },
	{ "e448", FUZZ_ED448_PEM, JWS_ED448 },
};
#define KEY_NONE JWT_COUNT(keys)

static const struct {
	const char *name, *digest;
	size_t key;
	bool pss;
	size_t half; /* ECDSA: bytes of r and of s */
} algs[FUZZ_ALGS] = {
	{ "RS256", "SHA256", 0, false, 0 },
	{ "RS384", "SHA384", 0, false, 0 },
	{ "RS512", "SHA512", 0, false, 0 },
	{ "PS256", "SHA256", 0, true, 0 },
	{ "PS384", "SHA384", 0, true, 0 },
	{ "PS512", "SHA512", 0, true, 0 },
	{ "ES256", "SHA256", 1, false, 32 },
	{ "ES384", "SHA384", 2, false, 48 },
	{ "ES512", "SHA512", 3, false, 66 },
	{ "Ed25519", NULL, 4, false, 0 },
	{ "Ed448", NULL, 5, false, 0 },
	{ "HS256", "SHA256", KEY_NONE, false, 0 },
	{ "HS384", "SHA384", KEY_NONE, false, 0 },
	{ "HS512", "SHA512", KEY_NONE, false, 0 },
};

const char *
fuzz_alg_name(unsigned alg)
{
	return algs[alg].name;
}

const char *
fuzz_alg_kid(unsigned alg)
{
	return algs[alg].key == KEY_NONE ? "h" : keys[algs[alg].key].kid;
}

const char *
fuzz_alg_pem(unsigned alg)
{
	return algs[alg].key == KEY_NONE ? NULL : keys[algs[alg].key].pem;
}

bool
fuzz_alg_is(unsigned alg, struct slice name)
{
	return slice_equals_string(name, algs[alg].name) ||
	       (algs[alg].digest == NULL && slice_equals_string(name, "EdDSA"));
}

struct signed_input
fuzz_signed_input(struct slice input)
{
	struct signed_input in;
	uint8_t spoil;

	in.alg = (unsigned)(fuzz_byte(&input) - 'a') % FUZZ_ALGS;
	spoil = fuzz_byte(&input);
	in.spoil =
		(enum spoil)((spoil >= 'a' ? spoil - 'a' + 10 : spoil - '0') &
			     0xff) %
		SPOIL_COUNT;
	in.header = fuzz_part(&input, '\n');
	in.payload = input;
	return in;
}

static EVP_PKEY *
read_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	REQUIRE(key != NULL);
	BIO_free(bio);
	return key;
}

/* Read once: an input must not pay for PEM. */
static EVP_PKEY *
key_of(size_t i, bool other)
{
	static EVP_PKEY *known[JWT_COUNT(keys)][2];
	EVP_PKEY **key = &known[i][other];

	if (*key == NULL && !other)
		*key = read_key(keys[i].pem);
	if (*key == NULL) {
		EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key_of(i, false), NULL);

		if (i == 0) /* RSA takes seconds to make: the same key */
			*key = read_key(keys[i].pem);
		else
			REQUIRE(EVP_PKEY_keygen_init(ctx) == 1 &&
				EVP_PKEY_keygen(ctx, key) == 1);
		EVP_PKEY_CTX_free(ctx);
	}
	return *key;
}

static void
put_hmac(unsigned alg, const char *secret, struct slice input,
	struct buffer *out)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	size_t len = 0;

	REQUIRE(EVP_Q_mac(NULL, "HMAC", NULL,
			algs[alg].digest != NULL ? algs[alg].digest : "SHA256",
			NULL, secret, strlen(secret), input.data, input.len,
			mac, sizeof(mac), &len) != NULL);
	REQUIRE(buffer_append(out, mac, len));
}

static void
put_der(unsigned alg, bool other, struct slice input, struct buffer *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx = NULL;
	unsigned char raw[RAW_MAX];
	size_t len = sizeof(raw);

	REQUIRE(EVP_DigestSignInit_ex(ctx, &key_ctx, algs[alg].digest, NULL,
			NULL, key_of(algs[alg].key, other), NULL) == 1);
	if (algs[alg].pss)
		REQUIRE(EVP_PKEY_CTX_set_rsa_padding(
				key_ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
			EVP_PKEY_CTX_set_rsa_pss_saltlen(
				key_ctx, RSA_PSS_SALTLEN_DIGEST) == 1);
	REQUIRE(EVP_DigestSign(ctx, raw, &len, input.data, input.len) == 1);
	REQUIRE(buffer_append(out, raw, len));
	EVP_MD_CTX_free(ctx);
}

static void
put_halves(unsigned alg, struct slice der, struct buffer *out)
{
	const unsigned char *at = der.data;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
	int half = (int)algs[alg].half;
	uint8_t *to = buffer_extend(out, 2 * algs[alg].half);

	REQUIRE(sig != NULL && to != NULL);
	REQUIRE(BN_bn2binpad(ECDSA_SIG_get0_r(sig), to, half) == half);
	REQUIRE(BN_bn2binpad(ECDSA_SIG_get0_s(sig), to + half, half) == half);
	ECDSA_SIG_free(sig);
}

static void
put_signature(
	const struct signed_input *in, struct slice input, struct buffer *out)
{
	bool other = in->spoil == SPOIL_OTHER_KEY;
	JWT_AUTO(buffer) der = BUFFER(RAW_MAX);

	if (in->spoil == SPOIL_PUBLIC_KEY) {
		put_hmac(in->alg, fuzz_public_jwks(), input, out);
	} else if (algs[in->alg].key == KEY_NONE) {
		put_hmac(in->alg, other ? "another" : FUZZ_HMAC_SECRET, input,
			out);
	} else if (algs[in->alg].half == 0 || in->spoil == SPOIL_DER) {
		put_der(in->alg, other, input, out);
	} else {
		put_der(in->alg, other, input, &der);
		put_halves(in->alg, buffer_slice(&der), out);
	}
}

static void
spoil_bytes(enum spoil spoil, struct buffer *s)
{
	size_t half = s->len / 2, last = s->len - 1;

	if (spoil == SPOIL_CUT)
		s->len--;
	else if (spoil == SPOIL_EMPTY)
		s->len = 0;
	else if (spoil == SPOIL_LONGER)
		REQUIRE(buffer_append(s, "", 1));
	else if (spoil == SPOIL_HALVES)
		for (size_t i = 0; i < half; i++) {
			uint8_t c = s->data[i];

			s->data[i] = s->data[half + i];
			s->data[half + i] = c;
		}
	else
		s->data[s->data[last] % s->len] ^=
			(uint8_t)(1u << (s->data[0] & 7));
}

/* The unused bits of the last digit, or a digit more where there is none. */
static void
spoil_tail(struct buffer *token, size_t text_len)
{
	if (text_len % 4 == 0)
		REQUIRE(buffer_append(token, "A", 1));
	else /* behind a digit with zeros at its end there is always one */
		token->data[token->len - 1]++;
}

static void
put_parts(const struct signed_input *in, struct buffer *out)
{
	REQUIRE(base64url_encode(in->header, out) &&
		buffer_append(out, ".", 1) &&
		base64url_encode(in->payload, out));
}

/* What is signed, where that isn't what stands in the token. */
static void
put_other_parts(const struct signed_input *in, struct buffer *out)
{
	if (in->spoil == SPOIL_HEADER)
		REQUIRE(buffer_append(out, "eyJ", 3));
	put_parts(in, out);
	if (in->spoil == SPOIL_PAYLOAD)
		REQUIRE(buffer_append(out, "AAAA", 4));
}

static bool
is_spoilt_bytes(const struct signed_input *in)
{
	switch (in->spoil) {
	case SPOIL_BIT:
	case SPOIL_CUT:
	case SPOIL_EMPTY:
	case SPOIL_LONGER:
	case SPOIL_HALVES:
		return true;
	case SPOIL_DER: /* what else has no other form */
		return algs[in->alg].half == 0;
	case SPOIL_OTHER_KEY: /* there is one RSA key only */
		return algs[in->alg].key == 0;
	default:
		return false;
	}
}

void
fuzz_sign(const struct signed_input *in, struct buffer *token)
{
	JWT_AUTO(buffer) to_sign = BUFFER(FUZZ_TOKEN_MAX);
	JWT_AUTO(buffer) signature = BUFFER(RAW_MAX);
	size_t before;

	(void)fuzz_public_jwks(); /* so that the first input of all makes it */
	put_other_parts(in, &to_sign);
	put_signature(in, buffer_slice(&to_sign), &signature);
	if (is_spoilt_bytes(in))
		spoil_bytes(in->spoil, &signature);
	put_parts(in, token);
	if (in->spoil == SPOIL_NEWLINE)
		REQUIRE(buffer_append(token, "\n", 1));
	REQUIRE(buffer_append(token, ".", 1));
	before = token->len;
	REQUIRE(base64url_encode(buffer_slice(&signature), token));
	if (in->spoil == SPOIL_DOT)
		REQUIRE(buffer_append(token, ".", 1));
	if (in->spoil == SPOIL_PADDING)
		REQUIRE(buffer_append(token, "=", 1));
	if (in->spoil == SPOIL_TAIL)
		spoil_tail(token, token->len - before);
}

static char *
make_public_jwks(void)
{
	json_t *list = json_array();
	json_t *root = json_pack("{s:o}", "keys", list);
	char *text;

	for (size_t i = 0; i < JWT_COUNT(keys); i++) {
		JWT_AUTO(jwk) key = NULL;
		json_t *object;

		REQUIRE(jwk_private_from_pem(slice_of_string(keys[i].pem),
				keys[i].alg, slice_of_string(keys[i].kid), &key,
				NULL) == JWT_OK);
		object = jwk_to_public_json(key);
		REQUIRE(json_object_del(object, "alg") == 0);
		REQUIRE(json_array_append_new(list, object) == 0);
	}
	text = json_dumps(root, JSON_COMPACT);
	REQUIRE(text != NULL);
	json_decref(root);
	return text;
}

const char *
fuzz_public_jwks(void)
{
	static char *jwks;

	if (jwks == NULL)
		jwks = make_public_jwks();
	return jwks;
}
