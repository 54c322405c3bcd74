/* SPDX-License-Identifier: ISC */
/* Encoding and decoding of records; a table of fields drives both. */
#include "record.h"

#include <string.h>

static const uint8_t head[5] = { 'J', 'W', 'T', 'S', 1 };

#define FIELD_LEN 5u /* tag, length */

enum kind { KIND_TEXT, KIND_NUMBER, KIND_BYTES };

/* Numbers are eight bytes wide in the file, whatever they are in memory. */
#define NUMBER_LEN 8u

static const struct field {
	uint8_t tag; /* never given another meaning */
	enum kind kind;
	bool optional;
	size_t offset;
	size_t size; /* of the member */
} fields[] = {
#define MEMBER(m) offsetof(struct record, m), sizeof(((struct record *)0)->m)
	{ 1, KIND_TEXT, false, MEMBER(service) },
	{ 2, KIND_TEXT, false, MEMBER(user) },
	{ 3, KIND_NUMBER, false, MEMBER(uid) },
	{ 4, KIND_NUMBER, false, MEMBER(leader) },
	{ 5, KIND_NUMBER, false, MEMBER(leader_start) },
	{ 6, KIND_TEXT, false, MEMBER(boot_id) },
	{ 7, KIND_NUMBER, false, MEMBER(login.kind) },
	{ 8, KIND_BYTES, true, MEMBER(login.bytes) },
	{ 9, KIND_BYTES, true, MEMBER(login.proved_key) },
	{ 10, KIND_NUMBER, false, MEMBER(last.kind) },
	{ 11, KIND_BYTES, true, MEMBER(last.bytes) },
	{ 12, KIND_BYTES, true, MEMBER(last.proved_key) },
#undef MEMBER
};

void
presented_init(struct presented *presented)
{
	*presented = (struct presented){
		.bytes = BUFFER(FRAME_REQUEST_MAX),
		.proved_key = BUFFER(FRAME_REQUEST_MAX),
	};
}

void
presented_clear(struct presented *presented)
{
	presented->kind = 0;
	buffer_free(&presented->bytes);
	buffer_free(&presented->proved_key);
}

bool
presented_copy(struct presented *to, const struct presented *from)
{
	presented_clear(to);
	presented_init(to);
	if (buffer_append_slice(&to->bytes, buffer_slice(&from->bytes)) &&
		buffer_append_slice(
			&to->proved_key, buffer_slice(&from->proved_key))) {
		to->kind = from->kind;
		return true;
	}
	presented_clear(to);
	return false;
}

void
record_init(struct record *record)
{
	*record = (struct record){ .uid = JWT_NO_UID };
	presented_init(&record->login);
	presented_init(&record->last);
}

void
record_clear(struct record *record)
{
	presented_clear(&record->login);
	presented_clear(&record->last);
}

static uint64_t
load_number(const void *member, size_t size)
{
	uint32_t narrow;
	uint64_t wide;

	if (size == sizeof(wide)) {
		memcpy(&wide, member, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, member, sizeof(narrow));
	return narrow;
}

static bool
store_number(void *member, size_t size, uint64_t value)
{
	uint32_t narrow = (uint32_t)value;

	if (size == sizeof(value)) {
		memcpy(member, &value, sizeof(value));
		return true;
	}
	memcpy(member, &narrow, sizeof(narrow));
	return value <= UINT32_MAX;
}

static struct slice
field_value(
	const struct field *f, const void *member, uint8_t scratch[NUMBER_LEN])
{
	uint64_t number;

	switch (f->kind) {
	case KIND_TEXT:
		return slice_of_string(member);
	case KIND_BYTES:
		return buffer_slice(member);
	case KIND_NUMBER:
		number = load_number(member, f->size);
		for (size_t i = 0; i < NUMBER_LEN; i++)
			scratch[i] = (uint8_t)(number >> (56 - 8 * i));
		return slice_of(scratch, NUMBER_LEN);
	}
	return slice_of(NULL, 0);
}

bool
record_encode(const struct record *record, struct buffer *out)
{
	bool ok = buffer_append(out, head, sizeof(head));

	for (size_t i = 0; ok && i < JWT_COUNT(fields); i++) {
		uint8_t scratch[NUMBER_LEN];
		struct slice value = field_value(&fields[i],
			(const char *)record + fields[i].offset, scratch);

		if (fields[i].optional && value.len == 0)
			continue;
		ok = buffer_append(out, &fields[i].tag, 1) &&
		     buffer_append_u32(out, (uint32_t)value.len) &&
		     buffer_append_slice(out, value);
	}
	return ok;
}

static bool
decode_value(const struct field *f, void *member, struct slice value)
{
	uint64_t number = 0;

	switch (f->kind) {
	case KIND_TEXT:
		if (value.len >= f->size || slice_has_nul(value))
			return false;
		memcpy(member, value.data, value.len);
		((char *)member)[value.len] = '\0';
		return true;
	case KIND_BYTES:
		return buffer_append_slice(member, value);
	case KIND_NUMBER:
		if (value.len != NUMBER_LEN)
			return false;
		for (size_t i = 0; i < NUMBER_LEN; i++)
			number = number << 8 | value.data[i];
		return store_number(member, f->size, number);
	}
	return false;
}

/* The next field's tag and value; *rest moves behind it. */
static bool
next_field(struct slice *rest, uint8_t *tag, struct slice *value)
{
	uint32_t len;

	if (rest->len < FIELD_LEN)
		return false;
	*tag = rest->data[0];
	len = (uint32_t)rest->data[1] << 24 | (uint32_t)rest->data[2] << 16 |
	      (uint32_t)rest->data[3] << 8 | rest->data[4];
	if (len > rest->len - FIELD_LEN)
		return false;
	*value = slice_of(rest->data + FIELD_LEN, len);
	*rest = slice_of(value->data + len, rest->len - FIELD_LEN - len);
	return true;
}

/* Kinds of carrier that we know, and bytes exactly where there is a kind. */
static bool
is_whole(const struct presented *p)
{
	return (unsigned)p->kind <= JWT_CARRIER_PASSWORD &&
	       (p->kind != 0) == (p->bytes.len > 0);
}

static bool
decode_fields(struct slice rest, struct record *out)
{
	struct slice value = { 0 };
	uint8_t tag = 0;

	/* Fields stand in the order of the table, so none can be twice. */
	for (size_t i = 0; i < JWT_COUNT(fields); i++) {
		struct slice before = rest;

		if (rest.len > 0 && !next_field(&rest, &tag, &value))
			return false;
		if (before.len == 0 || tag != fields[i].tag) {
			if (!fields[i].optional)
				return false;
			rest = before;
			continue;
		}
		if (!decode_value(
			    &fields[i], (char *)out + fields[i].offset, value))
			return false;
	}
	return rest.len == 0 && out->leader > 0 && is_whole(&out->login) &&
	       is_whole(&out->last);
}

bool
record_decode(struct slice bytes, struct record *out, struct report *r)
{
	struct record record;
	struct slice rest;

	record_init(&record);
	if (bytes.len >= sizeof(head) &&
		memcmp(bytes.data, head, sizeof(head)) == 0) {
		rest = slice_of(
			bytes.data + sizeof(head), bytes.len - sizeof(head));
		if (decode_fields(rest, &record)) {
			record_clear(out);
			*out = record;
			return true;
		}
	}
	record_clear(&record);
	report(r, JWT_INTERNAL_ERROR, "not a session record");
	return false;
}
