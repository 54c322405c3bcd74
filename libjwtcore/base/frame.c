/* SPDX-License-Identifier: ISC */
/* The request of the framing: a table of fields drives both directions. */
#include "base/frame.h"

#include <string.h>

static const uint8_t request_magic[4] = { 'J', 'W', 'T', 'Q' };

#define HEAD_LEN  5u /* magic, version */
#define FIELD_LEN 5u /* tag, length */

enum field_kind { KIND_TEXT, KIND_BYTES, KIND_UID, KIND_NUMBER, KIND_FLAG };

/* What a tag's value is, and where it lives in struct frame_request. */
struct field {
	enum field_kind kind;
	size_t offset;
	uint8_t max; /* of a number */
};

#define AT(member) offsetof(struct frame_request, member)

static const struct field fields[FRAME_TAG_COUNT] = {
	[FRAME_PURPOSE] = { KIND_NUMBER, AT(purpose), JWT_PURPOSE_OBSERVE },
	[FRAME_SERVICE] = { KIND_TEXT, AT(service), 0 },
	[FRAME_USER] = { KIND_TEXT, AT(user), 0 },
	[FRAME_UID] = { KIND_UID, AT(uid), 0 },
	[FRAME_REAL_UID] = { KIND_UID, AT(real_uid), 0 },
	[FRAME_LOGIN_UID] = { KIND_UID, AT(login_uid), 0 },
	[FRAME_REQUESTING_USER] = { KIND_TEXT, AT(requesting_user), 0 },
	[FRAME_REMOTE_HOST] = { KIND_TEXT, AT(remote_host), 0 },
	[FRAME_CARRIER] = { KIND_NUMBER, AT(carrier), JWT_CARRIER_PASSWORD },
	[FRAME_CARRIER_BYTES] = { KIND_BYTES, AT(carrier_bytes), 0 },
	[FRAME_FROM_RECORD] = { KIND_FLAG, AT(from_record), 0 },
	[FRAME_PROVED_KEY] = { KIND_BYTES, AT(proved_key), 0 },
	[FRAME_WANT_DETAIL] = { KIND_FLAG, AT(want_detail), 0 },
};

/* The numbers are read and written through unsigned int. */
_Static_assert(sizeof(enum jwt_purpose) == sizeof(unsigned int) &&
		       sizeof(enum jwt_carrier) == sizeof(unsigned int),
	"an enum of the request is not an unsigned int");

static uint32_t
u32_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static void
u32_put(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 24);
	p[1] = (uint8_t)(value >> 16);
	p[2] = (uint8_t)(value >> 8);
	p[3] = (uint8_t)value;
}

void
frame_request_init(struct frame_request *request)
{
	*request = (struct frame_request){
		.uid = JWT_NO_UID,
		.real_uid = JWT_NO_UID,
		.login_uid = JWT_NO_UID,
	};
}

bool
frame_set_text(char out[FRAME_NAME_MAX + 1], const char *text)
{
	size_t len = text ? strlen(text) : 0;

	memset(out, 0, FRAME_NAME_MAX + 1);
	if (len > FRAME_NAME_MAX)
		return false;
	if (len > 0)
		memcpy(out, text, len);
	return true;
}

/* The value of a field as it goes out; empty where it is not given. */
static struct slice
field_value(const struct field *f, const void *member, uint8_t scratch[4])
{
	unsigned int number;
	uint32_t uid;

	switch (f->kind) {
	case KIND_TEXT:
		return slice_of_string(member);
	case KIND_BYTES:
		return *(const struct slice *)member;
	case KIND_UID:
		memcpy(&uid, member, sizeof(uid));
		u32_put(scratch, uid);
		return slice_of(scratch, uid == JWT_NO_UID ? 0 : 4);
	case KIND_NUMBER:
		memcpy(&number, member, sizeof(number));
		scratch[0] = (uint8_t)number;
		return slice_of(scratch, number ? 1 : 0);
	case KIND_FLAG:
		scratch[0] = *(const bool *)member;
		return slice_of(scratch, scratch[0]);
	}
	return slice_of(NULL, 0);
}

static bool
append_field(struct buffer *out, uint8_t tag, struct slice value)
{
	if (value.len == 0)
		return true;
	return buffer_append(out, &tag, 1) &&
	       buffer_append_u32(out, (uint32_t)value.len) &&
	       buffer_append_slice(out, value);
}

static size_t
encoded_length(const struct frame_request *request)
{
	size_t total = HEAD_LEN + 1;

	for (size_t tag = 1; tag < FRAME_TAG_COUNT; tag++) {
		uint8_t scratch[4];
		struct slice value = field_value(&fields[tag],
			(const char *)request + fields[tag].offset, scratch);

		if (value.len > FRAME_REQUEST_MAX)
			return SIZE_MAX;
		if (value.len > 0)
			total += FIELD_LEN + value.len;
	}
	return total;
}

