/* SPDX-License-Identifier: ISC */
/* frame: what the module and the helper say to each other. */
#include "base/frame.h"
#include "suite.h"

#include <string.h>

static struct buffer
raw(const char *fields, size_t len)
{
	struct buffer b = BUFFER(FRAME_REQUEST_MAX + 4096);

	CU_ASSERT_FATAL(buffer_append(&b, "JWTQ\x01", 5));
	CU_ASSERT_FATAL(buffer_append(&b, fields, len));
	return b;
}

/* A literal may hold NULs; its own last one is not sent. */
#define RAW(literal) raw(literal, sizeof(literal) - 1)

static enum jwt_reason
decoded(struct buffer b, struct frame_request *out)
{
	struct frame_request scratch;
	enum jwt_reason reason = frame_request_decode(
		buffer_slice(&b), out ? out : &scratch, NULL);

	buffer_free(&b);
	return reason;
}

static void
fill(struct frame_request *r)
{
	frame_request_init(r);
	r->purpose = JWT_PURPOSE_RECORD;
	CU_ASSERT(frame_set_text(r->service, "sshd"));
	CU_ASSERT(frame_set_text(r->user, "alice"));
	r->uid = 1000;
	r->real_uid = 0;
	r->login_uid = 0x01020304;
	CU_ASSERT(frame_set_text(r->requesting_user, "bob"));
	CU_ASSERT(frame_set_text(r->remote_host, "192.0.2.1"));
	r->carrier = JWT_CARRIER_SSH_AUTH_INFO;
	r->carrier_bytes = slice_of("a\0b", 3);
	r->from_record = true;
	r->proved_key = slice_of_string("publickey ssh-ed25519 AAAA");
	r->want_detail = true;
}

static void
a_request_survives_both_directions(void)
{
	struct frame_request in, out;
	JWT_AUTO(buffer) b = BUFFER(FRAME_REQUEST_MAX);

	fill(&in);
	CU_ASSERT_EQUAL(frame_request_encode(&in, &b, NULL), JWT_OK);
	CU_ASSERT_EQUAL_FATAL(
		frame_request_decode(buffer_slice(&b), &out, NULL), JWT_OK);
	CU_ASSERT_EQUAL(out.purpose, JWT_PURPOSE_RECORD);
	CU_ASSERT_STRING_EQUAL(out.service, "sshd");
	CU_ASSERT_STRING_EQUAL(out.user, "alice");
	CU_ASSERT_EQUAL(out.uid, 1000);
	CU_ASSERT_EQUAL(out.real_uid, 0);
	CU_ASSERT_EQUAL(out.login_uid, 0x01020304);
	CU_ASSERT_STRING_EQUAL(out.requesting_user, "bob");
	CU_ASSERT_STRING_EQUAL(out.remote_host, "192.0.2.1");
	CU_ASSERT_EQUAL(out.carrier, JWT_CARRIER_SSH_AUTH_INFO);
	CU_ASSERT(slice_equal(out.carrier_bytes, slice_of("a\0b", 3)));
	CU_ASSERT(out.from_record);
	CU_ASSERT(slice_equals_string(
		out.proved_key, "publickey ssh-ed25519 AAAA"));
	CU_ASSERT(out.want_detail);
}

static void
the_bytes_of_a_request_are_those_of_the_design(void)
{
	static const char expected[] = "JWTQ\x01"
				       "\x01\0\0\0\x01\x03"
				       "\x02\0\0\0\x04sshd"
				       "\x03\0\0\0\x05"
				       "alice"
				       "\x04\0\0\0\x04\0\0\x03\xe8"
				       "\x05\0\0\0\x04\0\0\0\0"
				       "\x06\0\0\0\x04\1\2\3\4"
				       "\x07\0\0\0\x03"
				       "bob"
				       "\x08\0\0\0\x09"
				       "192.0.2.1"
				       "\x09\0\0\0\x01\x02"
				       "\x0a\0\0\0\x03"
				       "a\0b"
				       "\x0b\0\0\0\x01\x01"
				       "\x0c\0\0\0\x1a"
				       "publickey ssh-ed25519 AAAA"
				       "\x0d\0\0\0\x01\x01";
	struct frame_request in;
	JWT_AUTO(buffer) b = BUFFER(FRAME_REQUEST_MAX);

	fill(&in);
	CU_ASSERT_EQUAL(frame_request_encode(&in, &b, NULL), JWT_OK);
	/* The literal's own NUL is the end tag. */
	CU_ASSERT(slice_equal(
		buffer_slice(&b), slice_of(expected, sizeof(expected))));
}

