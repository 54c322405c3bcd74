/* SPDX-License-Identifier: ISC */
/* revocation: what Redis is asked, and how long for. */
#include "base/clock.h"
#include "canned_redis.h"
#include "revocation/redis_socket.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* What the server was sent, with a check of the reason on the way. */
static void
request_of(struct fixture *f, const char *answer,
	const struct revocation_question *q, struct buffer *request)
{
	struct server s = server_start(f, slice_of_string(answer), THEN_CLOSE);

	CU_ASSERT_EQUAL(fixture_check_question(f, q), JWT_OK);
	CU_ASSERT_EQUAL(
		file_read_fd(s.asked, "request", request, NULL), FILE_OK);
	server_stop(&s);
}

static void
one_round_trip_asks_for_all(void)
{
	const struct revocation_question q = fixture_question();
	JWT_AUTO(buffer) request = BUFFER(65536);
	JWT_AUTO(fixture) f;
	const char *text;

	use_redis(&f, true);
	request_of(&f, PASSING ":0\r\n", &q, &request);
	text = buffer_string(&request);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "ROLE"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\r\nblacklist:epoch\r\n"));
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++) {
		struct revocation_entry entry =
			fixture_entry((enum revoked_kind)i);
		char name[ENTRY_NAME_MAX];

		entry_name(entry.kind, entry.hex, ':', name);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, name));
	}
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "blacklist:aGVhZA.Ym9keQ.c2ln\r\n"));
	CU_ASSERT_PTR_NULL(strstr(text, "AUTH"));
}

static void
raw_tokens_are_sent_only_where_the_config_says_so(void)
{
	const struct revocation_question q = fixture_question();
	JWT_AUTO(buffer) request = BUFFER(65536);
	JWT_AUTO(fixture) f;

	use_redis(&f, false);
	request_of(&f, PASSING, &q, &request);
	CU_ASSERT_PTR_NULL(strstr(buffer_string(&request), "aGVhZA"));
}

static void
both_twins_of_an_ecdsa_signature_are_asked_for(void)
{
	struct revocation_question q = fixture_question();
	uint8_t signature[64] = { 1 };
	JWT_AUTO(buffer) request = BUFFER(65536);
	JWT_AUTO(fixture) f;

	signature[63] = 1; /* s = 1, so its twin is n - 1 */
	q.alg = JWS_ES256;
	q.signature = slice_of(signature, sizeof(signature));
	use_redis(&f, true);
	request_of(&f, PASSING ":0\r\n:0\r\n", &q, &request);
	/* base64url of 31 more bytes of r, then of n - 1 */
	CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&request),
		"blacklist:aGVhZA.Ym9keQ."
		"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAD_____AAAAAP__________vOb6racXnoTzucrC_GMlUA\r\n"));
	CU_ASSERT_EQUAL(
		reason_for_bytes(slice_of_string(PASSING ":0\r\n:0\r\n"),
			THEN_CLOSE, true, NULL),
		JWT_REVOCATION_UNREACHABLE); /* RS256 asks for one only */
}

static void
the_password_goes_first_and_must_be_right(void)
{
	static char user[] = "jwtauth-host", path[128];
	const struct revocation_question q = fixture_question();
	JWT_AUTO(buffer) request = BUFFER(65536);
	JWT_AUTO(fixture) f;
	struct server s;

	use_redis(&f, false);
	snprintf(path, sizeof(path), "%s/password", f.root);
	CU_ASSERT(file_write(path, slice_of_string("s3cret\n"), 0600, (uid_t)-1,
		(gid_t)-1, NULL));
	f.config.redis.user = user;
	f.config.redis.password_file = path;
	fixture_reopen(&f);
	request_of(&f, "+OK\r\n" PASSING, &q, &request);
	CU_ASSERT_EQUAL(strncmp(buffer_string(&request),
				"*3\r\n$4\r\nAUTH\r\n$12\r\njwtauth-host\r\n"
				"$6\r\ns3cret\r\n*1\r\n$4\r\nROLE\r\n",
				57),
		0);
	s = server_start(&f,
		slice_of_string("-WRONGPASS invalid s3cret\r\n-NOAUTH x\r\n"
				"-NOAUTH x\r\n"),
		THEN_CLOSE);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	server_stop(&s);
	CU_ASSERT_PTR_NULL(strstr(f.report.text, "s3cret"));
}

