/* SPDX-License-Identifier: ISC */
/* The follower's parts: what Redis says taken apart, the index, the folder. */
#include "follower.h"
#include "revocation/redis_info.h"
#include "revocation_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID "0123456789abcdef"

static void
a_stream_id_is_two_numbers(void)
{
	static const char *const good[] = { "0-0", "1-0",
		"18446744073709551615-18446744073709551615" };
	static const char *const bad[] = { "", "-", "1", "1-", "-1", "1-x",
		"x-1", "1-0 ", " 1-0", "1--0", "1-0-0", "+1-0",
		"18446744073709551616-0", "0-99999999999999999999" };
	uint64_t id[2];

	for (size_t i = 0; i < JWT_COUNT(good); i++)
		CU_ASSERT(stream_id_parse(slice_of_string(good[i]), id));
	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_FALSE(stream_id_parse(slice_of_string(bad[i]), id));
}

static void
stream_ids_are_ordered_as_numbers(void)
{
	CU_ASSERT(stream_id_less("9-0", "10-0"));
	CU_ASSERT(stream_id_less("1-9", "1-10"));
	CU_ASSERT(stream_id_less("0-0", "0-1"));
	CU_ASSERT_FALSE(stream_id_less("1-0", "1-0"));
	CU_ASSERT_FALSE(stream_id_less("2-0", "1-9"));
	CU_ASSERT_FALSE(stream_id_less("x", "1-9"));
}

static void
whoever_empties_a_server_is_counted(void)
{
#define CALLS ",usec=3,usec_per_call=3.00,rejected_calls=0\r\n"
	static const char *const bad[] = { "cmdstat_flushall:\r\n",
		"cmdstat_flushall:calls=\r\n", "cmdstat_flushdb:calls=x\r\n",
		"cmdstat_swapdb:usec=1,calls=2\r\n",
		"cmdstat_flushall:calls=9999999999999999999\r\n" };
	uint64_t count;

	CU_ASSERT(redis_count_flushes(
		slice_of_string("# Commandstats\r\ncmdstat_get:calls=9" CALLS
				"cmdstat_flushall:calls=12" CALLS
				"cmdstat_xflushall:calls=99" CALLS
				"cmdstat_swapdb:calls=1" CALLS
				"cmdstat_flushdb:calls=100" CALLS),
		&count));
	CU_ASSERT_EQUAL(count, 113);
	CU_ASSERT(redis_count_flushes(slice_of_string(""), &count));
	CU_ASSERT_EQUAL(count, 0);
	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_FALSE(
			redis_count_flushes(slice_of_string(bad[i]), &count));
}

static void
a_life_needs_its_server_and_its_evictions(void)
{
#define LIFE "role:master\r\nmaster_replid:f\r\n"
	static const char *const bad[] = { "", LIFE, LIFE "run_id:a\r\n",
		LIFE "evicted_keys:1\r\n", LIFE "run_id:\r\nevicted_keys:1\r\n",
		LIFE "run_id:a\r\nevicted_keys:x\r\n",
		LIFE "xrun_id:a\r\nevicted_keys:1\r\n",
		(LIFE "run_id:"
		      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		      "\r"
		      "\nevicted_keys:1\r\n"),
		"role:master\r\nrun_id:a\r\nevicted_keys:1\r\n",
		"master_replid:f\r\nrun_id:a\r\nevicted_keys:1\r\n",
		"role:slave\r\nmaster_replid:f\r\nrun_id:a\r\n"
		"evicted_keys:1\r\n" };
	const struct slice none = slice_of_string("# Commandstats\r\n");
	struct life a, b;

	CU_ASSERT(
		life_parse(slice_of_string("# Server\r\nrun_id:abc\r\nx:y:z\r\n"
					   "evicted_keys:7\r\n" LIFE),
			none, &a));
	CU_ASSERT_STRING_EQUAL(a.run_id, "abc");
	CU_ASSERT_EQUAL(a.evicted, 7);
	CU_ASSERT_EQUAL(a.flushes, 0);
	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_FALSE(life_parse(slice_of_string(bad[i]), none, &b));
	b = a;
	CU_ASSERT(life_same(&a, &b));
	b.evicted++;
	CU_ASSERT_FALSE(life_same(&a, &b));
	CU_ASSERT(life_goes_on(&a, &b));
	b = a;
	b.flushes++;
	CU_ASSERT_FALSE(life_goes_on(&a, &b));
	CU_ASSERT_FALSE(life_same(&a, &b));
	b = a;
	b.data[0] = 'x';
	CU_ASSERT_FALSE(life_goes_on(&a, &b));
	CU_ASSERT_FALSE(life_same(&a, &b));
	b = a;
	b.run_id[0] = 'x';
	CU_ASSERT_FALSE(life_same(&a, &b));
	memset(&a, 0, sizeof(a));
	CU_ASSERT_FALSE(life_same(&a, &a)); /* unknown is like nothing */
}

