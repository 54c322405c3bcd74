/* SPDX-License-Identifier: ISC */
/*
 * One request of the Simple Common Gateway Interface: a netstring of names
 * and values, each ended by a NUL, the first of them CONTENT_LENGTH, and the
 * body behind it. Pure: bytes in, slices out.
 */
#ifndef JWT_LOGOUT_SCGI_H
#define JWT_LOGOUT_SCGI_H

#include "base/bytes.h"

#define SCGI_HEADERS_MAX (16 * 1024)
/* A token of JWT_TOKEN_MAX and what other parameters there may be. */
#define SCGI_BODY_MAX	 (24 * 1024)
#define SCGI_REQUEST_MAX (SCGI_HEADERS_MAX + SCGI_BODY_MAX + 16)

struct scgi_request {
	struct slice method, content_type; /* empty: not said */
	size_t content_length;
	struct slice body; /* if complete */
};

enum scgi_progress {
	SCGI_MORE,	/* a good beginning: read on */
	SCGI_COMPLETE,	/* exactly one request */
	SCGI_BROKEN,	/* never will be one */
	SCGI_TOO_LARGE, /* headers or body; known before they are read */
};

/* Looks at all that came so far; *out borrows from it. method and
 * content_type are filled as soon as the headers are whole. */
enum scgi_progress scgi_parse(
	struct slice data, struct scgi_request *out) JWT_MUST_CHECK;

#endif
