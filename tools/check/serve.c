/* SPDX-License-Identifier: ISC */
/*
 * The framed conversation: requests in, replies out. What a peer that isn't
 * root says of itself is replaced by what the kernel says of it.
 */
#include "check.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *
given(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static void
jwt_request_from_frame(const struct frame_request *f, struct jwt_request *out)
{
	*out = (struct jwt_request){
		.purpose = f->purpose,
		.service = given(f->service),
		.user = given(f->user),
		.uid = f->uid,
		.real_uid = f->real_uid,
		.login_uid = f->login_uid,
		.requesting_user = given(f->requesting_user),
		.remote_host = given(f->remote_host),
		.carrier = f->carrier,
		.carrier_bytes = f->carrier_bytes.data,
		.carrier_len = f->carrier_bytes.len,
		.from_record = f->from_record,
		.proved_key = f->proved_key.data,
		.proved_key_len = f->proved_key.len,
	};
}

/* Root has proved keys and kept records; nobody else can claim to. */
static enum jwt_reason
restrict_to_peer(
	struct frame_request *f, const struct peer *peer, struct report *r)
{
	if (peer->is_root)
		return JWT_OK;
	if (f->purpose == JWT_PURPOSE_RECORD ||
		f->purpose == JWT_PURPOSE_RECHECK)
		return report(r, JWT_POLICY_DENIED,
			"purposes record and recheck are root's");
	if (f->carrier == JWT_CARRIER_SSH_AUTH_INFO)
		return report(r, JWT_PROOF_MISSING,
			"only root can say that a certificate was proved");
	f->from_record = false;
	f->proved_key = slice_of(NULL, 0);
	f->real_uid = peer->uid;
	f->requesting_user[0] = '\0';
	f->remote_host[0] = '\0';
	f->login_uid = JWT_NO_UID;
	if (f->uid != peer->uid)
		f->uid = JWT_NO_UID;
	return JWT_OK;
}

/* One that is too long to be framed is empty. */
static bool
write_detail(int out, const struct jwt_verdict *verdict)
{
	JWT_AUTO(buffer) json = BUFFER(CHECK_DETAIL_MAX);
	JWT_AUTO(buffer) framed = BUFFER(CHECK_DETAIL_MAX + 4);

	if (!verdict_to_json(verdict, &json))
		buffer_clear(&json);
	return buffer_append_u32(&framed, (uint32_t)json.len) &&
	       buffer_append_slice(&framed, buffer_slice(&json)) &&
	       fd_write_all(out, buffer_slice(&framed));
}

static bool
write_reply(int out, const struct jwt_verdict *verdict, bool want_detail)
{
	struct frame_reply reply = { .allow = verdict->allow,
		.reason = verdict->reason,
		.expires_at = verdict->expires_at };
	uint8_t bytes[FRAME_REPLY_LEN];

	memcpy(reply.id, verdict->id, sizeof(reply.id));
	memcpy(reply.hint, verdict->hint, sizeof(reply.hint));
	frame_reply_encode(&reply, bytes);
	return fd_write_all(out, slice_of(bytes, sizeof(bytes))) &&
	       (!want_detail || write_detail(out, verdict));
}

/* Judges one complete request. False: hang up. */
static bool
answer(struct judge *judge, struct slice bytes, int out,
	const struct peer *peer)
{
	struct frame_request frame;
	struct jwt_request request;
	struct jwt_verdict verdict;
	struct report r = { 0 };
	enum jwt_reason reason;
	bool proper;

	frame_request_init(&frame);
	reason = frame_request_decode(bytes, &frame, &r);
	if (reason == JWT_OK)
		reason = restrict_to_peer(&frame, peer, &r);
	proper = reason == JWT_OK;
	jwt_request_from_frame(&frame, &request);
	if (proper) {
		judge_request(judge, &request, &verdict);
	} else {
		verdict_deny(&verdict, reason, r.text);
		audit_decision(&judge->audit, &request, &verdict);
	}
	return write_reply(out, &verdict, frame.want_detail) && proper;
}

/* Drops the first len bytes, and wipes where the rest stood. */
static void
drop_front(struct buffer *b, size_t len)
{
	size_t rest = b->len - len;

	memmove(b->data, b->data + len, rest);
	wipe(b->data + rest, len);
	b->len = rest;
}

bool
wait_for_input(int in)
{
	const int64_t deadline = clock_monotonic_ms() + CHECK_IDLE * 1000;
	struct pollfd ready = { .fd = in, .events = POLLIN };
	int n;

	do
		n = poll(&ready, 1, clock_left_ms(deadline));
	while (n < 0 && errno == EINTR);
	return n > 0;
}

/* One more piece of input; false at its end, after silence, on an error. */
static bool
read_more(int in, struct buffer *buffered)
{
	uint8_t chunk[4096];
	ssize_t got;
	bool ok;

	if (!wait_for_input(in))
		return false;
	do
		got = read(in, chunk, sizeof(chunk));
	while (got < 0 && errno == EINTR);
	ok = got > 0 && buffer_append(buffered, chunk, (size_t)got);
	wipe(chunk, sizeof(chunk));
	return ok;
}

bool
serve_framed(struct judge *judge, int in, int out, const struct peer *peer)
{
	JWT_AUTO(buffer) buffered = BUFFER(FRAME_REQUEST_MAX + 4096);
	unsigned answered = 0;

	for (;;) {
		size_t len = 0;

		switch (frame_request_length(buffer_slice(&buffered), &len)) {
		case FRAME_COMPLETE:
			if (!answer(judge, slice_of(buffered.data, len), out,
				    peer))
				return false;
			drop_front(&buffered, len);
			if (++answered == CHECK_REQUESTS && !peer->is_root)
				return true;
			break;
		case FRAME_MORE:
			if (!read_more(in, &buffered))
				return buffered.len == 0;
			break;
		case FRAME_BROKEN:
		default:
			(void)answer(judge, buffer_slice(&buffered), out, peer);
			return false;
		}
	}
}
