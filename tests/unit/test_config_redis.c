/* SPDX-License-Identifier: ISC */
/* config: revocation.redis, which of its settings stand together. */
#include "config_case.h"
#include "suite.h"

#include <string.h>

/* Line 2 is the settings'. */
#define REDIS(settings)                                             \
	"revocation = { store = \"redis\"; redis = { raw_tokens = " \
	"false;\n" settings " }; };"
#define ADDRESS(address) REDIS("address = \"" address "\";")
#define HOST		 " with an IP (IPv6 as [IP]) or a host name"
#define BAD_ADDRESS(address)                                 \
	"2: \"address\" in \"revocation\" is \"" address     \
	"\", expected \"unix:/PATH\", \"tcp:HOST:PORT\" or " \
	"\"tls:HOST:PORT\"" HOST
#define TLS   "tls = { ca_file = \"/ca\"; };"
#define SEEDS "addresses = [ \"tcp:10.0.0.1:1\", \"tcp:10.0.0.2:1\" ];"
#define NODES "addresses = [ \"tcp:10.0.0.1:26379\" ];"

static void
addresses_are_an_ip_or_a_host_name(void)
{
	CU_ASSERT(accepts(ADDRESS("unix:/run/redis.sock")));
	CU_ASSERT(accepts(ADDRESS("tcp:127.0.0.1:6379")));
	CU_ASSERT(accepts(ADDRESS("tcp:[2001:db8::1]:6380")));
	CU_ASSERT(accepts(ADDRESS("tcp:redis.example.com:6379")));
	CU_ASSERT(accepts(ADDRESS("tcp:localhost:6379")));
	CU_ASSERT(
		accepts(REDIS("address = \"tls:R-1.Example.COM:6380\"; " TLS)));
	CU_ASSERT(refuses(
		ADDRESS("127.0.0.1:6379"), BAD_ADDRESS("127.0.0.1:6379")));
	CU_ASSERT(refuses(
		ADDRESS("tcp:127.0.0.1"), BAD_ADDRESS("tcp:127.0.0.1")));
	CU_ASSERT(refuses(ADDRESS("tls:127.0.0.1:65536"),
		BAD_ADDRESS("tls:127.0.0.1:65536")));
	CU_ASSERT(refuses(
		ADDRESS("tcp:127.0.0.1:0"), BAD_ADDRESS("tcp:127.0.0.1:0")));
	CU_ASSERT(refuses(ADDRESS("tcp:127.0.0.1:63x"),
		BAD_ADDRESS("tcp:127.0.0.1:63x")));
}

#define LABEL_63 \
	"a23456789-123456789-123456789-123456789-123456789-123456789-123"
#define LABELS_251                             \
	LABEL_63 "." LABEL_63 "." LABEL_63 "." \
		 "a23456789-123456789-123456789-123456789-123456789-123456789"
#define REFUSED(host) \
	refuses(ADDRESS("tcp:" host ":1"), BAD_ADDRESS("tcp:" host ":1"))

static void
a_host_name_has_labels_of_letters_digits_and_hyphens(void)
{
	CU_ASSERT(accepts(ADDRESS("tcp:" LABEL_63 ".example:1")));
	CU_ASSERT(accepts(ADDRESS("tcp:" LABELS_251 ".a:1")));
	CU_ASSERT(!accepts(ADDRESS("tcp:" LABELS_251 ".ab:1")));
	CU_ASSERT(!accepts(ADDRESS("tcp:" LABEL_63 "4.example:1")));
	CU_ASSERT(REFUSED("redis_1.example"));
	CU_ASSERT(REFUSED("-redis.example"));
	CU_ASSERT(REFUSED("redis-.example"));
	CU_ASSERT(REFUSED("redis..example"));
	CU_ASSERT(REFUSED(".redis"));
	CU_ASSERT(REFUSED("redis.example."));
	CU_ASSERT(REFUSED("re/dis"));
	CU_ASSERT(REFUSED("[redis.example]"));
	/* Addresses that are none, not names. */
	CU_ASSERT(REFUSED("10.0.0.256"));
	CU_ASSERT(REFUSED("0x7f000001"));
	CU_ASSERT(REFUSED("redis.0X7f"));
	CU_ASSERT(REFUSED("0x"));
	CU_ASSERT(REFUSED("10.0.0"));
	CU_ASSERT(REFUSED("10"));
}

