/* SPDX-License-Identifier: ISC */
/*
 * revocation, with several real Redis servers: TLS, failover, Sentinel,
 * Cluster. Not among the unit tests: it runs inside a test host, see
 * tests/integration/test_11_redis_store.py.
 */
#include "base/clock.h"
#include "redis_nodes.h"
#include "revocation/redis_cluster.h"
#include "tls_redis.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODES	    3
#define PATIENCE_MS 30000
#define TOKEN	    "aGVhZA.Ym9keQ.c2ln"

struct site {
	struct fixture f;
	struct redis_node node[NODES];
	char *item[NODES];
};

static void
site_start(struct site *s)
{
	fixture_start(&s->f);
	s->f.config.store = REVOCATION_REDIS;
	s->f.config.redis.raw_tokens = true;
	s->f.config.redis.timeout_ms = 2000; /* of a machine that is busy */
	for (size_t i = 0; i < NODES; i++) {
		node_prepare(&s->node[i], s->f.root);
		s->item[i] = s->node[i].tcp;
	}
}

static void
site_end(struct site *s)
{
	for (size_t i = 0; i < NODES; i++)
		node_kill(&s->node[i]);
	fixture_end(&s->f);
}

static void
site_open(struct site *s)
{
	bool created = false;

	fixture_reopen(&s->f);
	CU_ASSERT_EQUAL(
		revocation_init(s->f.store, &created, &s->f.report), JWT_OK);
	if (!created)
		printf("       no epoch: %s\n", s->f.report.text);
	CU_ASSERT(created);
}

static void
done(redisReply *reply)
{
	CU_ASSERT_PTR_NOT_NULL(reply);
	if (reply == NULL)
		return;
	if (reply->type == REDIS_REPLY_ERROR)
		printf("       %s\n", reply->str);
	CU_ASSERT_NOT_EQUAL(reply->type, REDIS_REPLY_ERROR);
	freeReplyObject(reply);
}

static void
tls_with_certificates_on_both_sides(void)
{
	struct site s;
	char config[1024], address[64], file[4][128];
	struct redis_tls_config *tls = &s.f.config.redis.tls;

	site_start(&s);
	tls_make_files(s.f.root, "IP:127.0.0.1");
	snprintf(config, sizeof(config),
		"port 0\ntls-port %u\ntls-cert-file %s/server.pem\n"
		"tls-key-file %s/server.key\ntls-ca-cert-file %s/ca.pem\n",
		s.node[0].port, s.f.root, s.f.root, s.f.root);
	node_launch(&s.node[0], config);
	snprintf(address, sizeof(address), "tls:127.0.0.1:%u", s.node[0].port);
	snprintf(file[0], sizeof(file[0]), "%s/ca.pem", s.f.root);
	snprintf(file[1], sizeof(file[0]), "%s/client.pem", s.f.root);
	snprintf(file[2], sizeof(file[0]), "%s/client.key", s.f.root);
	s.f.config.redis.address = address;
	tls->ca_file = file[0];
	fixture_reopen(&s.f);
	for (int64_t end = clock_monotonic_ms() + PATIENCE_MS;
		fixture_check(&s.f) == JWT_REVOCATION_UNREACHABLE &&
		strstr(s.f.report.text, "certificate required") == NULL &&
		clock_left_ms(end) > 0;)
		poll(NULL, 0, 20);
	/* It speaks to those alone who have a certificate. */
	CU_ASSERT_PTR_NOT_NULL(strstr(s.f.report.text, "certificate required"));
	tls->cert_file = file[1];
	tls->key_file = file[2];
	site_open(&s);
	for (int round = 0; round < 3; round++)
		CU_ASSERT_EQUAL(fixture_check(&s.f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&s.f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&s.f), JWT_REVOKED);
	site_end(&s);
}

static void
replicate(struct site *s)
{
	char port[8];

	node_launch(&s->node[0], "");
	node_launch(&s->node[1], "");
	node_wait(&s->node[0]);
	node_wait(&s->node[1]);
	snprintf(port, sizeof(port), "%u", s->node[0].port);
	done(NODE_DO(&s->node[1], "REPLICAOF", "127.0.0.1", port));
	CU_ASSERT(NODE_COMES_TO_SAY(
		&s->node[1], "master_link_status:up", "INFO", "replication"));
}

/*
 * All that the primary has is with its replica: each change raises the epoch.
 * WAIT would not do: it waits for what the same connection wrote.
 */
static void
wait_for_replica(struct site *s)
{
	redisReply *epoch = NODE_DO(&s->node[0], "GET", "blacklist:epoch");

	if (epoch == NULL || epoch->type != REDIS_REPLY_STRING)
		abort();
	CU_ASSERT(NODE_COMES_TO_SAY(
		&s->node[1], epoch->str, "GET", "blacklist:epoch"));
	freeReplyObject(epoch);
}

