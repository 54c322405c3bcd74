/* SPDX-License-Identifier: ISC */
/* What one reply says, what is told of it, and its end. */
#include "revocation/redis_session.h"

#include <string.h>

#define ERROR_CODE_MAX 24 /* "WRONGTYPE", "NOPERM", ... */

/* As deep as hiredis reads: seven arrays or so. */
static void
wipe_reply(redisReply *reply)
{
	if (reply->str != NULL)
		wipe(reply->str, reply->len);
	for (size_t i = 0; reply->element != NULL && i < reply->elements; i++)
		if (reply->element[i] != NULL)
			wipe_reply(reply->element[i]);
}

void
redis_reply_free(void *reply)
{
	if (reply == NULL)
		return;
	wipe_reply(reply);
	freeReplyObject(reply);
}

void
redis_replies_clear(struct redis_replies *replies)
{
	for (size_t i = 0; i < replies->count; i++)
		redis_reply_free(replies->at[i]);
	replies->count = 0;
}

enum jwt_reason
redis_strange(const redisReply *reply, const char *command, struct report *r)
{
	size_t code = 0;

	if (reply->type != REDIS_REPLY_ERROR)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: no sensible answer to %s", command);
	while (code < reply->len && code < ERROR_CODE_MAX &&
		reply->str[code] >= 'A' && reply->str[code] <= 'Z')
		code++;
	return report(r, JWT_REVOCATION_UNREACHABLE,
		"redis: answers %.*s to %s", (int)code, reply->str, command);
}

enum jwt_reason
redis_expect_status(const redisReply *reply, const char *command,
	const char *status, struct report *r)
{
	if (reply->type == REDIS_REPLY_STATUS &&
		slice_equals_string(slice_of(reply->str, reply->len), status))
		return JWT_OK;
	return redis_strange(reply, command, r);
}

enum jwt_reason
redis_value(const redisReply *reply, const char *command, enum found *found,
	struct slice *value, struct report *r)
{
	static const char wrong[] = "WRONGTYPE";

	switch (reply->type) {
	case REDIS_REPLY_STRING:
		*found = FOUND_ENTRY;
		*value = slice_of(reply->str, reply->len);
		return JWT_OK;
	case REDIS_REPLY_NIL:
		*found = FOUND_NOTHING;
		return JWT_OK;
	case REDIS_REPLY_ERROR:
		if (reply->len < sizeof(wrong) - 1 ||
			memcmp(reply->str, wrong, sizeof(wrong) - 1) != 0)
			break;
		*found = FOUND_DAMAGED; /* the key is there */
		return JWT_OK;
	default:
		break;
	}
	return redis_strange(reply, command, r);
}
