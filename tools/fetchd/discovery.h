/* SPDX-License-Identifier: ISC */
/*
 * Where an issuer's keys are: OpenID Connect Discovery 1.0 section 4 and
 * RFC 8414 section 3. Pure: URLs out, documents in.
 */
#ifndef JWT_FETCHD_DISCOVERY_H
#define JWT_FETCHD_DISCOVERY_H

#include "base/bytes.h"
#include "base/report.h"

#define DISCOVERY_MAX (64 * 1024) /* bytes of a document; usual are 5 KiB */
#define URL_MAX_BYTES 2048	  /* of a URL that an issuer names */

enum discovery_form {
	DISCOVERY_OIDC,	 /* ISSUER/.well-known/openid-configuration */
	DISCOVERY_OAUTH, /* /.well-known/oauth-authorization-server/PATH */
};

/*
 * https, a host, no user, no fragment, not too long: else keys_unavailable
 * and a report that begins with what.
 */
enum jwt_reason url_check(const char *url, const char *what,
	struct report *report) JWT_MUST_CHECK;

/* The document's URL; caller frees. Issuers have no query (both RFCs). */
enum jwt_reason discovery_url(const char *issuer, enum discovery_form form,
	char **out, struct report *report) JWT_MUST_CHECK;

/*
 * jwks_uri of a document; caller frees. issuer_unknown: its "issuer" is not
 * ours byte for byte (an issuer must not speak for another: OIDC Discovery
 * 4.3, RFC 8414 3.3). keys_unavailable: not JSON, of no issuer at all,
 * jwks_uri missing or not https. The host
 * of jwks_uri may be any: large providers keep keys on another one, and who
 * could forge the document under the issuer's certificate could forge keys.
 */
enum jwt_reason discovery_jwks_uri(struct slice document, const char *issuer,
	char **out, struct report *report) JWT_MUST_CHECK;

#endif