static void
an_address_and_a_word_on_raw_tokens_are_needed(void)
{
	CU_ASSERT(refuses("revocation = {\nstore = \"redis\";\nredis = {\n"
			  "address = \"unix:/a\"; }; };",
		"3: \"redis.raw_tokens\" is missing in \"revocation\", "
		"expected true if applications write blacklist:TOKEN, else "
		"false (it has no default)"));
	CU_ASSERT(refuses("revocation = { store = \"redis\"; };",
		"1: \"redis.address\" is missing in \"revocation\", expected "
		"\"unix:/PATH\", \"tcp:HOST:PORT\" or \"tls:HOST:PORT\"" HOST
		", or \"addresses\", or \"sentinel\""));
	CU_ASSERT(refuses("revocation = { redis = {\ntimeout_ms = 49; }; };",
		"2: \"timeout_ms\" in \"revocation\" is 49, expected a whole "
		"number from 50 to 10000"));
	CU_ASSERT(refuses("revocation = {\nstore = \"reddis\"; };",
		"2: \"store\" in \"revocation\" is \"reddis\", expected "
		"\"embedded\", \"redis\" or \"none\""));
}

static void
a_user_needs_its_password_file(void)
{
#define USERS(settings) REDIS("address = \"unix:/a\";\n" settings)
	CU_ASSERT(accepts(USERS("user = \"h\"; password_file = \"/p\";"
				"writer_user = \"w\";"
				"writer_password_file = \"/q\";")));
	CU_ASSERT(refuses(USERS("user = \"h\";"),
		"3: \"redis.user\" in \"revocation\" needs "
		"\"password_file\", and that is missing"));
	CU_ASSERT(refuses(USERS("writer_user = \"w\";"),
		"3: \"redis.writer_user\" in \"revocation\" needs "
		"\"writer_password_file\", and that is missing"));
	CU_ASSERT(refuses(USERS("follower_user = \"w\";"),
		"3: \"redis.follower_user\" in \"revocation\" needs "
		"\"follower_password_file\", and that is missing"));
}

