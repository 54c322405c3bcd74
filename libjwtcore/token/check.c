/* SPDX-License-Identifier: ISC */
/*
 * Claims against an issuer's rules. The order is the header's: what proves
 * the token to be none of ours comes before what is wrong with it.
 */
#include "token/claims.h"

#include <inttypes.h>
#include <strings.h>

/* Bytes of a stranger's string that go into a report. */
#define SHOWN_MAX 80

static int
shown(struct slice text)
{
	return (int)(text.len < SHOWN_MAX ? text.len : SHOWN_MAX);
}

static enum jwt_reason
check_issuer(const struct claims *claims, const struct token_rules *rules,
	struct report *r)
{
	if (json_member(json_root(&claims->doc), "iss") == NULL)
		return report(r, JWT_CLAIM_MISSING, "iss is missing");
	if (!slice_equals_string(claims->iss, rules->issuer))
		return report(r, JWT_ISSUER_UNKNOWN, "iss is %.*s, expected %s",
			shown(claims->iss), (const char *)claims->iss.data,
			rules->issuer);
	return JWT_OK;
}

static bool
equals_ignoring_case(struct slice text, const char *name)
{
	struct slice wanted = slice_of_string(name);

	return text.len == wanted.len &&
	       strncasecmp((const char *)text.data, name, wanted.len) == 0;
}

static const char *
expected_type(enum token_type type)
{
	switch (type) {
	case TOKEN_ACCESS:
		return "at+jwt";
	case TOKEN_LOGOUT:
		return "logout+jwt, JWT or none";
	default:
		return "JWT or none";
	}
}

/*
 * Media types ignore case, and "application/" may be left out (RFC 7515
 * section 4.1.9). So an ID token can't pass for an access token, nor the
 * other way round (RFC 8725 section 3.11, RFC 9068 section 4). Where typ
 * need not say anything, events tells a logout token, which no ID token may
 * be (OpenID Connect Back-Channel Logout section 2.4), by what it says.
 */
static enum jwt_reason
check_type(const struct claims *claims, struct slice typ,
	const struct token_rules *rules, struct report *r)
{
	bool access = equals_ignoring_case(typ, "at+jwt") ||
		      equals_ignoring_case(typ, "application/at+jwt");
	bool logout = equals_ignoring_case(typ, "logout+jwt") ||
		      equals_ignoring_case(typ, "application/logout+jwt");
	bool plain = typ.len == 0 || equals_ignoring_case(typ, "JWT") ||
		     equals_ignoring_case(typ, "application/jwt");
	bool plain_passes = rules->type != TOKEN_ACCESS || rules->plain_typ;

	if (plain_passes && rules->type != TOKEN_LOGOUT &&
		json_member(json_root(&claims->doc), "events") != NULL)
		return report(r, JWT_TYPE_NOT_ALLOWED,
			"it has events: a logout token, or another event");
	if ((access && rules->type == TOKEN_ACCESS) ||
		(logout && rules->type == TOKEN_LOGOUT) ||
		(plain && plain_passes))
		return JWT_OK;
	if (typ.len == 0)
		return report(r, JWT_TYPE_NOT_ALLOWED,
			"typ is missing, expected at+jwt");
	return report(r, JWT_TYPE_NOT_ALLOWED, "typ is %.*s, expected %s",
		shown(typ), (const char *)typ.data, expected_type(rules->type));
}

static bool
is_our_audience(struct slice aud, const struct token_rules *rules)
{
	for (size_t i = 0; i < rules->audience_count; i++)
		if (slice_equals_string(aud, rules->audience[i]))
			return true;
	return false;
}

/* For several, an ID token says who asked for it (OpenID Connect Core
 * section 3.1.3.7). */
