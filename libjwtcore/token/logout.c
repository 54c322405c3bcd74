/* SPDX-License-Identifier: ISC */
/*
 * What a logout token must say, and what it must not: OpenID Connect
 * Back-Channel Logout 1.0 sections 2.4 and 2.6.
 */
#include "token/claims.h"

/* An object with the event's name, which is an object itself. */
static enum jwt_reason
check_event(const struct json_node *root, struct report *r)
{
	const struct json_node *events = json_member(root, "events");

	if (events == NULL)
		return report(r, JWT_TYPE_NOT_ALLOWED,
			"it has no events: no logout token");
	if (!json_is(json_member(events, LOGOUT_EVENT), JSON_KIND_OBJECT))
		return report(r, JWT_TYPE_NOT_ALLOWED,
			"events is of something else than a logout");
	return JWT_OK;
}

enum jwt_reason
claims_check_logout(const struct claims *claims, struct report *r)
{
	const struct json_node *root = json_root(&claims->doc);

	JWT_TRY(check_event(root, r));
	/* So that no ID token can ever pass for a logout token. */
	if (json_member(root, "nonce") != NULL)
		return report(r, JWT_TYPE_NOT_ALLOWED,
			"it has a nonce, which is an ID token's");
	if (claims->jti.len == 0)
		return report(r, JWT_CLAIM_MISSING, "jti is missing");
	if (claims->sub.len == 0 && claims->sid.len == 0)
		return report(
			r, JWT_CLAIM_MISSING, "sub and sid are both missing");
	return JWT_OK;
}