static void
several_addresses_are_read_in_order(void)
{
	JWT_AUTO(config_case) c;
	const struct redis_config *redis;

	case_of_text(
		&c, REDIS("addresses = [ \"unix:/a\", \"tcp:[::1]:2\" ];"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(c.config);
	redis = &c.config->revocation.redis;
	CU_ASSERT_EQUAL_FATAL(redis->addresses.count, 2);
	CU_ASSERT_STRING_EQUAL(redis->addresses.item[0], "unix:/a");
	CU_ASSERT_STRING_EQUAL(redis->addresses.item[1], "tcp:[::1]:2");
	CU_ASSERT_PTR_NULL(redis->address);
	CU_ASSERT(refuses(REDIS("addresses = [ \"unix:/a\",\n\"tcp:_:1\" ];"),
		"3: an element of \"addresses\" in \"revocation\" is "
		"\"tcp:_:1\", expected \"unix:/PATH\", "
		"\"tcp:HOST:PORT\" or \"tls:HOST:PORT\"" HOST));
	CU_ASSERT(refuses(REDIS("addresses = [ ];"),
		"2: \"addresses\" in \"revocation\" is [ ... ] with 0 "
		"elements, "
		"expected [ ... ] with 1 to 16 addresses"));
}

static void
there_is_one_way_to_the_store(void)
{
	static const char error[] =
		"1: \"redis.address\", \"redis.addresses\" and "
		"\"redis.sentinel\" in \"revocation\" exclude each other, "
		"expected one of them";

	CU_ASSERT(refuses(REDIS("address = \"unix:/a\"; " SEEDS), error));
	CU_ASSERT(refuses(REDIS("sentinel = { name = \"m\"; " NODES " }; "
				"address = \"unix:/a\";"),
		error));
}

static void
sentinel_has_a_name_and_addresses(void)
{
	CU_ASSERT(accepts(REDIS("sentinel = { name = \"m\"; " NODES " };")));
	CU_ASSERT(
		accepts(REDIS("sentinel = { name = \"m\"; " NODES " }; " TLS)));
	CU_ASSERT(refuses(REDIS("sentinel = { " NODES " };"),
		"2: \"name\" is missing in \"revocation\", expected a name "
		"without white space"));
	CU_ASSERT(refuses(REDIS("sentinel = { name = \"m\"; };"),
		"2: \"addresses\" is missing in \"revocation\", expected "
		"[ ... ] with 1 to 16 addresses"));
	CU_ASSERT(refuses(REDIS("sentinel = { name = \"m\";\n"
				"addresses = [ \"unix:/s\" ]; };"),
		"3: an element of \"addresses\" in \"revocation\" is "
		"\"unix:/s\", expected \"tcp:HOST:PORT\" or "
		"\"tls:HOST:PORT\"" HOST));
	CU_ASSERT(refuses(
		REDIS("sentinel = { name = \"m\"; " NODES "\nuser = \"h\"; };"),
		"3: \"redis.sentinel.user\" in \"revocation\" needs "
		"\"password_file\", and that is missing"));
}

static void
tls_stands_where_it_is_used(void)
{
	CU_ASSERT(accepts(REDIS("address = \"tls:10.0.0.1:1\"; " TLS)));
	CU_ASSERT(accepts(REDIS("address = \"tls:10.0.0.1:1\"; "
				"tls = { ca_file = \"/ca\"; "
				"server_name = \"r.example\"; "
				"cert_file = \"/c\"; key_file = \"/k\"; }; "
				"writer_cert_file = \"/c\"; "
				"writer_key_file = \"/k\";")));
	CU_ASSERT(refuses(ADDRESS("tls:10.0.0.1:1"),
		"1: \"redis.tls\" is missing in \"revocation\", expected "
		"{ ca_file = \"/PATH\"; ... } for the address \"tls:...\""));
	CU_ASSERT(refuses(REDIS("address = \"unix:/a\"; " TLS),
		"2: \"redis.tls\" in \"revocation\" is for no address, "
		"expected one with \"tls:\""));
	CU_ASSERT(refuses(REDIS("address = \"tls:10.0.0.1:1\"; tls = { };"),
		"2: \"ca_file\" is missing in \"revocation\", expected an "
		"absolute path"));
}

static void
a_certificate_and_its_key_come_together(void)
{
#define WITH_TLS(settings)                                       \
	REDIS("address = \"tls:10.0.0.1:1\"; tls = { ca_file = " \
	      "\"/ca\";\n" settings)
	CU_ASSERT(refuses(WITH_TLS("cert_file = \"/c\"; };"),
		"3: \"redis.tls.cert_file\" in \"revocation\" needs "
		"\"key_file\", and that is missing"));
	CU_ASSERT(refuses(WITH_TLS("key_file = \"/k\"; };"),
		"3: \"redis.tls.key_file\" in \"revocation\" needs "
		"\"cert_file\", and that is missing"));
	CU_ASSERT(refuses(WITH_TLS("}; writer_cert_file = \"/c\";"),
		"3: \"redis.writer_cert_file\" in \"revocation\" needs "
		"\"writer_key_file\", and that is missing"));
	CU_ASSERT(refuses(REDIS("address = \"unix:/a\"; "
				"writer_cert_file = \"/c\"; "
				"writer_key_file = \"/k\";"),
		"2: \"redis.writer_cert_file\" in \"revocation\" needs "
		"\"tls\", and that is missing"));
}

static void
a_cluster_needs_a_hash_tag_and_one_kind_of_address(void)
{
#define CLUSTER "cluster = true; prefix = \"{b}:\"; "
	CU_ASSERT(accepts(REDIS(CLUSTER SEEDS)));
	CU_ASSERT(refuses(REDIS("cluster = true; prefix = \"{}b:\"; " SEEDS),
		"2: \"redis.prefix\" in \"revocation\" needs a hash tag in a "
		"cluster, expected one like \"{blacklist}:\""));
	CU_ASSERT(refuses(REDIS("cluster = true; " SEEDS),
		"1: \"redis.prefix\" in \"revocation\" needs a hash tag in a "
		"cluster, expected one like \"{blacklist}:\""));
	CU_ASSERT(refuses(REDIS(CLUSTER "address = \"unix:/a\";"),
		"2: \"redis.cluster\" in \"revocation\" needs addresses of "
		"one kind, expected \"tcp:\" or \"tls:\" in all"));
	CU_ASSERT(refuses(
		REDIS(CLUSTER "sentinel = { name = \"m\"; " NODES " };"),
		"2: \"redis.cluster\" in \"revocation\" excludes "
		"\"sentinel\", expected \"addresses\""));
}

static void
raw_tokens_of_a_cluster_need_their_own_prefix(void)
{
#define RAW(settings)                                           \
	"revocation = { store = \"redis\"; redis = {\n" CLUSTER \
	"raw_tokens = true; " SEEDS settings " }; };"
	CU_ASSERT(accepts(RAW("raw_prefix = \"blacklist:\";")));
	CU_ASSERT(refuses(RAW(""),
		"1: \"redis.raw_prefix\" is missing in \"revocation\", "
		"expected what applications put before TOKEN (in a cluster "
		"it has no default)"));
}

static void
raw_tokens_have_the_prefix_of_the_rest_by_default(void)
{
	JWT_AUTO(config_case) c, d;

	case_of_text(&c, REDIS("address = \"unix:/a\"; prefix = \"b:\";"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(c.config);
	CU_ASSERT_STRING_EQUAL(
		config_raw_prefix(&c.config->revocation.redis), "b:");
	CU_ASSERT_FALSE(c.config->revocation.redis.allow_eviction);
	case_of_text(&d, REDIS("address = \"unix:/a\"; raw_prefix = \"c:\"; "
			       "allow_eviction = true;"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(d.config);
	CU_ASSERT_STRING_EQUAL(
		config_raw_prefix(&d.config->revocation.redis), "c:");
	CU_ASSERT(d.config->revocation.redis.allow_eviction);
}

static const struct unit_test tests[] = {
	UNIT_TEST(addresses_are_an_ip_or_a_host_name),
	UNIT_TEST(a_host_name_has_labels_of_letters_digits_and_hyphens),
	UNIT_TEST(an_address_and_a_word_on_raw_tokens_are_needed),
	UNIT_TEST(a_user_needs_its_password_file),
	UNIT_TEST(several_addresses_are_read_in_order),
	UNIT_TEST(there_is_one_way_to_the_store),
	UNIT_TEST(sentinel_has_a_name_and_addresses),
	UNIT_TEST(tls_stands_where_it_is_used),
	UNIT_TEST(a_certificate_and_its_key_come_together),
	UNIT_TEST(a_cluster_needs_a_hash_tag_and_one_kind_of_address),
	UNIT_TEST(raw_tokens_of_a_cluster_need_their_own_prefix),
	UNIT_TEST(raw_tokens_have_the_prefix_of_the_rest_by_default),
};
UNIT_SUITE("config_redis", tests)
