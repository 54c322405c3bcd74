/* SPDX-License-Identifier: ISC */
/* A compact JWS taken apart (RFC 7515 section 5.2, steps 1 to 7). */
#include "jose/jws.h"

#include "base/base64.h"

#include <stdlib.h>

#define ALG_SHOWN 32 /* bytes of a strange alg that go into the report */

struct jws {
	struct buffer token;	  /* a copy of the text */
	size_t signing_input_len; /* of token: "header.payload" */
	json_t *header;
	enum jws_alg alg;
	bool has_kid;
	struct slice kid, typ; /* in header */
	struct buffer payload, signature;
};

/*
 * Members that would change how the token is verified, or name the key to
 * verify it with: never followed, so refused (RFC 8725 sections 3.10, 3.5).
 */
static const char *const refused_members[] = { "crit", "b64", "jwk", "jku",
	"x5u", "x5c", "x5t", "x5t#S256" };

void
jws_free(struct jws *jws)
{
	if (jws == NULL)
		return;
	buffer_free(&jws->token);
	buffer_free(&jws->payload);
	buffer_free(&jws->signature);
	json_decref(jws->header);
	free(jws);
}

static struct jws *
jws_new(void)
{
	struct jws *jws = calloc(1, sizeof(*jws));

	if (jws != NULL)
		jws->token.max = jws->payload.max = jws->signature.max =
			JWT_TOKEN_MAX;
	return jws;
}

struct parts {
	struct slice header, payload, signature;
};

/* RFC 7515 section 7.1: exactly two dots. */
static enum jwt_reason
split(struct slice token, struct parts *out, struct report *r)
{
	struct slice rest = token, more;

	if (!slice_cut(&rest, '.', &out->header) ||
		!slice_cut(&rest, '.', &out->payload))
		return report(r, JWT_TOKEN_MALFORMED,
			"not a compact JWS: fewer than two dots");
	out->signature = rest;
	if (slice_cut(&rest, '.', &more))
		return report(r, JWT_TOKEN_MALFORMED,
			"not a compact JWS: more than two dots");
	return JWT_OK;
}

static enum jwt_reason
decode_header(struct slice text, json_t **out, struct report *r)
{
	JWT_AUTO(buffer) bytes = BUFFER(JWT_TOKEN_MAX);

	if (!base64url_decode(text, &bytes))
		return report(r, JWT_TOKEN_MALFORMED,
			"the header is not canonical base64url");
	/* Not even white space around it: one header, one text. */
	if (bytes.len < 2 || bytes.data[0] != '{' ||
		bytes.data[bytes.len - 1] != '}')
		return report(r, JWT_TOKEN_MALFORMED,
			"the header is not exactly one JSON object");
	return json_parse_object(buffer_slice(&bytes), "header", out, r);
}

static enum jwt_reason
read_alg(struct jws *jws, struct report *r)
{
	struct slice alg;

	if (!json_get_string(jws->header, "alg", &alg))
		return report(r, JWT_TOKEN_MALFORMED,
			"alg is missing or not a string");
	if (!jws_alg_from_name(alg, &jws->alg))
		return report(r, JWT_ALG_NOT_ALLOWED,
			"alg \"%.*s\" is not known",
			(int)(alg.len < ALG_SHOWN ? alg.len : ALG_SHOWN),
			(const char *)alg.data);
	return JWT_OK;
}

static enum jwt_reason
read_header(struct jws *jws, struct report *r)
{
	JWT_TRY(read_alg(jws, r));
	for (size_t i = 0; i < JWT_COUNT(refused_members); i++)
		if (json_object_get(jws->header, refused_members[i]) != NULL)
			return report(r, JWT_TOKEN_MALFORMED,
				"the header has %s, which is refused",
				refused_members[i]);
	if (json_object_get(jws->header, "kid") != NULL) {
		jws->has_kid = true;
		if (!json_get_string(jws->header, "kid", &jws->kid) ||
			jws->kid.len > JWK_KID_MAX)
			return report(r, JWT_TOKEN_MALFORMED,
				"kid is not a string of at most %d bytes",
				JWK_KID_MAX);
	}
	if (json_object_get(jws->header, "typ") != NULL &&
		!json_get_string(jws->header, "typ", &jws->typ))
		return report(r, JWT_TOKEN_MALFORMED, "typ is not a string");
	return JWT_OK;
}

enum jwt_reason
jws_parse(struct slice token, struct jws **out, struct report *r)
{
	JWT_AUTO(jws) jws = NULL;
	struct parts parts;

	if (token.len > JWT_TOKEN_MAX)
		return report(r, JWT_TOKEN_TOO_LARGE,
			"the token has %zu bytes, more than %d", token.len,
			JWT_TOKEN_MAX);
	JWT_TRY(split(token, &parts, r));
	jws = jws_new();
	if (jws == NULL || !buffer_append_slice(&jws->token, token))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	jws->signing_input_len = parts.header.len + 1 + parts.payload.len;
	JWT_TRY(decode_header(parts.header, &jws->header, r));
	JWT_TRY(read_header(jws, r));
	if (!base64url_decode(parts.payload, &jws->payload))
		return report(r, JWT_TOKEN_MALFORMED,
			"the payload is not canonical base64url");
	if (!base64url_decode(parts.signature, &jws->signature))
		return report(r, JWT_TOKEN_MALFORMED,
			"the signature is not canonical base64url");
	*out = JWT_TAKE(jws);
	return JWT_OK;
}

enum jws_alg
jws_alg(const struct jws *jws)
{
	return jws->alg;
}

bool
jws_has_kid(const struct jws *jws)
{
	return jws->has_kid;
}

struct slice
jws_kid(const struct jws *jws)
{
	return jws->kid;
}

struct slice
jws_typ(const struct jws *jws)
{
	return jws->typ;
}

struct slice
jws_payload(const struct jws *jws)
{
	return buffer_slice(&jws->payload);
}

struct slice
jws_signing_input(const struct jws *jws)
{
	return slice_of(jws->token.data, jws->signing_input_len);
}

struct slice
jws_signature(const struct jws *jws)
{
	return buffer_slice(&jws->signature);
}
