/* SPDX-License-Identifier: ISC */
#include "discovery.h"

#include "jose/json.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HTTPS	     "https://"
#define OIDC_SUFFIX  "/.well-known/openid-configuration"
#define OAUTH_PREFIX "/.well-known/oauth-authorization-server"

JWT_AUTO_TYPE(curlu, CURLU *, curl_url_cleanup);

static bool
has_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return has;
}

/* Curl would take "https:/host" and "https:///host" for the same. */
static bool
is_https(const char *text)
{
	size_t len = strlen(HTTPS);

	return strncasecmp(text, HTTPS, len) == 0 && text[len] != '/';
}

static enum jwt_reason
parse(const char *text, const char *what, CURLU **out, struct report *r)
{
	JWT_AUTO(curlu) url = curl_url();

	if (url == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	if (strlen(text) > URL_MAX_BYTES ||
		curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
		return report(r, JWT_KEYS_UNAVAILABLE,
			"%s is not a URL: %.128s", what, text);
	if (!is_https(text))
		return report(r, JWT_KEYS_UNAVAILABLE,
			"%s must begin with https://: %.128s", what, text);
	if (has_part(url, CURLUPART_USER) ||
		has_part(url, CURLUPART_PASSWORD) ||
		has_part(url, CURLUPART_FRAGMENT))
		return report(r, JWT_KEYS_UNAVAILABLE,
			"%s must have no user and no fragment", what);
	*out = JWT_TAKE(url);
	return JWT_OK;
}

enum jwt_reason
url_check(const char *text, const char *what, struct report *r)
{
	JWT_AUTO(curlu) url = NULL;

	return parse(text, what, &url, r);
}

/* The issuer without the slash at its end, the suffix behind it. */
static char *
oidc_url(const char *issuer)
{
	JWT_AUTO(buffer) url = BUFFER(URL_MAX_BYTES + sizeof(OIDC_SUFFIX));
	struct slice base = slice_of_string(issuer);

	if (base.len > 0 && base.data[base.len - 1] == '/')
		base.len--;
	if (!buffer_append_slice(&url, base) ||
		!buffer_append_string(&url, OIDC_SUFFIX))
		return NULL;
	return slice_to_string(buffer_slice(&url));
}

/* The prefix between the host and the path (RFC 8414 section 3.1). */
static char *
oauth_url(const char *issuer)
{
	JWT_AUTO(buffer) url = BUFFER(URL_MAX_BYTES + sizeof(OAUTH_PREFIX));
	struct slice rest = slice_of_string(issuer);
	const char *host = issuer + strlen(HTTPS);
	const char *path = strchr(host, '/');
	size_t origin = path != NULL ? (size_t)(path - issuer) : rest.len;
	struct slice tail = slice_of(issuer + origin, rest.len - origin);

	if (tail.len > 0 && tail.data[tail.len - 1] == '/')
		tail.len--;
	if (!buffer_append(&url, issuer, origin) ||
		!buffer_append_string(&url, OAUTH_PREFIX) ||
		!buffer_append_slice(&url, tail))
		return NULL;
	return slice_to_string(buffer_slice(&url));
}

enum jwt_reason
discovery_url(const char *issuer, enum discovery_form form, char **out,
	struct report *r)
{
	JWT_AUTO(curlu) url = NULL;
	char *text;

	JWT_TRY(parse(issuer, "issuer", &url, r));
	if (has_part(url, CURLUPART_QUERY))
		return report(r, JWT_KEYS_UNAVAILABLE,
			"issuer has a query, so no discovery: set jwks_uri");
	text = form == DISCOVERY_OIDC ? oidc_url(issuer) : oauth_url(issuer);
	if (text == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	*out = text;
	return JWT_OK;
}

enum jwt_reason
discovery_jwks_uri(
	struct slice document, const char *issuer, char **out, struct report *r)
{
	JWT_AUTO(json_doc) doc = { 0 };
	const struct json_node *root;
	struct slice value = { 0 };
	bool named;
	char *uri;

	if (json_parse_object(document, "discovery document", &doc, r) !=
		JWT_OK)
		return JWT_KEYS_UNAVAILABLE;
	root = json_root(&doc);
	named = json_get_string(root, "issuer", &value);
	if (!named || !slice_equals_string(value, issuer))
		return report(r,
			named ? JWT_ISSUER_UNKNOWN : JWT_KEYS_UNAVAILABLE,
			"the discovery document is of issuer \"%.*s\": write "
			"that in the config if it is the right one",
			value.len < 128 ? (int)value.len : 128,
			value.data != NULL ? (const char *)value.data : "");
	if (!json_get_string(root, "jwks_uri", &value))
		return report(r, JWT_KEYS_UNAVAILABLE,
			"the discovery document has no jwks_uri");
	uri = slice_to_string(value);
	if (uri == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	if (url_check(uri, "jwks_uri", r) != JWT_OK) {
		free(uri);
		return JWT_KEYS_UNAVAILABLE;
	}
	*out = uri;
	return JWT_OK;
}
