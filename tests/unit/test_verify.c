/* SPDX-License-Identifier: ISC */
/*
 * The facade: whole judgements, from a config file on disk and real
 * signatures to the verdict, one rule a test.
 */
#include "base/base64.h"
#include "base/file.h"
#include "context.h"
#include "jose/family.h"
#include "suite.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW 1800000000

static char folder[64];
static struct jwk *signer, *other, *client;
static struct jwt_context *context;

static const char config_text[] =
	"host_name = \"web1\";\n"
	"issuers = ( { name = \"corp\"; issuer = \"https://idp.test\";\n"
	"  jwks_file = \"%s/jwks.json\"; algorithms = [ \"ES256\" ];\n"
	"  audience = [ \"ssh://%%h\" ]; max_lifetime = 3600;\n"
	"  accounts = ( { claim = \"preferred_username\"; },\n"
	"               { subject = \"boss\"; user = \"root\"; } );\n"
	"} );\n"
	"services = {\n"
	"  sshd = { scope_any = [ \"ssh\" ]; permit = [ \"pty\" ]; };\n"
	"  sudo = { scope_any = [ \"sudo\" ]; max_auth_age = 600; };\n"
	"  once = { scope_any = [ \"ssh\" ]; single_use = true; };\n"
	"  bound = { scope_any = [ \"ssh\" ]; binding = \"required\"; };\n"
	"  tool = { scope_any = [ \"ssh\" ]; unix = false; };\n"
	"  empty = { };\n"
	"};\n"
	"revocation = { store = \"embedded\"; };\n";

static void
path_of(char out[128], const char *name)
{
	snprintf(out, 128, "%s/%s", folder, name);
}

static void
write_text(const char *name, const char *text)
{
	char path[128];

	path_of(path, name);
	CU_ASSERT_FATAL(file_write(
		path, slice_of_string(text), 0644, (uid_t)-1, (gid_t)-1, NULL));
}

static void
write_jwks(const struct jwk *key)
{
	JWT_AUTO(json) root =
		json_pack("{s:[o]}", "keys", jwk_to_public_json(key));
	char *text = json_dumps(root, JSON_COMPACT);

	write_text("jwks.json", text);
	free(text);
}

static void
make_context(void)
{
	char config[128], revoked[128], seen[128], used[128], text[4096];
	struct jwt_places places = { 0 };
	struct config_error error = { 0 };
	bool created;

	path_of(config, "jwtauth.conf");
	path_of(revoked, "revoked");
	path_of(seen, "seen");
	path_of(used, "used");
	mkdir(revoked, 0750);
	mkdir(seen, 0700);
	mkdir(used, 0700);
	snprintf(text, sizeof(text), config_text, folder);
	write_text("jwtauth.conf", text);
	places.revocation.revoked_dir = strdup(revoked);
	places.revocation.seen_dir = strdup(seen);
	places.used_dir = strdup(used);
	if (context_new(config, &places, &context, &error) != JWT_OK) {
		fprintf(stderr, "%s\n", error.text);
		CU_FAIL_FATAL("the config of this test does not load");
	}
	CU_ASSERT_EQUAL_FATAL(
		revocation_init(context->store, &created, NULL), JWT_OK);
}

static void
start(void)
{
	struct slice kid = slice_of_string("k1");

	strcpy(folder, "/tmp/jwtauth-verify-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	CU_ASSERT_FATAL(jwk_generate(JWS_ES256, kid, &signer, NULL) == JWT_OK &&
			jwk_generate(JWS_ES256, kid, &other, NULL) == JWT_OK &&
			jwk_generate(JWS_EDDSA, kid, &client, NULL) == JWT_OK);
	write_jwks(signer);
	make_context();
}

/* A good token's claims, changed by "name" JSON pairs; NULL removes. */
static json_t *
claims_with(const char *name, ...)
{
	json_t *claims = json_pack("{s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:s}",
		"iss", "https://idp.test", "sub", "8f3c", "aud", "ssh://web1",
		"iat", NOW - 60, "exp", NOW + 600, "jti", "t1", "scope",
		"ssh sudo", "preferred_username", "alice");
	va_list args;

	va_start(args, name);
	for (; name != NULL; name = va_arg(args, const char *)) {
		const char *json = va_arg(args, const char *);

		if (json == NULL)
			json_object_del(claims, name);
		else
			json_object_set_new(claims, name,
				json_loads(json, JSON_DECODE_ANY, NULL));
	}
	va_end(args);
	return claims;
}