static void
what_is_not_given_is_not_sent_and_comes_back_so(void)
{
	struct frame_request in, out;
	JWT_AUTO(buffer) b = BUFFER(FRAME_REQUEST_MAX);

	frame_request_init(&in);
	CU_ASSERT_EQUAL(frame_request_encode(&in, &b, NULL), JWT_OK);
	CU_ASSERT_EQUAL(b.len, 6);
	CU_ASSERT_EQUAL(
		frame_request_decode(buffer_slice(&b), &out, NULL), JWT_OK);
	CU_ASSERT_EQUAL(out.uid, JWT_NO_UID);
	CU_ASSERT_EQUAL(out.real_uid, JWT_NO_UID);
	CU_ASSERT_EQUAL(out.login_uid, JWT_NO_UID);
	CU_ASSERT_STRING_EQUAL(out.user, "");
	CU_ASSERT_EQUAL((int)out.purpose, 0);
	CU_ASSERT_EQUAL((int)out.carrier, 0);
}

static void
a_cut_request_is_more_to_come_and_never_decoded(void)
{
	struct frame_request in, out;
	JWT_AUTO(buffer) b = BUFFER(FRAME_REQUEST_MAX);
	size_t len = 0;

	fill(&in);
	CU_ASSERT_EQUAL(frame_request_encode(&in, &b, NULL), JWT_OK);
	for (size_t cut = 0; cut < b.len; cut++) {
		struct slice part = slice_of(b.data, cut);

		CU_ASSERT_EQUAL(frame_request_length(part, &len), FRAME_MORE);
		CU_ASSERT_NOT_EQUAL(
			frame_request_decode(part, &out, NULL), JWT_OK);
	}
	CU_ASSERT_EQUAL(
		frame_request_length(buffer_slice(&b), &len), FRAME_COMPLETE);
	CU_ASSERT_EQUAL(len, b.len);
}

static void
requests_one_after_another_are_told_apart(void)
{
	struct frame_request in, out;
	JWT_AUTO(buffer) b = BUFFER(FRAME_REQUEST_MAX);
	size_t len = 0;

	fill(&in);
	CU_ASSERT_EQUAL(frame_request_encode(&in, &b, NULL), JWT_OK);
	CU_ASSERT_EQUAL(frame_request_encode(&in, &b, NULL), JWT_OK);
	CU_ASSERT_EQUAL(
		frame_request_length(buffer_slice(&b), &len), FRAME_COMPLETE);
	CU_ASSERT_EQUAL(len * 2, b.len);
	CU_ASSERT_EQUAL(frame_request_decode(buffer_slice(&b), &out, NULL),
		JWT_TOKEN_MALFORMED);
}

static void
a_wrong_magic_is_broken_at_its_first_byte(void)
{
	size_t len;

	CU_ASSERT_EQUAL(
		frame_request_length(slice_of("X", 1), &len), FRAME_BROKEN);
	CU_ASSERT_EQUAL(
		frame_request_length(slice_of("JWTA", 4), &len), FRAME_BROKEN);
	CU_ASSERT_EQUAL(
		frame_request_length(slice_of(NULL, 0), &len), FRAME_MORE);
}

static void
only_the_version_of_a_neighbour_is_understood(void)
{
	for (unsigned version = 0; version < 256; version++) {
		uint8_t bytes[6] = { 'J', 'W', 'T', 'Q', (uint8_t)version, 0 };
		struct frame_request out;
		bool ours = version == FRAME_VERSION ||
			    version == FRAME_VERSION + 1;

		CU_ASSERT_EQUAL(frame_request_decode(slice_of(bytes, 6), &out,
					NULL) == JWT_OK,
			ours);
	}
}

