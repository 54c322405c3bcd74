/* SPDX-License-Identifier: ISC */
/* revocation: Redis Cluster, its slots and its redirections. */
#include "base/clock.h"
#include "revocation/redis_cluster.h"
#include "script_redis.h"

#include <stdio.h>
#include <string.h>

#define NODES	   3
#define ONE(reply) reply reply reply reply reply reply /* epoch, five kinds */

/* Nodes 0 to 2; the config names node 0 alone. */
struct cluster {
	struct fixture f;
	struct script node[NODES];
	char *item[1];
};

static void
cluster_start(struct cluster *c, bool raw_tokens)
{
	static char prefix[] = "{blacklist}:", raw[] = "blacklist:";

	for (size_t i = 0; i < NODES; i++)
		script_listen(&c->node[i]);
	use_redis(&c->f, raw_tokens);
	c->item[0] = c->node[0].tcp;
	c->f.config.redis.address = NULL;
	c->f.config.redis.addresses.item = c->item;
	c->f.config.redis.addresses.count = 1;
	c->f.config.redis.cluster = true;
	c->f.config.redis.prefix = prefix;
	c->f.config.redis.raw_prefix = raw;
	fixture_reopen(&c->f);
}

static void
cluster_end(struct cluster *c)
{
	for (size_t i = 0; i < NODES; i++)
		script_end(&c->node[i]);
	fixture_end(&c->f);
}

/* -MOVED or -ASK to this node, count times, after before. */
static const char *
sends(const char *before, const char *word, const struct script *to,
	size_t count)
{
	static char text[4][1024];
	static unsigned next;
	char *out = text[next++ % 4];
	size_t len = (size_t)snprintf(out, sizeof(text[0]), "%s", before);

	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(out + len, sizeof(text[0]) - len,
			"-%s 42 127.0.0.1:%u\r\n", word, to->port);
	return out;
}

static void
slots_are_those_of_the_specification(void)
{
	static const struct {
		const char *key;
		unsigned slot;
	} rows[] = { { "123456789", 12739 }, { "foo", 12182 }, { "", 0 },
		{ "{foo}bar", 12182 }, { "a{foo}", 12182 },
		{ "foo{}{bar}", 8363 }, { "{foo}{bar}", 12182 } };

	for (size_t i = 0; i < JWT_COUNT(rows); i++)
		CU_ASSERT_EQUAL(
			redis_slot(slice_of_string(rows[i].key)), rows[i].slot);
	CU_ASSERT_EQUAL(redis_slot(slice_of_string("foo{{bar}}zap")),
		redis_slot(slice_of_string("{bar")));
	CU_ASSERT_EQUAL(redis_slot(slice_of_string("{}foo")),
		redis_slot(slice_of_string("{}foo")));
	CU_ASSERT_NOT_EQUAL(redis_slot(slice_of_string("{}foo")), 0);
	CU_ASSERT_NOT_EQUAL(redis_slot(slice_of_string("{foo")), 12182);
}

static void
moved_is_followed_and_remembered(void)
{
	struct cluster c;
	JWT_AUTO(buffer) seed = BUFFER(65536), home = BUFFER(65536);

	cluster_start(&c, false);
	SCRIPT(&c.node[0], sends(ROLE, "MOVED", &c.node[1], 6));
	SCRIPT(&c.node[1], PASSING);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	script_log(&c.node[0], &seed);
	script_log(&c.node[1], &home);
	CU_ASSERT_EQUAL(script_count(buffer_slice(&seed), "ROLE"), 1);
	CU_ASSERT_EQUAL(script_count(buffer_slice(&home), "ROLE"), 2);
	CU_ASSERT_EQUAL(script_count(buffer_slice(&home), "CONNECT"), 1);
	cluster_end(&c);
}

static void
a_revocation_is_seen_behind_a_redirection(void)
{
	struct cluster c;

	cluster_start(&c, false);
	SCRIPT(&c.node[0], sends(ROLE, "MOVED", &c.node[1], 6));
	SCRIPT(&c.node[1], ROLE EPOCH NILS "$1\r\nx\r\n");
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_REVOKED);
	cluster_end(&c);
}

