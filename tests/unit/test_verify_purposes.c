/* SPDX-License-Identifier: ISC */
/*
 * The facade: what each purpose asks, a token that is revoked or used up,
 * and what is no request or finds no keys.
 */
#include "base/base64.h"
#include "jose/family.h"
#include "suite.h"
#include "verify_case.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
a_revoked_token_is_refused_for_every_purpose(void)
{
	struct revocation_entry entry = {
		.kind = REVOKED_JTI, .until = NOW + 1000, .when = NOW
	};
	struct asked a = ask("sshd");

	CU_ASSERT_FATAL(
		revocation_hex(REVOKED_JTI, slice_of_string("https://idp.test"),
			slice_of_string("gone"), entry.hex));
	CU_ASSERT_EQUAL(
		judge(&a, claims_with("jti", "\"gone\"", NULL)), JWT_OK);
	CU_ASSERT_EQUAL_FATAL(
		revocation_add(context->store, &entry, NULL), JWT_OK);
	for (int p = JWT_PURPOSE_AUTH; p <= JWT_PURPOSE_OBSERVE; p++) {
		a.request.purpose = (enum jwt_purpose)p;
		CU_ASSERT_EQUAL(judge(&a, claims_with("jti", "\"gone\"", NULL)),
			JWT_REVOKED);
	}
	buffer_free(&a.token);
}

/* The usual claims under a header that names no key. */
static void
sign_without_kid(struct asked *a)
{
	json_t *claims = claims_with(NULL);
	char *payload = json_dumps(claims, JSON_COMPACT);
	JWT_AUTO(buffer) signature = BUFFER(64);

	buffer_clear(&a->token);
	CU_ASSERT_FATAL(
		base64url_encode(
			slice_of_string(
				"{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}"),
			&a->token) &&
		buffer_append(&a->token, ".", 1) &&
		base64url_encode(slice_of_string(payload), &a->token));
	CU_ASSERT_FATAL(jwk_family_of(JWK_EC)->sign(a->key,
		jws_alg_info(JWS_ES256), buffer_slice(&a->token), &signature));
	CU_ASSERT_FATAL(buffer_append(&a->token, ".", 1) &&
			base64url_encode(buffer_slice(&signature), &a->token));
	free(payload);
	json_decref(claims);
	a->request.carrier_bytes = a->token.data;
	a->request.carrier_len = a->token.len;
}

/* Who stole a key chooses jti, sub and sid, and leaves the kid out. */
static void
a_revoked_key_is_found_without_its_kid(void)
{
	struct revocation_entry entry = {
		.kind = REVOKED_KID, .until = NOW + 1000, .when = NOW
	};
	JWT_AUTO(jwk) stolen = NULL;
	struct asked a = ask("sshd");

	CU_ASSERT_FATAL(
		revocation_hex(REVOKED_KID, slice_of_string("https://idp.test"),
			slice_of_string("stolen"), entry.hex));
	CU_ASSERT_EQUAL_FATAL(jwk_generate(JWS_ES256, slice_of_string("stolen"),
				      &stolen, NULL),
		JWT_OK);
	write_jwks(stolen);
	a.key = stolen;
	sign_without_kid(&a);
	CU_ASSERT_EQUAL(jwt_judge(context, &a.request, &a.verdict), JWT_OK);
	CU_ASSERT_EQUAL_FATAL(
		revocation_add(context->store, &entry, NULL), JWT_OK);
	for (int p = JWT_PURPOSE_AUTH; p <= JWT_PURPOSE_OBSERVE; p++) {
		a.request.purpose = (enum jwt_purpose)p;
		a.request.from_record = p == JWT_PURPOSE_ACCOUNT;
		CU_ASSERT_EQUAL(jwt_judge(context, &a.request, &a.verdict),
			JWT_REVOKED);
	}
	/* No key at all is a fault of the host's, and ends no session. */
	write_text("jwks.json", "{\"keys\":[]}");
	a.request.purpose = JWT_PURPOSE_RECHECK;
	CU_ASSERT_EQUAL(jwt_judge(context, &a.request, &a.verdict), JWT_OK);
	write_jwks(signer);
	buffer_free(&a.token);
}

static void
a_time_that_no_clock_says_is_no_request(void)
{
	static const int64_t times[] = { -1, INT64_MIN, 253402300800,
		INT64_MAX };
	struct asked a = ask("sshd");

	for (size_t i = 0; i < JWT_COUNT(times); i++) {
		a.request.now = times[i];
		CU_ASSERT_EQUAL(
			judge(&a, claims_with(NULL)), JWT_INTERNAL_ERROR);
	}
	buffer_free(&a.token);
}

static void
a_recheck_asks_for_revocation_alone(void)
{
	struct asked a = ask("sshd");

	a.key = other; /* its key is gone */
	a.request.now = NOW + 100000;
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_SIGNATURE_INVALID);
	a.request.purpose = JWT_PURPOSE_RECHECK;
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_OK);
	buffer_free(&a.token);
}

