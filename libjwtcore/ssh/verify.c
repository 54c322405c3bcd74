/* SPDX-License-Identifier: ISC */
/*
 * Signatures of SSH keys (RFC 4253 section 6.6, RFC 5656 section 3.1.2, RFC
 * 8332, RFC 8709 section 6), verified by OpenSSL.
 */
#include "ssh/fields.h"
#include "ssh/wire.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#define ED25519_SIGNATURE_LEN 64
/* DER of two integers of 66 bytes, each with its sign byte and header. */
#define ECDSA_DER_MAX 160

JWT_AUTO_TYPE(pkey, EVP_PKEY *, EVP_PKEY_free);
JWT_AUTO_TYPE(pkey_ctx, EVP_PKEY_CTX *, EVP_PKEY_CTX_free);
JWT_AUTO_TYPE(md_ctx, EVP_MD_CTX *, EVP_MD_CTX_free);
JWT_AUTO_TYPE(param_bld, OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free);
JWT_AUTO_TYPE(params, OSSL_PARAM *, OSSL_PARAM_free);
JWT_AUTO_TYPE(bn, BIGNUM *, BN_free);
JWT_AUTO_TYPE(ecdsa_sig, ECDSA_SIG *, ECDSA_SIG_free);

static EVP_PKEY *
pkey_from_params(const char *algorithm, OSSL_PARAM_BLD *build)
{
	JWT_AUTO(params) params = OSSL_PARAM_BLD_to_param(build);
	JWT_AUTO(pkey_ctx)
	ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
	EVP_PKEY *key = NULL;

	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return key;
}

static BIGNUM *
bn_of(struct slice number)
{
	return BN_bin2bn(number.data, (int)number.len, NULL);
}

static EVP_PKEY *
rsa_pkey(const struct ssh_key *key)
{
	JWT_AUTO(bn) n = bn_of(key->rsa_n);
	JWT_AUTO(bn) e = bn_of(key->rsa_e);
	JWT_AUTO(param_bld) build = OSSL_PARAM_BLD_new();

	if (n == NULL || e == NULL || build == NULL ||
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) != 1)
		return NULL;
	return pkey_from_params("RSA", build);
}

/* OpenSSL refuses a point that is not on the curve. */
static EVP_PKEY *
ecdsa_pkey(const struct ssh_key *key, const struct ssh_type_info *info)
{
	static const uint8_t plain = SSH_EC_POINT_PLAIN;
	JWT_AUTO(buffer) point = BUFFER(1 + 2 * SSH_EC_WIDTH_MAX);
	JWT_AUTO(param_bld) build = OSSL_PARAM_BLD_new();

	if (build == NULL || !buffer_append(&point, &plain, 1) ||
		!buffer_append_slice(&point, key->ec_x) ||
		!buffer_append_slice(&point, key->ec_y) ||
		OSSL_PARAM_BLD_push_utf8_string(build,
			OSSL_PKEY_PARAM_GROUP_NAME, info->group, 0) != 1 ||
		OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY,
			point.data, point.len) != 1)
		return NULL;
	return pkey_from_params("EC", build);
}

static bool
digest_verify(EVP_PKEY *key, const char *digest, struct slice signed_data,
	struct slice signature)
{
	JWT_AUTO(md_ctx) ctx = EVP_MD_CTX_new();

	return ctx != NULL &&
	       EVP_DigestVerifyInit_ex(
		       ctx, NULL, digest, NULL, NULL, key, NULL) == 1 &&
	       EVP_DigestVerify(ctx, signature.data, signature.len,
		       signed_data.data, signed_data.len) == 1;
}

static bool
verify_rsa(const struct ssh_key *key, struct slice format,
	struct slice signed_data, struct slice signature)
{
	const char *digest;

	if (slice_equals_string(format, "rsa-sha2-256"))
		digest = "SHA256";
	else if (slice_equals_string(format, "rsa-sha2-512"))
		digest = "SHA512";
	else
		return false;
	if (signature.len != key->rsa_n.len)
		return false;
	JWT_AUTO(pkey) pkey = rsa_pkey(key);
	return pkey != NULL &&
	       digest_verify(pkey, digest, signed_data, signature);
}

static bool
verify_ed25519(const struct ssh_key *key, struct slice signed_data,
	struct slice signature)
{
	if (signature.len != ED25519_SIGNATURE_LEN)
		return false;
	JWT_AUTO(pkey)
	pkey = EVP_PKEY_new_raw_public_key(
		EVP_PKEY_ED25519, NULL, key->ed25519.data, key->ed25519.len);
	return pkey != NULL &&
	       digest_verify(pkey, NULL, signed_data, signature);
}

/* SSH writes r and s as mpints, OpenSSL wants DER. */
static bool
ecdsa_to_der(struct slice signature, size_t width, struct buffer *der)
{
	JWT_AUTO(ecdsa_sig) sig = ECDSA_SIG_new();
	JWT_AUTO(bn) r = NULL;
	JWT_AUTO(bn) s = NULL;
	struct slice r_bytes, s_bytes;
	uint8_t *at;
	int len;

	if (sig == NULL || !wire_positive(&signature, &r_bytes) ||
		!wire_positive(&signature, &s_bytes) || signature.len != 0 ||
		r_bytes.len > width || s_bytes.len > width)
		return false;
	r = bn_of(r_bytes);
	s = bn_of(s_bytes);
	if (r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1)
		return false;
	r = s = NULL; /* sig owns them now */
	len = i2d_ECDSA_SIG(sig, NULL);
	at = len > 0 ? buffer_extend(der, (size_t)len) : NULL;
	return at != NULL && i2d_ECDSA_SIG(sig, &at) == len;
}

static bool
verify_ecdsa(const struct ssh_key *key, const struct ssh_type_info *info,
	struct slice signed_data, struct slice signature)
{
	JWT_AUTO(buffer) der = BUFFER(ECDSA_DER_MAX);

	if (!ecdsa_to_der(signature, info->width, &der))
		return false;
	JWT_AUTO(pkey) pkey = ecdsa_pkey(key, info);
	return pkey != NULL && digest_verify(pkey, info->digest, signed_data,
				       buffer_slice(&der));
}

enum jwt_reason
ssh_signature_verify(const struct ssh_key *key, struct slice signed_data,
	struct slice signature, struct report *r)
{
	const struct ssh_type_info *info = ssh_type_info(key->type);
	struct slice format, content;
	bool good = false;

	if (info == NULL || !wire_text(&signature, &format) ||
		!wire_string(&signature, &content) || signature.len != 0)
		return report(r, JWT_SIGNATURE_INVALID,
			"certificate: its signature is broken");
	if (key->type == SSH_KEY_RSA)
		good = verify_rsa(key, format, signed_data, content);
	else if (!slice_equals_string(format, info->name))
		good = false;
	else if (key->type == SSH_KEY_ED25519)
		good = verify_ed25519(key, signed_data, content);
	else
		good = verify_ecdsa(key, info, signed_data, content);
	if (!good)
		return report(r, JWT_SIGNATURE_INVALID,
			"certificate: its signature (%.*s) does not verify",
			(int)(format.len < 64 ? format.len : 64),
			(const char *)format.data);
	return JWT_OK;
}
