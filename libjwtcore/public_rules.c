/* SPDX-License-Identifier: ISC */
/* The public API's rules: setters that can't be ignored when they fail. */
#include "public.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LIFETIME_DEFAULT 3600 /* what jwtauth.conf takes as well */
#define LEEWAY_DEFAULT	 30

struct jwtcore_rules *
jwtcore_rules_new(void)
{
	struct jwtcore_rules *rules = calloc(1, sizeof(*rules));

	if (rules == NULL)
		return NULL;
	rules->type = JWTCORE_ACCESS_TOKEN;
	rules->max_lifetime = LIFETIME_DEFAULT;
	rules->leeway = LEEWAY_DEFAULT;
	return rules;
}

void
jwtcore_rules_free(struct jwtcore_rules *rules)
{
	if (rules == NULL)
		return;
	free(rules->issuer);
	for (size_t i = 0; i < rules->audience_count; i++)
		free(rules->audience[i]);
	free(rules);
}

#define SPOIL(rules, reason, ...)                                       \
	((rules)->spoilt = (rules)->spoilt == JWT_OK ? (reason)         \
						     : (rules)->spoilt, \
		report(&(rules)->spoilt_why, (reason), __VA_ARGS__))

/* A name of 1 to JWTCORE_NAME_MAX bytes, copied to *out. */
static enum jwt_reason
take_name(struct jwtcore_rules *rules, const char *setter, const char *name,
	char **out)
{
	size_t len = name != NULL ? strnlen(name, JWTCORE_NAME_MAX + 1) : 0;

	if (len == 0 || len > JWTCORE_NAME_MAX)
		return SPOIL(rules, JWT_CONFIG_ERROR,
			"%s: expected a string of 1 to %d bytes", setter,
			JWTCORE_NAME_MAX);
	*out = slice_to_string(slice_of(name, len));
	if (*out == NULL)
		return SPOIL(
			rules, JWT_INTERNAL_ERROR, "%s: out of memory", setter);
	return JWT_OK;
}

enum jwt_reason
jwtcore_rules_set_issuer(struct jwtcore_rules *rules, const char *issuer)
{
	if (rules == NULL)
		return JWT_CONFIG_ERROR;
	if (rules->issuer != NULL)
		return SPOIL(rules, JWT_CONFIG_ERROR,
			"set_issuer: there is an issuer already");
	return take_name(rules, "set_issuer", issuer, &rules->issuer);
}

enum jwt_reason
jwtcore_rules_add_audience(struct jwtcore_rules *rules, const char *audience)
{
	if (rules == NULL)
		return JWT_CONFIG_ERROR;
	if (rules->audience_count == JWTCORE_AUDIENCE_MAX)
		return SPOIL(rules, JWT_CONFIG_ERROR,
			"add_audience: there are %d already",
			JWTCORE_AUDIENCE_MAX);
	JWT_TRY(take_name(rules, "add_audience", audience,
		&rules->audience[rules->audience_count]));
	rules->audience_count++;
	return JWT_OK;
}

enum jwt_reason
jwtcore_rules_add_algorithm(struct jwtcore_rules *rules, const char *name)
{
	enum jws_alg alg;

	if (rules == NULL)
		return JWT_CONFIG_ERROR;
	if (!jws_alg_from_name(slice_of_string(name), &alg))
		return SPOIL(rules, JWT_CONFIG_ERROR,
			"add_algorithm: \"%.32s\" is not known",
			name != NULL ? name : "");
	rules->algorithms |= JWS_ALG_BIT(alg);
	return JWT_OK;
}

enum jwt_reason
jwtcore_rules_set_type(struct jwtcore_rules *rules, enum jwtcore_type type)
{
	if (rules == NULL)
		return JWT_CONFIG_ERROR;
	switch (type) {
	case JWTCORE_ACCESS_TOKEN:
	case JWTCORE_PLAIN_TOKEN:
	case JWTCORE_ID_TOKEN:
		rules->type = type;
		return JWT_OK;
	}
	return SPOIL(
		rules, JWT_CONFIG_ERROR, "set_type: %d is no type", (int)type);
}

enum jwt_reason
jwtcore_rules_allow_bound(struct jwtcore_rules *rules)
{
	if (rules == NULL)
		return JWT_CONFIG_ERROR;
	rules->allow_bound = true;
	return JWT_OK;
}

static enum jwt_reason
take_seconds(struct jwtcore_rules *rules, const char *setter, int64_t seconds,
	int64_t min, int64_t max, int64_t *out)
{
	if (rules == NULL)
		return JWT_CONFIG_ERROR;
	if (seconds < min || seconds > max)
		return SPOIL(rules, JWT_CONFIG_ERROR,
			"%s: %" PRId64 " s, expected %" PRId64 " to %" PRId64,
			setter, seconds, min, max);
	*out = seconds;
	return JWT_OK;
}

enum jwt_reason
jwtcore_rules_set_max_lifetime(struct jwtcore_rules *rules, int64_t seconds)
{
	return take_seconds(rules, "set_max_lifetime", seconds, 1,
		JWTCORE_LIFETIME_MAX,
		rules != NULL ? &rules->max_lifetime : NULL);
}

enum jwt_reason
jwtcore_rules_set_leeway(struct jwtcore_rules *rules, int64_t seconds)
{
	return take_seconds(rules, "set_leeway", seconds, 0, JWTCORE_LEEWAY_MAX,
		rules != NULL ? &rules->leeway : NULL);
}