static bool
add_range_of(struct nodes *nodes, const char *host, unsigned from, unsigned to,
	unsigned port)
{
	const struct redis_address heard_from = { 0 };
	redisReader *reader = redisReaderCreate();
	void *range = NULL;
	char text[128];
	bool good;

	snprintf(text, sizeof(text),
		"*3\r\n:%u\r\n:%u\r\n*2\r\n$%zu\r\n%s\r\n:%u\r\n", from, to,
		strlen(host), host, port);
	CU_ASSERT_EQUAL(redisReaderFeed(reader, text, strlen(text)), REDIS_OK);
	CU_ASSERT_EQUAL(redisReaderGetReply(reader, &range), REDIS_OK);
	good = nodes_add_range(range, &heard_from, nodes);
	freeReplyObject(range);
	redisReaderFree(reader);
	return good;
}

static bool
add_range(struct nodes *nodes, unsigned from, unsigned to, unsigned port)
{
	return add_range_of(nodes, "127.0.0.1", from, to, port);
}

/* Which name it is, and whether the config has it, is seen on the way there. */
static void
a_primary_may_be_named(void)
{
	static struct nodes nodes;

	CU_ASSERT(add_range_of(&nodes, "Redis.example.com", 0, 1, 7001));
	CU_ASSERT(redis_address_is_named(&nodes.at[0]));
	CU_ASSERT_STRING_EQUAL(nodes.at[0].name, "redis.example.com");
	CU_ASSERT_FALSE(add_range_of(&nodes, "?", 2, 3, 7001));
	CU_ASSERT_FALSE(add_range_of(&nodes, "", 2, 3, 7001));
	CU_ASSERT_FALSE(add_range_of(&nodes, "10.0.0.256", 2, 3, 7001));
}

/* Between the same primaries, too. */
static void
a_slot_that_moved_is_seen(void)
{
	static struct nodes before, same, after;
	static const unsigned end[] = { 8191, 8191, 8190 };
	struct nodes *const nodes[] = { &before, &same, &after };

	for (size_t i = 0; i < JWT_COUNT(nodes); i++) {
		CU_ASSERT(add_range(nodes[i], 0, end[i], 7001));
		CU_ASSERT(add_range(nodes[i], end[i] + 1, 16383, 7002));
		CU_ASSERT_EQUAL(nodes[i]->count, 2);
		CU_ASSERT_EQUAL(nodes[i]->slots, NODES_SLOTS);
	}
	CU_ASSERT(nodes_same(&before, &same));
	CU_ASSERT_FALSE(nodes_same(&before, &after));
	CU_ASSERT_FALSE(add_range(&same, 0, 16384, 7001));
	CU_ASSERT_FALSE(add_range(&same, 2, 1, 7001));
}

/* Hashes of one begin, so that they meet in the table. */
static void
make_hash(uint8_t hash[INDEX_HASH], unsigned number)
{
	memset(hash, 0, INDEX_HASH);
	memcpy(hash + 8, &number, sizeof(number));
}

static void
the_index_finds_all_that_was_added_and_not_removed(void)
{
	enum { COUNT = 3000 };
	struct raw_index index = { 0 };
	uint8_t hash[INDEX_HASH];

	make_hash(hash, 0);
	CU_ASSERT_PTR_NULL(index_find(&index, hash));
	for (unsigned i = 0; i < COUNT; i++) {
		make_hash(hash, i);
		CU_ASSERT_PTR_NOT_NULL_FATAL(index_add(&index, hash));
		index_find(&index, hash)->until = i;
	}
	CU_ASSERT_EQUAL(index.count, COUNT);
	for (unsigned i = 0; i < COUNT; i += 2) {
		make_hash(hash, i);
		index_remove(&index, index_find(&index, hash));
	}
	CU_ASSERT_EQUAL(index.count, COUNT / 2);
	for (unsigned i = 0; i < COUNT; i++) {
		const struct index_slot *slot;

		make_hash(hash, i);
		slot = index_find(&index, hash);
		CU_ASSERT_EQUAL(slot != NULL, i % 2 == 1);
		CU_ASSERT(slot == NULL || slot->until == i);
	}
	index_clear(&index);
}

/* What is removed and added for years fills no memory. */
static void
the_index_grows_with_what_it_holds_only(void)
{
	struct raw_index index = { 0 };
	uint8_t hash[INDEX_HASH];

	for (unsigned i = 0; i < 100000; i++) {
		make_hash(hash, i);
		CU_ASSERT_PTR_NOT_NULL_FATAL(index_add(&index, hash));
		if (i < 100)
			continue;
		make_hash(hash, i - 100);
		index_remove(&index, index_find(&index, hash));
	}
	CU_ASSERT(index.size <= 1024);
	index_clear(&index);
}

static enum jwt_reason
add(struct follower *f, unsigned number)
{
	struct revocation_entry entry = {
		.kind = REVOKED_JTI, .until = ENTRY_TIME_MAX, .when = 1
	};

	snprintf(entry.hex, sizeof(entry.hex), "%064x", number);
	return changes_add(f, &entry, NULL);
}

