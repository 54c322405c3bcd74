/* SPDX-License-Identifier: ISC */
/* Inside jose only: the calls of OpenSSL's EVP that several families make. */
#ifndef JWT_JOSE_EVP_H
#define JWT_JOSE_EVP_H

#include "jose/alg.h"

#include <openssl/evp.h>
#include <openssl/param_build.h>

#define EVP_NUMBERS_MAX 8 /* an RSA private key has so many */

/* Numbers and strings for a key; what it points to must live as long. */
struct evp_params {
	OSSL_PARAM_BLD *builder;
	BIGNUM *numbers[EVP_NUMBERS_MAX]; /* wiped when freed */
	size_t count;
};

bool evp_params_number(struct evp_params *params, const char *name,
	struct slice big_endian) JWT_MUST_CHECK;
bool evp_params_text(struct evp_params *params, const char *name,
	const char *text) JWT_MUST_CHECK;
bool evp_params_bytes(struct evp_params *params, const char *name,
	struct slice bytes) JWT_MUST_CHECK;
/* selection: EVP_PKEY_PUBLIC_KEY or EVP_PKEY_KEYPAIR. NULL on failure. */
EVP_PKEY *evp_key_from_params(
	struct evp_params *params, const char *type, int selection);
void evp_params_free(struct evp_params *params);

static inline void
jwt_auto_evp_params(struct evp_params *params)
{
	evp_params_free(params);
}
typedef struct evp_params jwt_auto_evp_params_t;

/* A number of the key, big-endian, padded to width (0: minimal); appended. */
bool evp_get_number(const EVP_PKEY *key, const char *name, size_t width,
	struct buffer *out) JWT_MUST_CHECK;

/* One signature. alg decides digest and padding; ECDSA's form is DER. */
enum jwt_reason evp_verify(EVP_PKEY *key, const struct jws_alg_info *alg,
	struct slice input, struct slice signature) JWT_MUST_CHECK;
bool evp_sign(EVP_PKEY *key, const struct jws_alg_info *alg, struct slice input,
	struct buffer *signature) JWT_MUST_CHECK;

JWT_AUTO_TYPE(evp_md_ctx, EVP_MD_CTX *, EVP_MD_CTX_free);
JWT_AUTO_TYPE(evp_pkey, EVP_PKEY *, EVP_PKEY_free);
JWT_AUTO_TYPE(evp_pkey_ctx, EVP_PKEY_CTX *, EVP_PKEY_CTX_free);

#endif
