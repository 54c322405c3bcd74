/* SPDX-License-Identifier: ISC */
/* The public API's sets of keys that only OpenSSL sees to be broken. */
#include <stdlib.h>

#include "public_case.h"
#include "suite.h"

#include <string.h>

#define ZEROS "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
/* (0, 0) is on none of the curves. */
#define OFF_CURVE                                                            \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"ES256\",\"x\":\"" ZEROS \
	"\",\"y\":\"" ZEROS "\"}"
#define RFC8037_KEY                                                    \
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"good\",\"x\":" \
	"\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"

static char detail[JWT_DETAIL_MAX];

static struct jwtcore_keys *
keys_of(const char *text)
{
	struct jwtcore_keys *keys = NULL;

	CU_ASSERT_EQUAL_FATAL(
		jwtcore_keys_from_jwks(text, strlen(text), &keys, NULL, 0),
		JWT_OK);
	return keys;
}

static enum jwt_reason
check(struct jwtcore_keys *keys)
{
	return jwtcore_keys_check(keys, detail, sizeof(detail));
}

static enum jwt_reason
verify_with(const struct jwtcore_keys *keys)
{
	JWT_AUTO(case_rules) rules = case_rules();
	JWT_AUTO(case_text)
	text = case_sign(JWS_ES256, "at+jwt", CASE_CLAIMS "}");
	JWT_AUTO(case_token) token = NULL;

	return jwtcore_verify_token(
		keys, rules, text, strlen(text), CASE_NOW, &token, NULL, 0);
}

static void
a_broken_key_counts_as_absent_when_it_is_used(void)
{
	JWT_AUTO(case_keys) keys = keys_of("{\"keys\":[" OFF_CURVE "]}");

	CU_ASSERT_EQUAL(verify_with(keys), JWT_KEY_UNKNOWN);
}

static void
refuses_a_set_whose_only_key_is_broken_when_asked(void)
{
	JWT_AUTO(case_keys) keys = keys_of("{\"keys\":[" OFF_CURVE "]}");

	CU_ASSERT_EQUAL(check(keys), JWT_KEYS_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(detail, "ES256"));
	CU_ASSERT_EQUAL(jwtcore_keys_usable(keys), 0);
	CU_ASSERT_EQUAL(jwtcore_keys_skipped(keys), 1);
	CU_ASSERT_EQUAL(verify_with(keys), JWT_KEY_UNKNOWN);
	CU_ASSERT_EQUAL(check(keys), JWT_KEYS_UNAVAILABLE);
}

static void
counts_a_broken_key_among_good_ones_when_asked(void)
{
	JWT_AUTO(case_keys) keys = keys_of(
		"{\"keys\":[" OFF_CURVE "," RFC8037_KEY ",{\"kty\":\"x\"}]}");

	CU_ASSERT_EQUAL(jwtcore_keys_usable(keys), 2);
	CU_ASSERT_EQUAL(check(keys), JWT_OK);
	CU_ASSERT_STRING_EQUAL(detail, "");
	CU_ASSERT_EQUAL(jwtcore_keys_usable(keys), 1);
	CU_ASSERT_EQUAL(jwtcore_keys_skipped(keys), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(jwtcore_keys_skipped_why(keys), "ES256"));
	CU_ASSERT_EQUAL(check(keys), JWT_OK);
	CU_ASSERT_EQUAL(jwtcore_keys_usable(keys), 1);
	CU_ASSERT_EQUAL(jwtcore_keys_skipped(keys), 2);
}

static void
leaves_good_keys_as_they_are(void)
{
	JWT_AUTO(case_keys) keys = case_keys();
	JWT_AUTO(case_keys) secret = case_secret();
	size_t usable = jwtcore_keys_usable(keys);

	CU_ASSERT_EQUAL(check(keys), JWT_OK);
	CU_ASSERT_EQUAL(jwtcore_keys_usable(keys), usable);
	CU_ASSERT_EQUAL(jwtcore_keys_skipped(keys), 0);
	CU_ASSERT_STRING_EQUAL(jwtcore_keys_skipped_why(keys), "");
	CU_ASSERT_EQUAL(verify_with(keys), JWT_OK);
	CU_ASSERT_EQUAL(check(secret), JWT_OK);
	CU_ASSERT_EQUAL(jwtcore_keys_usable(secret), 1);
	CU_ASSERT_EQUAL(check(NULL), JWT_CONFIG_ERROR);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_broken_key_counts_as_absent_when_it_is_used),
	UNIT_TEST(refuses_a_set_whose_only_key_is_broken_when_asked),
	UNIT_TEST(counts_a_broken_key_among_good_ones_when_asked),
	UNIT_TEST(leaves_good_keys_as_they_are),
};

int
main(void)
{
	int status = suite_run("public_keys", tests, JWT_COUNT(tests));

	case_free();
	return status;
}
