/* SPDX-License-Identifier: ISC */
/* revocation: what Redis answers, from canned bytes on a unix socket. */
#include "base/clock.h"
#include "revocation/redis_transport.h"
#include "revocation_fixture.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROLE	"*3\r\n$6\r\nmaster\r\n:42\r\n*0\r\n"
#define EPOCH	"$18\r\n0123456789abcdef 7\r\n"
#define NIL	"$-1\r\n"
#define NILS	NIL NIL NIL NIL
#define OVER	"$20\r\n{\"until\":1,\"when\":1}\r\n"
#define PASSING ROLE EPOCH NILS NIL
#define TIMEOUT 300 /* ms */

enum manner { AT_ONCE, THEN_CLOSE, BYTE_BY_BYTE, NEVER_ACCEPT };

/* A server of one connection in a process of its own. */
struct server {
	pid_t pid;
	int listener;
	int asked; /* what it was sent comes out here, if asked for */
};

static void
serve(int listener, struct slice answer, enum manner manner, int copy)
{
	char request[64 * 1024];
	int fd = accept(listener, NULL, NULL);
	ssize_t got;

	if (fd < 0)
		_exit(1);
	got = recv(fd, request, sizeof(request), 0);
	if (got > 0 && write(copy, request, (size_t)got) != got)
		_exit(1);
	close(copy);
	if (manner != BYTE_BY_BYTE && !fd_write_all(fd, answer))
		_exit(1);
	for (size_t i = 0; manner == BYTE_BY_BYTE && i < answer.len; i++) {
		poll(NULL, 0, 10);
		if (send(fd, answer.data + i, 1, MSG_NOSIGNAL) != 1)
			_exit(0);
	}
	if (manner == THEN_CLOSE)
		_exit(0);
	recv(fd, request, sizeof(request), 0); /* until the client goes */
	_exit(0);
}

static struct server
server_start(struct fixture *f, struct slice answer, enum manner manner)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct server s = { .pid = -1 };
	int copy[2];

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/redis", f->root);
	unlink(un.sun_path);
	s.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s.listener < 0 || pipe(copy) != 0 ||
		bind(s.listener, (struct sockaddr *)&un, sizeof(un)) != 0 ||
		listen(s.listener, manner == NEVER_ACCEPT ? 0 : 4) != 0)
		abort();
	if (manner != NEVER_ACCEPT)
		s.pid = fork();
	if (s.pid == 0)
		serve(s.listener, answer, manner, copy[1]);
	close(copy[1]);
	s.asked = copy[0];
	return s;
}

static void
server_stop(struct server *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	close(s->listener);
	close(s->asked);
}

static void
use_redis(struct fixture *f, bool raw_tokens)
{
	static char address[128];

	fixture_start(f);
	snprintf(address, sizeof(address), "unix:%s/redis", f->root);
	f->config.store = REVOCATION_REDIS;
	f->config.redis.address = address;
	f->config.redis.timeout_ms = TIMEOUT;
	f->config.redis.raw_tokens = raw_tokens;
	fixture_reopen(f);
}

static enum jwt_reason
reason_for_bytes(struct slice answer, enum manner manner, bool raw_tokens,
	struct report *detail)
{
	JWT_AUTO(fixture) f;
	struct server s;
	enum jwt_reason reason;

	use_redis(&f, raw_tokens);
	s = server_start(&f, answer, manner);
	reason = fixture_check(&f);
	server_stop(&s);
	if (detail != NULL)
		*detail = f.report;
	return reason;
}

static enum jwt_reason
reason_for(const char *answer)
{
	return reason_for_bytes(slice_of_string(answer), AT_ONCE, false, NULL);
}

static void
a_whole_answer_with_nothing_in_it_passes(void)
{
	CU_ASSERT_EQUAL(reason_for(PASSING), JWT_OK);
}

static void
an_answer_in_single_bytes_is_put_together(void)
{
	struct slice answer = slice_of_string(ROLE EPOCH);
	JWT_AUTO(fixture) f;
	struct server s;
	struct revocation_question none = { .iss = slice_of_string(ISS) };

	use_redis(&f, false);
	f.config.redis.timeout_ms = 5000;
	s = server_start(&f, answer, BYTE_BY_BYTE);
	CU_ASSERT_EQUAL(fixture_check_question(&f, &none), JWT_OK);
	server_stop(&s);
}

static void
any_entry_of_the_five_revokes(void)
{
	static const char entry[] =
		"$32\r\n{\"until\":1900000000,\"when\":1234}"
		"\r\n";

	for (int at = 0; at < REVOKED_KIND_COUNT; at++) {
		char answer[512] = ROLE EPOCH;

		for (int i = 0; i < REVOKED_KIND_COUNT; i++)
			strcat(answer, i == at ? entry : NIL);
		CU_ASSERT_EQUAL(reason_for(answer), JWT_REVOKED);
	}
	CU_ASSERT_EQUAL(reason_for(ROLE EPOCH OVER NILS), JWT_OK);
}

