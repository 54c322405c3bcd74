/* SPDX-License-Identifier: ISC */
/*
 * Policy: claims to a local account, and what a service asks of a token.
 * Pure: everything it needs is handed to it.
 */
#ifndef JWT_POLICY_POLICY_H
#define JWT_POLICY_POLICY_H

#include "config/config.h"

/*
 * Is this a name that we take for an account? [a-z_][a-z0-9_.-]*, at most 32
 * bytes, whatever the local useradd would allow.
 */
bool policy_is_account_name(struct slice name);

/*
 * May this token log in as user? With user NULL: the first account that a
 * rule yields. user_mismatch: its rules yield other accounts (or none).
 * policy_denied: below min_uid or root without a rule that names the
 * subject, a name that is no account name, a service that needs an account
 * and knows no uid. uid is JWT_NO_UID where not known.
 */
enum jwt_reason policy_account(const struct jwt_config *config,
	const struct issuer_config *issuer,
	const struct service_config *service, const struct claims *claims,
	const char *user, uint32_t uid, char account[JWT_NAME_MAX + 1],
	struct report *report) JWT_MUST_CHECK;

/*
 * Does the token satisfy the service? policy_denied (no rule, scope, acr,
 * user), auth_too_old. Where a new token would help, hint says what to ask
 * for ("scope sudo", "acr mfa", "auth within 900s"), printable ASCII.
 */
enum jwt_reason policy_service(const struct service_config *service,
	const struct claims *claims, const char *account, int64_t now,
	char hint[JWT_HINT_MAX + 1], struct report *report) JWT_MUST_CHECK;

#endif
