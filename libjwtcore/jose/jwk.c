/* SPDX-License-Identifier: ISC */
/*
 * The rules that hold for every kty: kid, alg, use, key_ops (RFC 7517
 * section 4). The numbers are the families' business.
 */
#include "jose/family.h"

#include "base/base64.h"

/* RFC 7518 sections 6.2.2, 6.3.2, 6.4: none of these belongs in public. */
static const char *const private_members[] = { "d", "p", "q", "dp", "dq", "qi",
	"oth", "k" };

#define KEY_OPS_MAX 32 /* the registry has eight */

#define NUMBER_MAX 1024 /* bytes: RSA of 8192 bits */
#define ROOM_MAX   (JWK_KID_MAX + NUMBER_MAX + 256) /* kid, n and e */

static const struct jwk_family *const families[] = {
	[JWK_RSA] = &jwk_family_rsa,
	[JWK_EC] = &jwk_family_ec,
	[JWK_OKP] = &jwk_family_okp,
	[JWK_OCT] = &jwk_family_hmac,
};

const struct jwk_family *
jwk_family_of(enum jwk_type type)
{
	return families[type];
}

jws_alg_set
jwk_fitting_algs(enum jwk_type type, enum jwk_curve curve)
{
	jws_alg_set set = 0;

	for (unsigned i = 0; i < JWS_ALG_COUNT; i++) {
		const struct jws_alg_info *info = jws_alg_info((enum jws_alg)i);

		if (info->type == type &&
			(info->curve == curve || (info->other != JWK_NO_CURVE &&
							 info->other == curve)))
			set |= JWS_ALG_BIT(i);
	}
	return set;
}

enum jwt_reason
jwk_get_bytes(struct jwk *key, const struct json_node *object, const char *name,
	size_t min, size_t max, struct slice *out, struct report *r)
{
	size_t start = key->bytes.len, len;
	struct slice text;

	if (!json_get_string(object, name, &text))
		return report(r, JWT_TOKEN_MALFORMED,
			"%s is missing or not a string", name);
	if (!base64url_decode(text, &key->bytes))
		return report(r, JWT_TOKEN_MALFORMED,
			"%s is not canonical base64url, or too long", name);
	len = key->bytes.len - start;
	if (len < min || len > max)
		return report(r, JWT_TOKEN_MALFORMED,
			"%s has %zu bytes, not %zu to %zu", name, len, min,
			max);
	*out = slice_of(key->bytes.data + start, len);
	return JWT_OK;
}

bool
jwk_set_bytes(json_t *object, const char *name, struct slice bytes)
{
	JWT_AUTO(buffer) text = BUFFER(NUMBER_MAX * 2);

	return base64url_encode(bytes, &text) &&
	       json_object_set_new(
		       object, name, json_string(buffer_string(&text))) == 0;
}

static enum jwt_reason
read_kid(struct jwk *key, const struct json_node *object, struct report *r)
{
	struct slice kid;

	if (json_member(object, "kid") == NULL)
		return JWT_OK;
	if (!json_get_string(object, "kid", &kid) || kid.len > JWK_KID_MAX)
		return report(r, JWT_TOKEN_MALFORMED,
			"kid is not a string of at most %d bytes", JWK_KID_MAX);
	if (!jwk_keep(key, kid, &key->kid))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	return JWT_OK;
}

/* Does this element of the array stand in it before? */
static bool
stands_before(const struct json_node *array, const struct json_node *element)
{
	const struct json_node *one;

	json_each (one, array) {
		if (one == element)
			break;
		if (slice_equal(one->text, element->text))
			return true;
	}
	return false;
}

/*
 * key_ops, if there, must hold op; a value of the wrong type is an error, and
 * so is one that stands there twice (RFC 7517 section 4.3).
 */
static enum jwt_reason
check_key_ops(const struct json_node *object, const char *op, bool *allowed,
	struct report *r)
{
	const struct json_node *ops = json_member(object, "key_ops"), *value;
	bool found = false;

