/* SPDX-License-Identifier: ISC */
/* application/x-www-form-urlencoded: the one parameter that is wanted. */
#ifndef JWT_LOGOUT_FORM_H
#define JWT_LOGOUT_FORM_H

#include "base/bytes.h"

enum form_found {
	FORM_FOUND,
	FORM_MISSING,
	FORM_TWICE,  /* which of them would somebody else take? */
	FORM_BROKEN, /* a % without two hex digits, or more than out takes */
};

/*
 * Appends the decoded value of name, which stands in the body as it is
 * written here; other parameters are passed over (OpenID Connect
 * Back-Channel Logout section 2.5).
 */
enum form_found form_find(
	struct slice body, const char *name, struct buffer *out) JWT_MUST_CHECK;
/* Is it this media type, with or without parameters? */
bool form_is_type(struct slice content_type);

#endif
