/* SPDX-License-Identifier: ISC */
/* A compact JWS taken apart (RFC 7515 section 5.2, steps 1 to 7). */
#include "jose/jws.h"

#include "base/base64.h"

#include <stdlib.h>

#define ALG_SHOWN 32 /* bytes of a strange alg that go into the report */

struct jws {
	struct buffer storage; /* the token's copy, and its parts decoded */
	struct slice signing_input, payload, signature;
	struct json_doc header; /* points into storage */
	enum jws_alg alg;
	bool has_kid;
	struct slice kid, typ;
};

/*
 * Members that would change how the token is verified, or name the key to
 * verify it with: never followed, so refused (RFC 8725 sections 3.10, 3.5).
 * x5t and x5t#S256 are hints beside kid that bring no key: not looked at.
 */
static const char *const refused_members[] = { "crit", "b64", "jwk", "jku",
	"x5u", "x5c" };

void
jws_free(struct jws *jws)
{
	if (jws == NULL)
		return;
	json_doc_clear(&jws->header);
	buffer_free(&jws->storage);
	free(jws);
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

/* Room for a copy and all decoded parts, so that storage never moves. */
static struct jws *
jws_new(size_t token_len)
{
	struct jws *jws = calloc(1, sizeof(*jws));

	if (jws == NULL)
		return NULL;
	jws->storage.max = 2 * JWT_TOKEN_MAX;
	if (!buffer_reserve(&jws->storage, 2 * token_len)) {
		free(jws);
		return NULL;
	}
	return jws;
}

static enum jwt_reason
decode(struct jws *jws, struct slice text, const char *what, struct slice *out,
	struct report *r)
{
	size_t start = jws->storage.len;

	if (!base64url_decode(text, &jws->storage))
		return report(r, JWT_TOKEN_MALFORMED,
			"the %s is not canonical base64url", what);
	*out = slice_of(jws->storage.data + start, jws->storage.len - start);
	return JWT_OK;
}

static enum jwt_reason
decode_header(struct jws *jws, struct slice text, struct report *r)
{
	struct slice header;

	JWT_TRY(decode(jws, text, "header", &header, r));
	/* Not even white space around it: one header, one text. */
	if (header.len < 2 || header.data[0] != '{' ||
		header.data[header.len - 1] != '}')
		return report(r, JWT_TOKEN_MALFORMED,
			"the header is not exactly one JSON object");
	return json_parse_object(header, "header", &jws->header, r);
}

static enum jwt_reason
read_alg(struct jws *jws, struct report *r)
{
	struct slice alg;

	if (!json_get_string(json_root(&jws->header), "alg", &alg))
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
	const struct json_node *header = json_root(&jws->header);

	JWT_TRY(read_alg(jws, r));
	for (size_t i = 0; i < JWT_COUNT(refused_members); i++)
		if (json_member(header, refused_members[i]) != NULL)
			return report(r, JWT_TOKEN_MALFORMED,
				"the header has %s, which is refused",
				refused_members[i]);
	jws->has_kid = json_member(header, "kid") != NULL;
	if (jws->has_kid && (!json_get_string(header, "kid", &jws->kid) ||
				    jws->kid.len > JWK_KID_MAX))
		return report(r, JWT_TOKEN_MALFORMED,
			"kid is not a string of at most %d bytes", JWK_KID_MAX);
	if (json_member(header, "typ") != NULL &&
		!json_get_string(header, "typ", &jws->typ))
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
	jws = jws_new(token.len);
	if (jws == NULL || !buffer_append_slice(&jws->storage, token))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	jws->signing_input = slice_of(
		jws->storage.data, parts.header.len + 1 + parts.payload.len);
	JWT_TRY(decode_header(jws, parts.header, r));
	JWT_TRY(read_header(jws, r));
	JWT_TRY(decode(jws, parts.payload, "payload", &jws->payload, r));
	JWT_TRY(decode(jws, parts.signature, "signature", &jws->signature, r));
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
	return jws->payload;
}

struct slice
jws_signing_input(const struct jws *jws)
{
	return jws->signing_input;
}

struct slice
jws_signature(const struct jws *jws)
{
	return jws->signature;
}
