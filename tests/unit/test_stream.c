/* SPDX-License-Identifier: ISC */
/* jwtauth-check --stream: lines in, lines out; and whom it asks. */
#include "check.h"
#include "base/clock.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define GOOD "{\"service\":\"sshd\",\"token\":\"a.b.c\"}"

/* "SERVICE USER UID TOKEN", or "refused REASON". */
static bool
say_question(void *arg, const struct check_question *q, struct buffer *line)
{
	JWT_AUTO(buffer) token = BUFFER(CHECK_LINE_MAX);

	return *(bool *)arg && buffer_append_slice(&token, q->token) &&
	       buffer_append_format(line, "%s %s %d %s", q->service,
		       q->user != NULL ? q->user : "-",
		       q->uid == JWT_NO_UID ? -1 : (int)q->uid,
		       token.len < 100 ? buffer_string(&token) : "long");
}

static bool
say_refusal(
	void *arg, enum jwt_reason reason, const char *why, struct buffer *line)
{
	(void)arg;
	CU_ASSERT(why[0] != '\0');
	return buffer_append_format(
		line, "refused %s", jwt_reason_name(reason));
}

/* What comes out for this input; ok: does the answerer answer? */
static bool
serve(struct slice input, bool ok, struct buffer *output)
{
	const struct stream_answerer answerer = { say_question, say_refusal,
		&ok };
	JWT_AUTO(fd) in = memfd_create("in", MFD_CLOEXEC);
	JWT_AUTO(fd) out = memfd_create("out", MFD_CLOEXEC);
	bool served;

	if (in < 0 || out < 0 || !fd_write_all(in, input) ||
		lseek(in, 0, SEEK_SET) != 0)
		abort();
	served = stream_serve(in, out, &answerer);
	buffer_clear(output);
	if (lseek(out, 0, SEEK_SET) != 0 ||
		file_read_fd(out, "out", output, NULL) != FILE_OK)
		abort();
	return served;
}

static bool
gives(const char *input, const char *expected)
{
	JWT_AUTO(buffer) output = BUFFER(65536);

	if (serve(slice_of_string(input), true, &output) &&
		strcmp(buffer_string(&output), expected) == 0)
		return true;
	printf("       got      %s\n       expected %s\n",
		buffer_string(&output), expected);
	return false;
}

static void
each_line_has_its_verdict_in_order(void)
{
	CU_ASSERT(gives("", ""));
	CU_ASSERT(gives(GOOD "\n", "sshd - -1 a.b.c\n"));
	CU_ASSERT(gives("{\"token\":\"t\",\"uid\":0,\"user\":\"alice\","
			"\"service\":\"sudo\"}\n\n" GOOD "\n",
		"sudo alice 0 t\nrefused token_malformed\nsshd - -1 a.b.c\n"));
}

static void
the_last_line_may_lack_its_end(void)
{
	CU_ASSERT(gives(GOOD "\n" GOOD, "sshd - -1 a.b.c\nsshd - -1 a.b.c\n"));
}

static void
what_is_no_request_is_refused_and_the_next_is_served(void)
{
	static const char *const bad[] = { "", " ", "x", "[]", "null", "7",
		"{}", GOOD "x", GOOD GOOD, "{\"service\":\"s\"}",
		"{\"token\":\"t\"}", "{\"service\":\"\",\"token\":\"t\"}",
		"{\"service\":null,\"token\":\"t\"}",
		"{\"service\":\"s\",\"token\":7}",
		"{\"service\":\"s\",\"token\":null}",
		"{\"service\":\"s\",\"token\":\"t\",\"token\":\"u\"}",
		"{\"service\":\"s\",\"token\":\"t\",\"uuid\":7}",
		"{\"service\":\"s\",\"token\":\"t\",\"User\":\"a\"}",
		"{\"service\":\"s\",\"token\":\"t\",\"user\":\"\"}",
		"{\"service\":\"s\",\"token\":\"t\",\"user\":\"a\\u0000b\"}",
		"{\"service\":\"s\",\"token\":\"t\",\"user\":[\"a\"]}",
		"{\"service\":\"s\",\"token\":\"t\",\"uid\":-1}",
		"{\"service\":\"s\",\"token\":\"t\",\"uid\":\"0\"}",
		"{\"service\":\"s\",\"token\":\"t\",\"uid\":1.0}",
		"{\"service\":\"s\",\"token\":\"t\",\"uid\":4294967295}",
		"{\"service\":\"s\",\"token\":\"t\",\"uid\":4294967296}",
		"{\"service\":\"s\",\"token\":\"t\",\"uid\":null}",
		"{\"service\":\"s\",\"token\":\"\xff\"}" };

	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		char input[512];

		snprintf(input, sizeof(input), "%s\n" GOOD "\n", bad[i]);
		CU_ASSERT(gives(
			input, "refused token_malformed\nsshd - -1 a.b.c\n"));
	}
}

static void
names_have_a_longest_length(void)
{
	char name[FRAME_NAME_MAX + 2] = "", input[1024];
	char expected[1024];

	memset(name, 's', FRAME_NAME_MAX);
	snprintf(input, sizeof(input), "{\"service\":\"%s\",\"token\":\"t\"}\n",
		name);
	snprintf(expected, sizeof(expected), "%s - -1 t\n", name);
	CU_ASSERT(gives(input, expected));
	strcat(name, "s");
	snprintf(input, sizeof(input), "{\"service\":\"%s\",\"token\":\"t\"}\n",
		name);
	CU_ASSERT(gives(input, "refused token_malformed\n"));
}

