/* SPDX-License-Identifier: ISC */
/*
 * What a Redis server says to a check: the input is its bytes. "Not revoked"
 * comes only where each question was answered so, by a second, simpler reader
 * of RESP; what else it says is an entry, a damaged one, or unreachable; and
 * a session that failed is closed. In a cluster: a node sends us to numeric
 * addresses only, and not for ever.
 *
 * First byte: 1 cluster, 2 allow_eviction, 4 an ECDSA twin; the rest is how
 * many bytes come at a time.
 */
#include "fuzz.h"

#include "revocation/redis_client.h"
#include "revocation/store.h"

#include <string.h>

#define CONNECTS_MAX                                            \
	64 /* eight slots' questions, five nodes each, and more \
	    */

/* The server. */
static struct slice rest;
static size_t chunk, connects;

enum jwt_reason __wrap_redis_connect(const struct redis_address *address,
	const struct redis_tls *tls, int64_t deadline,
	struct redis_connection *out, struct report *r);
enum jwt_reason __wrap_redis_send(const struct redis_connection *connection,
	struct slice bytes, int64_t deadline, struct report *r);
enum jwt_reason __wrap_redis_receive(const struct redis_connection *connection,
	uint8_t *out, size_t size, size_t *got, int64_t deadline,
	struct report *r);
bool __wrap_redis_is_quiet(const struct redis_connection *connection);

enum jwt_reason
__wrap_redis_connect(const struct redis_address *address,
	const struct redis_tls *tls, int64_t deadline,
	struct redis_connection *out, struct report *r)
{
	struct sockaddr_storage ss;

	(void)tls;
	(void)deadline;
	(void)r;
	REQUIRE(address->kind == REDIS_TCP);
	REQUIRE(redis_address_fill(address, &ss) > 0);
	REQUIRE(++connects <= CONNECTS_MAX);
	*out = REDIS_DISCONNECTED;
	return JWT_OK;
}

enum jwt_reason
__wrap_redis_send(const struct redis_connection *connection, struct slice bytes,
	int64_t deadline, struct report *r)
{
	(void)connection;
	(void)deadline;
	(void)r;
	REQUIRE(bytes.len > 0 && bytes.data[0] == '*');
	return JWT_OK;
}

enum jwt_reason
__wrap_redis_receive(const struct redis_connection *connection, uint8_t *out,
	size_t size, size_t *got, int64_t deadline, struct report *r)
{
	struct slice part = fuzz_take(&rest, chunk < size ? chunk : size);

	(void)connection;
	(void)deadline;
	if (part.len == 0)
		return report(r, JWT_REVOCATION_UNREACHABLE, "the end");
	memcpy(out, part.data, part.len);
	*got = part.len;
	return JWT_OK;
}

bool
__wrap_redis_is_quiet(const struct redis_connection *connection)
{
	(void)connection;
	return true;
}

/* A reply, read anew: its sign, and what stands behind it. */
struct reply {
	uint8_t sign;
	struct slice text; /* of "+", "-", "$" */
	int64_t number;	   /* of ":", "*" and "$"; -1: nil */
};

static struct slice
line_of(struct slice *input)
{
	const struct slice begin = *input;

	for (size_t i = 0; i + 1 < begin.len; i++)
		if (begin.data[i] == '\r' && begin.data[i + 1] == '\n') {
			*input =
				slice_of(begin.data + i + 2, begin.len - i - 2);
			return slice_of(begin.data, i);
		}
	fuzz_failed(__FILE__, __LINE__, "each reply that is taken has an end");
}

static int64_t
number_of(struct slice digits)
{
	bool minus = digits.len > 0 && digits.data[0] == '-';
	int64_t value = 0;

	REQUIRE(digits.len > (minus ? 1 : 0) && digits.len < 20);
	for (size_t i = minus; i < digits.len; i++) {
		REQUIRE(digits.data[i] >= '0' && digits.data[i] <= '9');
		value = value * 10 + (digits.data[i] - '0');
	}
	return minus ? -value : value;
}

static struct reply
read_reply(struct slice *input)
{
	struct reply reply = { .sign = fuzz_byte(input) };

	reply.text = line_of(input);
	REQUIRE(strchr("+-:$*", reply.sign) != NULL && reply.sign != '\0');
	if (strchr(":$*", reply.sign) != NULL)
		reply.number = number_of(reply.text);
	if (reply.sign == '$' && reply.number >= 0) {
		reply.text = fuzz_take(input, (size_t)reply.number);
		REQUIRE(reply.text.len == (size_t)reply.number);
		/* hiredis looks at neither of the two. */
		REQUIRE(fuzz_take(input, 2).len == 2);
	}
	return reply;
}

static void
skip_elements(struct slice *input, int64_t count)
{
	for (int64_t i = 0; i < count; i++) {
		struct reply reply = read_reply(input);

		if (reply.sign == '*')
			skip_elements(input, reply.number);
	}
}

/* "master" first, in what ROLE is answered with. */
static void
require_primary(struct slice *input)
{
	struct reply role = read_reply(input), name;

	REQUIRE(role.sign == '*' && role.number > 0);
	name = read_reply(input);
	REQUIRE(name.sign == '$' && slice_equals_string(name.text, "master"));
	skip_elements(input, role.number - 1);
}

