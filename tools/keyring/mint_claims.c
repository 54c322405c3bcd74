/* SPDX-License-Identifier: ISC */
/* The claims of a token (RFC 9068 section 2.2, RFC 9449 section 6.1). */
#include "mint.h"

#include "base/base64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define JTI_BYTES 16 /* random: never twice */

void
mint_settings_clear(struct mint_settings *s)
{
	json_decref(s->audience);
	json_decref(s->claims);
	s->audience = s->claims = NULL;
}

bool
mint_take_claim(struct mint_settings *s, const char *text)
{
	const char *equals = strchr(text, '=');
	bool as_json = equals != NULL && equals > text && equals[-1] == ':';
	size_t len;
	char *name;
	json_t *value;
	bool done;

	if (equals == NULL || equals - as_json == text) {
		command_usage(&command_mint,
			"--claim: NAME=TEXT or NAME:=JSON, not \"%s\"", text);
		return false;
	}
	len = (size_t)(equals - text) - as_json;
	value = as_json ? json_loads(equals + 1,
				  JSON_DECODE_ANY | JSON_REJECT_DUPLICATES,
				  NULL)
			: json_string(equals + 1);
	name = slice_to_string(slice_of(text, len));
	done = name != NULL && value != NULL &&
	       json_object_set(s->claims, name, value) == 0;
	json_decref(value);
	free(name);
	if (!done)
		command_usage(&command_mint, "--claim: \"%s\" is not %s", text,
			as_json ? "JSON behind the \":=\"" : "UTF-8");
	return done;
}

/* Puts a text where there is one. */
static bool
set_text(json_t *claims, const char *name, const char *text)
{
	return text == NULL ||
	       json_object_set_new(claims, name, json_string(text)) == 0;
}

static bool
set_time(json_t *claims, const char *name, int64_t time)
{
	return time == MINT_NO_TIME ||
	       json_object_set_new(claims, name, json_integer(time)) == 0;
}

/* One audience is a string, several are an array (RFC 7519 4.1.3). */
static bool
set_audience(json_t *claims, json_t *audience)
{
	json_t *value = json_array_size(audience) == 1
				? json_array_get(audience, 0)
				: audience;

	return json_object_set(claims, "aud", value) == 0;
}

static bool
set_jti(json_t *claims, const char *jti)
{
	uint8_t random[JTI_BYTES];
	JWT_AUTO(buffer) text = BUFFER(64);

	if (strcmp(jti, MINT_AUTO) != 0)
		return set_text(claims, "jti", jti);
	return getrandom(random, sizeof(random), 0) ==
		       (ssize_t)sizeof(random) &&
	       base64url_encode(slice_of(random, sizeof(random)), &text) &&
	       set_text(claims, "jti", buffer_string(&text));
}

static enum jwt_reason
set_cnf(json_t *claims, const char *path, struct report *r)
{
	uint8_t thumbprint[JWK_THUMBPRINT_LEN];
	JWT_AUTO(buffer) text = BUFFER(64);

	if (path == NULL)
		return JWT_OK;
	JWT_TRY(mint_ssh_thumbprint(path, thumbprint, r));
	if (!base64url_encode(
		    slice_of(thumbprint, sizeof(thumbprint)), &text) ||
		json_object_set_new(claims, "cnf",
			json_pack("{s:s}", "jkt", buffer_string(&text))) != 0)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	return JWT_OK;
}

enum jwt_reason
mint_claims(const struct mint_settings *s, const char *issuer, int64_t now,
	json_t **out, struct report *r)
{
	JWT_AUTO(json) claims = json_object();
	int64_t iat = s->issued_at != MINT_NO_TIME ? s->issued_at : now;
	int64_t exp = s->expires_at != MINT_NO_TIME ? s->expires_at
						    : iat + s->lifetime;

	if (!set_text(claims, "iss", issuer) ||
		!set_text(claims, "sub", s->subject) ||
		!set_audience(claims, s->audience) ||
		!set_text(claims, "client_id", s->client_id) ||
		!set_time(claims, "iat", iat) ||
		!set_time(claims, "nbf", s->not_before) ||
		!set_time(claims, "exp", exp) ||
		!set_time(claims, "auth_time", iat) ||
		!set_jti(claims, s->jti) ||
		!set_text(claims, "scope", s->scope))
		return report(r, JWT_CONFIG_ERROR,
			"a claim is not UTF-8, or memory is short");
	JWT_TRY(set_cnf(claims, s->cnf_file, r));
	if (json_object_update(claims, s->claims) != 0)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	*out = JWT_TAKE(claims);
	return JWT_OK;
}
