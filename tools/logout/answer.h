/* SPDX-License-Identifier: ISC */
/* The answer to the issuer, as SCGI wants it: CGI headers and a body. */
#ifndef JWT_LOGOUT_ANSWER_H
#define JWT_LOGOUT_ANSWER_H

#include "base/bytes.h"

enum http_status {
	HTTP_OK = 200,
	HTTP_BAD_REQUEST = 400, /* the token, or its work failed (2.8) */
	HTTP_METHOD_NOT_ALLOWED = 405,
	HTTP_REQUEST_TIMEOUT = 408,
	HTTP_TOO_LARGE = 413,
	HTTP_UNSUPPORTED_MEDIA_TYPE = 415,
};

/* Never to be cached; other than 200 say why, by a reason code. */
bool answer_format(enum http_status status, enum jwt_reason reason,
	struct buffer *out) JWT_MUST_CHECK;

#endif