enum jwt_reason
frame_request_encode(const struct frame_request *request, struct buffer *out,
	struct report *report_to)
{
	static const uint8_t version = FRAME_VERSION, end = FRAME_END;
	size_t total = encoded_length(request);
	bool ok;

	if (total > FRAME_REQUEST_MAX || out->len > out->max ||
		total > out->max - out->len)
		return report(report_to, JWT_TOKEN_TOO_LARGE,
			"the request is larger than %u bytes",
			FRAME_REQUEST_MAX);
	/* All at once, so that no field can fail half-way. */
	uint8_t *room = buffer_extend(out, total);
	if (!room)
		return report(report_to, JWT_INTERNAL_ERROR, "out of memory");
	out->len -= total;
	ok = buffer_append(out, request_magic, sizeof(request_magic)) &&
	     buffer_append(out, &version, 1);
	for (size_t tag = 1; ok && tag < FRAME_TAG_COUNT; tag++) {
		uint8_t scratch[4];

		ok = append_field(out, (uint8_t)tag,
			field_value(&fields[tag],
				(const char *)request + fields[tag].offset,
				scratch));
	}
	if (!ok || !buffer_append(out, &end, 1))
		return report(report_to, JWT_INTERNAL_ERROR, "out of memory");
	return JWT_OK;
}

/* Versions up to one away from ours; 0 was never in use. */
static bool
is_neighbour(uint8_t version)
{
	return version >= 1 && version + 1 >= FRAME_VERSION &&
	       version <= FRAME_VERSION + 1;
}

enum frame_progress
frame_request_length(struct slice data, size_t *len)
{
	size_t at = HEAD_LEN, magic = sizeof(request_magic);

	if (memcmp(data.data ? data.data : request_magic, request_magic,
		    data.len < magic ? data.len : magic) != 0)
		return FRAME_BROKEN;
	if (data.len < HEAD_LEN)
		return FRAME_MORE;
	if (!is_neighbour(data.data[magic]))
		return FRAME_BROKEN;
	while (at < data.len) {
		if (data.data[at] == FRAME_END) {
			*len = at + 1;
			return at < FRAME_REQUEST_MAX ? FRAME_COMPLETE
						      : FRAME_BROKEN;
		}
		if (data.len - at < FIELD_LEN)
			break;
		uint32_t value_len = u32_at(data.data + at + 1);

		/* The end tag needs a byte as well. */
		if (value_len >= FRAME_REQUEST_MAX ||
			at + FIELD_LEN + value_len >= FRAME_REQUEST_MAX)
			return FRAME_BROKEN;
		at += FIELD_LEN + value_len;
	}
	return at < FRAME_REQUEST_MAX ? FRAME_MORE : FRAME_BROKEN;
}

static bool
decode_text(char *out, struct slice value)
{
	if (value.len > FRAME_NAME_MAX || slice_has_nul(value))
		return false;
	memcpy(out, value.data, value.len);
	out[value.len] = '\0';
	return true;
}

static bool
decode_value(const struct field *f, void *member, struct slice value)
{
	unsigned int number;
	uint32_t uid;

	switch (f->kind) {
	case KIND_TEXT:
		return decode_text(member, value);
	case KIND_BYTES:
		*(struct slice *)member = value;
		return true;
	case KIND_UID:
		if (value.len != 4)
			return false;
		uid = u32_at(value.data);
		memcpy(member, &uid, sizeof(uid));
		return true;
	case KIND_NUMBER:
		if (value.len != 1 || value.data[0] < 1 ||
			value.data[0] > f->max)
			return false;
		number = value.data[0];
		memcpy(member, &number, sizeof(number));
		return true;
	case KIND_FLAG:
		if (value.len != 1 || value.data[0] > 1)
			return false;
		*(bool *)member = value.data[0] == 1;
		return true;
	}
	return false;
}

enum jwt_reason
frame_request_decode(
	struct slice data, struct frame_request *out, struct report *report_to)
{
	struct frame_request request;
	bool seen[UINT8_MAX + 1] = { false };
	size_t len = 0;

	if (frame_request_length(data, &len) != FRAME_COMPLETE ||
		len != data.len)
		return report(report_to, JWT_TOKEN_MALFORMED,
			"not a whole request of a known version");
	frame_request_init(&request);
	for (size_t at = HEAD_LEN; data.data[at] != FRAME_END;) {
		uint8_t tag = data.data[at];
		struct slice value = slice_of(
			data.data + at + FIELD_LEN, u32_at(data.data + at + 1));

		if (seen[tag])
			return report(report_to, JWT_TOKEN_MALFORMED,
				"request field %u is there twice", tag);
		seen[tag] = true;
		if (tag < FRAME_TAG_COUNT &&
			!decode_value(&fields[tag],
				(char *)&request + fields[tag].offset, value))
			return report(report_to, JWT_TOKEN_MALFORMED,
				"request field %u has a wrong value", tag);
		at += FIELD_LEN + value.len;
	}
	*out = request;
	return JWT_OK;
}
