/* SPDX-License-Identifier: ISC */
/* The table of algorithms. Nothing else in the tree lists them. */
#include "jose/alg.h"

static const struct jws_alg_info algs[JWS_ALG_COUNT] = {
	[JWS_RS256] = { "RS256", JWS_RSA_PKCS1, JWK_RSA, JWK_NO_CURVE,
		JWK_NO_CURVE, "SHA256", 32, 0 },
	[JWS_RS384] = { "RS384", JWS_RSA_PKCS1, JWK_RSA, JWK_NO_CURVE,
		JWK_NO_CURVE, "SHA384", 48, 0 },
	[JWS_RS512] = { "RS512", JWS_RSA_PKCS1, JWK_RSA, JWK_NO_CURVE,
		JWK_NO_CURVE, "SHA512", 64, 0 },
	[JWS_PS256] = { "PS256", JWS_RSA_PSS, JWK_RSA, JWK_NO_CURVE,
		JWK_NO_CURVE, "SHA256", 32, 0 },
	[JWS_PS384] = { "PS384", JWS_RSA_PSS, JWK_RSA, JWK_NO_CURVE,
		JWK_NO_CURVE, "SHA384", 48, 0 },
	[JWS_PS512] = { "PS512", JWS_RSA_PSS, JWK_RSA, JWK_NO_CURVE,
		JWK_NO_CURVE, "SHA512", 64, 0 },
	[JWS_ES256] = { "ES256", JWS_ECDSA, JWK_EC, JWK_P256, JWK_NO_CURVE,
		"SHA256", 32, 64 },
	[JWS_ES384] = { "ES384", JWS_ECDSA, JWK_EC, JWK_P384, JWK_NO_CURVE,
		"SHA384", 48, 96 },
	[JWS_ES512] = { "ES512", JWS_ECDSA, JWK_EC, JWK_P521, JWK_NO_CURVE,
		"SHA512", 64, 132 },
	[JWS_EDDSA] = { "EdDSA", JWS_ED, JWK_OKP, JWK_ED25519, JWK_ED448, NULL,
		0, 0 },
	[JWS_ED25519] = { "Ed25519", JWS_ED, JWK_OKP, JWK_ED25519, JWK_NO_CURVE,
		NULL, 0, 64 },
	[JWS_ED448] = { "Ed448", JWS_ED, JWK_OKP, JWK_ED448, JWK_NO_CURVE, NULL,
		0, 114 },
	[JWS_HS256] = { "HS256", JWS_HMAC, JWK_OCT, JWK_NO_CURVE, JWK_NO_CURVE,
		"SHA256", 32, 32 },
	[JWS_HS384] = { "HS384", JWS_HMAC, JWK_OCT, JWK_NO_CURVE, JWK_NO_CURVE,
		"SHA384", 48, 48 },
	[JWS_HS512] = { "HS512", JWS_HMAC, JWK_OCT, JWK_NO_CURVE, JWK_NO_CURVE,
		"SHA512", 64, 64 },
};

const struct jws_alg_info *
jws_alg_info(enum jws_alg alg)
{
	return &algs[alg];
}

bool
jws_alg_from_name(struct slice name, enum jws_alg *out)
{
	if (name.len == 0)
		return false;
	for (unsigned i = 0; i < JWS_ALG_COUNT; i++)
		if (algs[i].name[0] == (char)name.data[0] &&
			slice_equals_string(name, algs[i].name)) {
			*out = (enum jws_alg)i;
			return true;
		}
	return false;
}