static enum jwt_reason
check_party(const struct claims *claims, const struct json_node *aud,
	const struct token_rules *rules, struct report *r)
{
	if (rules->type != TOKEN_ID || aud->count < 2 ||
		json_member(json_root(&claims->doc), "azp") == NULL ||
		is_our_audience(claims->azp, rules))
		return JWT_OK;
	return report(r, JWT_AUDIENCE_MISMATCH,
		"azp is %.*s, which is not ours", shown(claims->azp),
		(const char *)claims->azp.data);
}

static enum jwt_reason
check_audience(const struct claims *claims, const struct token_rules *rules,
	struct report *r)
{
	const struct json_node *aud =
		json_member(json_root(&claims->doc), "aud");
	const struct json_node *one;

	if (aud == NULL)
		return report(r, JWT_CLAIM_MISSING, "aud is missing");
	if (json_is(aud, JSON_KIND_STRING)) {
		if (is_our_audience(aud->text, rules))
			return JWT_OK;
		return report(r, JWT_AUDIENCE_MISMATCH,
			"aud is %.*s, which is not ours", shown(aud->text),
			(const char *)aud->text.data);
	}
	json_each (one, aud)
		if (is_our_audience(one->text, rules))
			return check_party(claims, aud, rules, r);
	return report(r, JWT_AUDIENCE_MISMATCH,
		"aud names %u others, none of ours", aud->count);
}

/*
 * What the issuer wrote about times, held against each other: no clock and
 * so no leeway.
 */
static enum jwt_reason
check_lifetime(const struct claims *c, const struct token_rules *rules,
	struct report *r)
{
	if (!c->has_exp)
		return report(r, JWT_CLAIM_MISSING, "exp is missing");
	if (!c->has_iat && rules->max_lifetime > 0)
		return report(r, JWT_CLAIM_MISSING,
			"iat is missing, max_lifetime needs it");
	if (c->has_iat && c->exp <= c->iat)
		return report(r, JWT_CLAIM_MALFORMED, "exp is not after iat");
	if (c->has_nbf && c->exp <= c->nbf)
		return report(r, JWT_CLAIM_MALFORMED, "exp is not after nbf");
	if (c->has_iat && rules->max_lifetime > 0 &&
		c->exp - c->iat > rules->max_lifetime)
		return report(r, JWT_LIFETIME_TOO_LONG,
			"exp - iat is %" PRId64 " s, max_lifetime is %" PRId64,
			c->exp - c->iat, rules->max_lifetime);
	return JWT_OK;
}

static enum jwt_reason
check_begun(bool has, int64_t begin, const char *claim,
	const struct token_rules *rules, int64_t now, struct report *r)
{
	if (!has || begin <= now + rules->leeway)
		return JWT_OK;
	return report(r, JWT_NOT_YET_VALID,
		"%s is %" PRId64 " s in the future, leeway is %" PRId64, claim,
		begin - now, rules->leeway);
}

enum jwt_reason
claims_check_expiry(const struct claims *c, const struct token_rules *rules,
	int64_t now, struct report *r)
{
	if (!c->has_exp)
		return report(r, JWT_CLAIM_MISSING, "exp is missing");
	/* "On or after which" it must not be accepted. */
	if (now < c->exp + rules->leeway)
		return JWT_OK;
	return report(r, JWT_EXPIRED,
		"exp was %" PRId64 " s ago, leeway is %" PRId64, now - c->exp,
		rules->leeway);
}

enum jwt_reason
claims_check(const struct claims *claims, struct slice typ,
	const struct token_rules *rules, int64_t now, struct report *r)
{
	JWT_TRY(check_issuer(claims, rules, r));
	JWT_TRY(check_type(claims, typ, rules, r));
	JWT_TRY(check_audience(claims, rules, r));
	JWT_TRY(check_lifetime(claims, rules, r));
	JWT_TRY(check_begun(
		claims->has_iat, claims->iat, "iat", rules, now, r));
	JWT_TRY(check_begun(
		claims->has_nbf, claims->nbf, "nbf", rules, now, r));
	return claims_check_expiry(claims, rules, now, r);
}
