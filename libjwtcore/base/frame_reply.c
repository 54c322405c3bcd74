/* SPDX-License-Identifier: ISC */
/* The reply of the framing: fixed places in 256 bytes. */
#include "base/frame.h"

#include <string.h>

static const uint8_t reply_magic[4] = { 'J', 'W', 'T', 'A' };

enum place {
	AT_VERSION = 4,
	AT_VERDICT = 5,
	AT_REASON = 6,
	AT_EXPIRY = 8,
	AT_ID = 16,
	AT_HINT_LEN = 32,
	AT_HINT = 33,
};
_Static_assert(AT_HINT + JWT_HINT_MAX <= FRAME_REPLY_LEN, "hints don't fit");

#define VERDICT_ALLOW 1
#define VERDICT_DENY  2

static bool
is_printable(const uint8_t *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return true;
}

static bool
is_id(const uint8_t *id)
{
	for (size_t i = 0; i < JWT_ID_LEN; i++)
		if (!(id[i] >= '0' && id[i] <= '9') &&
			!(id[i] >= 'a' && id[i] <= 'f'))
			return false;
	return true;
}

void
frame_reply_encode(
	const struct frame_reply *reply, uint8_t out[FRAME_REPLY_LEN])
{
	bool allow = reply->allow && reply->reason == JWT_OK;
	/* Never a deny for "ok": what contradicts itself is our own fault. */
	unsigned int reason = allow || reply->reason != JWT_OK
				      ? (unsigned int)reply->reason
				      : (unsigned int)JWT_INTERNAL_ERROR;
	size_t hint = strnlen(reply->hint, JWT_HINT_MAX);

	memset(out, 0, FRAME_REPLY_LEN);
	memcpy(out, reply_magic, sizeof(reply_magic));
	out[AT_VERSION] = FRAME_VERSION;
	out[AT_VERDICT] = allow ? VERDICT_ALLOW : VERDICT_DENY;
	out[AT_REASON] = (uint8_t)(reason >> 8);
	out[AT_REASON + 1] = (uint8_t)reason;
	for (unsigned int i = 0; i < 8; i++)
		out[AT_EXPIRY + i] =
			(uint8_t)((uint64_t)reply->expires_at >> (56 - 8 * i));
	memset(out + AT_ID, '0', JWT_ID_LEN);
	if (is_id((const uint8_t *)reply->id))
		memcpy(out + AT_ID, reply->id, JWT_ID_LEN);
	if (is_printable((const uint8_t *)reply->hint, hint)) {
		out[AT_HINT_LEN] = (uint8_t)hint;
		memcpy(out + AT_HINT, reply->hint, hint);
	}
}

/* The places whose content is fixed; a later version may use the zeros. */
static bool
has_form(const uint8_t *p)
{
	uint8_t version = p[AT_VERSION];

	if (memcmp(p, reply_magic, sizeof(reply_magic)) != 0)
		return false;
	if (version < 1 || version + 1 < FRAME_VERSION ||
		version > FRAME_VERSION + 1)
		return false;
	if (!is_id(p + AT_ID) || p[AT_HINT_LEN] > JWT_HINT_MAX ||
		!is_printable(p + AT_HINT, p[AT_HINT_LEN]))
		return false;
	for (size_t i = AT_HINT + p[AT_HINT_LEN]; i < FRAME_REPLY_LEN; i++)
		if (version == FRAME_VERSION && p[i] != 0)
			return false;
	return true;
}

enum jwt_reason
frame_reply_decode(
	struct slice data, struct frame_reply *out, struct report *report_to)
{
	struct frame_reply reply = { .reason = JWT_INTERNAL_ERROR };
	const uint8_t *p = data.data;
	unsigned int reason;
	uint64_t expiry = 0;

	if (data.len != FRAME_REPLY_LEN || !has_form(p))
		return report(report_to, JWT_INTERNAL_ERROR,
			"the helper's reply of %zu bytes is not a reply",
			data.len);
	reason = (unsigned int)p[AT_REASON] << 8 | p[AT_REASON + 1];
	reply.allow = p[AT_VERDICT] == VERDICT_ALLOW;
	if (reply.allow != (reason == JWT_OK))
		return report(report_to, JWT_INTERNAL_ERROR,
			"the helper's reply contradicts itself");
	if (reason < JWT_REASON_COUNT)
		reply.reason = (enum jwt_reason)reason;
	for (unsigned int i = 0; i < 8; i++)
		expiry = expiry << 8 | p[AT_EXPIRY + i];
	if (expiry <= INT64_MAX)
		reply.expires_at = (int64_t)expiry;
	memcpy(reply.id, p + AT_ID, JWT_ID_LEN);
	memcpy(reply.hint, p + AT_HINT, p[AT_HINT_LEN]);
	*out = reply;
	return JWT_OK;
}
