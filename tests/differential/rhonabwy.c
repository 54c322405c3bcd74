/* SPDX-License-Identifier: ISC */
/*
 * The contestant rhonabwy, whose arithmetic is nettle's. It follows keys
 * that a token names only if asked to: R_PARSE_NONE. The set and the list
 * of algorithms are ours to apply: it has a function for one key.
 */
#include "batch.h"

#include <rhonabwy.h>
#include <string.h>

static jws_t *last;

static jwk_t *
secret_key(const struct batch_case *c)
{
	jwk_t *jwk = NULL;

	if (r_jwk_init(&jwk) != RHN_OK ||
		r_jwk_import_from_symmetric_key(
			jwk, c->secret, c->secret_len) != RHN_OK) {
		r_jwk_free(jwk);
		return NULL;
	}
	return jwk;
}

static bool
verify_with_set(jws_t *jws, const struct batch_case *c)
{
	const char *kid = r_jws_get_header_str_value(jws, "kid");
	jwks_t *set = NULL;
	bool valid = false;

	if (r_jwks_init(&set) == RHN_OK)
		r_jwks_import_from_json_str(set, c->jwks);
	for (size_t i = 0; !valid && i < r_jwks_size(set); i++) {
		jwk_t *key = r_jwks_get_at(set, i);
		const char *name = r_jwk_get_property_str(key, "kid");

		if (kid == NULL || (name != NULL && strcmp(kid, name) == 0))
			valid = r_jws_verify_signature(jws, key, 0) == RHN_OK;
		r_jwk_free(key);
	}
	r_jwks_free(set);
	return valid;
}

static void
judge(const struct batch_case *c, struct batch_verdict *v)
{
	jwk_t *secret;
	bool valid;

	r_jws_free(last);
	last = NULL;
	if (r_jws_init(&last) != RHN_OK ||
		r_jws_advanced_compact_parsen(last, (const char *)c->token,
			c->token_len, R_PARSE_NONE, 0) != RHN_OK)
		return;
	v->jws = "alg";
	if (!batch_allows(c, r_jws_get_header_str_value(last, "alg")))
		return;
	if (c->jwks != NULL) {
		valid = verify_with_set(last, c);
	} else {
		secret = secret_key(c);
		valid = r_jws_verify_signature(last, secret, 0) == RHN_OK;
		r_jwk_free(secret);
	}
	v->jws = valid ? "ok" : "signature";
	v->payload = r_jws_get_payload(last, &v->payload_len);
}

int
main(void)
{
	if (r_global_init() != RHN_OK)
		return 1;
	return batch_run(judge);
}