static void
a_key_of_another_type_counts_as_revoked(void)
{
	CU_ASSERT_EQUAL(
		reason_for(ROLE EPOCH "-WRONGTYPE Operation against\r\n" NILS),
		JWT_REVOKED);
	CU_ASSERT_EQUAL(reason_for(ROLE EPOCH "$1\r\nx\r\n" NILS), JWT_REVOKED);
}

static void
an_entry_longer_than_ours_counts_as_revoked(void)
{
	JWT_AUTO(buffer) answer = BUFFER(65536);
	uint8_t *spaces;

	CU_ASSERT(buffer_append_format(&answer,
		ROLE EPOCH "$%d\r\n{\"until\":1,\"when\":1}",
		REVOKED_ENTRY_MAX + 20));
	spaces = buffer_extend(&answer, REVOKED_ENTRY_MAX);
	CU_ASSERT_PTR_NOT_NULL_FATAL(spaces);
	memset(spaces, ' ', REVOKED_ENTRY_MAX);
	CU_ASSERT(buffer_append_string(&answer, "\r\n" NILS));
	CU_ASSERT_EQUAL(
		reason_for_bytes(buffer_slice(&answer), AT_ONCE, false, NULL),
		JWT_REVOKED);
}

static void
the_epochs_rules_hold_for_redis(void)
{
	CU_ASSERT_EQUAL(reason_for(ROLE NIL NILS NIL), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(
		reason_for(ROLE "$1\r\nx\r\n" NILS NIL), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(reason_for(ROLE "-WRONGTYPE x\r\n" NILS NIL),
		JWT_REVOCATION_LOST);
}

static void
an_answer_that_is_no_answer_is_unreachable(void)
{
	static const char *const bad[] = { "", "\r\n", "junk\r\n",
		"HTTP/1.1 400 Bad Request\r\n\r\n", "\x16\x03\x01",
		"-NOAUTH Authentication required.\r\n",
		"-LOADING Redis is loading\r\n", ROLE, ROLE EPOCH NILS,
		ROLE EPOCH NILS "$5\r\nab", ROLE EPOCH NILS ":0\r\n",
		ROLE EPOCH NILS "+OK\r\n", ROLE EPOCH NILS "*0\r\n",
		ROLE EPOCH NILS "$-2\r\n", ROLE EPOCH NILS "-NOPERM no\r\n",
		ROLE ":7\r\n" NILS NIL, ROLE "-LOADING x\r\n" NILS NIL,
		"$6\r\nmaster\r\n" EPOCH NILS NIL, "*0\r\n" EPOCH NILS NIL,
		"*1\r\n:1\r\n" EPOCH NILS NIL, "*1\r\n*0\r\n" EPOCH NILS NIL,
		PASSING NIL, PASSING "x" };

	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		enum jwt_reason reason = reason_for_bytes(
			slice_of_string(bad[i]), THEN_CLOSE, false, NULL);

		CU_ASSERT_EQUAL(reason, JWT_REVOCATION_UNREACHABLE);
		if (reason != JWT_REVOCATION_UNREACHABLE)
			printf("       with answer %zu\n", i);
	}
}

static void
a_replica_is_not_believed(void)
{
	struct report detail;

	CU_ASSERT_EQUAL(
		reason_for_bytes(
			slice_of_string("*5\r\n$5\r\nslave\r\n$1\r\nx"
					"\r\n:6379\r\n$9\r\n"
					"connected\r\n:1\r\n" EPOCH NILS NIL),
			AT_ONCE, false, &detail),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(detail.text, "replica"));
}

/* Refused as it comes, not by the deadline. */
static bool
is_too_large(const char *answer)
{
	struct report detail;

	return reason_for_bytes(slice_of_string(answer), AT_ONCE, false,
		       &detail) == JWT_REVOCATION_UNREACHABLE &&
	       strstr(detail.text, "too large") != NULL;
}

static void
a_nested_or_huge_reply_is_unreachable(void)
{
	JWT_AUTO(buffer) deep = BUFFER(65536), huge = BUFFER(2u << 20);
	uint8_t *room;

	for (int i = 0; i < 100; i++)
		CU_ASSERT(buffer_append_string(&deep, "*1\r\n"));
	CU_ASSERT_EQUAL(
		reason_for_bytes(buffer_slice(&deep), AT_ONCE, false, NULL),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(is_too_large("*2147483647\r\n"));
	CU_ASSERT(is_too_large("*4097\r\n"));
	CU_ASSERT_EQUAL(
		reason_for("$2147483647\r\n"), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(buffer_append_string(&huge, ROLE "$1048576\r\n"));
	room = buffer_extend(&huge, 1u << 20);
	CU_ASSERT_PTR_NOT_NULL_FATAL(room);
	memset(room, 'x', 1u << 20);
	CU_ASSERT(buffer_append_string(&huge, "\r\n" NILS NIL));
	CU_ASSERT_EQUAL(
		reason_for_bytes(buffer_slice(&huge), AT_ONCE, false, NULL),
		JWT_REVOCATION_UNREACHABLE);
}

static void
errors_are_told_without_what_redis_repeats(void)
{
	struct report detail;

	CU_ASSERT_EQUAL(reason_for_bytes(slice_of_string(ROLE EPOCH NILS NIL
						 "-NOPERM no access to "
						 "aGVhZA.Ym9keQ.c2ln\r\n"),
				AT_ONCE, true, &detail),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(detail.text, "NOPERM"));
	CU_ASSERT_PTR_NOT_NULL(strstr(detail.text, "EXISTS"));
	CU_ASSERT_PTR_NULL(strstr(detail.text, "aGVhZA"));
}

static void
a_raw_token_on_the_blacklist_is_revoked(void)
{
	CU_ASSERT_EQUAL(reason_for_bytes(slice_of_string(PASSING ":1\r\n"),
				AT_ONCE, true, NULL),
		JWT_REVOKED);
	CU_ASSERT_EQUAL(reason_for_bytes(slice_of_string(PASSING ":0\r\n"),
				AT_ONCE, true, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(reason_for_bytes(slice_of_string(PASSING NIL), AT_ONCE,
				true, NULL),
		JWT_REVOCATION_UNREACHABLE);
}

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

static bool
within_the_deadline(int64_t started)
{
	return clock_monotonic_ms() - started < TIMEOUT + 100;
}

static void
silence_is_unreachable_in_time(void)
{
	int64_t started = clock_monotonic_ms();

	CU_ASSERT_EQUAL(reason_for(""), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(within_the_deadline(started));
	started = clock_monotonic_ms();
	CU_ASSERT_EQUAL(
		reason_for(ROLE EPOCH NILS), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(within_the_deadline(started));
}

static void
a_slow_drip_is_unreachable_in_time(void)
{
	int64_t started = clock_monotonic_ms();

	CU_ASSERT_EQUAL(reason_for_bytes(slice_of_string(PASSING), BYTE_BY_BYTE,
				false, NULL),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(within_the_deadline(started));
}

static void
what_comes_after_the_deadline_is_not_read(void)
{
	uint8_t byte;
	size_t got;
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	CU_ASSERT_EQUAL(write(ends[1], "xy", 2), 2);
	CU_ASSERT_EQUAL(redis_receive(ends[0], &byte, 1, &got,
				clock_monotonic_ms() + TIMEOUT, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(redis_receive(ends[0], &byte, 1, &got,
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
	CU_ASSERT(within_the_deadline(started));
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
addresses_are_numeric_or_a_socket(void)
{
	static const char *const good[] = { "unix:/run/redis.sock",
		"tcp:127.0.0.1:6379", "tcp:[::1]:6379", "tcp:::1:6379" };
	static const char *const bad[] = { "", "unix:", "unix:redis.sock",
		"/run/redis.sock", "tcp:localhost:6379", "tcp:127.0.0.1",
		"tcp:127.0.0.1:", "tcp:127.0.0.1:0", "tcp:127.0.0.1:65536",
		"tcp:127.0.0.1:6379x", "tcp:[]:1", "tcp::1",
		"tcp:", "tls:127.0.0.1:6379", "redis://127.0.0.1" };
	struct redis_address address;

	for (size_t i = 0; i < JWT_COUNT(good); i++)
		CU_ASSERT_EQUAL(
			redis_address_parse(good[i], &address, NULL), JWT_OK);
	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_EQUAL(redis_address_parse(bad[i], &address, NULL),
			JWT_CONFIG_ERROR);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_whole_answer_with_nothing_in_it_passes),
	UNIT_TEST(an_answer_in_single_bytes_is_put_together),
	UNIT_TEST(any_entry_of_the_five_revokes),
	UNIT_TEST(a_key_of_another_type_counts_as_revoked),
	UNIT_TEST(an_entry_longer_than_ours_counts_as_revoked),
	UNIT_TEST(the_epochs_rules_hold_for_redis),
	UNIT_TEST(an_answer_that_is_no_answer_is_unreachable),
	UNIT_TEST(a_replica_is_not_believed),
	UNIT_TEST(a_nested_or_huge_reply_is_unreachable),
	UNIT_TEST(errors_are_told_without_what_redis_repeats),
	UNIT_TEST(a_raw_token_on_the_blacklist_is_revoked),
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
	UNIT_TEST(addresses_are_numeric_or_a_socket),
};
UNIT_SUITE("revocation_redis", tests)