static void
require_found(struct slice *input, enum found found, struct slice value)
{
	struct reply reply = read_reply(input);

	if (fault_struck() && found == FOUND_DAMAGED) {
		REQUIRE(strchr("$-", reply.sign) != NULL);
		return;
	}
	if (reply.sign == '-') {
		REQUIRE(found == FOUND_DAMAGED);
		REQUIRE(reply.text.len >= 9 &&
			memcmp(reply.text.data, "WRONGTYPE", 9) == 0);
	} else if (reply.number < 0) {
		REQUIRE(strchr("$*", reply.sign) != NULL);
		REQUIRE(found == FOUND_NOTHING);
	} else {
		REQUIRE(reply.sign == '$');
		REQUIRE(found == (reply.text.len <= REVOKED_ENTRY_MAX
						 ? FOUND_ENTRY
						 : FOUND_DAMAGED));
		REQUIRE(found != FOUND_ENTRY || slice_equal(value, reply.text));
	}
}

/* Not there is nil; what is there and no epoch is damaged. */
static void
require_epoch(struct slice *input, const struct lookup_answer *answer)
{
	struct reply reply = read_reply(input);
	struct epoch epoch;
	const bool is_nil =
		strchr("$*", reply.sign) != NULL && reply.number < 0;

	REQUIRE((answer->epoch_found == FOUND_NOTHING) == is_nil);
	if (answer->epoch_found != FOUND_ENTRY)
		return;
	REQUIRE(reply.sign == '$' && epoch_parse(reply.text, &epoch));
	REQUIRE(strcmp(epoch.id, answer->epoch.id) == 0);
	REQUIRE(epoch.counter == answer->epoch.counter);
}

/* Is there such a line, and no other one of this name before it? */
static bool
has_field(struct slice info, const char *name, const char *value)
{
	const size_t len = strlen(name);
	struct slice line;

	while (slice_cut(&info, '\n', &line)) {
		if (line.len > 0 && line.data[line.len - 1] == '\r')
			line.len--;
		if (line.len > len && memcmp(line.data, name, len) == 0 &&
			line.data[len] == ':')
			return slice_equals_string(slice_of(line.data + len + 1,
							   line.len - len - 1),
				value);
	}
	return false;
}

/* It says so, or it has no limit: else it forgets what it was told. */
static void
require_kept(struct slice *input, const struct lookup_answer *answer)
{
	struct reply info = read_reply(input);

	REQUIRE(info.sign == '$' && info.number >= 0);
	REQUIRE(answer->evicts !=
		(has_field(info.text, "maxmemory_policy", "noeviction") ||
			has_field(info.text, "maxmemory", "0")));
}

static void
require_answer(struct slice said, bool asked_memory,
	const struct lookup *lookup, const struct lookup_answer *answer)
{
	bool raw_found = false;

	require_primary(&said);
	if (asked_memory)
		require_kept(&said, answer);
	require_epoch(&said, answer);
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++)
		require_found(&said, answer->found[i],
			buffer_slice(&answer->json[i]));
	for (size_t i = 0; i < lookup->raw_count; i++) {
		struct reply reply = read_reply(&said);

		REQUIRE(reply.sign == ':');
		raw_found = raw_found || reply.number != 0;
	}
	REQUIRE(raw_found == answer->raw_found);
	/* What nobody asked for; the server may say more later. */
	REQUIRE(said.len == rest.len);
}

static void
ask(struct revocation_store *store, const struct lookup *lookup,
	struct slice said)
{
	const struct redis_config *config = &store->config->redis;
	struct lookup_answer answer = { 0 };
	struct report r = { "" };
	enum jwt_reason reason =
		UNDER_TEST(store->class->ask(store, lookup, &answer, &r));
	bool kept = false;

	for (size_t i = 0; i < REDIS_KEPT_MAX; i++) {
		const redisReader *reader = store->redis->kept[i].reader;

		kept = kept || reader != NULL;
		/* Whatever it said, nothing of it is left for the next one. */
		REQUIRE(reader == NULL || reader->pos == reader->len);
	}
	REQUIRE(reason == JWT_OK ? kept : r.text[0] != '\0');
	if (reason == JWT_OK && !config->cluster)
		require_answer(said, !config->allow_eviction, lookup, &answer);
	lookup_answer_clear(&answer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char address[] = "tcp:127.0.0.1:6379", prefix[] = "blacklist:";
	static const struct revocation_places places = { .seen_dir = "/" };
	struct slice copy = fuzz_copy(slice_of(data, size)), input = copy;
	const uint8_t how = fuzz_byte(&input);
	struct revocation_config config = { .store = REVOCATION_REDIS,
		.redis = { .address = address,
			.prefix = prefix,
			.timeout_ms = 60000,
			.raw_tokens = true,
			.cluster = (how & 1) != 0,
			.allow_eviction = (how & 2) != 0 } };
	JWT_AUTO(revocation_store) store = NULL;
	struct lookup lookup = { .raw_count = 1 + (how >> 2 & 1) };

	rest = input;
	connects = 0;
	chunk = 1 + (size_t)(how >> 3) * 64;
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++) {
		lookup.asked[i] = true;
		memset(lookup.hex[i], 'a' + (int)i, REVOKED_HEX_LEN);
	}
	for (size_t i = 0; i < lookup.raw_count; i++)
		lookup.raw[i] = slice_of_string(i == 0 ? "a.b.c" : "a.b.d");
	REQUIRE(revocation_open(&config, &places, &store, NULL) == JWT_OK);
	ask(store, &lookup, input);
	fuzz_copy_free(copy);
	return 0;
}
