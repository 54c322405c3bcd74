/* SPDX-License-Identifier: ISC */
/* revocation: the addresses of host names, and how they are used. */
#include "revocation/redis_names.h"

#include "base/clock.h"
#include "script_redis.h"
#include "tls_redis.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define NAME  "redis.example.com"
#define OTHER "other.example.com"

static char dir[96];

/* A fixture whose host names have their addresses in a folder of its own. */
static void
use_names(struct fixture *f)
{
	snprintf(dir, sizeof(dir), "%s/names", f->root);
	CU_ASSERT_EQUAL_FATAL(mkdir(dir, 0755), 0);
	f->places.names_dir = dir;
}

static void
set_addresses(
	struct redis_named *named, const char *name, const char *const *address)
{
	memset(named, 0, sizeof(*named));
	snprintf(named->name, sizeof(named->name), "%s", name);
	named->answered_at = NOW;
	for (; address[named->count] != NULL; named->count++)
		snprintf(named->address[named->count], REDIS_NUMERIC_MAX, "%s",
			address[named->count]);
}

#define SAY(name, ...) say(name, (const char *[]){ __VA_ARGS__, NULL })

/* What the fetcher would write: one name. */
static void
say(const char *name, const char *const *address)
{
	struct redis_names names = { .count = 1 };

	set_addresses(&names.at[0], name, address);
	CU_ASSERT(redis_names_store(dir, &names, NULL));
}

static void
what_was_written_is_read_again(void)
{
	JWT_AUTO(fixture) f;
	struct redis_names out = { .count = 2 }, in;
	const struct redis_named *named;

	fixture_start(&f);
	use_names(&f);
	set_addresses(&out.at[0], NAME,
		(const char *[]){ "10.0.0.1", "2001:db8::1", NULL });
	set_addresses(&out.at[1], OTHER, (const char *[]){ NULL });
	strcpy(out.at[1].trouble, "say \"no\"");
	CU_ASSERT(redis_names_store(dir, &out, NULL));
	CU_ASSERT_EQUAL_FATAL(redis_names_load(dir, &in, NULL), JWT_OK);
	CU_ASSERT_EQUAL(in.count, 2);
	named = redis_names_find(&in, NAME);
	CU_ASSERT_PTR_NOT_NULL_FATAL(named);
	CU_ASSERT_EQUAL(named->count, 2);
	CU_ASSERT_EQUAL(named->answered_at, NOW);
	CU_ASSERT_STRING_EQUAL(named->address[1], "2001:db8::1");
	named = redis_names_find(&in, OTHER);
	CU_ASSERT_PTR_NOT_NULL_FATAL(named);
	CU_ASSERT_EQUAL(named->count, 0);
	CU_ASSERT_STRING_EQUAL(named->trouble, "say \"no\"");
	CU_ASSERT_PTR_NULL(redis_names_find(&in, "c.example.com"));
}

#define FILE_OF(names) "{\"version\":1,\"names\":[" names "]}"
#define ROW(name, at, list)                          \
	"{\"name\":\"" name "\",\"answered_at\":" at \
	",\"trouble\":\"\",\"addresses\":[" list "]}"

