/* SPDX-License-Identifier: ISC */
/* What a service asks of a token, once its signature has been proved. */
#include "policy/policy.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* auth_time may be this far in the future, as far as any leeway goes. */
#define AUTH_TIME_SKEW_MAX 300

/* A hint goes to the user's terminal: printable and whole, or not at all. */
__attribute__((format(printf, 2, 3))) static void
set_hint(char hint[JWT_HINT_MAX + 1], const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(hint, JWT_HINT_MAX + 1, format, args);
	va_end(args);
	if (len < 0 || len > JWT_HINT_MAX)
		hint[0] = '\0';
	for (const char *c = hint; *c != '\0'; c++)
		if (*c < ' ' || *c > '~') {
			hint[0] = '\0';
			return;
		}
}

static bool
list_has(const struct string_list *list, struct slice value)
{
	for (size_t i = 0; i < list->count; i++)
		if (slice_equals_string(value, list->item[i]))
			return true;
	return false;
}

/* scope of RFC 8693 and 9068, or scp, as some issuers call it. */
static enum jwt_reason
check_scope(const struct service_config *service, const struct claims *claims,
	char *hint, struct report *r)
{
	const struct string_list *any = &service->scope_any;

	if (any->count == 0)
		return JWT_OK;
	for (size_t i = 0; i < any->count; i++)
		if (claims_list_has(claims, "scope", any->item[i]) ||
			claims_list_has(claims, "scp", any->item[i]))
			return JWT_OK;
	set_hint(hint, "scope %s", any->item[0]);
	return report(r, JWT_POLICY_DENIED,
		"scope holds none that service %s wants (%s%s)", service->name,
		any->item[0], any->count > 1 ? ", ..." : "");
}

static enum jwt_reason
check_acr(const struct service_config *service, const struct claims *claims,
	char *hint, struct report *r)
{
	const struct string_list *any = &service->acr_any;

	if (any->count == 0 || list_has(any, claims->acr))
		return JWT_OK;
	set_hint(hint, "acr %s", any->item[0]);
	return report(r, JWT_POLICY_DENIED,
		"acr is none that service %s wants (%s%s)", service->name,
		any->item[0], any->count > 1 ? ", ..." : "");
}

static enum jwt_reason
check_auth_age(const struct service_config *service,
	const struct claims *claims, int64_t now, struct report *r)
{
	int64_t since = claims->has_auth_time ? claims->auth_time : claims->iat;
	int64_t age = now - since;

	if (service->max_auth_age <= 0)
		return JWT_OK;
	if (claims->odd_auth_time)
		return report(r, JWT_AUTH_TOO_OLD,
			"auth_time is no number of seconds");
	if (!claims->has_auth_time && !claims->has_iat)
		return report(r, JWT_AUTH_TOO_OLD,
			"neither auth_time nor iat says when the user logged "
			"in");
	if (age < -AUTH_TIME_SKEW_MAX)
		return report(r, JWT_AUTH_TOO_OLD,
			"auth_time is %" PRId64 " s in the future", -age);
	if (age > service->max_auth_age)
		return report(r, JWT_AUTH_TOO_OLD,
			"the user logged in %" PRId64
			" s ago, service %s allows %" PRId64,
			age, service->name, service->max_auth_age);
	return JWT_OK;
}

enum jwt_reason
policy_service(const struct service_config *service,
	const struct claims *claims, const char *account, int64_t now,
	char hint[JWT_HINT_MAX + 1], struct report *r)
{
	hint[0] = '\0';
	if (!service->has_rule)
		return report(r, JWT_POLICY_DENIED,
			"service %s has no rule of its own", service->name);
	if (service->users.count > 0 &&
		!list_has(&service->users, slice_of_string(account)))
		return report(r, JWT_POLICY_DENIED,
			"%s is not among the users of service %s", account,
			service->name);
	JWT_TRY(check_scope(service, claims, hint, r));
	JWT_TRY(check_acr(service, claims, hint, r));
	if (check_auth_age(service, claims, now, r) == JWT_OK)
		return JWT_OK;
	set_hint(hint, "auth within %" PRId64 "s", service->max_auth_age);
	return JWT_AUTH_TOO_OLD;
}