struct asked {
	struct jwt_request request;
	struct jwt_verdict verdict;
	struct buffer token;
	const struct jwk *key;
};

static struct asked
ask(const char *service)
{
	return (struct asked){ .request = { .purpose = JWT_PURPOSE_AUTH,
				       .service = service,
				       .user = "alice",
				       .uid = 1000,
				       .carrier = JWT_CARRIER_PROMPT,
				       .now = NOW },
		.token = BUFFER(JWT_TOKEN_MAX),
		.key = signer };
}

/* Signs the claims (stolen) and judges. */
static enum jwt_reason
judge(struct asked *a, json_t *claims)
{
	char *payload = json_dumps(claims, JSON_COMPACT);

	buffer_clear(&a->token);
	CU_ASSERT_EQUAL_FATAL(
		jws_sign(a->key, JWS_ES256, "at+jwt", slice_of_string(payload),
			&a->token, NULL),
		JWT_OK);
	free(payload);
	json_decref(claims);
	a->request.carrier_bytes = a->token.data;
	a->request.carrier_len = a->token.len;
	return jwt_judge(context, &a->request, &a->verdict);
}

static enum jwt_reason
judge_once(const char *service, json_t *claims)
{
	struct asked a = ask(service);
	enum jwt_reason reason = judge(&a, claims);

	buffer_free(&a.token);
	return reason;
}

/* "publickey ssh-ed25519 BASE64" of the client key, and its thumbprint. */
static void
client_key(struct buffer *text, char jkt[64])
{
	uint8_t digest[JWK_THUMBPRINT_LEN];
	JWT_AUTO(buffer) blob = BUFFER(256), x = BUFFER(64), url = BUFFER(64);
	JWT_AUTO(json) json = jwk_to_public_json(client);

	CU_ASSERT_FATAL(base64url_decode(
		slice_of_string(json_string_value(json_object_get(json, "x"))),
		&x));
	CU_ASSERT_FATAL(buffer_append_u32(&blob, 11) &&
			buffer_append_string(&blob, "ssh-ed25519") &&
			buffer_append_u32(&blob, 32) &&
			buffer_append_slice(&blob, buffer_slice(&x)));
	CU_ASSERT_FATAL(buffer_append_string(text, "publickey ssh-ed25519 ") &&
			base64_encode(buffer_slice(&blob), text));
	CU_ASSERT_EQUAL_FATAL(jwk_thumbprint(client, digest), JWT_OK);
	CU_ASSERT_FATAL(
		base64url_encode(slice_of(digest, sizeof(digest)), &url));
	snprintf(jkt, 64, "%s", buffer_string(&url));
}

static void
allows_a_good_token_and_says_who(void)
{
	struct asked a = ask("sshd");

	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_OK);
	CU_ASSERT(a.verdict.allow);
	CU_ASSERT_STRING_EQUAL(a.verdict.user, "alice");
	CU_ASSERT_STRING_EQUAL(a.verdict.issuer, "https://idp.test");
	CU_ASSERT_STRING_EQUAL(a.verdict.key_id, "k1");
	CU_ASSERT_STRING_EQUAL(a.verdict.token_id, "t1");
	CU_ASSERT_EQUAL(a.verdict.expires_at, NOW + 600);
	CU_ASSERT_EQUAL(a.verdict.permit, JWT_PERMIT_PTY);
	CU_ASSERT_EQUAL(strlen(a.verdict.id), JWT_ID_LEN);
	buffer_free(&a.token);
}

static void
names_the_account_when_none_is_asked_for(void)
{
	struct asked a = ask("tool");

	a.request.user = NULL;
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_OK);
	CU_ASSERT_STRING_EQUAL(a.verdict.user, "alice");
	a.request.service = "sshd"; /* needs a uid, and whose would it be? */
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_POLICY_DENIED);
	buffer_free(&a.token);
}