static void
the_next_address_serves_when_it_has_become_the_primary(void)
{
	struct site s;

	site_start(&s);
	replicate(&s);
	s.f.config.redis.addresses.item = s.item;
	s.f.config.redis.addresses.count = 2;
	site_open(&s);
	CU_ASSERT_EQUAL(fixture_revoke(&s.f, REVOKED_SUB), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&s.f), JWT_REVOKED);
	wait_for_replica(&s);
	node_kill(&s.node[0]);
	CU_ASSERT_EQUAL(fixture_check(&s.f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.f.report.text, "replica"));
	done(NODE_DO(&s.node[1], "REPLICAOF", "NO", "ONE"));
	CU_ASSERT_EQUAL(fixture_check(&s.f), JWT_REVOKED);
	CU_ASSERT_EQUAL(fixture_revoke(&s.f, REVOKED_JTI), JWT_OK);
	/* The old one comes back empty, and first in the list: lost. */
	node_again(&s.node[0]);
	node_wait(&s.node[0]);
	fixture_reopen(&s.f);
	CU_ASSERT_EQUAL(fixture_check(&s.f), JWT_REVOCATION_LOST);
	site_end(&s);
}

static void
sentinels_failover_is_followed_and_forgets_nothing(void)
{
	static char name[] = "mymaster";
	struct site s;
	char config[512];
	int64_t deadline;
	enum jwt_reason reason;

	site_start(&s);
	replicate(&s);
	snprintf(config, sizeof(config),
		"sentinel monitor mymaster 127.0.0.1 %u 1\n"
		"sentinel down-after-milliseconds mymaster 2000\n"
		"sentinel failover-timeout mymaster 3000\n",
		s.node[0].port);
	node_launch(&s.node[2], config);
	node_wait(&s.node[2]);
	CU_ASSERT(NODE_COMES_TO_SAY(
		&s.node[2], "slave", "SENTINEL", "REPLICAS", "mymaster"));
	s.f.config.redis.sentinel.name = name;
	s.f.config.redis.sentinel.addresses.item = &s.item[2];
	s.f.config.redis.sentinel.addresses.count = 1;
	site_open(&s);
	CU_ASSERT_EQUAL(fixture_check(&s.f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&s.f, REVOKED_SIG), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&s.f), JWT_REVOKED);
	wait_for_replica(&s);
	node_kill(&s.node[0]);
	deadline = clock_monotonic_ms() + PATIENCE_MS;
	do {
		reason = fixture_check(&s.f);
		if (reason != JWT_REVOKED &&
			reason != JWT_REVOCATION_UNREACHABLE) {
			printf("       %s: %s\n", jwt_reason_name(reason),
				s.f.report.text);
			CU_FAIL("neither revoked nor unreachable");
			break;
		}
		poll(NULL, 0, 50);
	} while (reason != JWT_REVOKED && clock_left_ms(deadline) > 0);
	CU_ASSERT_EQUAL(reason, JWT_REVOKED);
	CU_ASSERT_EQUAL(fixture_revoke(&s.f, REVOKED_JTI), JWT_OK);
	site_end(&s);
}

/* ---- a cluster of three */

static void
join(struct site *s)
{
	static const char *const from[] = { "0", "5000", "11000" };
	static const char *const to[] = { "4999", "10999", "16383" };

	for (size_t i = 0; i < NODES; i++)
		node_launch(&s->node[i], "cluster-enabled yes\n"
					 "cluster-node-timeout 5000\n");
	for (size_t i = 0; i < NODES; i++) {
		char port[8];

		node_wait(&s->node[i]);
		done(NODE_DO(&s->node[i], "CLUSTER", "ADDSLOTSRANGE", from[i],
			to[i]));
		snprintf(port, sizeof(port), "%u", s->node[i].port);
		done(NODE_DO(
			&s->node[0], "CLUSTER", "MEET", "127.0.0.1", port));
	}
	for (size_t i = 0; i < NODES; i++) {
		CU_ASSERT(NODE_COMES_TO_SAY(
			&s->node[i], "cluster_state:ok", "CLUSTER", "INFO"));
		CU_ASSERT(NODE_COMES_TO_SAY(&s->node[i],
			"cluster_known_nodes:3", "CLUSTER", "INFO"));
	}
}

static size_t
owner_of(uint16_t slot)
{
	return slot < 5000 ? 0 : slot < 11000 ? 1 : 2;
}

static void
cluster_start(struct site *s)
{
	static char prefix[] = "{blacklist}:", raw[] = "blacklist:";
	size_t home = owner_of(redis_slot(slice_of_string(prefix)));

	site_start(s);
	join(s);
	s->f.config.redis.cluster = true;
	s->f.config.redis.prefix = prefix;
	s->f.config.redis.raw_prefix = raw;
	/* A seed that has not our slot. */
	s->item[0] = s->node[(home + 1) % NODES].tcp;
	s->f.config.redis.addresses.item = s->item;
	s->f.config.redis.addresses.count = 1;
	site_open(s);
}