static void
a_loop_of_redirections_ends(void)
{
	struct cluster c;
	int64_t started;

	cluster_start(&c, false);
	SCRIPT(&c.node[0], sends(ROLE, "MOVED", &c.node[1], 6));
	SCRIPT(&c.node[1], sends(ROLE, "MOVED", &c.node[0], 6));
	started = clock_monotonic_ms();
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_STRING_EQUAL(
		c.f.report.text, "redis: sent from node to node, 4 times");
	CU_ASSERT(clock_monotonic_ms() - started < TIMEOUT);
	cluster_end(&c);
}

/* As Redis 7 says it, where a node doesn't know its own address. */
static void
a_redirection_without_a_host_stays_where_it_was_asked(void)
{
	static const struct {
		const char *from, *reply, *to;
	} rows[] = { { "tcp:127.0.0.2:7001", "MOVED 42 :7002",
			     "tcp:127.0.0.2:7002" },
		{ "tls:127.0.0.2:7001", "ASK 42 :7002", "tls:127.0.0.2:7002" },
		{ "tcp:[::1]:7001", "MOVED 42 :7002", "tcp:[::1]:7002" },
		{ "tcp:127.0.0.2:7001", "MOVED 42 ::1:7002", "tcp:[::1]:7002" },
		{ "unix:/redis", "MOVED 42 :7002", NULL } };

	for (size_t i = 0; i < JWT_COUNT(rows); i++) {
		char text[32], name[REDIS_ADDRESS_MAX];
		const redisReply reply = { .type = REDIS_REPLY_ERROR,
			.str = text,
			.len = strlen(rows[i].reply) };
		struct redis_redirect way;
		struct redis_address from;
		enum jwt_reason reason;

		snprintf(text, sizeof(text), "%s", rows[i].reply);
		CU_ASSERT_EQUAL(
			redis_address_parse(rows[i].from, &from, NULL), JWT_OK);
		reason = redis_redirect_parse(&reply, &from, &way, NULL);
		if (rows[i].to == NULL) {
			CU_ASSERT_EQUAL(reason, JWT_REVOCATION_UNREACHABLE);
			continue;
		}
		CU_ASSERT_EQUAL_FATAL(reason, JWT_OK);
		redis_address_format(&way.to, name);
		CU_ASSERT_STRING_EQUAL(name, rows[i].to);
	}
}

/* -MOVED in answer to all of a check's questions. */
static void
moves_all(const char *to, char *out, size_t size)
{
	size_t len = (size_t)snprintf(out, size, "%s", ROLE);

	for (int i = 0; i < 6; i++)
		len += (size_t)snprintf(
			out + len, size - len, "-MOVED 42 %s\r\n", to);
}

static void
a_redirection_without_a_host_is_followed(void)
{
	struct cluster c;
	char answer[1024], to[16];

	cluster_start(&c, false);
	snprintf(to, sizeof(to), ":%u", c.node[1].port);
	moves_all(to, answer, sizeof(answer));
	SCRIPT(&c.node[0], answer);
	SCRIPT(&c.node[1], PASSING);
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	cluster_end(&c);
}

static void
a_redirection_to_no_numeric_address_is_refused(void)
{
	static const char *const to[] = { "redis.example.com:6379", ":0", ":",
		": 6379", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000",
		"?:6379", "127.0.0.1:6379 x", "" };

	for (size_t i = 0; i < JWT_COUNT(to); i++) {
		struct cluster c;
		char answer[1024];

		cluster_start(&c, false);
		moves_all(to[i], answer, sizeof(answer));
		SCRIPT(&c.node[0], answer);
		CU_ASSERT_EQUAL(
			fixture_check(&c.f), JWT_REVOCATION_UNREACHABLE);
		CU_ASSERT_PTR_NOT_NULL(
			strstr(c.f.report.text, "no numeric address"));
		CU_ASSERT_PTR_NULL(strstr(c.f.report.text, "example"));
		cluster_end(&c);
	}
}

