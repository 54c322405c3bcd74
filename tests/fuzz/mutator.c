/* SPDX-License-Identifier: ISC */
/*
 * Changes an input of signing.h part by part, so that it stays one: who
 * signs, how it is spoilt, the header, the payload, or members put into
 * either. The signature is made when the input runs.
 */
#include "fuzz.h"
#include "signing.h"

#include <string.h>

#ifdef FUZZ_LIBFUZZER

#define PART_MAX 4096

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(
	uint8_t *data, size_t size, size_t max_size, unsigned int seed);

static const char *const header_members[] = { "\"alg\":\"ES256\"",
	"\"alg\":\"none\"", "\"alg\":\"HS256\"", "\"alg\":\"EdDSA\"",
	"\"kid\":\"r\"", "\"kid\":\"\"", "\"kid\":null", "\"typ\":\"at+jwt\"",
	"\"typ\":\"JWT\"", "\"crit\":[\"exp\"]", "\"b64\":false",
	"\"jku\":\"https://x\"", "\"x5t#S256\":\"\"", "\"\\u0061lg\":\"ES256\"",
	"\"a\":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]" };

static const char *const payload_members[] = { "\"iss\":\"https://idp.test\"",
	"\"aud\":\"ssh://web1\"", "\"aud\":[\"x\",\"ssh://web1\"]",
	"\"exp\":1800000600", "\"exp\":1.8000006e9", "\"exp\":18000006e2",
	"\"exp\":1e999", "\"iat\":1799999940", "\"iat\":1800000031",
	"\"nbf\":1799999940", "\"scope\":\"ssh\"", "\"scope\":[\"ssh\"]",
	"\"sub\":\"boss\"", "\"preferred_username\":\"alice\"",
	"\"jti\":\"t1\"",
	"\"cnf\":{\"jkt\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
	"\"cnf\":{}", "\"exp\":null", "\"\\u0065xp\":1" };

static const unsigned fast_algs[] = { 6, 9, 11 }; /* ES256, Ed25519, HS256 */

struct part {
	uint8_t bytes[PART_MAX];
	size_t len;
};

static void
set_part(struct part *part, struct slice s)
{
	part->len = s.len < PART_MAX ? s.len : PART_MAX;
	if (part->len > 0)
		memcpy(part->bytes, s.data, part->len);
}

/* Behind the opening brace, with the comma that is needed. */
static void
add_member(struct part *part, const char *member)
{
	size_t len = strlen(member);
	bool empty = part->len <= 2;

	if (empty)
		set_part(part, slice_of_string("{}"));
	if (part->len + len + 1 > PART_MAX)
		return;
	memmove(part->bytes + 1 + len + !empty, part->bytes + 1, part->len - 1);
	memcpy(part->bytes + 1, member, len);
	if (!empty)
		part->bytes[1 + len] = ',';
	part->len += len + !empty;
}

/* What the signing key's owner would write. */
static void
right_header(struct part *header, unsigned alg, unsigned seed)
{
	JWT_AUTO(buffer) text = BUFFER(256);

	REQUIRE(buffer_append_format(&text, "{\"alg\":\"%s\"%s%s%s%s}",
		fuzz_alg_name(alg), seed & 1 ? ",\"kid\":\"" : "",
		seed & 1 ? fuzz_alg_kid(alg) : "", seed & 1 ? "\"" : "",
		seed & 2 ? ",\"typ\":\"at+jwt\"" : ""));
	set_part(header, buffer_slice(&text));
}

static void
mutate_part(struct part *part)
{
	part->len = LLVMFuzzerMutate(part->bytes, part->len, PART_MAX);
}

size_t
LLVMFuzzerCustomMutator(
	uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	static struct part header, payload;
	struct signed_input in = fuzz_signed_input(slice_of(data, size));
	unsigned how = seed % 16, pick = seed / 16;

	set_part(&header, in.header);
	set_part(&payload, in.payload);
	if (how == 0) /* mostly what signs and verifies fast */
		in.alg = pick % 4 == 0
				 ? pick / 4 % FUZZ_ALGS
				 : fast_algs[pick / 4 % JWT_COUNT(fast_algs)];
	else if (how == 1)
		in.spoil = (enum spoil)(pick % SPOIL_COUNT);
	else if (how == 2)
		in.spoil = SPOIL_NOT;
	else if (how <= 4)
		right_header(&header, in.alg, pick);
	else if (how == 5)
		add_member(&header,
			header_members[pick % JWT_COUNT(header_members)]);
	else if (how <= 7)
		add_member(&payload,
			payload_members[pick % JWT_COUNT(payload_members)]);
	else if (how <= 11)
		mutate_part(&header);
	else
		mutate_part(&payload);
	for (size_t i = 0; i < header.len; i++)
		if (header.bytes[i] == '\n')
			header.bytes[i] = ' ';
	if (3 + header.len + payload.len > max_size)
		return size;
	data[0] = (uint8_t)('a' + in.alg);
	data[1] =
		(uint8_t)(in.spoil < 10 ? '0' + in.spoil : 'a' + in.spoil - 10);
	memcpy(data + 2, header.bytes, header.len);
	data[2 + header.len] = '\n';
	memcpy(data + 3 + header.len, payload.bytes, payload.len);
	return 3 + header.len + payload.len;
}

#endif
