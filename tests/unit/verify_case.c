/* SPDX-License-Identifier: ISC */
#include "verify_case.h"

#include "base/base64.h"
#include "base/file.h"
#include "suite.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char folder[64];
struct jwk *signer, *other, *client;
struct jwt_context *context;

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

void
path_of(char out[128], const char *name)
{
	snprintf(out, 128, "%s/%s", folder, name);
}

void
write_text(const char *name, const char *text)
{
	char path[128];

	path_of(path, name);
	CU_ASSERT_FATAL(file_write(
		path, slice_of_string(text), 0644, (uid_t)-1, (gid_t)-1, NULL));
}

void
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

void
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

json_t *
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

struct asked
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

enum jwt_reason
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

enum jwt_reason
judge_once(const char *service, json_t *claims)
{
	struct asked a = ask(service);
	enum jwt_reason reason = judge(&a, claims);

	buffer_free(&a.token);
	return reason;
}

void
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
