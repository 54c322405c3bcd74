/* SPDX-License-Identifier: ISC */
/*
 * JWT claims (RFC 7519 section 4.1, RFC 9068 section 2.2, RFC 7800): parsed
 * into typed fields once, then held against the issuer's rules.
 */
#ifndef JWT_TOKEN_CLAIMS_H
#define JWT_TOKEN_CLAIMS_H

#include "jose/json.h"
#include "jose/jwk.h"

#define NUMERIC_DATE_MAX 253402300799 /* 9999-12-31T23:59:59Z */

struct claims {
	struct json_doc doc; /* points into the payload */
	struct slice iss, sub, jti, sid, acr, azp;
	bool has_exp, has_nbf, has_iat, has_auth_time, has_jkt, has_cnf;
	bool odd_auth_time;		  /* there, and no NumericDate */
	int64_t exp, nbf, iat, auth_time; /* NumericDate, fraction cut */
	uint8_t jkt[JWK_THUMBPRINT_LEN];  /* cnf.jkt, decoded (RFC 9449 6.1) */
};

void claims_clear(struct claims *claims);

static inline void
jwt_auto_claims(struct claims *claims)
{
	claims_clear(claims);
}
typedef struct claims jwt_auto_claims_t; /* for JWT_AUTO(claims) */

/*
 * Parses a payload, which is borrowed and must outlive *out.
 * token_malformed: not strict JSON. claim_malformed: a
 * claim of the wrong type or out of range (NumericDate within
 * [0, 253402300799], strings without NUL, jkt a canonical 32-byte
 * thumbprint; a cnf that holds no jkt sets has_cnf alone: bound to something
 * that we can't prove).
 */
enum jwt_reason claims_parse(struct slice payload, struct claims *out,
	struct report *report) JWT_MUST_CHECK;

/* Does a claim that is an array of strings or a space-separated string
 * (scope, scp, groups, roles) hold this value? */
bool claims_list_has(
	const struct claims *claims, const char *claim, const char *value);

/* What an issuer's tokens must look like. Pointers borrowed from config. */
/* TOKEN_LOGOUT: see claims_check_logout, too. */
enum token_type { TOKEN_ACCESS, TOKEN_ID, TOKEN_LOGOUT };
struct token_rules {
	const char *issuer;
	enum token_type type;
	/* Accept typ "JWT" or none for access tokens too, for issuers that
	 * never say at+jwt. */
	bool plain_typ;
	char *const *audience; /* any of them; exact */
	size_t audience_count;
	int64_t max_lifetime; /* seconds, exp - iat; 0: no limit */
	int64_t leeway;	      /* seconds, applied in claims_check only */
};

/*
 * typ is the header's. Checks in this order: iss, typ, aud, exp present,
 * iat present (where max_lifetime is set), lifetime, iat not in the future,
 * nbf, exp. Now is in seconds since the epoch, 0 to NUMERIC_DATE_MAX.
 * claim_missing, issuer_unknown, type_not_allowed, audience_mismatch,
 * claim_malformed (exp not after iat or nbf), lifetime_too_long, not_yet_valid,
 * expired.
 */
enum jwt_reason claims_check(const struct claims *claims, struct slice typ,
	const struct token_rules *rules, int64_t now,
	struct report *report) JWT_MUST_CHECK;
/* The last line of claims_check alone: for a carrier accepted before. */
enum jwt_reason claims_check_expiry(const struct claims *claims,
	const struct token_rules *rules, int64_t now,
	struct report *report) JWT_MUST_CHECK;

/*
 * What makes a token a logout token (OpenID Connect Back-Channel Logout 1.0
 * section 2.6), beside claims_check with TOKEN_LOGOUT: the event, sub or sid,
 * jti, and no nonce, since that is an ID token's. type_not_allowed,
 * claim_missing.
 */
#define LOGOUT_EVENT "http://schemas.openid.net/event/backchannel-logout"
enum jwt_reason claims_check_logout(
	const struct claims *claims, struct report *report) JWT_MUST_CHECK;

#endif
