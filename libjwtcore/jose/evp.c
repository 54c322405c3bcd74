/* SPDX-License-Identifier: ISC */
/*
 * Keys from numbers, and one signature made or checked. OpenSSL's error
 * queue is left empty: a refused token is no error of the program.
 */
#include "jose/evp.h"
#include "jose/family.h"

#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <stdatomic.h>

static void
forget_errors(void)
{
	if (ERR_peek_error() != 0) /* clearing an empty queue costs more */
		ERR_clear_error();
}

bool
evp_out_of_memory(void)
{
	bool found = false;
	unsigned long error;

	while ((error = ERR_get_error()) != 0)
		found |= ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
	return found;
}

/* OpenSSL's parameters have the byte order of the machine. */
OSSL_PARAM
evp_number(const char *name, uint8_t *number, size_t len)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	for (size_t i = 0; i < len / 2; i++) {
		uint8_t byte = number[i];

		number[i] = number[len - 1 - i];
		number[len - 1 - i] = byte;
	}
#endif
	return OSSL_PARAM_construct_BN(name, number, len);
}

/* OpenSSL knows our types by the names that JWK has for them. */
static EVP_PKEY_CTX *
new_reader(enum jwk_type type)
{
	EVP_PKEY_CTX *reader = EVP_PKEY_CTX_new_from_name(
		NULL, jwk_family_of(type)->kty, NULL);

	if (reader == NULL || EVP_PKEY_fromdata_init(reader) == 1)
		return reader;
	EVP_PKEY_CTX_free(reader);
	return NULL;
}

/*
 * What reads numbers keeps nothing of them, so one a type is kept for the
 * next key: looking it up by name costs as much as reading an RSA key does.
 */
EVP_PKEY *
evp_public_key(enum jwk_type type, OSSL_PARAM *params)
{
	static _Atomic(EVP_PKEY_CTX *) kept[JWK_OCT];
	EVP_PKEY_CTX *reader = atomic_exchange(&kept[type], NULL);
	EVP_PKEY *key = NULL;

	if (reader == NULL)
		reader = new_reader(type);
	if (reader == NULL)
		return NULL;
	if (EVP_PKEY_fromdata(reader, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	EVP_PKEY_CTX_free(atomic_exchange(&kept[type], reader));
	return key;
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

/*
 * Fetched once for the life of the process: finding it by its name again
 * costs more than reading a token's header.
 */
static const EVP_MD *
digest_of(const struct jws_alg_info *alg)
{
	static _Atomic(EVP_MD *) fetched[3]; /* of 32, 48 and 64 bytes */
	_Atomic(EVP_MD *) *slot = &fetched[alg->digest_len / 16 - 2];
	EVP_MD *digest = atomic_load(slot), *none = NULL;

	if (digest != NULL)
		return digest;
	digest = EVP_MD_fetch(NULL, alg->digest, NULL);
	if (digest == NULL ||
		atomic_compare_exchange_strong(slot, &none, digest))
		return digest;
	EVP_MD_free(digest); /* another thread was faster */
	return none;
}

static bool
prepare(struct evp_tool *tool, EVP_PKEY *pkey)
{
	const struct jws_alg_info *alg = tool->alg;

	tool->md = EVP_MD_CTX_new();
	if (alg->family == JWS_ED)
		return tool->md != NULL;
	tool->digest = digest_of(alg);
	tool->pkey = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	/* The hash goes after the padding, which decides what it is for. */
	return tool->md != NULL && tool->digest != NULL && tool->pkey != NULL &&
	       EVP_PKEY_verify_init(tool->pkey) == 1 &&
	       set_padding(tool->pkey, alg) &&
	       EVP_PKEY_CTX_set_signature_md(tool->pkey, tool->digest) == 1;
}

static struct evp_tool *
tool_for(const struct jwk *key, const struct jws_alg_info *alg)
{
	struct evp_tool *tool = evp_pool_take(&key->cell->tools, alg);

	if (tool != NULL)
		return tool;
	tool = evp_tool_new(alg);
	if (tool == NULL || prepare(tool, key->cell->pkey))
		return tool;
	evp_tool_free(tool);
	return NULL;
}

static enum jwt_reason
verify_digest(struct evp_tool *tool, struct slice input, struct slice signature)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (EVP_DigestInit_ex2(tool->md, tool->digest, NULL) != 1 ||
		EVP_DigestUpdate(tool->md, input.data, input.len) != 1 ||
		EVP_DigestFinal_ex(tool->md, hash, &len) != 1 ||
		len != tool->alg->digest_len)
		return JWT_INTERNAL_ERROR;
	/* 1 alone is valid: 0 and all negative values are not. */
	return EVP_PKEY_verify(tool->pkey, signature.data, signature.len, hash,
		       len) == 1
		       ? JWT_OK
		       : JWT_SIGNATURE_INVALID;
}

/* RFC 8032 hashes the message twice: there is no digest to hand over. */
static enum jwt_reason
verify_message(struct evp_tool *tool, EVP_PKEY *pkey, struct slice input,
	struct slice signature)
{
	if (EVP_DigestVerifyInit(tool->md, NULL, NULL, NULL, pkey) != 1)
		return JWT_INTERNAL_ERROR;
	return EVP_DigestVerify(tool->md, signature.data, signature.len,
		       input.data, input.len) == 1
		       ? JWT_OK
		       : JWT_SIGNATURE_INVALID;
}

enum jwt_reason
evp_verify(const struct jwk *key, const struct jws_alg_info *alg,
	struct slice input, struct slice signature)
{
	struct evp_tool *tool = tool_for(key, alg);
	enum jwt_reason reason = JWT_INTERNAL_ERROR;

	if (tool != NULL)
		reason = tool->pkey != NULL
				 ? verify_digest(tool, input, signature)
				 : verify_message(tool, key->cell->pkey, input,
					   signature);
	/* A machine without memory is no reason to accuse a user. */
	if (reason == JWT_SIGNATURE_INVALID && evp_out_of_memory())
		reason = JWT_INTERNAL_ERROR;
	/* What a wrong signature left in a tool is nobody's to guess. */
	if (reason == JWT_OK)
		evp_pool_give(&key->cell->tools, tool);
	else
		evp_tool_free(tool);
	forget_errors();
	return reason;
}

bool
evp_sign(const struct jwk *key, const struct jws_alg_info *alg,
	struct slice input, struct buffer *signature)
{
	JWT_AUTO(evp_md_ctx) ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx; /* belongs to ctx */
	size_t start = signature->len, len = 0;
	uint8_t *at = NULL;
	bool done = false;

	if (ctx != NULL &&
		EVP_DigestSignInit_ex(ctx, &key_ctx, alg->digest, NULL, NULL,
			key->cell->pkey, NULL) == 1 &&
		set_padding(key_ctx, alg) &&
		EVP_DigestSign(ctx, NULL, &len, input.data, input.len) == 1)
		at = buffer_extend(signature, len);
	if (at != NULL &&
		EVP_DigestSign(ctx, at, &len, input.data, input.len) == 1)
		done = true;
	signature->len = done ? start + len : start;
	forget_errors();
	return done;
}
