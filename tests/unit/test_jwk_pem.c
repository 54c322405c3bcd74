/* SPDX-License-Identifier: ISC */
/* jose: private keys as files hold them. */
#include "jose_vectors.h"

#include <openssl/ui.h>

/* Made with openssl; none of them is used for anything but refusing it. */
static const char encrypted_p256[] =
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
	"MIHrMFYGCSqGSIb3DQEFDTBJMCgGCSqGSIb3DQEFDDAbBAidwFOQwoZ5YAIBATAM\n"
	"BggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBAgQQ2FeLWmr3v0DIRl2AAg1JqwSBkGwF\n"
	"Z0knIr+wfbsp4fpI+AiEO1OJNtYgpVHNXqwL1kXFFP9+cdPJI+dn9e8/iBoOZh84\n"
	"0f6yWdK9vb5Zsz9EgqI4Cc0uWdf29tbn/pCtG/uf1rMqDM11RnbNuvLLJ+3tnk1X\n"
	"uyxfOga/6kV5cDA26Jmt6+9H/NmXIYnXJBws4nrpft77/tNPiuewfhgw7UoteA==\n"
	"-----END ENCRYPTED PRIVATE KEY-----\n";
static const char rsa_of_1024_bits[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIICeAIBADANBgkqhkiG9w0BAQEFAASCAmIwggJeAgEAAoGBAN7+CxwXV3Ed4D5Q\n"
	"NSbIck2t0FNJ3LzzjvWSy5RvOSijNMrIkFjWMHuiAEcOVfa6JQ5sXYS40SPQPf5i\n"
	"ula6QGEY+jv2CbRmg2X/HRAhw9jSSwggHIBF0lfT4Z1r6bGAjUOwtT7YvdAj4weJ\n"
	"3LXG2I/t4TpoNnenmtCelHdokWaHAgMBAAECgYEAm43SCC2MNP9nT3C6Myy+98sZ\n"
	"ORCcaD7q6goV85zG3b9D83WHpED+HzB6SxcIBo4BjZcwgYY/dmEs7cjHPfq9LvDL\n"
	"z0jKVpwHKo3ZtX02HVTOwWCrB9q/NVIClQfaE5ztzsippXWqWmAsQyD3ZrLYje8K\n"
	"mp5dYfjKXDjEXorhA1ECQQD9Jirp5ewygeE26MOLJNYRsW3FZWLG43bQwN36P2/0\n"
	"0Y8Pm3HxP/rVSS6t5PH8MLBt6gxEsSRKz1vgO8OgHJt/AkEA4YDu+FdqEhh5W89f\n"
	"3OTB1fk0fQn55mXX8IVRUBsMK3YdUWuzUVCqhFwb7NkNcVKluBrUYcFofqG132Ao\n"
	"x/XY+QJBAPzTGrbhX8WNu40oaOtVzcp75sLnoAA8+tRAWzHsG3dpt7SBrgmguXY8\n"
	"kbcw2ZDiW8JapwgP1sw0TnEjnxwQlicCQQCrABu25IrB2B9HGLVIC4xVlxlPbF49\n"
	"caNTd7VWenw7BOFsmbAsDHCR2EswytNfyN10A5xj2MdFp5kEH6YtI+f5AkBuLqzU\n"
	"sq5cFJ5R4bWvZW3uoBJ8uaQe/aZodG/q7UYPDJzSQ7ob9NKUJWjNmFjHuX3Ug4j1\n"
	"uK0OO3w0cpG4q0sH\n"
	"-----END PRIVATE KEY-----\n";
static const char secp256k1[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQg5yCj1vi1Az6QJlv5JJ61\n"
	"bXZ3KQQyamg1M9G44/vjHc6hRANCAARdqudZJzojvHrGAuJIG3cPGT45/fEfMEik\n"
	"vbbEMKg+D+LlWswsh9nYidPRaAOeHtIDCgFfcgxvoQcK2o00m9OE\n"
	"-----END PRIVATE KEY-----\n";
static const char p384[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDDoLdNz7G7+MB+FIBuR\n"
	"AD0xVyOz4Q6/wQCXj4oumlyLfkG5pbYL5eb8JoB2X3hXbfihZANiAARsPHNAPVu1\n"
	"LvPkys3Cau4XD64eNls7H0jfLiCapUssmGLtk3QDWs+79KtJXuvePnap1QiIWEc0\n"
	"xzsF1BSb3ZHQaTD9FS+qic2GE3Eoeofw5K82K5rOZMs037+qV5YqE1M=\n"
	"-----END PRIVATE KEY-----\n";

static enum jwt_reason
import(const char *pem, enum jws_alg alg)
{
	JWT_AUTO(jwk) key = NULL;

	return jwk_private_from_pem(
		slice_of_string(pem), alg, slice_of_string(NULL), &key, NULL);
}

static void
a_private_key_survives_its_pem(void)
{
	static const enum jws_alg algs[] = { JWS_PS256, JWS_ES256, JWS_ES384,
		JWS_ES512, JWS_EDDSA };

	for (size_t i = 0; i < JWT_COUNT(algs); i++) {
		JWT_AUTO(jwk) key = NULL, again = NULL;
		JWT_AUTO(buffer) pem = BUFFER(16384);
		JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);

		CU_ASSERT_EQUAL_FATAL(
			jwk_generate(
				algs[i], slice_of_string(NULL), &key, NULL),
			JWT_OK);
		CU_ASSERT_FATAL(jwk_private_to_pem(key, &pem));
		CU_ASSERT_EQUAL_FATAL(
			jwk_private_from_pem(buffer_slice(&pem), algs[i],
				slice_of_string(NULL), &again, NULL),
			JWT_OK);
		CU_ASSERT(slice_equal(jwk_kid(key), jwk_kid(again)));
		CU_ASSERT_EQUAL_FATAL(
			jws_sign(again, algs[i], NULL, slice_of_string("x"),
				&token, NULL),
			JWT_OK);
		CU_ASSERT_EQUAL(
			vector_verify(buffer_slice(&token), key), JWT_OK);
	}
}

static void
pem_of_another_type_or_curve_is_refused(void)
{
	CU_ASSERT_EQUAL(import(p384, JWS_ES384), JWT_OK);
	CU_ASSERT_EQUAL(import(p384, JWS_ES256), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import(p384, JWS_ES512), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import(p384, JWS_RS256), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import(p384, JWS_EDDSA), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import(p384, JWS_HS256), JWT_ALG_NOT_ALLOWED);
	CU_ASSERT_EQUAL(import(secp256k1, JWS_ES256), JWT_TOKEN_MALFORMED);
}

static void
pem_of_a_weak_key_is_refused(void)
{
	CU_ASSERT_EQUAL(
		import(rsa_of_1024_bits, JWS_RS256), JWT_TOKEN_MALFORMED);
}

static bool asked;

static int
note_asking(UI *ui)
{
	(void)ui;
	asked = true;
	return 0;
}

static void
encrypted_pem_is_refused_without_asking(void)
{
	UI_METHOD *method = UI_create_method("test");

	CU_ASSERT_PTR_NOT_NULL_FATAL(method);
	UI_method_set_opener(method, note_asking);
	UI_set_default_method(method);
	CU_ASSERT_EQUAL(import(encrypted_p256, JWS_ES256), JWT_TOKEN_MALFORMED);
	CU_ASSERT_FALSE(asked);
	UI_set_default_method(UI_OpenSSL());
	UI_destroy_method(method);
}

static void
what_is_no_pem_is_refused(void)
{
	CU_ASSERT_EQUAL(import("", JWS_ES256), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import("-----BEGIN PRIVATE KEY-----\n", JWS_ES256),
		JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import(ED_PRIVATE_JWK, JWS_EDDSA), JWT_TOKEN_MALFORMED);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_private_key_survives_its_pem),
	UNIT_TEST(pem_of_another_type_or_curve_is_refused),
	UNIT_TEST(pem_of_a_weak_key_is_refused),
	UNIT_TEST(encrypted_pem_is_refused_without_asking),
	UNIT_TEST(what_is_no_pem_is_refused),
};
UNIT_SUITE("jwk-pem", tests)
