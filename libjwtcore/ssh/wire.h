/* SPDX-License-Identifier: ISC */
/*
 * The SSH wire types (RFC 4251 section 5), read from the front of a slice.
 * A reader that succeeds moves *rest behind what it read; one that fails
 * moves nothing. This is the only place in ssh/ that computes addresses.
 */
#ifndef JWT_SSH_WIRE_H
#define JWT_SSH_WIRE_H

#include "base/bytes.h"

bool wire_bytes(
	struct slice *rest, size_t len, struct slice *out) JWT_MUST_CHECK;
bool wire_u32(struct slice *rest, uint32_t *out) JWT_MUST_CHECK;
bool wire_u64(struct slice *rest, uint64_t *out) JWT_MUST_CHECK;
bool wire_string(struct slice *rest, struct slice *out) JWT_MUST_CHECK;
/* A string without NUL: what C programs and logs see is all there is. */
bool wire_text(struct slice *rest, struct slice *out) JWT_MUST_CHECK;
/*
 * An mpint above zero, as big-endian bytes without a leading zero. Refuses
 * negative ones and superfluous leading zeros, so one number has one form.
 */
bool wire_positive(struct slice *rest, struct slice *out) JWT_MUST_CHECK;
/* What was read between an earlier state of a reader and this one. */
struct slice wire_between(struct slice earlier, struct slice rest);

#endif