static void
a_damaged_file_has_no_address(void)
{
	static const char *const bad[] = { "", "{", "[]", "{}",
		"{\"version\":2,\"names\":[]}", "{\"version\":1}",
		"{\"version\":1,\"names\":{}}", FILE_OF("1"), FILE_OF("{}"),
		FILE_OF(ROW("a", "1", "\"10.0.0.1\"") ",{}"),
		FILE_OF(ROW("a b", "1", "")), FILE_OF(ROW("", "1", "")),
		FILE_OF(ROW("10.0.0.1", "1", "")),
		FILE_OF(ROW("a\\u0000", "1", "")), FILE_OF(ROW("a", "-1", "")),
		FILE_OF(ROW("a", "\"1\"", "")), FILE_OF(ROW("a", "1", "\"b\"")),
		FILE_OF(ROW("a", "1", "1")),
		FILE_OF(ROW("a", "1", "\"0.0.0.0\"")),
		FILE_OF(ROW("a", "1", "\"::\"")),
		FILE_OF(ROW("a", "1", "\"224.0.0.1\"")),
		FILE_OF(ROW("a", "1", "\"10.0.0.1\\u0000\"")),
		FILE_OF(ROW("a", "1", "\"10.0.0.1:1\"")),
		FILE_OF(ROW("a", "1",
			"\"::1\",\"::1\",\"::1\",\"::1\",\"::1\",\"::1\","
			"\"::1\",\"::1\",\"::1\"")) };
	static const char good[] = FILE_OF(ROW("a", "1", "\"10.0.0.1\""));
	struct redis_names names;

	CU_ASSERT_EQUAL(
		redis_names_parse(slice_of_string(good), "p", &names, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(names.count, 1);
	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		enum jwt_reason reason = redis_names_parse(
			slice_of_string(bad[i]), "p", &names, NULL);

		CU_ASSERT_EQUAL(reason, JWT_REVOCATION_UNREACHABLE);
		CU_ASSERT_EQUAL(names.count, 0);
		if (reason == JWT_OK)
			printf("       accepted: %s\n", bad[i]);
	}
}

static void
a_file_that_others_may_write_is_not_believed(void)
{
	JWT_AUTO(fixture) f;
	struct redis_names names;
	char path[128];

	fixture_start(&f);
	use_names(&f);
	SAY(NAME, "127.0.0.1");
	CU_ASSERT_EQUAL(redis_names_load(dir, &names, NULL), JWT_OK);
	CU_ASSERT_EQUAL(chmod(dir, 0775), 0);
	CU_ASSERT_EQUAL(redis_names_load(dir, &names, NULL),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(chmod(dir, 0755), 0);
	snprintf(path, sizeof(path), "%s/" REDIS_NAMES_FILE, dir);
	CU_ASSERT_EQUAL(chmod(path, 0666), 0);
	CU_ASSERT_EQUAL(redis_names_load(dir, &names, NULL),
		JWT_REVOCATION_UNREACHABLE);
	/* Another's, in a folder of ours; only root can give it away. */
	if (geteuid() == 0 && chmod(path, 0644) == 0 &&
		chown(path, 65534, (gid_t)-1) == 0)
		CU_ASSERT_EQUAL(redis_names_load(dir, &names, NULL),
			JWT_REVOCATION_UNREACHABLE);
}

static void
the_configs_names_are_found_once_each(void)
{
	static char one[] = "tls:Redis.Example.com:1", two[] = "unix:/a",
		    three[] = "tcp:redis.example.com:2",
		    four[] = "tcp:10.0.0.1:1",
		    five[] = "tcp:other.example.com:1";
	char *item[] = { one, two, three, four, five };
	struct redis_config config = { .addresses = { item, 5 } };
	struct redis_names names;

	redis_names_of(&config, &names);
	CU_ASSERT_EQUAL(names.count, 2);
	CU_ASSERT_STRING_EQUAL(names.at[0].name, NAME);
	CU_ASSERT_STRING_EQUAL(names.at[1].name, OTHER);
	memset(&config, 0, sizeof(config));
	config.sentinel.addresses = (struct string_list){ item, 1 };
	redis_names_of(&config, &names);
	CU_ASSERT_EQUAL(names.count, 1);
	memset(&config, 0, sizeof(config));
	config.address = three;
	redis_names_of(&config, &names);
	CU_ASSERT_EQUAL(names.count, 1);
}

/* ---- with servers */

static char address_text[300];

/* The fixture at NAME, on the port of this server. */
static void
use_name(struct fixture *f, const struct script *s)
{
	use_redis(f, false);
	use_names(f);
	snprintf(
		address_text, sizeof(address_text), "tcp:" NAME ":%u", s->port);
	f->config.redis.address = address_text;
	fixture_reopen(f);
}

static void
the_addresses_of_a_name_are_tried_in_turn(void)
{
	JWT_AUTO(fixture) f;
	JWT_AUTO(script) s;

	script_listen(&s);
	SCRIPT(&s, PASSING);
	use_name(&f, &s);
	SAY(NAME, "127.0.0.9", "127.0.0.1");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
}

static bool
is_said(const struct fixture *f, const char *words)
{
	if (strstr(f->report.text, words) != NULL)
		return true;
	printf("       got      %s\n       expected %s\n", f->report.text,
		words);
	return false;
}

static void
without_an_address_the_detail_says_what_to_do(void)
{
	JWT_AUTO(fixture) f;
	JWT_AUTO(script) s;
	struct redis_names names = { .count = 1 };
	char words[512];

	script_listen(&s);
	SCRIPT(&s, PASSING);
	use_name(&f, &s);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	snprintf(words, sizeof(words),
		"redis: tcp:" NAME ":%u: %s/redis.json: no such file; see: "
		"systemctl status jwtauth-fetchd",
		s.port, dir);
	CU_ASSERT(is_said(&f, words));
	SAY(OTHER, "127.0.0.1");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(is_said(&f, "redis.json does not have this name; run: "
			      "systemctl reload jwtauth-fetchd"));
	strcpy(names.at[0].name, NAME);
	strcpy(names.at[0].trouble, "Name or service not known");
	CU_ASSERT(redis_names_store(dir, &names, NULL));
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(is_said(&f, "no address is known (Name or service not "
			      "known); see: systemctl status jwtauth-fetchd"));
	fixture_put(fixture_path(&f, dir, REDIS_NAMES_FILE), "{}");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(is_said(&f, "no list of names; see: systemctl status"));
}

static void
a_number_is_asked_although_a_name_has_none(void)
{
	JWT_AUTO(fixture) f;
	JWT_AUTO(script) s;
	char *item[2];

	script_listen(&s);
	SCRIPT(&s, PASSING);
	use_name(&f, &s);
	item[0] = address_text;
	item[1] = s.tcp;
	f.config.redis.address = NULL;
	f.config.redis.addresses = (struct string_list){ item, 2 };
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
}

/* A process that keeps its connection, and a failover by DNS. */
static void
a_changed_address_is_noticed_with_the_next_connection(void)
{
	JWT_AUTO(fixture) f;
	JWT_AUTO(script) s;

	script_listen(&s);
	SCRIPT(&s, PASSING, HANG_UP, PASSING);
	use_name(&f, &s);
	SAY(NAME, "127.0.0.1");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	SAY(NAME, "127.0.0.9");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(is_said(&f, "tcp:127.0.0.9:"));
	CU_ASSERT(is_said(&f, " (" NAME "): connect: Connection refused"));
	SAY(NAME, "127.0.0.1");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
}

static void
the_addresses_share_one_deadline(void)
{
	JWT_AUTO(fixture) f;
	JWT_AUTO(script) s;
	int64_t started;

	script_listen(&s); /* nobody accepts */
	use_name(&f, &s);
	SAY(NAME, "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1");
	f.config.redis.timeout_ms = TIMEOUT;
	started = clock_monotonic_ms();
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(clock_monotonic_ms() - started < TIMEOUT + 100);
	CU_ASSERT(clock_monotonic_ms() - started >= TIMEOUT - 100);
}

/* ---- TLS */

static enum jwt_reason
reason_for_tls(const char *names, char *server_name, struct report *said)
{
	const struct tls_wish wish = { .names = names };
	JWT_AUTO(fixture) f;
	struct tls_redis s;
	enum jwt_reason reason;

	tls_redis_start(&f, &s, &wish, PASSING);
	use_names(&f);
	SAY(NAME, "127.0.0.1");
	snprintf(address_text, sizeof(address_text), "tls:" NAME "%s",
		strrchr(s.address, ':'));
	f.config.redis.address = address_text;
	f.config.redis.tls.server_name = server_name;
	fixture_reopen(&f);
	reason = fixture_check(&f);
	server_stop(&s.server);
	*said = f.report;
	return reason;
}

static void
the_certificate_names_the_configs_name(void)
{
	static char own[] = OTHER;
	struct report said;

	CU_ASSERT_EQUAL(reason_for_tls("DNS:" NAME, NULL, &said), JWT_OK);
	CU_ASSERT_EQUAL(
		reason_for_tls("DNS:" OTHER ",IP:127.0.0.1", NULL, &said),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(said.text, "hostname mismatch"));
	CU_ASSERT_EQUAL(reason_for_tls("DNS:" OTHER, own, &said), JWT_OK);
	CU_ASSERT_EQUAL(reason_for_tls("DNS:" NAME, own, &said),
		JWT_REVOCATION_UNREACHABLE);
}

/* ---- names that servers give */

/* The first server, by its name in the config, sends us on to the second. */
static void
start_both(struct fixture *f, struct script s[2], const char *answer)
{
	SCRIPT(&s[0], answer);
	SCRIPT(&s[1], PASSING);
	use_name(f, &s[0]);
	SAY(NAME, "127.0.0.1");
	f->config.redis.address = NULL;
}

static enum jwt_reason
reason_of_both(struct fixture *f, struct script s[2], struct report *said)
{
	enum jwt_reason reason;

	fixture_reopen(f);
	reason = fixture_check(f);
	*said = f->report;
	script_end(&s[0]);
	script_end(&s[1]);
	return reason;
}

static enum jwt_reason
reason_for_moved(const char *to, struct report *said)
{
	static char prefix[] = "{blacklist}:";
	JWT_AUTO(fixture) f;
	struct script s[2];
	char answer[1024], way[64], *item[1];

	script_listen(&s[0]);
	script_listen(&s[1]);
	snprintf(way, sizeof(way), "-MOVED 42 %s:%u\r\n", to, s[1].port);
	snprintf(answer, sizeof(answer), ROLE "%s%s%s%s%s%s", way, way, way,
		way, way, way);
	start_both(&f, s, answer);
	item[0] = address_text;
	f.config.redis.addresses = (struct string_list){ item, 1 };
	f.config.redis.cluster = true;
	f.config.redis.prefix = f.config.redis.raw_prefix = prefix;
	return reason_of_both(&f, s, said);
}

static void
a_node_may_send_us_to_a_name_of_the_config_alone(void)
{
	struct report said;

	CU_ASSERT_EQUAL(reason_for_moved(NAME, &said), JWT_OK);
	CU_ASSERT_EQUAL(reason_for_moved("Redis.EXAMPLE.com", &said), JWT_OK);
	CU_ASSERT_EQUAL(reason_for_moved("127.0.0.1", &said), JWT_OK);
	CU_ASSERT_EQUAL(
		reason_for_moved(OTHER, &said), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(said.text, "no host name of the config"));
	CU_ASSERT_PTR_NULL(strstr(said.text, OTHER));
}

static enum jwt_reason
reason_for_sentinel(const char *name, struct report *said)
{
	static char mymaster[] = "mymaster";
	JWT_AUTO(fixture) f;
	struct script s[2];
	char answer[256], port[8], *item[1];

	script_listen(&s[0]);
	script_listen(&s[1]);
	snprintf(port, sizeof(port), "%u", s[1].port);
	snprintf(answer, sizeof(answer), "*2\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n",
		strlen(name), name, strlen(port), port);
	start_both(&f, s, answer);
	item[0] = address_text;
	f.config.redis.sentinel.name = mymaster;
	f.config.redis.sentinel.addresses = (struct string_list){ item, 1 };
	return reason_of_both(&f, s, said);
}

static void
a_sentinel_may_name_a_name_of_the_config_alone(void)
{
	struct report said;

	CU_ASSERT_EQUAL(reason_for_sentinel("127.0.0.1", &said), JWT_OK);
	CU_ASSERT_EQUAL(reason_for_sentinel(NAME, &said), JWT_OK);
	CU_ASSERT_EQUAL(
		reason_for_sentinel(OTHER, &said), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(said.text, "no numeric address"));
}

static const struct unit_test tests[] = {
	UNIT_TEST(what_was_written_is_read_again),
	UNIT_TEST(a_damaged_file_has_no_address),
	UNIT_TEST(a_file_that_others_may_write_is_not_believed),
	UNIT_TEST(the_configs_names_are_found_once_each),
	UNIT_TEST(the_addresses_of_a_name_are_tried_in_turn),
	UNIT_TEST(without_an_address_the_detail_says_what_to_do),
	UNIT_TEST(a_number_is_asked_although_a_name_has_none),
	UNIT_TEST(a_changed_address_is_noticed_with_the_next_connection),
	UNIT_TEST(the_addresses_share_one_deadline),
	UNIT_TEST(the_certificate_names_the_configs_name),
	UNIT_TEST(a_node_may_send_us_to_a_name_of_the_config_alone),
	UNIT_TEST(a_sentinel_may_name_a_name_of_the_config_alone),
};
UNIT_SUITE("redis_names", tests)