static void
a_tag_of_a_later_release_is_skipped_by_its_length(void)
{
	struct frame_request out;

	CU_ASSERT_EQUAL_FATAL(
		decoded(RAW("\xee\0\0\0\x03\0\x01\0\x02\0\0\0\x04sshd\0"),
			&out),
		JWT_OK);
	CU_ASSERT_STRING_EQUAL(out.service, "sshd");
}

static void
a_tag_that_is_there_twice_is_refused(void)
{
	CU_ASSERT_EQUAL(decoded(RAW("\x03\0\0\0\x01"
				    "a\x03\0\0\0\x01"
				    "b\0"),
				NULL),
		JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(decoded(RAW("\xee\0\0\0\0\xee\0\0\0\0\0"), NULL),
		JWT_TOKEN_MALFORMED);
}

static void
a_value_of_wrong_length_or_range_is_refused(void)
{
	CU_ASSERT_EQUAL(decoded(RAW("\x01\0\0\0\x01\x01\0"), NULL), JWT_OK);
	CU_ASSERT_NOT_EQUAL(decoded(RAW("\x01\0\0\0\x01\0\0"), NULL), JWT_OK);
	CU_ASSERT_NOT_EQUAL(decoded(RAW("\x01\0\0\0\x01\x06\0"), NULL), JWT_OK);
	CU_ASSERT_NOT_EQUAL(
		decoded(RAW("\x01\0\0\0\x02\0\x01\0"), NULL), JWT_OK);
	CU_ASSERT_NOT_EQUAL(decoded(RAW("\x01\0\0\0\0\0"), NULL), JWT_OK);
	CU_ASSERT_NOT_EQUAL(
		decoded(RAW("\x04\0\0\0\x03\0\0\1\0"), NULL), JWT_OK);
	CU_ASSERT_NOT_EQUAL(
		decoded(RAW("\x04\0\0\0\x05\0\0\0\0\1\0"), NULL), JWT_OK);
	CU_ASSERT_NOT_EQUAL(decoded(RAW("\x09\0\0\0\x01\x04\0"), NULL), JWT_OK);
	CU_ASSERT_NOT_EQUAL(decoded(RAW("\x0b\0\0\0\x01\x02\0"), NULL), JWT_OK);
}

static void
a_nul_in_a_text_is_refused(void)
{
	CU_ASSERT_EQUAL(decoded(RAW("\x03\0\0\0\x05"
				    "al\0ce\0"),
				NULL),
		JWT_TOKEN_MALFORMED);
}

static void
a_text_longer_than_the_cap_is_refused(void)
{
	char text[FRAME_NAME_MAX + 2], out[FRAME_NAME_MAX + 1];
	struct buffer b = RAW("\x03\0\0\x01\x01");

	memset(text, 'a', sizeof(text));
	CU_ASSERT_FATAL(buffer_append(&b, text, FRAME_NAME_MAX + 1));
	CU_ASSERT_FATAL(buffer_append(&b, "", 1));
	CU_ASSERT_EQUAL(decoded(b, NULL), JWT_TOKEN_MALFORMED);
	text[FRAME_NAME_MAX + 1] = '\0';
	CU_ASSERT_FALSE(frame_set_text(out, text));
	CU_ASSERT_STRING_EQUAL(out, "");
	text[FRAME_NAME_MAX] = '\0';
	CU_ASSERT_TRUE(frame_set_text(out, text));
	CU_ASSERT_STRING_EQUAL(out, text);
}

static void
a_request_ends_at_the_cap(void)
{
	static uint8_t big[FRAME_REQUEST_MAX];
	struct frame_request in, out;
	JWT_AUTO(buffer) b = BUFFER(2 * FRAME_REQUEST_MAX);
	size_t len;

	frame_request_init(&in);
	/* Head, one field's tag and length, the end tag. */
	in.carrier_bytes = slice_of(big, FRAME_REQUEST_MAX - 5 - 5 - 1);
	CU_ASSERT_EQUAL(frame_request_encode(&in, &b, NULL), JWT_OK);
	CU_ASSERT_EQUAL(b.len, FRAME_REQUEST_MAX);
	CU_ASSERT_EQUAL(
		frame_request_decode(buffer_slice(&b), &out, NULL), JWT_OK);
	buffer_clear(&b);
	in.carrier_bytes.len++;
	CU_ASSERT_EQUAL(
		frame_request_encode(&in, &b, NULL), JWT_TOKEN_TOO_LARGE);
	CU_ASSERT_EQUAL(b.len, 0);
	in.carrier_bytes.len = SIZE_MAX;
	CU_ASSERT_EQUAL(
		frame_request_encode(&in, &b, NULL), JWT_TOKEN_TOO_LARGE);
	CU_ASSERT_EQUAL(
		frame_request_length(
			slice_of("JWTQ\x01\x0a\0\x01\xff\xf6", 10), &len),
		FRAME_BROKEN);
	CU_ASSERT_EQUAL(
		frame_request_length(
			slice_of("JWTQ\x01\x0a\xff\xff\xff\xff", 10), &len),
		FRAME_BROKEN);
}

static void
many_small_fields_end_at_the_cap_too(void)
{
	JWT_AUTO(buffer) b = BUFFER(2 * FRAME_REQUEST_MAX);
	size_t len;

	CU_ASSERT_FATAL(buffer_append(&b, "JWTQ\x01", 5));
	while (b.len < FRAME_REQUEST_MAX + 10)
		CU_ASSERT_FATAL(buffer_append(&b, "\xee\0\0\0\0", 5));
	CU_ASSERT_EQUAL(
		frame_request_length(buffer_slice(&b), &len), FRAME_BROKEN);
}

static struct frame_reply
an_allow(void)
{
	return (struct frame_reply){
		.allow = true,
		.reason = JWT_OK,
		.expires_at = 0x0102030405060708,
		.id = "0123456789abcdef",
		.hint = "acr mfa",
	};
}

static void
a_reply_survives_both_directions(void)
{
	struct frame_reply in = an_allow(), out;
	uint8_t bytes[FRAME_REPLY_LEN];

	frame_reply_encode(&in, bytes);
	CU_ASSERT_EQUAL(memcmp(bytes,
				"JWTA\x01\x01\0\0\1\2\3\4\5\6\7\x8"
				"0123456789abcdef\x07"
				"acr mfa\0",
				41),
		0);
	CU_ASSERT_EQUAL(
		frame_reply_decode(slice_of(bytes, sizeof(bytes)), &out, NULL),
		JWT_OK);
	CU_ASSERT(out.allow);
	CU_ASSERT_EQUAL(out.reason, JWT_OK);
	CU_ASSERT_EQUAL(out.expires_at, 0x0102030405060708);
	CU_ASSERT_STRING_EQUAL(out.id, "0123456789abcdef");
	CU_ASSERT_STRING_EQUAL(out.hint, "acr mfa");
}

static void
every_reason_arrives_as_a_deny(void)
{
	for (unsigned r = 1; r < JWT_REASON_COUNT; r++) {
		struct frame_reply in = an_allow(), out;
		uint8_t bytes[FRAME_REPLY_LEN];

		/* allow stays set: the reason alone must deny. */
		in.reason = (enum jwt_reason)r;
		frame_reply_encode(&in, bytes);
		CU_ASSERT_EQUAL(
			frame_reply_decode(
				slice_of(bytes, sizeof(bytes)), &out, NULL),
			JWT_OK);
		CU_ASSERT_FALSE(out.allow);
		CU_ASSERT_EQUAL(out.reason, r);
	}
}

static void
a_reply_of_wrong_length_is_refused(void)
{
	struct frame_reply in = an_allow(), out;
	uint8_t bytes[FRAME_REPLY_LEN + 1] = { 0 };

	frame_reply_encode(&in, bytes);
	for (size_t len = 0; len <= sizeof(bytes); len++)
		CU_ASSERT_EQUAL(frame_reply_decode(slice_of(bytes, len), &out,
					NULL) == JWT_OK,
			len == FRAME_REPLY_LEN);
}

static void
no_changed_byte_turns_a_deny_into_an_allow(void)
{
	struct frame_reply in = an_allow();
	uint8_t bytes[FRAME_REPLY_LEN];

	in.allow = false;
	in.reason = JWT_REVOKED;
	frame_reply_encode(&in, bytes);
	for (size_t at = 0; at < sizeof(bytes); at++) {
		uint8_t before = bytes[at];

		for (unsigned value = 0; value < 256; value++) {
			struct frame_reply out;

			bytes[at] = (uint8_t)value;
			if (frame_reply_decode(slice_of(bytes, sizeof(bytes)),
				    &out, NULL) == JWT_OK)
				CU_ASSERT_FALSE(out.allow);
		}
		bytes[at] = before;
	}
}

static void
a_reply_that_contradicts_itself_is_refused(void)
{
	struct frame_reply in = an_allow(), out;
	uint8_t bytes[FRAME_REPLY_LEN];

	frame_reply_encode(&in, bytes);
	bytes[5] = 2; /* deny for "ok" */
	CU_ASSERT_EQUAL(
		frame_reply_decode(slice_of(bytes, sizeof(bytes)), &out, NULL),
		JWT_INTERNAL_ERROR);
	in.allow = false;
	frame_reply_encode(&in, bytes);
	CU_ASSERT_EQUAL(
		frame_reply_decode(slice_of(bytes, sizeof(bytes)), &out, NULL),
		JWT_OK);
	CU_ASSERT_FALSE(out.allow);
	CU_ASSERT_EQUAL(out.reason, JWT_INTERNAL_ERROR);
}

static void
a_reason_of_a_later_release_is_a_deny(void)
{
	struct frame_reply in = an_allow(), out;
	uint8_t bytes[FRAME_REPLY_LEN];

	in.reason = JWT_REVOKED;
	frame_reply_encode(&in, bytes);
	bytes[7] = JWT_REASON_COUNT;
	CU_ASSERT_EQUAL(
		frame_reply_decode(slice_of(bytes, sizeof(bytes)), &out, NULL),
		JWT_OK);
	CU_ASSERT_FALSE(out.allow);
	CU_ASSERT_EQUAL(out.reason, JWT_INTERNAL_ERROR);
}

static void
a_hint_is_printable_ascii_or_nothing(void)
{
	struct frame_reply in = an_allow(), out;
	uint8_t bytes[FRAME_REPLY_LEN];

	strcpy(in.hint, "a\033[2J");
	frame_reply_encode(&in, bytes);
	CU_ASSERT_EQUAL(bytes[32], 0);
	strcpy(in.hint, "abc");
	frame_reply_encode(&in, bytes);
	bytes[34] = '\n';
	CU_ASSERT_NOT_EQUAL(
		frame_reply_decode(slice_of(bytes, sizeof(bytes)), &out, NULL),
		JWT_OK);
	frame_reply_encode(&in, bytes);
	bytes[255] = 'x';
	CU_ASSERT_NOT_EQUAL(
		frame_reply_decode(slice_of(bytes, sizeof(bytes)), &out, NULL),
		JWT_OK);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_request_survives_both_directions),
	UNIT_TEST(the_bytes_of_a_request_are_those_of_the_design),
	UNIT_TEST(what_is_not_given_is_not_sent_and_comes_back_so),
	UNIT_TEST(a_cut_request_is_more_to_come_and_never_decoded),
	UNIT_TEST(requests_one_after_another_are_told_apart),
	UNIT_TEST(a_wrong_magic_is_broken_at_its_first_byte),
	UNIT_TEST(only_the_version_of_a_neighbour_is_understood),
	UNIT_TEST(a_tag_of_a_later_release_is_skipped_by_its_length),
	UNIT_TEST(a_tag_that_is_there_twice_is_refused),
	UNIT_TEST(a_value_of_wrong_length_or_range_is_refused),
	UNIT_TEST(a_nul_in_a_text_is_refused),
	UNIT_TEST(a_text_longer_than_the_cap_is_refused),
	UNIT_TEST(a_request_ends_at_the_cap),
	UNIT_TEST(many_small_fields_end_at_the_cap_too),
	UNIT_TEST(a_reply_survives_both_directions),
	UNIT_TEST(every_reason_arrives_as_a_deny),
	UNIT_TEST(a_reply_of_wrong_length_is_refused),
	UNIT_TEST(no_changed_byte_turns_a_deny_into_an_allow),
	UNIT_TEST(a_reply_that_contradicts_itself_is_refused),
	UNIT_TEST(a_reason_of_a_later_release_is_a_deny),
	UNIT_TEST(a_hint_is_printable_ascii_or_nothing),
};
UNIT_SUITE("frame", tests)