	*allowed = true;
	if (ops == NULL)
		return JWT_OK;
	if (!json_is(ops, JSON_KIND_ARRAY) || ops->count > KEY_OPS_MAX)
		return report(r, JWT_TOKEN_MALFORMED,
			"key_ops is not an array of at most %d", KEY_OPS_MAX);
	json_each (value, ops) {
		if (!json_is(value, JSON_KIND_STRING))
			return report(r, JWT_TOKEN_MALFORMED,
				"key_ops holds something else than strings");
		if (stands_before(ops, value))
			return report(r, JWT_TOKEN_MALFORMED,
				"key_ops says one thing twice");
		if (slice_equals_string(value->text, op))
			found = true;
	}
	*allowed = found;
	return JWT_OK;
}

/* Kty, crv, alg, use and key_ops decide together, before any crypto. */
static enum jwt_reason
read_purpose(struct jwk *key, const struct json_node *object, struct report *r)
{
	const char *op = key->is_private ? "sign" : "verify";
	struct slice text;
	bool op_allowed;

	key->allowed = jwk_fitting_algs(key->type, key->curve);
	if (json_member(object, "alg") != NULL) {
		if (!json_get_string(object, "alg", &text))
			return report(
				r, JWT_TOKEN_MALFORMED, "alg is not a string");
		key->has_alg = jws_alg_from_name(text, &key->alg);
		key->allowed &= key->has_alg ? JWS_ALG_BIT(key->alg) : 0;
	}
	if (json_member(object, "use") != NULL) {
		if (!json_get_string(object, "use", &text))
			return report(
				r, JWT_TOKEN_MALFORMED, "use is not a string");
		if (!slice_equals_string(text, "sig"))
			key->allowed = 0;
	}
	JWT_TRY(check_key_ops(object, op, &op_allowed, r));
	if (!op_allowed)
		key->allowed = 0;
	return JWT_OK;
}

/* RSA, EC or OKP by kty; oct is no key that a JSON text may bring. */
static enum jwt_reason
read_type(const struct json_node *object, enum jwk_type *type, struct report *r)
{
	struct slice kty;

	if (!json_get_string(object, "kty", &kty))
		return report(r, JWT_TOKEN_MALFORMED,
			"kty is missing or not a string");
	for (unsigned i = 0; i < JWT_COUNT(families); i++)
		if (families[i]->import != NULL &&
			slice_equals_string(kty, families[i]->kty)) {
			*type = (enum jwk_type)i;
			return JWT_OK;
		}
	return report(r, JWT_TOKEN_MALFORMED, "kty is none of RSA, EC, OKP");
}

const char *
jwk_private_member(const struct json_node *object)
{
	for (size_t i = 0; i < JWT_COUNT(private_members); i++)
		if (json_member(object, private_members[i]) != NULL)
			return private_members[i];
	return NULL;
}

enum jwt_reason
jwk_from_json(
	const struct json_node *object, struct jwk **out, struct report *r)
{
	const char *exposed = jwk_private_member(object);
	JWT_AUTO(jwk) key = NULL;
	enum jwk_type type;

	JWT_TRY(read_type(object, &type, r));
	if (exposed != NULL)
		return report(r, JWT_TOKEN_MALFORMED,
			"%s is private and stands in a public key", exposed);
	/* What is decoded is never longer than what it stands in. */
	key = jwk_new(type, JWK_NO_CURVE,
		object->text.len < ROOM_MAX ? object->text.len : ROOM_MAX);
	if (key == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	JWT_TRY(read_kid(key, object, r));
	JWT_TRY(jwk_family_of(type)->import(key, object, r));
	JWT_TRY(read_purpose(key, object, r));
	*out = JWT_TAKE(key);
	return JWT_OK;
}

struct slice
jwk_kid(const struct jwk *key)
{
	return key->kid;
}

enum jwk_type
jwk_type(const struct jwk *key)
{
	return key->type;
}

bool
jwk_allows(const struct jwk *key, enum jws_alg alg)
{
	return (key->allowed & JWS_ALG_BIT(alg)) != 0;
}