static void
a_cluster_has_all_of_ours_in_one_slot_and_raw_tokens_in_theirs(void)
{
	struct site s;
	size_t at = owner_of(redis_slot(slice_of_string("blacklist:" TOKEN)));

	cluster_start(&s);
	CU_ASSERT_EQUAL(fixture_check(&s.f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&s.f), JWT_OK);
	done(NODE_DO(&s.node[at], "SETEX", "blacklist:" TOKEN, "900", "1"));
	CU_ASSERT_EQUAL(fixture_check(&s.f), JWT_REVOKED);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.f.report.text, "itself"));
	done(NODE_DO(&s.node[at], "DEL", "blacklist:" TOKEN));
	CU_ASSERT_EQUAL(fixture_check(&s.f), JWT_OK);
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++)
		CU_ASSERT_EQUAL(
			fixture_revoke(&s.f, (enum revoked_kind)i), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&s.f), JWT_REVOKED);
	site_end(&s);
}

static void
node_id(const struct redis_node *node, char out[64])
{
	redisReply *reply = NODE_DO(node, "CLUSTER", "MYID");

	if (reply == NULL || reply->type != REDIS_REPLY_STRING)
		abort();
	snprintf(out, 64, "%s", reply->str);
	freeReplyObject(reply);
}

/* Sends so many of the slot's keys on. */
static void
migrate(const struct redis_node *from, const struct redis_node *to,
	const char *slot, const char *count)
{
	redisReply *keys =
		NODE_DO(from, "CLUSTER", "GETKEYSINSLOT", slot, count);
	char port[8];

	CU_ASSERT_PTR_NOT_NULL_FATAL(keys);
	snprintf(port, sizeof(port), "%u", to->port);
	for (size_t i = 0; i < keys->elements; i++)
		done(NODE_DO(from, "MIGRATE", "127.0.0.1", port,
			keys->element[i]->str, "0", "5000"));
	freeReplyObject(keys);
}

static void
logins_go_on_while_our_slot_moves_and_revocations_after_it(void)
{
	struct site s;
	char slot[8], id[2][64];
	size_t home, next;
	const struct revocation_question q = { .iss = slice_of_string(ISS),
		.jti = slice_of_string("another") };

	cluster_start(&s);
	home = owner_of(redis_slot(slice_of_string("{blacklist}:")));
	next = (home + 1) % NODES;
	snprintf(slot, sizeof(slot), "%u",
		redis_slot(slice_of_string("{blacklist}:")));
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++)
		CU_ASSERT_EQUAL(
			fixture_revoke(&s.f, (enum revoked_kind)i), JWT_OK);
	node_id(&s.node[home], id[0]);
	node_id(&s.node[next], id[1]);
	done(NODE_DO(
		&s.node[next], "CLUSTER", "SETSLOT", slot, "IMPORTING", id[0]));
	done(NODE_DO(
		&s.node[home], "CLUSTER", "SETSLOT", slot, "MIGRATING", id[1]));
	/* One key after another: some here, some there. */
	for (size_t i = 0; i < 1 + REVOKED_KIND_COUNT + 1; i++) {
		CU_ASSERT_EQUAL(fixture_check(&s.f), JWT_REVOKED);
		CU_ASSERT_EQUAL(fixture_check_question(&s.f, &q), JWT_OK);
		if (s.f.report.text[0] != '\0')
			printf("       %zu moved: %s\n", i, s.f.report.text);
		migrate(&s.node[home], &s.node[next], slot, "1");
	}
	CU_ASSERT_EQUAL(
		fixture_revoke(&s.f, REVOKED_JTI), JWT_REVOCATION_UNREACHABLE);
	for (size_t i = 0; i < 2; i++)
		done(NODE_DO(&s.node[i == 0 ? next : home], "CLUSTER",
			"SETSLOT", slot, "NODE", id[1]));
	CU_ASSERT_EQUAL(fixture_check(&s.f), JWT_REVOKED);
	CU_ASSERT_EQUAL(fixture_check_question(&s.f, &q), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&s.f, REVOKED_JTI), JWT_OK);
	site_end(&s);
}

static const struct unit_test tests[] = {
	UNIT_TEST(tls_with_certificates_on_both_sides),
	UNIT_TEST(the_next_address_serves_when_it_has_become_the_primary),
	UNIT_TEST(sentinels_failover_is_followed_and_forgets_nothing),
	UNIT_TEST(
		a_cluster_has_all_of_ours_in_one_slot_and_raw_tokens_in_theirs),
	UNIT_TEST(logins_go_on_while_our_slot_moves_and_revocations_after_it),
};
UNIT_SUITE("redis_topology", tests)
