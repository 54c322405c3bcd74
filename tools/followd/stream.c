/* SPDX-License-Identifier: ISC */
/* What a hostile Redis may have said: nothing of it is believed unparsed. */
#include "follower.h"

#include "revocation/redis_info.h"

#include <string.h>

#define DIGITS_MAX 20 /* of 64 bits */

static bool
parse_number(struct slice digits, uint64_t *out)
{
	uint64_t value = 0;

	if (digits.len == 0 || digits.len > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		const unsigned digit = digits.data[i] - (unsigned)'0';

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

bool
stream_id_parse(struct slice id, uint64_t out[2])
{
	struct slice ms;

	return slice_cut(&id, '-', &ms) && parse_number(ms, &out[0]) &&
	       parse_number(id, &out[1]);
}

bool
stream_id_less(const char *a, const char *b)
{
	uint64_t x[2], y[2];

	if (!stream_id_parse(slice_of_string(a), x) ||
		!stream_id_parse(slice_of_string(b), y))
		return false;
	return x[0] < y[0] || (x[0] == y[0] && x[1] < y[1]);
}

static bool
is_array(const redisReply *reply, size_t elements)
{
	return reply->type == REDIS_REPLY_ARRAY && reply->elements == elements;
}

const redisReply *
stream_changes(const redisReply *reply, size_t *count)
{
	*count = 0;
	if (reply->type == REDIS_REPLY_NIL)
		return reply;
	if (!is_array(reply, 1) || !is_array(reply->element[0], 2))
		return NULL;
	reply = reply->element[0]->element[1];
	if (reply->type != REDIS_REPLY_ARRAY)
		return NULL;
	*count = reply->elements;
	return reply;
}

static bool
take_text(const redisReply *reply, struct slice *out)
{
	if (reply->type != REDIS_REPLY_STRING)
		return false;
	*out = slice_of(reply->str, reply->len);
	return true;
}

/* Fields that we don't know are a newer writer's, and left alone. */
static bool
take_field(const redisReply *name, const redisReply *value, struct change *out)
{
	struct slice key, text;
	const struct {
		const char *name;
		struct slice *at;
	} known[] = { { "op", &out->op }, { "name", &out->name },
		{ "epoch", &out->epoch }, { "json", &out->json } };

	if (!take_text(name, &key) || !take_text(value, &text))
		return false;
	for (size_t i = 0; i < JWT_COUNT(known); i++)
		if (slice_equals_string(key, known[i].name))
			*known[i].at = text;
	return true;
}

bool
stream_change(const redisReply *reply, struct change *out)
{
	const redisReply *fields;
	struct slice text;
	uint64_t id[2];

	memset(out, 0, sizeof(*out));
	if (!is_array(reply, 2) || !take_text(reply->element[0], &text) ||
		text.len >= COPY_STREAM_MAX || !stream_id_parse(text, id))
		return false;
	memcpy(out->id, text.data, text.len);
	fields = reply->element[1];
	if (fields->type == REDIS_REPLY_NIL) /* deleted since */
		return true;
	if (fields->type != REDIS_REPLY_ARRAY || fields->elements % 2 != 0)
		return false;
	for (size_t i = 0; i < fields->elements; i += 2)
		if (!take_field(
			    fields->element[i], fields->element[i + 1], out))
			return false;
	return true;
}

static bool
info_id(struct slice info, const char *name, char out[RUN_ID_MAX])
{
	struct slice id;

	if (!redis_info_field(info, name, &id) || id.len == 0 ||
		id.len >= RUN_ID_MAX)
		return false;
	memcpy(out, id.data, id.len);
	return true;
}

bool
life_parse(struct slice info, struct slice stats, struct life *out)
{
	struct slice role, evicted;

	memset(out, 0, sizeof(*out));
	return info_id(info, "run_id", out->run_id) &&
	       info_id(info, "master_replid", out->data) &&
	       redis_info_field(info, "role", &role) &&
	       slice_equals_string(role, "master") &&
	       redis_info_field(info, "evicted_keys", &evicted) &&
	       parse_number(evicted, &out->evicted) &&
	       redis_count_flushes(stats, &out->flushes);
}

bool
life_goes_on(const struct life *a, const struct life *b)
{
	return a->run_id[0] != '\0' && strcmp(a->run_id, b->run_id) == 0 &&
	       strcmp(a->data, b->data) == 0 && a->flushes == b->flushes;
}

bool
life_same(const struct life *a, const struct life *b)
{
	return life_goes_on(a, b) && a->evicted == b->evicted;
}
