/* SPDX-License-Identifier: ISC */
/*
 * Claims: parsed, then held against rules. The first byte chooses the rules,
 * the rest of the first line is the header's typ, behind it the payload. A
 * second judge, written over jansson, must come to the same reason.
 */
#include "fuzz.h"
#include "oracle.h"
#include "base/base64.h"
#include "token/claims.h"

#include <string.h>
#include <strings.h>

#define NOW	 1800000000
#define TIME_MAX 253402300799

static char ours[] = "ssh://web1", all[] = "ssh://all";
static char *const audience[] = { ours, all };

static struct token_rules
rules_of(uint8_t choice)
{
	return (struct token_rules){
		.issuer = "https://idp.test",
		.type = choice & 1 ? TOKEN_ID : TOKEN_ACCESS,
		.plain_typ = (choice & 2) != 0,
		.audience = audience,
		.audience_count = choice & 4 ? 1 : JWT_COUNT(audience),
		.max_lifetime = choice & 8 ? 0 : 3600,
		.leeway = 30,
	};
}

/* -1: wrong, 0: absent, 1: there. Reals are cut by the reader under test,
 * whose arithmetic fuzz_json checks: here they must only be near. */
static int
date_of(const json_t *root, const char *name, bool has, int64_t parsed,
	int64_t *out)
{
	const json_t *value = json_object_get(root, name);

	if (value == NULL)
		return 0;
	if (!json_is_number(value) || json_number_value(value) < 0)
		return -1;
	if (json_is_integer(value)) {
		*out = json_integer_value(value);
		/* "-0" is refused; jansson makes it 0. */
		return *out > TIME_MAX || (*out == 0 && !has) ? -1 : 1;
	}
	if (json_real_value(value) > (double)TIME_MAX + 2)
		return -1;
	*out = parsed;
	if (!has)
		return json_real_value(value) > (double)TIME_MAX - 1 ||
				       json_real_value(value) <= 0
			       ? -1
			       : 1;
	REQUIRE((double)parsed <= json_real_value(value) &&
		(double)parsed + 1.001 > json_real_value(value));
	return 1;
}

static bool
strings_are_strings(const json_t *root)
{
	static const char *const names[] = { "iss", "sub", "jti", "sid", "acr",
		"azp" };
	const json_t *aud = json_object_get(root, "aud"), *one;
	size_t i;

	for (i = 0; i < JWT_COUNT(names); i++)
		if (oracle_is_strange(root, names[i]))
			return false;
	if (aud != NULL && !json_is_string(aud) && !json_is_array(aud))
		return false;
	json_array_foreach (aud, i, one)
		if (!json_is_string(one))
			return false;
	return true;
}

static bool
cnf_is_right(const json_t *root)
{
	const json_t *cnf = json_object_get(root, "cnf");
	const json_t *jkt = json_object_get(cnf, "jkt");

	if (cnf == NULL)
		return true;
	if (!json_is_object(cnf))
		return false;
	return jkt == NULL ||
	       (json_is_string(jkt) && oracle_is_base64url(oracle_text(jkt),
					       JWK_THUMBPRINT_LEN));
}

struct dates {
	int exp, nbf, iat, auth_time; /* as date_of says */
	int64_t exp_at, nbf_at, iat_at, auth_time_at;
};

static struct dates
dates_of(const json_t *root, const struct claims *c)
{
	struct dates d = { 0 };

	d.exp = date_of(root, "exp", c->has_exp, c->exp, &d.exp_at);
	d.nbf = date_of(root, "nbf", c->has_nbf, c->nbf, &d.nbf_at);
	d.iat = date_of(root, "iat", c->has_iat, c->iat, &d.iat_at);
	d.auth_time = date_of(root, "auth_time", c->has_auth_time, c->auth_time,
		&d.auth_time_at);
	return d;
}

static void
check_parsed(const json_t *root, const struct claims *c, enum jwt_reason reason)
{
	struct dates d = dates_of(root, c);
	bool right = strings_are_strings(root) && cnf_is_right(root) &&
		     d.exp >= 0 && d.nbf >= 0 && d.iat >= 0;

	if (reason != JWT_OK) {
		/* A real at the very edge is no rule's business here. */
		REQUIRE(!right ||
			d.exp_at + d.nbf_at + d.iat_at + d.auth_time_at == 0);
		return;
	}
	REQUIRE(right);
	REQUIRE(c->has_exp == d.exp && (!d.exp || c->exp == d.exp_at));
	REQUIRE(c->has_nbf == d.nbf && (!d.nbf || c->nbf == d.nbf_at));
	REQUIRE(c->has_iat == d.iat && (!d.iat || c->iat == d.iat_at));
	REQUIRE(c->has_auth_time == (d.auth_time > 0));
	REQUIRE(!c->odd_auth_time || !c->has_auth_time);
	REQUIRE(c->has_cnf == (json_object_get(root, "cnf") != NULL));
	REQUIRE(c->has_jkt == json_is_string(json_object_get(
				      json_object_get(root, "cnf"), "jkt")));
	REQUIRE(slice_equal(c->iss, oracle_text(json_object_get(root, "iss"))));
	REQUIRE(slice_equal(c->sub, oracle_text(json_object_get(root, "sub"))));
	REQUIRE(slice_equal(c->jti, oracle_text(json_object_get(root, "jti"))));
}