/* A slot that moves: what is there still, and what is there already. */
static void
ask_sends_only_those_that_have_gone_and_asks_first(void)
{
	struct cluster c;
	JWT_AUTO(buffer) target = BUFFER(65536);

	cluster_start(&c, false);
	SCRIPT(&c.node[0], sends(ROLE EPOCH NIL NIL NIL, "ASK", &c.node[1], 2));
	SCRIPT(&c.node[1], ROLE "+OK\r\n" NIL "+OK\r\n$1\r\nx\r\n");
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_REVOKED);
	script_log(&c.node[1], &target);
	CU_ASSERT_EQUAL(script_count(buffer_slice(&target), "ASKING"), 2);
	CU_ASSERT_EQUAL(script_count(buffer_slice(&target), "GET"), 2);
	CU_ASSERT_EQUAL(script_count(buffer_slice(&target), "epoch"), 0);
	cluster_end(&c);
}

static void
raw_tokens_are_asked_of_their_own_node(void)
{
	struct cluster c;
	JWT_AUTO(buffer) log = BUFFER(65536);

	cluster_start(&c, true);
	SCRIPT(&c.node[0], PASSING, sends(ROLE, "MOVED", &c.node[2], 1));
	SCRIPT(&c.node[2], ROLE ":1\r\n");
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_REVOKED);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.f.report.text, "itself"));
	script_log(&c.node[2], &log);
	CU_ASSERT_EQUAL(script_count(buffer_slice(&log), "GET"), 0);
	CU_ASSERT_EQUAL(script_count(buffer_slice(&log),
				"\r\nblacklist:aGVhZA.Ym9keQ.c2ln\r\n"),
		1);
	cluster_end(&c);
}

static void
a_node_of_raw_tokens_that_is_down_is_no_ok(void)
{
	struct cluster c;

	cluster_start(&c, true);
	SCRIPT(&c.node[0], PASSING,
		ROLE "-CLUSTERDOWN Hash slot not "
		     "served\r\n");
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_STRING_EQUAL(
		c.f.report.text, "redis: answers CLUSTERDOWN to EXISTS");
	cluster_end(&c);
}

/* Whatever the node with our prefix does. */
static void
a_mark_on_a_node_that_evicts_keys_is_lost(void)
{
	const struct revocation_question q = fixture_question();
	struct cluster c;

	cluster_start(&c, false);
	c.f.config.redis.allow_eviction = false;
	SCRIPT(&c.node[0], ROLE NEVER_EVICTING EPOCH NILS NIL,
		sends(ROLE, "MOVED", &c.node[1], 1));
	SCRIPT(&c.node[1], ROLE EVICTING "+OK\r\n");
	CU_ASSERT_EQUAL(fixture_check(&c.f), JWT_OK);
	CU_ASSERT_EQUAL(
		revocation_use(c.f.store, &q, NOW + 600, NOW, &c.f.report),
		JWT_REVOCATION_LOST);
	cluster_end(&c);
}

static void
redirections_outside_a_cluster_are_errors(void)
{
	CU_ASSERT_EQUAL(reason_for(ROLE ONE("-MOVED 1 127.0.0.1:1\r\n")),
		JWT_REVOCATION_UNREACHABLE);
}

static const struct unit_test tests[] = {
	UNIT_TEST(slots_are_those_of_the_specification),
	UNIT_TEST(moved_is_followed_and_remembered),
	UNIT_TEST(a_revocation_is_seen_behind_a_redirection),
	UNIT_TEST(a_loop_of_redirections_ends),
	UNIT_TEST(a_redirection_without_a_host_stays_where_it_was_asked),
	UNIT_TEST(a_redirection_without_a_host_is_followed),
	UNIT_TEST(a_redirection_to_no_numeric_address_is_refused),
	UNIT_TEST(ask_sends_only_those_that_have_gone_and_asks_first),
	UNIT_TEST(raw_tokens_are_asked_of_their_own_node),
	UNIT_TEST(a_node_of_raw_tokens_that_is_down_is_no_ok),
	UNIT_TEST(a_mark_on_a_node_that_evicts_keys_is_lost),
	UNIT_TEST(redirections_outside_a_cluster_are_errors),
};
UNIT_SUITE("revocation_cluster", tests)
