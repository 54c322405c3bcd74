/* SPDX-License-Identifier: ISC */
/*
 * Keys from parameters, and one signature made or checked. OpenSSL's error
 * queue is left empty: a refused token is no error of the program.
 */
#include "jose/evp.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

static bool
builder_ready(struct evp_params *params)
{
	if (params->builder == NULL)
		params->builder = OSSL_PARAM_BLD_new();
	return params->builder != NULL;
}

bool
evp_params_number(
	struct evp_params *params, const char *name, struct slice big_endian)
{
	BIGNUM *number;

	if (!builder_ready(params) || params->count == EVP_NUMBERS_MAX)
		return false;
	/* A "secure" number: OpenSSL then wipes the copy in the params too. */
	number = BN_secure_new();
	if (number == NULL)
		return false;
	params->numbers[params->count++] = number;
	return BN_bin2bn(big_endian.data, (int)big_endian.len, number) !=
		       NULL &&
	       OSSL_PARAM_BLD_push_BN(params->builder, name, number) == 1;
}

bool
evp_params_text(struct evp_params *params, const char *name, const char *text)
{
	return builder_ready(params) &&
	       OSSL_PARAM_BLD_push_utf8_string(params->builder, name, text, 0);
}

bool
evp_params_bytes(
	struct evp_params *params, const char *name, struct slice bytes)
{
	return builder_ready(params) &&
	       OSSL_PARAM_BLD_push_octet_string(
		       params->builder, name, bytes.data, bytes.len) == 1;
}

EVP_PKEY *
evp_key_from_params(struct evp_params *params, const char *type, int selection)
{
	OSSL_PARAM *list = OSSL_PARAM_BLD_to_param(params->builder);
	JWT_AUTO(evp_pkey_ctx)
	ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (list == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &key, selection, list) != 1) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	OSSL_PARAM_free(list);
	ERR_clear_error();
	return key;
}

void
evp_params_free(struct evp_params *params)
{
	for (size_t i = 0; i < params->count; i++)
		BN_clear_free(params->numbers[i]);
	OSSL_PARAM_BLD_free(params->builder);
	*params = (struct evp_params){ 0 };
}

bool
evp_get_number(
	const EVP_PKEY *key, const char *name, size_t width, struct buffer *out)
{
	BIGNUM *number = NULL;
	size_t start = out->len;
	uint8_t *at;
	bool done = false;

	if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
		return false;
	if (width == 0)
		width = (size_t)BN_num_bytes(number);
	at = buffer_extend(out, width);
	if (at != NULL) {
		done = BN_bn2binpad(number, at, (int)width) == (int)width;
		if (!done)
			out->len = start;
	}
	BN_clear_free(number);
	return done;
}

/* RFC 7518 section 3.5: the salt is as long as the hash. */
static bool
set_padding(EVP_PKEY_CTX *ctx, const struct jws_alg_info *alg)
{
	if (alg->family == JWS_RSA_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) ==
		       1;
	if (alg->family == JWS_RSA_PSS)
		return EVP_PKEY_CTX_set_rsa_padding(
			       ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(
			       ctx, (int)alg->digest_len) == 1;
	return true;
}

enum jwt_reason
evp_verify(EVP_PKEY *key, const struct jws_alg_info *alg, struct slice input,
	struct slice signature)
{
	JWT_AUTO(evp_md_ctx) ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx; /* belongs to ctx */
	enum jwt_reason reason = JWT_INTERNAL_ERROR;

	if (ctx != NULL &&
		EVP_DigestVerifyInit_ex(ctx, &key_ctx, alg->digest, NULL, NULL,
			key, NULL) == 1 &&
		set_padding(key_ctx, alg)) {
		/* 1 alone is valid: 0 and all negative values are not. */
		if (EVP_DigestVerify(ctx, signature.data, signature.len,
			    input.data, input.len) == 1)
			reason = JWT_OK;
		else
			reason = JWT_SIGNATURE_INVALID;
	}
	ERR_clear_error();
	return reason;
}

bool
evp_sign(EVP_PKEY *key, const struct jws_alg_info *alg, struct slice input,
	struct buffer *signature)
{
	JWT_AUTO(evp_md_ctx) ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx; /* belongs to ctx */
	size_t start = signature->len, len = 0;
	uint8_t *at = NULL;
	bool done = false;

	if (ctx != NULL &&
		EVP_DigestSignInit_ex(ctx, &key_ctx, alg->digest, NULL, NULL,
			key, NULL) == 1 &&
		set_padding(key_ctx, alg) &&
		EVP_DigestSign(ctx, NULL, &len, input.data, input.len) == 1)
		at = buffer_extend(signature, len);
	if (at != NULL &&
		EVP_DigestSign(ctx, at, &len, input.data, input.len) == 1)
		done = true;
	signature->len = done ? start + len : start;
	ERR_clear_error();
	return done;
}
