/* SPDX-License-Identifier: ISC */
/* The examples of the RFCs, and what several jose suites need. */
#ifndef JWT_TESTS_JOSE_VECTORS_H
#define JWT_TESTS_JOSE_VECTORS_H

#include "base/base64.h"
#include "jose/jws.h"
#include "suite.h"

#define ALL_ALGS (JWS_ALG_BIT(JWS_ALG_COUNT) - 1)

/* RFC 7515 A.1 to A.3 share this payload. */
#define RFC7515_PAYLOAD                                                       \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGx" \
	"lLmNvbS9pc19yb290Ijp0cnVlfQ"

#define A1_SECRET                                                            \
	"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS" \
	"4hcgUuTwjAzZr1Z9CAow"
#define A1_TOKEN                                                    \
	"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." RFC7515_PAYLOAD \
	".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

#define A2_N                                                                 \
	"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-V" \
	"aw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b" \
	"32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-K" \
	"XBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5" \
	"IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb5" \
	"4h4FRWyuXpoQ"
#define A2_JWK "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" A2_N "\"}"
#define A2_TOKEN                                                             \
	"eyJhbGciOiJSUzI1NiJ9." RFC7515_PAYLOAD                              \
	".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7A" \
	"AuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAy" \
	"nRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZ" \
	"RmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCn" \
	"vWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_Io" \
	"ypGlUPQGe77Rw"

#define A3_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define A3_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define A3_D "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
#define A3_JWK                                                  \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" A3_X "\"," \
	"\"y\":\"" A3_Y "\"}"
#define A3_TOKEN                                                             \
	"eyJhbGciOiJFUzI1NiJ9." RFC7515_PAYLOAD                              \
	".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSAp" \
	"mWQxfKTUJqPP3-Kg6NU1Q"

#define A4_JWK                                                                \
	"{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AekpBQ8ST8a8VcfVOTNl353vS" \
	"rDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk\","  \
	"\"y\":\"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly7"  \
	"9ajL4Kkd0AZMaZmh9ubmf63e3kyMj2\"}"
#define A4_TOKEN                                                             \
	"eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLf" \
	"D_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCA" \
	"PZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukO" \
	"XolLzeO_Jn"

/* RFC 8037 A.1 to A.4. */
#define ED_X   "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define ED_D   "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
#define ED_JWK "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED_X "\"}"
#define ED_PRIVATE_JWK                                             \
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED_X "\"," \
	"\"d\":\"" ED_D "\"}"
#define ED_PRIVATE_PEM                                                       \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n" \
	"-----END PRIVATE KEY-----\n"
#define ED_TOKEN                                                             \
	"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_M" \
	"GCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVv" \
	"pAr_MuM0KAg"

/* Made by openssl dgst -sigopt rsa_padding_mode:pss: salts of 32, 20 bytes. */
#define PS_JWK                                                               \
	"{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\""                           \
	"oLMUMv50oCJ9sEVziBq470JnBZ-vYU1YjTX6RYlB4x_FEA3WIUR5it9wzwQj9FvL4Y" \
	"YFscKI4GJqrKphwxVVIGvLaIDN1qH2zDwVbOIDzGU2pZ4d6i0qpweGkTda0mrFeSHa" \
	"7hUYeQwXzrBAcNhzJ0pK4SleIykae0KznV3ICZ9g5J4wWJqUTuueVZ9rqm9ICj-QRW" \
	"0OA32GEiHPOwx2fKcmMBteBdtZ2mG93Zpnc6LIFHb711v_VTfzTnXQwIWm_UZ53_I6" \
	"U5viB0vqrRxWa4cI51ru8vQNeK0mjqouFuoD2SBWAwhlcy0mNZPssVAjALC2RfVRsT" \
	"LtJ0sCeB-Lpw"                                                       \
	"\"}"
#define PS_TOKEN                                                             \
	"eyJhbGciOiJQUzI1NiJ9.e30."                                          \
	"gAC81pVdADsCs7L3j2BcVY0-wTVZtHJFgXWdAzbG4HWQjQrEgbNoYfOzziIhwb4obf" \
	"piQTmlLurPzm6ZA8lFVY689lgyrlv2vxAN9kO8CaZDKyDyAb-d0uXQgnY4_DZoh-hp" \
	"4Yhfvd2dW-8XC2TEouTS4qMLS3tRDHQV8r-DHZavqqCmVnLQE0YRaDl685bqUfJBbq" \
	"RZKj0sRoMbem_706rV9X5ppiKEMGp5wlCHJVqmE4cHxenRJNB2MFTZhYq_dy8-GCiA" \
	"Cd5Y6BIzluU6ER-l3D2Qn531dAlsq0gMPjhLAFfhgDk3IqfrSQwsRP_bQxK4K-7-MK" \
	"L2hvp7RAkZAQ"
#define PS_SHORT_SALT_TOKEN                                                  \
	"eyJhbGciOiJQUzI1NiJ9.e30."                                          \
	"Yb0j7hW6nNJDtuM2rVT2R56f0TcvcKTGX8mtZT3U5Q40Of5lrEGOIs5fG6fCHyi9Xc" \
	"ADNVcf_YlvH6KHc0vs9FGjpI8mKlRmW-HqAMTlB1qddy8JK3Ydq4Npngu7PCG83L0p" \
	"8VJ2Ny-SYVKi6d29ZXbFS2bnByTSZtmxfGjg1yHgNdg8kuBNjyIv9c4AIBaq0TONlr" \
	"cclblKHE6--Vw1W_Iv_sRVmIXxHo2p-nUJkT2OCQ0KuFnHhxQTBakJoCrQHyNPLD0S" \
	"6A_1AP7Z0fLtbPE14Q09cpTyNDyuGLmupOY2qsSC2Zw60wzkGEcXIfFmwsdQ6FQfVy" \
	"-NPxAr0bfoHQ"

static inline json_t *
vector_json(const char *text)
{
	json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(object);
	return object;
}

/* The text of a changed object, as the reader gets it. */
static inline enum jwt_reason
vector_import(const json_t *object, struct jwk **key, struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(JWKS_MAX);
	JWT_AUTO(json_doc) doc = { 0 };
	char *dump = json_dumps(object, JSON_COMPACT);

	CU_ASSERT_FATAL(dump != NULL && buffer_append_string(&text, dump));
	free(dump);
	CU_ASSERT_EQUAL_FATAL(
		json_parse_object(buffer_slice(&text), "test", &doc, NULL),
		JWT_OK);
	return jwk_from_json(json_root(&doc), key, r);
}

/* A public key that must import. */
static inline struct jwk *
vector_jwk(const char *text)
{
	JWT_AUTO(json) object = vector_json(text);
	struct report r = { 0 };
	struct jwk *key = NULL;

	if (vector_import(object, &key, &r) != JWT_OK)
		CU_FAIL_FATAL(r.text);
	return key;
}

/* Parses and verifies with one key. */
static inline enum jwt_reason
vector_verify(struct slice token, const struct jwk *key)
{
	JWT_AUTO(jws) jws = NULL;

	JWT_TRY(jws_parse(token, &jws, NULL));
	return jws_verify_key(jws, key, NULL);
}

#endif