static void
a_password_that_others_can_read_is_a_config_error(void)
{
	static char path[128];
	JWT_AUTO(fixture) f;
	struct revocation_store *store = NULL;

	use_redis(&f, false);
	snprintf(path, sizeof(path), "%s/password", f.root);
	f.config.redis.password_file = path;
	CU_ASSERT_EQUAL(
		revocation_open(&f.config, &f.places, &store, NULL), JWT_OK);
	CU_ASSERT_EQUAL(revocation_prepare(store, NULL), JWT_CONFIG_ERROR);
	fixture_put(path, "s3cret"); /* 0644 */
	CU_ASSERT_EQUAL(revocation_prepare(store, NULL), JWT_CONFIG_ERROR);
	revocation_close(store);
}

static void
silence_is_unreachable_in_time(void)
{
	CU_ASSERT_EQUAL(reason_for(""), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(check_ms < TIMEOUT + 100);
	CU_ASSERT_EQUAL(
		reason_for(ROLE EPOCH NILS), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(check_ms < TIMEOUT + 100);
}

static void
a_slow_drip_is_unreachable_in_time(void)
{
	CU_ASSERT_EQUAL(reason_for_bytes(slice_of_string(PASSING), BYTE_BY_BYTE,
				false, NULL),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(check_ms < TIMEOUT + 100);
}

static void
what_comes_after_the_deadline_is_not_read(void)
{
	uint8_t byte;
	size_t got;
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	CU_ASSERT_EQUAL(write(ends[1], "xy", 2), 2);
	CU_ASSERT_EQUAL(redis_socket_receive(ends[0], &byte, 1, &got, "answer",
				clock_monotonic_ms() + TIMEOUT, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(redis_socket_receive(ends[0], &byte, 1, &got, "answer",
				clock_monotonic_ms() - 1, NULL),
		JWT_REVOCATION_UNREACHABLE);
	close(ends[0]);
	close(ends[1]);
}

static void
a_server_that_never_accepts_is_unreachable_in_time(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	JWT_AUTO(fixture) f;
	struct server s;
	int64_t started;
	int fd;

	use_redis(&f, false);
	s = server_start(&f, slice_of_string(""), NEVER_ACCEPT);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/redis", f.root);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_EQUAL(/* fills its backlog */
		connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	started = clock_monotonic_ms();
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(clock_monotonic_ms() - started < TIMEOUT + 100);
	close(fd);
	server_stop(&s);
}

static void
no_server_is_unreachable(void)
{
	JWT_AUTO(fixture) f;

	use_redis(&f, false);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
}

static void
addresses_are_an_ip_a_name_or_a_socket(void)
{
	static const char *const good[] = { "unix:/run/redis.sock",
		"tcp:127.0.0.1:6379", "tcp:[::1]:6379", "tcp:::1:6379",
		"tls:127.0.0.1:6379", "tcp:localhost:6379",
		"tls:redis.example.com:6380" };
	static const char *const bad[] = { "", "unix:", "unix:redis.sock",
		"/run/redis.sock", "tcp:local_host:6379", "tcp:127.0.0.1",
		"tcp:127.0.0.1:", "tcp:127.0.0.1:0", "tcp:127.0.0.1:65536",
		"tcp:127.0.0.1:6379x", "tcp:[]:1", "tcp::1",
		"tcp:", "tls:localhost", "redis://127.0.0.1" };
	struct redis_address address;

	for (size_t i = 0; i < JWT_COUNT(good); i++)
		CU_ASSERT_EQUAL(
			redis_address_parse(good[i], &address, NULL), JWT_OK);
	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_EQUAL(redis_address_parse(bad[i], &address, NULL),
			JWT_CONFIG_ERROR);
}

static const struct unit_test tests[] = {
	UNIT_TEST(one_round_trip_asks_for_all),
	UNIT_TEST(raw_tokens_are_sent_only_where_the_config_says_so),
	UNIT_TEST(both_twins_of_an_ecdsa_signature_are_asked_for),
	UNIT_TEST(the_password_goes_first_and_must_be_right),
	UNIT_TEST(a_password_that_others_can_read_is_a_config_error),
	UNIT_TEST(silence_is_unreachable_in_time),
	UNIT_TEST(a_slow_drip_is_unreachable_in_time),
	UNIT_TEST(what_comes_after_the_deadline_is_not_read),
	UNIT_TEST(a_server_that_never_accepts_is_unreachable_in_time),
	UNIT_TEST(no_server_is_unreachable),
	UNIT_TEST(addresses_are_an_ip_a_name_or_a_socket),
};
UNIT_SUITE("revocation_wire", tests)
