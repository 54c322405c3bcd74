/* SPDX-License-Identifier: ISC */
/*
 * A logout token held against the config, by the steps of a login, and what
 * it ends.
 */
#include "logout.h"
#include "revoke_order.h"

#include <string.h>

#define DAY 86400 /* seconds */

void
logout_clear(struct logout *logout)
{
	claims_clear(&logout->claims);
	jws_free(logout->jws);
	memset(logout, 0, sizeof(*logout));
}

static enum jwt_reason
find_issuer(const struct jwt_config *config, struct logout *l, struct report *r)
{
	l->issuer = config_issuer(config, l->claims.iss);
	if (l->issuer == NULL)
		return report(
			r, JWT_ISSUER_UNKNOWN, "iss is not among the issuers");
	if (l->issuer->logout_audience.count == 0)
		return report(r, JWT_POLICY_DENIED,
			"issuer \"%s\" has no logout_audience",
			l->issuer->name);
	return JWT_OK;
}

static enum jwt_reason
verify(const struct logout *l, const struct keys_places *places, int64_t now,
	struct report *r)
{
	JWT_AUTO(jwks) keys = NULL;

	/* Before the fetcher is asked for a key that can't count. */
	if ((l->issuer->algorithms & JWS_ALG_BIT(jws_alg(l->jws))) == 0)
		return report(r, JWT_ALG_NOT_ALLOWED,
			"alg %s is not among the algorithms of issuer \"%s\"",
			jws_alg_info(jws_alg(l->jws))->name, l->issuer->name);
	JWT_TRY(keys_for_token(
		l->issuer, places, jws_kid(l->jws), now, &keys, r));
	return jws_verify(l->jws, l->issuer->algorithms, keys, NULL, r);
}

enum jwt_reason
logout_judge(const struct jwt_config *config, const struct keys_places *places,
	struct slice token, int64_t now, struct logout *l, struct report *r)
{
	struct token_rules rules = { .type = TOKEN_LOGOUT };

	JWT_TRY(jws_parse(token, &l->jws, r));
	JWT_TRY(claims_parse(jws_payload(l->jws), &l->claims, r));
	JWT_TRY(find_issuer(config, l, r));
	JWT_TRY(verify(l, places, now, r));
	rules.issuer = l->issuer->issuer;
	rules.audience = l->issuer->logout_audience.item;
	rules.audience_count = l->issuer->logout_audience.count;
	rules.max_lifetime = l->issuer->max_lifetime;
	rules.leeway = l->issuer->leeway;
	JWT_TRY(claims_check(&l->claims, jws_typ(l->jws), &rules, now, r));
	return claims_check_logout(&l->claims, r);
}

static bool
add_entry(const struct logout *l, enum revoked_kind kind, struct slice value,
	int64_t now, struct buffer *lines)
{
	JWT_AUTO(buffer) what = BUFFER(1024);
	struct revocation_entry entry = { .kind = kind,
		/* The same all day: a second logout changes nothing. */
		.until = (now / DAY + LOGOUT_DAYS + 1) * DAY,
		.when = now,
		/* The issuer's own clock: what it issued in that second, too.
		 */
		.before = l->claims.iat + 1 };

	if (!buffer_append_format(
		    &what, "logout of %s ", revoked_kind_name(kind)) ||
		!revoke_append_words(&what, value) ||
		!buffer_append_format(
			&what, " by issuer %s", l->issuer->name) ||
		!revocation_hex(kind, l->claims.iss, value, entry.hex))
		return false;
	entry.what = (char *)what.data;
	return revoke_order_add(lines, &entry);
}

/*
 * Tokens without a sid of their own can't be told by it: unless the config
 * says that the issuer's all have one, the user's are ended as well. A user
 * who has ended too many sessions has all of them ended by one name.
 */
bool
logout_order(
	const struct logout *l, bool by_sid, int64_t now, struct buffer *lines)
{
	const struct claims *c = &l->claims;
	bool session = c->sid.len > 0 && (by_sid || c->sub.len == 0);
	bool user = !session || l->issuer->logout_ends == LOGOUT_ENDS_USER;

	if (session && !add_entry(l, REVOKED_SID, c->sid, now, lines))
		return false;
	if (user && c->sub.len > 0 &&
		!add_entry(l, REVOKED_SUB, c->sub, now, lines))
		return false;
	return buffer_append_string(lines, REVOKE_END);
}