static void
each_fault_of_a_token_has_its_reason(void)
{
	static const struct {
		enum jwt_reason reason;
		const char *claim, *json;
	} rows[] = {
		{ JWT_ISSUER_UNKNOWN, "iss", "\"https://evil.test\"" },
		{ JWT_ISSUER_UNKNOWN, "iss", "\"https://idp.test/\"" },
		{ JWT_AUDIENCE_MISMATCH, "aud", "\"ssh://web2\"" },
		{ JWT_EXPIRED, "exp", "1799999960" },
		{ JWT_NOT_YET_VALID, "nbf", "1800000100" },
		{ JWT_LIFETIME_TOO_LONG, "exp", "1800090000" },
		{ JWT_CLAIM_MISSING, "exp", NULL },
		{ JWT_CLAIM_MISSING, "iat", NULL },
		{ JWT_CLAIM_MALFORMED, "exp", "\"1800000600\"" },
		{ JWT_POLICY_DENIED, "scope", "\"mail\"" },
		{ JWT_USER_MISMATCH, "preferred_username", "\"mallory\"" },
	};

	for (size_t i = 0; i < JWT_COUNT(rows); i++) {
		enum jwt_reason reason = judge_once(
			"sshd", claims_with(rows[i].claim, rows[i].json, NULL));

		CU_ASSERT_EQUAL(reason, rows[i].reason);
		if (reason != rows[i].reason)
			fprintf(stderr, "%s: %s\n", rows[i].claim,
				jwt_reason_name(reason));
	}
}

static void
refuses_the_signature_of_another_key(void)
{
	struct asked a = ask("sshd");

	a.key = other;
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_SIGNATURE_INVALID);
	CU_ASSERT_FALSE(a.verdict.allow);
	buffer_free(&a.token);
}

static void
refuses_a_service_that_is_not_listed_or_has_no_rule(void)
{
	CU_ASSERT_EQUAL(
		judge_once("login", claims_with(NULL)), JWT_POLICY_DENIED);
	CU_ASSERT_EQUAL(
		judge_once("empty", claims_with(NULL)), JWT_POLICY_DENIED);
}

static void
says_what_a_new_token_needs(void)
{
	struct asked a = ask("sudo");

	CU_ASSERT_EQUAL(judge(&a, claims_with("auth_time", "1799990000", NULL)),
		JWT_AUTH_TOO_OLD);
	CU_ASSERT_NOT_EQUAL(a.verdict.hint[0], '\0');
	a.key = other; /* a stranger learns nothing */
	CU_ASSERT_EQUAL(judge(&a, claims_with("auth_time", "1799990000", NULL)),
		JWT_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(a.verdict.hint[0], '\0');
	buffer_free(&a.token);
}

static void
root_needs_a_rule_that_names_the_subject(void)
{
	struct asked a = ask("sshd");

	a.request.user = "root";
	a.request.uid = 0;
	CU_ASSERT_NOT_EQUAL(
		judge(&a, claims_with("preferred_username", "\"root\"", NULL)),
		JWT_OK);
	CU_ASSERT_EQUAL(
		judge(&a, claims_with("sub", "\"boss\"", NULL)), JWT_OK);
	buffer_free(&a.token);
}

static void
a_bound_token_needs_its_key(void)
{
	JWT_AUTO(buffer) key = BUFFER(512);
	struct asked a = ask("sshd");
	char jkt[64], good[96];

	client_key(&key, jkt);
	snprintf(good, sizeof(good), "{\"jkt\":\"%s\"}", jkt);
	CU_ASSERT_EQUAL(
		judge(&a, claims_with("cnf", good, NULL)), JWT_PROOF_MISSING);
	a.request.proved_key = key.data;
	a.request.proved_key_len = key.len;
	CU_ASSERT_EQUAL(judge(&a, claims_with("cnf", good, NULL)), JWT_OK);
	good[9] = good[9] == 'A' ? 'B' : 'A';
	CU_ASSERT_EQUAL(
		judge(&a, claims_with("cnf", good, NULL)), JWT_PROOF_MISMATCH);
	CU_ASSERT_EQUAL(
		judge(&a, claims_with("cnf", "{\"x5t#S256\":\"x\"}", NULL)),
		JWT_PROOF_MISSING);
	buffer_free(&a.token);
}

static void
a_service_can_require_a_bound_token(void)
{
	CU_ASSERT_EQUAL(
		judge_once("bound", claims_with(NULL)), JWT_PROOF_MISSING);
}

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
	UNIT_TEST(allows_a_good_token_and_says_who),
	UNIT_TEST(names_the_account_when_none_is_asked_for),
	UNIT_TEST(each_fault_of_a_token_has_its_reason),
	UNIT_TEST(refuses_the_signature_of_another_key),
	UNIT_TEST(refuses_a_service_that_is_not_listed_or_has_no_rule),
	UNIT_TEST(says_what_a_new_token_needs),
	UNIT_TEST(root_needs_a_rule_that_names_the_subject),
	UNIT_TEST(a_bound_token_needs_its_key),
	UNIT_TEST(a_service_can_require_a_bound_token),
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
UNIT_SUITE("verify", tests)