static void
the_account_phase_asks_for_expiry_but_not_for_freshness(void)
{
	struct asked a = ask("sudo");

	a.request.purpose = JWT_PURPOSE_ACCOUNT;
	CU_ASSERT_EQUAL(judge(&a, claims_with("auth_time", "1799990000", NULL)),
		JWT_OK);
	CU_ASSERT_EQUAL(
		judge(&a, claims_with("exp", "1799999960", NULL)), JWT_EXPIRED);
	a.key = other; /* without a record a signature is still asked for */
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_SIGNATURE_INVALID);
	a.request.from_record = true;
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_OK);
	a.request.purpose = JWT_PURPOSE_AUTH;
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_SIGNATURE_INVALID);
	buffer_free(&a.token);
}

static void
the_same_single_use_token_is_replayed(void)
{
	struct asked a = ask("once");

	CU_ASSERT_EQUAL(judge(&a, claims_with("jti", "\"v\"", NULL)), JWT_OK);
	a.request.purpose = JWT_PURPOSE_OBSERVE; /* leaves no mark, asks none */
	CU_ASSERT_EQUAL(jwt_judge(context, &a.request, &a.verdict), JWT_OK);
	a.request.purpose = JWT_PURPOSE_AUTH;
	CU_ASSERT_EQUAL(
		jwt_judge(context, &a.request, &a.verdict), JWT_REPLAYED);
	buffer_free(&a.token);
}

static void
junk_is_malformed_and_too_much_is_too_large(void)
{
	struct asked a = ask("sshd");
	uint8_t *junk = malloc(1024 * 1024);

	CU_ASSERT_PTR_NOT_NULL_FATAL(junk);
	memset(junk, 'A', 1024 * 1024);
	a.request.carrier_bytes = junk;
	a.request.carrier_len = 1024 * 1024;
	CU_ASSERT_EQUAL(jwt_judge(context, &a.request, &a.verdict),
		JWT_TOKEN_TOO_LARGE);
	a.request.carrier_len = JWT_TOKEN_MAX + 1;
	CU_ASSERT_EQUAL(jwt_judge(context, &a.request, &a.verdict),
		JWT_TOKEN_TOO_LARGE);
	for (size_t i = 0; i < 4096; i++)
		junk[i] = (uint8_t)(i * 131 + 7);
	a.request.carrier_len = 4096;
	CU_ASSERT_EQUAL(jwt_judge(context, &a.request, &a.verdict),
		JWT_TOKEN_MALFORMED);
	a.request.carrier_len = 0;
	CU_ASSERT_EQUAL(jwt_judge(context, &a.request, &a.verdict),
		JWT_TOKEN_MALFORMED);
	free(junk);
}

static void
a_request_without_purpose_or_service_is_refused(void)
{
	struct asked a = ask(NULL);

	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_INTERNAL_ERROR);
	a.request.service = "sshd";
	a.request.purpose = (enum jwt_purpose)0;
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_INTERNAL_ERROR);
	a.request.purpose = (enum jwt_purpose)33;
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_INTERNAL_ERROR);
	buffer_free(&a.token);
}

static void
a_missing_key_file_is_keys_unavailable_and_named(void)
{
	struct asked a = ask("sshd");
	char path[128];

	path_of(path, "jwks.json");
	unlink(path);
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_KEYS_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(a.verdict.detail, "jwks.json"));
	write_text("jwks.json", "{\"keys\": [");
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_KEYS_UNAVAILABLE);
	write_jwks(signer);
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_OK);
	buffer_free(&a.token);
}

static void
keep_step(
	void *arg, const char *step, enum jwt_reason reason, const char *detail)
{
	char *all = arg;

	(void)detail;
	strcat(strcat(strcat(strcat(all, step), "="), jwt_reason_name(reason)),
		" ");
}

static void
a_trace_ends_with_the_step_that_decided(void)
{
	struct asked a = ask("sshd");
	char all[1024] = "";

	a.request.trace = keep_step;
	a.request.trace_arg = all;
	CU_ASSERT_EQUAL(judge(&a, claims_with("aud", "\"x\"", NULL)),
		JWT_AUDIENCE_MISMATCH);
	CU_ASSERT_STRING_EQUAL(all,
		"service=ok carrier=ok form=ok payload=ok issuer=ok "
		"algorithm=ok keys=ok signature=ok claims=audience_mismatch ");
	buffer_free(&a.token);
}

static const struct unit_test tests[] = {
	UNIT_TEST(start),
	UNIT_TEST(a_revoked_token_is_refused_for_every_purpose),
	UNIT_TEST(a_time_that_no_clock_says_is_no_request),
	UNIT_TEST(a_revoked_key_is_found_without_its_kid),
	UNIT_TEST(a_recheck_asks_for_revocation_alone),
	UNIT_TEST(the_account_phase_asks_for_expiry_but_not_for_freshness),
	UNIT_TEST(the_same_single_use_token_is_replayed),
	UNIT_TEST(junk_is_malformed_and_too_much_is_too_large),
	UNIT_TEST(a_request_without_purpose_or_service_is_refused),
	UNIT_TEST(a_missing_key_file_is_keys_unavailable_and_named),
	UNIT_TEST(a_trace_ends_with_the_step_that_decided),
};
UNIT_SUITE("verify-purposes", tests)
