/* SPDX-License-Identifier: ISC */
/*
 * The framing, both directions. A request that decodes survives encoding and
 * decoding again; where it ends does not depend on how much of it has
 * arrived; a reply of our own version is encoded to the same bytes.
 */
#include "fuzz.h"
#include "base/frame.h"

#include <string.h>

static void
require_same(const struct frame_request *a, const struct frame_request *b)
{
	REQUIRE(a->purpose == b->purpose && a->carrier == b->carrier);
	REQUIRE(strcmp(a->service, b->service) == 0);
	REQUIRE(strcmp(a->user, b->user) == 0);
	REQUIRE(strcmp(a->requesting_user, b->requesting_user) == 0);
	REQUIRE(strcmp(a->remote_host, b->remote_host) == 0);
	REQUIRE(a->uid == b->uid && a->real_uid == b->real_uid &&
		a->login_uid == b->login_uid);
	REQUIRE(slice_equal(a->carrier_bytes, b->carrier_bytes));
	REQUIRE(slice_equal(a->proved_key, b->proved_key));
	REQUIRE(a->from_record == b->from_record &&
		a->want_detail == b->want_detail);
}

static void
check_round_trip(const struct frame_request *request)
{
	JWT_AUTO(buffer) out = BUFFER(FRAME_REQUEST_MAX);
	struct frame_request again;
	struct report r = { 0 };
	enum jwt_reason reason =
		UNDER_TEST(frame_request_encode(request, &out, &r));

	if (fault_struck()) {
		REQUIRE(reason == JWT_INTERNAL_ERROR && out.len == 0);
		return;
	}
	REQUIRE(reason == JWT_OK);
	REQUIRE(frame_request_decode(buffer_slice(&out), &again, &r) == JWT_OK);
	require_same(request, &again);
}

static void
require_each_tag_once(struct slice input)
{
	bool seen[256] = { false };

	(void)fuzz_take(&input, 5); /* magic, version */
	while (input.len > 1) {
		uint8_t tag = fuzz_byte(&input);
		size_t len = 0;

		for (int i = 0; i < 4; i++)
			len = len << 8 | fuzz_byte(&input);
		REQUIRE(!seen[tag] && fuzz_take(&input, len).len == len);
		seen[tag] = true;
	}
}

/* A reader of a pipe asks after each byte and must never change its mind. */
static void
check_prefixes(struct slice input, enum frame_progress end, size_t end_len)
{
	size_t step = input.len > 4096 ? input.len / 64 : 1;

	for (size_t i = 0; i < input.len; i += step) {
		struct slice part = fuzz_copy(slice_of(input.data, i));
		size_t len = 0;
		enum frame_progress progress = frame_request_length(part, &len);

		if (progress == FRAME_COMPLETE)
			REQUIRE(end == FRAME_COMPLETE && len == end_len &&
				len <= i);
		if (progress == FRAME_BROKEN)
			REQUIRE(end == FRAME_BROKEN);
		if (progress == FRAME_MORE && end == FRAME_COMPLETE)
			REQUIRE(i < end_len);
		fuzz_copy_free(part);
	}
}

static void
check_request(struct slice input)
{
	struct frame_request request;
	struct report r = { 0 };
	size_t len = 0;
	enum frame_progress progress = frame_request_length(input, &len);
	enum jwt_reason reason = frame_request_decode(input, &request, &r);

	REQUIRE(len <= input.len && len <= FRAME_REQUEST_MAX);
	check_prefixes(input, progress, len);
	if (reason != JWT_OK) {
		REQUIRE(reason == JWT_TOKEN_MALFORMED && r.text[0] != '\0');
		return;
	}
	REQUIRE(progress == FRAME_COMPLETE && len == input.len);
	require_each_tag_once(input);
	check_round_trip(&request);
}

static void
check_reply(struct slice input)
{
	struct frame_reply reply;
	struct report r = { 0 };
	uint8_t again[FRAME_REPLY_LEN];

	if (frame_reply_decode(input, &reply, &r) != JWT_OK) {
		REQUIRE(r.text[0] != '\0');
		return;
	}
	REQUIRE(input.len == FRAME_REPLY_LEN);
	REQUIRE(reply.allow == (reply.reason == JWT_OK));
	REQUIRE(!reply.allow || (input.data[5] == 1 && input.data[6] == 0 &&
					input.data[7] == 0));
	frame_reply_encode(&reply, again);
	if (input.data[4] == FRAME_VERSION && input.data[6] == 0 &&
		input.data[7] < JWT_REASON_COUNT && input.data[8] < 0x80 &&
		(input.data[5] == 1 || input.data[5] == 2))
		REQUIRE(memcmp(again, input.data, sizeof(again)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = fuzz_copy(slice_of(data, size));

	check_request(input);
	check_reply(input);
	fuzz_copy_free(input);
	return 0;
}
