/* SPDX-License-Identifier: ISC */
/*
 * The whole decision: jwt_judge on tokens of signing.h, with a config, keys
 * and an empty store of revocations on disk. Allowed is only what was signed
 * right, and whose payload jansson says has what the service asks; what the
 * layers below accept and the service asks for is allowed.
 */
#include "fuzz.h"
#include "oracle.h"
#include "signing.h"
#include "base/file.h"
#include "context.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW 1800000000

static const char config_text[] =
	"host_name = \"web1\";\n"
	"issuers = ( { name = \"corp\"; issuer = \"https://idp.test\";\n"
	"  jwks_file = \"%s/jwks.json\";\n"
	"  algorithms = [ \"RS256\", \"PS256\", \"ES256\", \"ES384\",\n"
	"                 \"EdDSA\", \"Ed448\" ];\n"
	"  audience = [ \"ssh://%%h\" ]; max_lifetime = 3600;\n"
	"  accounts = ( { claim = \"preferred_username\"; },\n"
	"               { subject = \"boss\"; user = \"root\"; } );\n"
	"} );\n"
	"services = { sshd = { scope_any = [ \"ssh\" ]; }; };\n"
	"revocation = { store = \"embedded\"; };\n";

static char folder[FUZZ_FOLDER_MAX];
static struct jwt_context *context;

/* A path in the folder; all that are ever made stay. */
static const char *
place(const char *name)
{
	static char paths[8][256];
	static size_t made;

	REQUIRE(made < JWT_COUNT(paths));
	snprintf(paths[made], sizeof(paths[made]), "%s/%s", folder, name);
	return paths[made++];
}

static void
remove_folder(void)
{
	char command[128];

	jwt_context_free(context);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command) != 0)
		fprintf(stderr, "%s stays behind\n", folder);
}

static void
write_text(const char *name, const char *text)
{
	REQUIRE(file_write(place(name), slice_of_string(text), 0644, (uid_t)-1,
		(gid_t)-1, NULL));
}

/*
 * All keys for libFuzzer. Where calls fail on purpose there is one, P-256:
 * among several, one that could not be imported is left out, and the others
 * still serve the tokens that they signed.
 */
static void
write_keys(void)
{
#ifdef FUZZ_LIBFUZZER
	write_text("jwks.json", fuzz_public_jwks());
#else
	json_t *root = json_loads(fuzz_public_jwks(), 0, NULL);
	json_t *one = json_pack("{s:[O]}", "keys",
		json_array_get(json_object_get(root, "keys"), 1));
	char *text = json_dumps(one, JSON_COMPACT);

	REQUIRE(text != NULL);
	write_text("jwks.json", text);
	free(text);
	json_decref(one);
	json_decref(root);
#endif
}

static void
make_context(void)
{
	static struct jwt_places places;
	struct config_error error = { 0 };
	char text[4096];
	bool created;

	fuzz_make_folder(folder, remove_folder);
	write_keys();
	snprintf(text, sizeof(text), config_text, folder);
	write_text("jwtauth.conf", text);
	places.revocation.revoked_dir = place("revoked");
	places.revocation.seen_dir = place("seen");
	places.used_dir = place("used");
	REQUIRE(mkdir(places.revocation.revoked_dir, 0750) == 0 &&
		mkdir(places.revocation.seen_dir, 0700) == 0 &&
		mkdir(places.used_dir, 0700) == 0);
	REQUIRE(context_new(place("jwtauth.conf"), &places, &context, &error) ==
		JWT_OK);
	REQUIRE(revocation_init(context->store, &created, NULL) == JWT_OK);
}

static bool
has_word(const json_t *list, const char *word)
{
	const json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		if (json_is_string(one) &&
			strcmp(json_string_value(one), word) == 0)
			return true;
	return json_is_string(list) &&
	       strstr(json_string_value(list), word) != NULL;
}

/* What an allowed payload must say at the least. */
static void
check_allowed(const struct signed_input *in, const struct jwt_verdict *v)
{
	json_t *root = NULL;

	REQUIRE(in->spoil == SPOIL_NOT);
	REQUIRE(strcmp(v->user, "alice") == 0);
	REQUIRE(strcmp(v->issuer, "https://idp.test") == 0);
	REQUIRE(v->expires_at + 30 > NOW && v->expires_at <= NOW + 3630);
	if (oracle_json(in->payload, &root) == ORACLE_ACCEPTS) {
		const json_t *aud = json_object_get(root, "aud");

		REQUIRE(oracle_equals(root, "iss", "https://idp.test"));
		REQUIRE(has_word(aud, "ssh://web1"));
		REQUIRE(has_word(json_object_get(root, "scope"), "ssh") ||
			has_word(json_object_get(root, "scp"), "ssh"));
		REQUIRE(oracle_equals(root, "preferred_username", "alice"));
		REQUIRE(json_object_get(root, "cnf") == NULL);
	}
	json_decref(root);
}

/* Names of the algorithms that the config does not allow. */
static bool
is_allowed_alg(unsigned alg)
{
	static const char *const names[] = { "RS256", "PS256", "ES256", "ES384",
		"Ed25519", "Ed448" };

	for (size_t i = 0; i < JWT_COUNT(names); i++)
		if (strcmp(fuzz_alg_name(alg), names[i]) == 0)
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct signed_input in = fuzz_signed_input(slice_of(data, size));
	JWT_AUTO(buffer) text = BUFFER(FUZZ_TOKEN_MAX);
	struct jwt_verdict verdict;
	struct jwt_request request = { .purpose = JWT_PURPOSE_AUTH,
		.service = "sshd",
		.user = "alice",
		.uid = 1000,
		.carrier = JWT_CARRIER_PROMPT,
		.now = NOW };
	enum jwt_reason reason;

	if (size > FUZZ_TOKEN_MAX / 4)
		return 0;
	if (context == NULL)
		make_context();
	/* A prompt drops white space: this one would be none. */
	if (in.spoil == SPOIL_NEWLINE)
		in.spoil = SPOIL_DOT;
	fuzz_sign(&in, &text);
	request.carrier_bytes = text.data;
	request.carrier_len = text.len;
	reason = UNDER_TEST(jwt_judge(context, &request, &verdict));
	keys_kept_clear(&context->keys); /* each input reads them anew */
	REQUIRE(reason == verdict.reason);
	REQUIRE(verdict.allow == (reason == JWT_OK));
	REQUIRE(strlen(verdict.id) == JWT_ID_LEN);
	if (fault_struck() || in.spoil != SPOIL_NOT || !is_allowed_alg(in.alg))
		REQUIRE(reason != JWT_OK);
	if (reason == JWT_OK)
		check_allowed(&in, &verdict);
	else
		REQUIRE(verdict.detail[0] != '\0');
	return 0;
}