/* A request of this many bytes, and a short one behind it. */
static void
put_long(struct buffer *input, size_t len)
{
	static const char head[] = "{\"service\":\"s\",\"token\":\"";
	static const char tail[] = "\"}";
	uint8_t *room;

	buffer_clear(input);
	CU_ASSERT(buffer_append_string(input, head));
	room = buffer_extend(input, len - strlen(head) - strlen(tail));
	CU_ASSERT_PTR_NOT_NULL_FATAL(room);
	memset(room, 'x', len - strlen(head) - strlen(tail));
	CU_ASSERT(buffer_append_string(input, tail));
	CU_ASSERT_EQUAL(input->len, len);
	CU_ASSERT(buffer_append_string(input, "\n" GOOD "\n"));
}

static void
a_line_that_is_too_long_is_refused_and_skipped(void)
{
	static const size_t more[] = { 1, 2, 16384, 16385, 100000, 1000000 };
	JWT_AUTO(buffer) input = BUFFER(2u << 20), output = BUFFER(65536);

	put_long(&input, CHECK_LINE_MAX);
	CU_ASSERT(serve(buffer_slice(&input), true, &output));
	CU_ASSERT_STRING_EQUAL(
		buffer_string(&output), "s - -1 long\nsshd - -1 a.b.c\n");
	for (size_t i = 0; i < JWT_COUNT(more); i++) {
		put_long(&input, CHECK_LINE_MAX + more[i]);
		CU_ASSERT(serve(buffer_slice(&input), true, &output));
		CU_ASSERT_STRING_EQUAL(buffer_string(&output),
			"refused token_too_large\nsshd - -1 a.b.c\n");
	}
}

static void
an_endless_line_takes_no_more_memory_and_ends_with_the_input(void)
{
	JWT_AUTO(buffer) input = BUFFER(4u << 20), output = BUFFER(65536);
	uint8_t *room = buffer_extend(&input, 3u << 20);

	CU_ASSERT_PTR_NOT_NULL_FATAL(room);
	memset(room, ' ', 3u << 20);
	CU_ASSERT(serve(buffer_slice(&input), true, &output));
	CU_ASSERT_STRING_EQUAL(
		buffer_string(&output), "refused token_too_large\n");
}

static void
an_answer_that_fails_ends_the_stream(void)
{
	JWT_AUTO(buffer) output = BUFFER(65536);

	CU_ASSERT_FALSE(
		serve(slice_of_string(GOOD "\n" GOOD "\n"), false, &output));
	CU_ASSERT_EQUAL(output.len, 0);
}

/* A client that waits for each verdict gets it, however its bytes come. */
static void
a_verdict_comes_before_the_next_request_is_there(void)
{
	static const char request[] = GOOD "\n", answer[] = "sshd - -1 a.b.c\n";
	bool ok = true;
	const struct stream_answerer answerer = { say_question, say_refusal,
		&ok };
	char got[sizeof(answer)] = "";
	int ends[2], status = -1;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		_exit(stream_serve(ends[0], ends[0], &answerer) ? 0 : 1);
	}
	close(ends[0]);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof(request) - 1; i++)
			CU_ASSERT_EQUAL(write(ends[1], &request[i], 1), 1);
		CU_ASSERT_EQUAL(
			recv(ends[1], got, sizeof(answer) - 1, MSG_WAITALL),
			(ssize_t)sizeof(answer) - 1);
		CU_ASSERT_STRING_EQUAL(got, answer);
	}
	close(ends[1]);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
}

/* The command line's, which is not linked. */
int
print_reply(const struct check_options *options,
	const struct frame_reply *reply, const char *detail_json)
{
	(void)options;
	(void)reply;
	(void)detail_json;
	return CHECK_UNDECIDED;
}

/* One that waits for an answer on this connection, which was kept. */
static void
ask_over(int fd, struct report *r)
{
	const struct check_question q = { .service = "sshd",
		.uid = JWT_NO_UID,
		.token = slice_of_string("a.b.c") };
	struct client client = { .fd = fd, .opened = clock_monotonic_ms() };
	JWT_AUTO(buffer) detail = BUFFER(CHECK_DETAIL_MAX);
	struct frame_reply reply;

	signal(SIGPIPE, SIG_IGN);
	CU_ASSERT_FALSE(client_ask(&client, &q, &reply, &detail, r));
	CU_ASSERT_EQUAL(client.fd, -1);
}

/* It may have been judged; no checker listens here, which would be said. */
static void
a_question_that_was_read_is_not_sent_again(void)
{
	struct report r = { "" };
	uint8_t question[FRAME_REQUEST_MAX];
	int ends[2], status = -1;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		_exit(recv(ends[1], question, sizeof(question), 0) <= 0);
	}
	close(ends[1]);
	ask_over(ends[0], &r);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "no whole answer"));
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
}

static void
a_question_that_was_not_read_is_sent_again(void)
{
	struct report r = { "" };
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	CU_ASSERT_EQUAL(shutdown(ends[1], SHUT_RD), 0);
	ask_over(ends[0], &r);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "systemctl status"));
	close(ends[1]);
}

static const struct unit_test tests[] = {
	UNIT_TEST(each_line_has_its_verdict_in_order),
	UNIT_TEST(the_last_line_may_lack_its_end),
	UNIT_TEST(what_is_no_request_is_refused_and_the_next_is_served),
	UNIT_TEST(names_have_a_longest_length),
	UNIT_TEST(a_line_that_is_too_long_is_refused_and_skipped),
	UNIT_TEST(an_endless_line_takes_no_more_memory_and_ends_with_the_input),
	UNIT_TEST(an_answer_that_fails_ends_the_stream),
	UNIT_TEST(a_verdict_comes_before_the_next_request_is_there),
	UNIT_TEST(a_question_that_was_read_is_not_sent_again),
	UNIT_TEST(a_question_that_was_not_read_is_sent_again),
};
UNIT_SUITE("stream", tests)