static void
a_copy_that_is_full_says_so_and_takes_no_more(void)
{
	const struct follower_options options = { .room = 2 };
	struct follower f = { .options = &options };
	JWT_AUTO(fixture) fixture;
	char name[ENTRY_NAME_MAX];

	fixture_start(&fixture);
	CU_ASSERT_EQUAL(mkdir(fixture.copy, 0755), 0);
	CU_ASSERT_EQUAL(folder_open(fixture.copy, &f.folder, NULL), JWT_OK);
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(f.state.problem[0], '\0');
		CU_ASSERT_EQUAL(add(&f, i), JWT_OK);
	}
	CU_ASSERT_EQUAL(f.state.entries, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.state.problem, "more than the 2"));
	snprintf(name, sizeof(name), "jti-%064x", 2u);
	CU_ASSERT_NOT_EQUAL(
		access(fixture_path(&fixture, fixture.copy, name), F_OK), 0);
	CU_ASSERT_EQUAL(add(&f, 1), JWT_OK); /* one that it has already */
	follower_end(&f);
}

static void
a_folder_of_others_or_with_a_follower_is_refused(void)
{
	struct folder first, second;
	JWT_AUTO(fixture) fixture;

	fixture_start(&fixture);
	CU_ASSERT_NOT_EQUAL(folder_open(fixture.copy, &first, NULL), JWT_OK);
	CU_ASSERT_EQUAL(mkdir(fixture.copy, 0755), 0);
	CU_ASSERT_EQUAL(folder_open(fixture.copy, &first, NULL), JWT_OK);
	CU_ASSERT_NOT_EQUAL(folder_open(fixture.copy, &second, NULL), JWT_OK);
	folder_close(&second);
	folder_close(&first);
	CU_ASSERT_EQUAL(chmod(fixture.copy, 0775), 0);
	CU_ASSERT_NOT_EQUAL(folder_open(fixture.copy, &first, NULL), JWT_OK);
	folder_close(&first);
}

/* In the place of libc's. */
static unsigned fsyncs, syncfss;
int
fsync(int fd)
{
	(void)fd;
	fsyncs++;
	return 0;
}
int
syncfs(int fd)
{
	(void)fd;
	syncfss++;
	return 0;
}

static void
expect_syncs(struct folder *folder, unsigned each, unsigned all)
{
	CU_ASSERT_EQUAL(folder_sync(folder, NULL), JWT_OK);
	CU_ASSERT_EQUAL(fsyncs, each);
	CU_ASSERT_EQUAL(syncfss, all);
	fsyncs = syncfss = 0;
}

static void
put_files(struct folder *folder, unsigned count)
{
	char name[ENTRY_NAME_MAX];

	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "jti-%064x", i);
		CU_ASSERT_EQUAL(
			folder_put(folder, name, slice_of_string("x"), NULL),
			JWT_OK);
	}
}

/* A whole file system's sync is for many files only. */
static void
what_did_not_change_is_not_synced(void)
{
	struct folder folder;
	JWT_AUTO(fixture) fixture;
	bool removed;

	fixture_start(&fixture);
	CU_ASSERT_EQUAL(mkdir(fixture.copy, 0755), 0);
	CU_ASSERT_EQUAL(folder_open(fixture.copy, &folder, NULL), JWT_OK);
	fsyncs = syncfss = 0;
	expect_syncs(&folder, 0, 0);
	put_files(&folder, 1);
	expect_syncs(&folder, 2, 0);
	put_files(&folder, BULK_FROM);
	expect_syncs(&folder, BULK_FROM + 1, 0);
	put_files(&folder, BULK_FROM + 100);
	expect_syncs(&folder, BULK_FROM + 1, 1);
	CU_ASSERT_EQUAL(
		folder_remove(&folder, "jti-none", &removed, NULL), JWT_OK);
	expect_syncs(&folder, 0, 0);
	put_files(&folder, 1);
	expect_syncs(&folder, 2, 0);
	CU_ASSERT_EQUAL(
		folder_put_epoch(&folder, &(struct epoch){ ID, 7 }, NULL),
		JWT_OK);
	expect_syncs(&folder, 2, 0);
	folder_close(&folder);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_stream_id_is_two_numbers),
	UNIT_TEST(stream_ids_are_ordered_as_numbers),
	UNIT_TEST(whoever_empties_a_server_is_counted),
	UNIT_TEST(a_life_needs_its_server_and_its_evictions),
	UNIT_TEST(a_primary_may_be_named),
	UNIT_TEST(a_slot_that_moved_is_seen),
	UNIT_TEST(the_index_finds_all_that_was_added_and_not_removed),
	UNIT_TEST(the_index_grows_with_what_it_holds_only),
	UNIT_TEST(a_copy_that_is_full_says_so_and_takes_no_more),
	UNIT_TEST(what_did_not_change_is_not_synced),
	UNIT_TEST(a_folder_of_others_or_with_a_follower_is_refused),
};
UNIT_SUITE("follow_parts", tests)