static bool
typ_fits(struct slice typ, const struct token_rules *rules)
{
	char *text = slice_to_string(typ);
	const char *name = text;
	bool fits;

	REQUIRE(text != NULL);
	if (slice_has_nul(typ))
		name = "none";
	else if (strncasecmp(name, "application/", 12) == 0)
		name += 12;
	if (rules->type == TOKEN_ACCESS && strcasecmp(name, "at+jwt") == 0)
		fits = true;
	else if (rules->type == TOKEN_ACCESS && !rules->plain_typ)
		fits = false;
	else
		fits = strcasecmp(name, "jwt") == 0 || typ.len == 0;
	free(text);
	return fits;
}

static bool
names_us(const json_t *aud, const struct token_rules *rules)
{
	const json_t *one;
	size_t i;

	for (i = 0; i < rules->audience_count; i++)
		if (json_is_string(aud) && slice_equals_string(oracle_text(aud),
						   rules->audience[i]))
			return true;
	json_array_foreach (aud, i, one)
		if (names_us(one, rules))
			return true;
	return false;
}

/* The rules once more, in the order that claims.h promises. */
static enum jwt_reason
judge(const json_t *root, struct slice typ, const struct token_rules *rules,
	const struct claims *c)
{
	struct dates d = dates_of(root, c);
	int64_t limit = rules->max_lifetime;

	if (json_object_get(root, "iss") == NULL)
		return JWT_CLAIM_MISSING;
	if (!oracle_equals(root, "iss", rules->issuer))
		return JWT_ISSUER_UNKNOWN;
	if (!typ_fits(typ, rules))
		return JWT_TYPE_NOT_ALLOWED;
	if (json_object_get(root, "aud") == NULL)
		return JWT_CLAIM_MISSING;
	if (!names_us(json_object_get(root, "aud"), rules))
		return JWT_AUDIENCE_MISMATCH;
	if (!d.exp || (!d.iat && limit != 0))
		return JWT_CLAIM_MISSING;
	if ((d.iat && d.iat_at >= d.exp_at) || (d.nbf && d.nbf_at >= d.exp_at))
		return JWT_CLAIM_MALFORMED;
	if (limit != 0 && d.exp_at > d.iat_at + limit)
		return JWT_LIFETIME_TOO_LONG;
	if ((d.iat && d.iat_at - rules->leeway > NOW) ||
		(d.nbf && d.nbf_at - rules->leeway > NOW))
		return JWT_NOT_YET_VALID;
	return d.exp_at <= NOW - rules->leeway ? JWT_EXPIRED : JWT_OK;
}

/* Is value an element, or a word between single spaces? */
static bool
list_has(const json_t *list, const char *value)
{
	JWT_AUTO(buffer) text = BUFFER(1024 * 1024);
	JWT_AUTO(buffer) word = BUFFER(256);
	const json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		if (json_is_string(one) &&
			slice_equals_string(oracle_text(one), value))
			return true;
	if (!json_is_string(list))
		return false;
	REQUIRE(buffer_append_format(&text, " %s ", json_string_value(list)) &&
		buffer_append_format(&word, " %s ", value));
	return memmem(text.data, text.len, word.data, word.len) != NULL;
}

static void
check_lists(const json_t *root, const struct claims *claims)
{
	static const char *const names[] = { "scope", "scp", "groups",
		"roles" };

	for (size_t i = 0; i < JWT_COUNT(names); i++)
		REQUIRE(claims_list_has(claims, names[i], "ssh") ==
			list_has(json_object_get(root, names[i]), "ssh"));
	REQUIRE(!claims_list_has(claims, "scope", ""));
}

static void
check(struct slice payload, struct slice typ, const struct token_rules *rules)
{
	JWT_AUTO(claims) claims = { 0 };
	struct report r = { 0 };
	json_t *root = NULL;
	enum oracle oracle = oracle_json(payload, &root);
	enum jwt_reason reason = UNDER_TEST(claims_parse(payload, &claims, &r));

	REQUIRE((reason == JWT_OK) == (r.text[0] == '\0'));
	if (fault_struck()) {
		REQUIRE(reason != JWT_OK);
	} else if (oracle == ORACLE_REFUSES) {
		REQUIRE(reason == JWT_TOKEN_MALFORMED);
	} else if (oracle == ORACLE_ACCEPTS) {
		REQUIRE(reason == JWT_OK || reason == JWT_CLAIM_MALFORMED);
		check_parsed(root, &claims, reason);
	}
	if (reason == JWT_OK) {
		reason = claims_check(&claims, typ, rules, NOW, &r);
		REQUIRE((reason == JWT_OK) == (r.text[0] == '\0'));
		if (root != NULL) {
			REQUIRE(reason == judge(root, typ, rules, &claims));
			check_lists(root, &claims);
		}
		if (reason == JWT_OK)
			REQUIRE(claims_check_expiry(&claims, rules, NOW, &r) ==
				JWT_OK);
	}
	json_decref(root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_of(data, size);
	struct token_rules rules = rules_of(fuzz_byte(&input));
	struct slice typ = fuzz_copy(fuzz_part(&input, '\n'));
	struct slice payload = fuzz_copy(input);

	check(payload, typ, &rules);
	fuzz_copy_free(payload);
	fuzz_copy_free(typ);
	return 0;
}
