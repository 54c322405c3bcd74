/* SPDX-License-Identifier: ISC */
/*
 * Base64url without padding as JOSE writes it (RFC 7515 section 2), and
 * standard base64 with padding as OpenSSH writes it (RFC 4648 section 4).
 * Both are canonical only: no white space, no foreign character, right
 * padding, and the unused bits of the last character zero, so that one text
 * and one value belong to each other.
 */
#ifndef JWT_BASE_BASE64_H
#define JWT_BASE_BASE64_H

#include "base/bytes.h"

/* Appends to out. False: not canonical, or out is full. out then unchanged. */
bool base64url_decode(struct slice text, struct buffer *out) JWT_MUST_CHECK;
bool base64url_encode(struct slice data, struct buffer *out) JWT_MUST_CHECK;
bool base64_decode(struct slice text, struct buffer *out) JWT_MUST_CHECK;
bool base64_encode(struct slice data, struct buffer *out) JWT_MUST_CHECK;
/* A character of the base64url alphabet? */
bool base64url_is_char(uint8_t c);

#endif
