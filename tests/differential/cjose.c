/* SPDX-License-Identifier: ISC */
/*
 * The contestant cjose: RS*, PS*, ES* and HS*. It knows single keys, so the
 * set, the kid and the list of algorithms are ours to apply.
 */
#include "batch.h"

#include <cjose/cjose.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static cjose_jws_t *last;

static bool
verify_with_key(const json_t *object)
{
	char *text = json_dumps(object, 0);
	cjose_jwk_t *key = text != NULL
				   ? cjose_jwk_import(text, strlen(text), NULL)
				   : NULL;
	bool valid = key != NULL && cjose_jws_verify(last, key, NULL);

	cjose_jwk_release(key);
	free(text);
	return valid;
}

/* A failed verification may not be tried again: each key a fresh parse. */
static bool
parse(const struct batch_case *c)
{
	cjose_jws_release(last);
	last = cjose_jws_import((const char *)c->token, c->token_len, NULL);
	return last != NULL;
}

static bool
verify_with_set(const struct batch_case *c, const char *kid)
{
	json_t *root = json_loads(c->jwks, 0, NULL), *key;
	const json_t *keys = json_object_get(root, "keys");
	bool valid = false;
	size_t i;

	json_array_foreach (keys, i, key) {
		const char *name =
			json_string_value(json_object_get(key, "kid"));

		if (kid != NULL && (name == NULL || strcmp(kid, name) != 0))
			continue;
		if (parse(c) && verify_with_key(key)) {
			valid = true;
			break;
		}
	}
	json_decref(root);
	return valid;
}

static bool
verify_with_secret(const struct batch_case *c)
{
	cjose_jwk_t *key =
		cjose_jwk_create_oct_spec(c->secret, c->secret_len, NULL);
	bool valid = key != NULL && cjose_jws_verify(last, key, NULL);

	cjose_jwk_release(key);
	return valid;
}

/* A header member that outlives the next parse. Caller frees. */
static char *
member(const char *name)
{
	const char *text =
		cjose_header_get(cjose_jws_get_protected(last), name, NULL);

	return text != NULL ? strdup(text) : NULL;
}

static void
judge(const struct batch_case *c, struct batch_verdict *v)
{
	char *alg, *kid;
	uint8_t *payload = NULL;
	bool valid;

	if (!parse(c))
		return;
	v->jws = "alg";
	alg = member("alg");
	valid = batch_allows(c, alg);
	free(alg);
	if (!valid)
		return;
	kid = member("kid");
	valid = c->jwks != NULL ? verify_with_set(c, kid)
				: verify_with_secret(c);
	free(kid);
	if (valid)
		cjose_jws_get_plaintext(last, &payload, &v->payload_len, NULL);
	v->jws = valid ? "ok" : "signature";
	v->payload = payload;
}

int
main(void)
{
	return batch_run(judge);
}
