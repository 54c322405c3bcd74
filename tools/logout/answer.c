/* SPDX-License-Identifier: ISC */
#include "answer.h"

static const char *
words_of(enum http_status status)
{
	switch (status) {
	case HTTP_OK:
		return "OK";
	case HTTP_METHOD_NOT_ALLOWED:
		return "Method Not Allowed";
	case HTTP_REQUEST_TIMEOUT:
		return "Request Timeout";
	case HTTP_TOO_LARGE:
		return "Content Too Large";
	case HTTP_UNSUPPORTED_MEDIA_TYPE:
		return "Unsupported Media Type";
	default:
		return "Bad Request";
	}
}

/* Our fault, or nobody's: the same token may do another time. */
static bool
is_temporary(enum jwt_reason reason)
{
	switch (reason) {
	case JWT_KEYS_UNAVAILABLE:
	case JWT_KEYS_STALE:
	case JWT_REVOCATION_UNREACHABLE:
	case JWT_CONFIG_ERROR:
	case JWT_INTERNAL_ERROR:
		return true;
	default:
		return false;
	}
}

/* The error's form is OAuth's (RFC 6749 section 5.2), as 2.8 says. */
static bool
format_body(
	enum http_status status, enum jwt_reason reason, struct buffer *body)
{
	if (status == HTTP_OK)
		return true;
	return buffer_append_format(body,
		"{\"error\":\"%s\",\"error_description\":\"%s\"}\n",
		is_temporary(reason) ? "temporarily_unavailable"
				     : "invalid_request",
		jwt_reason_name(reason));
}

bool
answer_format(
	enum http_status status, enum jwt_reason reason, struct buffer *out)
{
	JWT_AUTO(buffer) body = BUFFER(512);

	return format_body(status, reason, &body) &&
	       buffer_append_format(out,
		       "Status: %d %s\r\n"
		       "Cache-Control: no-store\r\n"
		       "%s%s"
		       "Content-Length: %zu\r\n\r\n",
		       (int)status, words_of(status),
		       status == HTTP_METHOD_NOT_ALLOWED ? "Allow: POST\r\n"
							 : "",
		       body.len > 0 ? "Content-Type: application/json\r\n" : "",
		       body.len) &&
	       buffer_append_slice(out, buffer_slice(&body));
}
