/* SPDX-License-Identifier: ISC */
#include "signer_key.h"

#include "../fuzz/signing_keys.h"
#include "suite.h"

struct jwk *
signer_key(enum jws_alg alg, const char *kid)
{
	static const uint8_t secret[64] = { 3, 1, 4 };
	struct slice name = slice_of_string(kid);
	struct jwk *key = NULL;
	enum jwt_reason reason;

	switch (jws_alg_info(alg)->type) {
	case JWK_OCT:
		reason = jwk_from_secret(
			slice_of(secret, sizeof(secret)), name, &key, NULL);
		break;
	case JWK_RSA:
		reason = jwk_private_from_pem(
			slice_of_string(FUZZ_RSA_PEM), alg, name, &key, NULL);
		break;
	default:
		reason = jwk_generate(alg, name, &key, NULL);
	}
	CU_ASSERT_EQUAL_FATAL(reason, JWT_OK);
	return key;
}
