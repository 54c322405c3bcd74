/* SPDX-License-Identifier: ISC */
/*
 * Claims from a payload, proved or not: typed once, here. A claim
 * that we use and that has the wrong type is refused, never skipped.
 */
#include "token/claims.h"

#include "base/base64.h"

#include <string.h>

void
claims_clear(struct claims *claims)
{
	json_doc_clear(&claims->doc);
	memset(claims, 0, sizeof(*claims));
}

static enum jwt_reason
malformed(struct report *r, const char *claim, const char *expected)
{
	return report(
		r, JWT_CLAIM_MALFORMED, "%s: expected %s", claim, expected);
}

static enum jwt_reason
parse_string(const struct json_node *root, const char *claim, struct slice *out,
	struct report *r)
{
	const struct json_node *value = json_member(root, claim);

	if (value == NULL)
		return JWT_OK;
	if (!json_is(value, JSON_KIND_STRING))
		return malformed(r, claim, "a string");
	*out = value->text;
	return JWT_OK;
}

static enum jwt_reason
parse_strings(
	const struct json_node *root, struct claims *claims, struct report *r)
{
	JWT_TRY(parse_string(root, "iss", &claims->iss, r));
	JWT_TRY(parse_string(root, "sub", &claims->sub, r));
	JWT_TRY(parse_string(root, "jti", &claims->jti, r));
	JWT_TRY(parse_string(root, "sid", &claims->sid, r));
	JWT_TRY(parse_string(root, "acr", &claims->acr, r));
	return parse_string(root, "azp", &claims->azp, r);
}

/*
 * NumericDate (RFC 7519 section 2). Cutting the fraction makes exp earlier;
 * of nbf and iat it takes less than the second that no clock promises.
 */
static enum jwt_reason
parse_date(const struct json_node *root, const char *claim, bool *has,
	int64_t *out, struct report *r)
{
	const struct json_node *value = json_member(root, claim);

	if (value == NULL)
		return JWT_OK;
	if (!json_is(value, JSON_KIND_NUMBER))
		return malformed(r, claim, "a number of seconds");
	if (!json_seconds(value, NUMERIC_DATE_MAX, out))
		return malformed(r, claim, "seconds from 1970 to 9999");
	*has = true;
	return JWT_OK;
}

static enum jwt_reason
parse_dates(const struct json_node *root, struct claims *c, struct report *r)
{
	JWT_TRY(parse_date(root, "exp", &c->has_exp, &c->exp, r));
	JWT_TRY(parse_date(root, "nbf", &c->has_nbf, &c->nbf, r));
	JWT_TRY(parse_date(root, "iat", &c->has_iat, &c->iat, r));
	/* ADFS writes a text. Whoever asks for it finds that it has none. */
	if (json_member(root, "auth_time") != NULL)
		c->odd_auth_time =
			parse_date(root, "auth_time", &c->has_auth_time,
				&c->auth_time, NULL) != JWT_OK;
	return JWT_OK;
}

/* A string or an array of strings (RFC 7519 section 4.1.3). */
static enum jwt_reason
parse_audience(const struct json_node *root, struct report *r)
{
	const struct json_node *aud = json_member(root, "aud"), *one;

	if (aud == NULL || json_is(aud, JSON_KIND_STRING))
		return JWT_OK;
	if (!json_is(aud, JSON_KIND_ARRAY))
		return malformed(r, "aud", "a string or an array of strings");
	json_each (one, aud)
		if (!json_is(one, JSON_KIND_STRING))
			return malformed(
				r, "aud", "nothing but strings in its array");
	return JWT_OK;
}

/* Members of cnf that we don't know are ignored (RFC 7800 section 3.1). */
static enum jwt_reason
parse_confirmation(
	const struct json_node *root, struct claims *claims, struct report *r)
{
	const struct json_node *cnf = json_member(root, "cnf");
	JWT_AUTO(buffer) jkt = BUFFER(JWK_THUMBPRINT_LEN);
	struct slice text = { 0 };

	if (cnf == NULL)
		return JWT_OK;
	if (!json_is(cnf, JSON_KIND_OBJECT))
		return malformed(r, "cnf", "an object");
	claims->has_cnf = true;
	if (json_member(cnf, "jkt") == NULL)
		return JWT_OK;
	JWT_TRY(parse_string(cnf, "jkt", &text, r));
	if (!buffer_reserve(&jkt, JWK_THUMBPRINT_LEN))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	if (!base64url_decode(text, &jkt) || jkt.len != JWK_THUMBPRINT_LEN)
		return malformed(
			r, "cnf.jkt", "32 bytes in base64url (RFC 7638)");
	memcpy(claims->jkt, jkt.data, JWK_THUMBPRINT_LEN);
	claims->has_jkt = true;
	return JWT_OK;
}

enum jwt_reason
claims_parse(struct slice payload, struct claims *out, struct report *r)
{
	JWT_AUTO(claims) claims = { 0 };

	const struct json_node *root;

	JWT_TRY(json_parse_object(payload, "payload", &claims.doc, r));
	root = json_root(&claims.doc);
	JWT_TRY(parse_strings(root, &claims, r));
	JWT_TRY(parse_dates(root, &claims, r));
	JWT_TRY(parse_audience(root, r));
	JWT_TRY(parse_confirmation(root, &claims, r));
	*out = claims;
	claims.doc = (struct json_doc){ 0 };
	return JWT_OK;
}

static bool
array_has(const struct json_node *array, struct slice value)
{
	const struct json_node *one;

	json_each (one, array)
		if (json_is(one, JSON_KIND_STRING) &&
			slice_equal(one->text, value))
			return true;
	return false;
}

bool
claims_list_has(
	const struct claims *claims, const char *claim, const char *value)
{
	const struct json_node *list =
		json_member(json_root(&claims->doc), claim);
	struct slice wanted = slice_of_string(value), rest, word;

	if (wanted.len == 0)
		return false;
	if (!json_is(list, JSON_KIND_STRING))
		return array_has(list, wanted);
	rest = list->text;
	while (slice_cut(&rest, ' ', &word))
		if (slice_equal(word, wanted))
			return true;
	return slice_equal(rest, wanted);
}
