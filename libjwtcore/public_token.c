/* SPDX-License-Identifier: ISC */
/* The public API's verified token: what it says, by name and type. */
#include "public.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(JWTCORE_JKT_LEN == JWK_THUMBPRINT_LEN, "one digest, one size");

void
jwtcore_token_free(struct jwtcore_token *token)
{
	if (token == NULL)
		return;
	while (token->strings != NULL) {
		struct token_string *string = token->strings;

		token->strings = string->next;
		wipe(string->text, string->source.len);
		free(string);
	}
	claims_clear(&token->claims);
	jws_free(token->jws);
	free(token);
}

const uint8_t *
jwtcore_token_payload(const struct jwtcore_token *token, size_t *len)
{
	struct slice payload =
		token != NULL ? jws_payload(token->jws) : slice_of("", 0);

	if (len != NULL)
		*len = payload.len;
	return payload.data != NULL ? payload.data : (const uint8_t *)"";
}

const char *
jwtcore_token_alg(const struct jwtcore_token *token)
{
	return token != NULL ? jws_alg_info(jws_alg(token->jws))->name : "";
}

/* The same copy each time, so that asking in a loop doesn't grow. */
static const char *
as_string(struct jwtcore_token *token, struct slice source)
{
	struct token_string *string = token->strings;

	while (string != NULL && (string->source.data != source.data ||
					 string->source.len != source.len))
		string = string->next;
	if (string != NULL)
		return string->text;
	string = malloc(sizeof(*string) + source.len + 1);
	if (string == NULL)
		return NULL;
	string->source = source;
	if (source.len > 0)
		memcpy(string->text, source.data, source.len);
	string->text[source.len] = '\0';
	string->next = token->strings;
	token->strings = string;
	return string->text;
}

const char *
jwtcore_token_kid(struct jwtcore_token *token)
{
	if (token == NULL || !jws_has_kid(token->jws))
		return NULL;
	return as_string(token, jws_kid(token->jws));
}

static const struct json_node *
find(const struct jwtcore_token *token, const char *claim)
{
	if (token == NULL || claim == NULL)
		return NULL;
	return json_member(json_root(&token->claims.doc), claim);
}

bool
jwtcore_token_has(const struct jwtcore_token *token, const char *claim)
{
	return find(token, claim) != NULL;
}

const char *
jwtcore_token_string(struct jwtcore_token *token, const char *claim)
{
	const struct json_node *value = find(token, claim);

	if (!json_is(value, JSON_KIND_STRING))
		return NULL;
	return as_string(token, value->text);
}

bool
jwtcore_token_is_true(const struct jwtcore_token *token, const char *claim)
{
	return json_is(find(token, claim), JSON_KIND_TRUE);
}

bool
jwtcore_token_list_has(
	const struct jwtcore_token *token, const char *claim, const char *value)
{
	return find(token, claim) != NULL && value != NULL &&
	       claims_list_has(&token->claims, claim, value);
}

enum jwt_reason
jwtcore_token_integer(
	const struct jwtcore_token *token, const char *claim, int64_t *out)
{
	const struct json_node *value = find(token, claim);

	if (out == NULL)
		return JWT_CONFIG_ERROR;
	if (value == NULL)
		return JWT_CLAIM_MISSING;
	return json_get_integer(json_root(&token->claims.doc), claim, out)
		       ? JWT_OK
		       : JWT_CLAIM_MALFORMED;
}

enum jwt_reason
jwtcore_token_time(
	const struct jwtcore_token *token, const char *claim, int64_t *out)
{
	const struct json_node *value = find(token, claim);

	if (out == NULL)
		return JWT_CONFIG_ERROR;
	if (value == NULL)
		return JWT_CLAIM_MISSING;
	return json_is(value, JSON_KIND_NUMBER) &&
			       json_seconds(value, NUMERIC_DATE_MAX, out)
		       ? JWT_OK
		       : JWT_CLAIM_MALFORMED;
}

enum jwt_reason
jwtcore_token_jkt(
	const struct jwtcore_token *token, uint8_t out[JWTCORE_JKT_LEN])
{
	if (out == NULL)
		return JWT_CONFIG_ERROR;
	if (token == NULL || !token->claims.has_jkt)
		return JWT_CLAIM_MISSING;
	memcpy(out, token->claims.jkt, JWTCORE_JKT_LEN);
	return JWT_OK;
}
