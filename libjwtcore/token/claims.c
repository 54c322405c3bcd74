/* SPDX-License-Identifier: ISC */
/*
 * Claims from a payload that is already proved: typed once, here. A claim
 * that we use and that has the wrong type is refused, never skipped.
 */
#include "token/claims.h"

#include "base/base64.h"

#include <math.h>
#include <string.h>

#define NUMERIC_DATE_MAX 253402300799 /* 9999-12-31T23:59:59Z */

void
claims_clear(struct claims *claims)
{
	json_decref(claims->root);
	memset(claims, 0, sizeof(*claims));
}

static enum jwt_reason
malformed(struct report *r, const char *claim, const char *expected)
{
	return report(
		r, JWT_CLAIM_MALFORMED, "%s: expected %s", claim, expected);
}

static enum jwt_reason
parse_string(const json_t *root, const char *claim, struct slice *out,
	struct report *r)
{
	const json_t *value = json_object_get(root, claim);

	if (value == NULL)
		return JWT_OK;
	if (!json_is_string(value))
		return malformed(r, claim, "a string");
	*out = slice_of(json_string_value(value), json_string_length(value));
	if (slice_has_nul(*out))
		return malformed(r, claim, "a string without NUL");
	return JWT_OK;
}

static enum jwt_reason
parse_strings(const json_t *root, struct claims *claims, struct report *r)
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
parse_date(const json_t *root, const char *claim, bool *has, int64_t *out,
	struct report *r)
{
	const json_t *value = json_object_get(root, claim);
	double real;

	if (value == NULL)
		return JWT_OK;
	if (!json_is_number(value))
		return malformed(r, claim, "a number of seconds");
	real = json_number_value(value);
	if (!isfinite(real) || real < 0 || real >= (double)NUMERIC_DATE_MAX + 1)
		return malformed(r, claim, "seconds from 1970 to 9999");
	*out = json_is_integer(value) ? json_integer_value(value)
				      : (int64_t)real;
	*has = true;
	return JWT_OK;
}

static enum jwt_reason
parse_dates(const json_t *root, struct claims *c, struct report *r)
{
	JWT_TRY(parse_date(root, "exp", &c->has_exp, &c->exp, r));
	JWT_TRY(parse_date(root, "nbf", &c->has_nbf, &c->nbf, r));
	JWT_TRY(parse_date(root, "iat", &c->has_iat, &c->iat, r));
	return parse_date(
		root, "auth_time", &c->has_auth_time, &c->auth_time, r);
}

/* A string or an array of strings (RFC 7519 section 4.1.3). */
static enum jwt_reason
parse_audience(const json_t *root, struct report *r)
{
	const json_t *aud = json_object_get(root, "aud"), *one;
	size_t i;

	if (aud == NULL || json_is_string(aud))
		return JWT_OK;
	if (!json_is_array(aud))
		return malformed(r, "aud", "a string or an array of strings");
	json_array_foreach (aud, i, one)
		if (!json_is_string(one))
			return malformed(
				r, "aud", "nothing but strings in its array");
	return JWT_OK;
}

/* Members of cnf that we don't know are ignored (RFC 7800 section 3.1). */
static enum jwt_reason
parse_confirmation(const json_t *root, struct claims *claims, struct report *r)
{
	const json_t *cnf = json_object_get(root, "cnf");
	JWT_AUTO(buffer) jkt = BUFFER(JWK_THUMBPRINT_LEN);
	struct slice text = { 0 };

	if (cnf == NULL)
		return JWT_OK;
	if (!json_is_object(cnf))
		return malformed(r, "cnf", "an object");
	claims->has_cnf = true;
	if (json_object_get(cnf, "jkt") == NULL)
		return JWT_OK;
	JWT_TRY(parse_string(cnf, "jkt", &text, r));
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

	JWT_TRY(json_parse_object(payload, "payload", &claims.root, r));
	JWT_TRY(parse_strings(claims.root, &claims, r));
	JWT_TRY(parse_dates(claims.root, &claims, r));
	JWT_TRY(parse_audience(claims.root, r));
	JWT_TRY(parse_confirmation(claims.root, &claims, r));
	*out = claims;
	claims.root = NULL;
	return JWT_OK;
}

static bool
array_has(const json_t *array, struct slice value)
{
	const json_t *one;
	size_t i;

	json_array_foreach (array, i, one)
		if (json_is_string(one) &&
			slice_equal(slice_of(json_string_value(one),
					    json_string_length(one)),
				value))
			return true;
	return false;
}

bool
claims_list_has(
	const struct claims *claims, const char *claim, const char *value)
{
	const json_t *list = json_object_get(claims->root, claim);
	struct slice wanted = slice_of_string(value), rest, word;

	if (wanted.len == 0)
		return false;
	if (!json_is_string(list))
		return array_has(list, wanted);
	rest = slice_of(json_string_value(list), json_string_length(list));
	while (slice_cut(&rest, ' ', &word))
		if (slice_equal(word, wanted))
			return true;
	return slice_equal(rest, wanted);
}
