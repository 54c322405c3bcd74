/* SPDX-License-Identifier: ISC */
/* jwtauth-logout: the request, the form, the answer, the writer. */
#include "answer.h"
#include "form.h"
#include "logout.h"
#include "scgi.h"

#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW 1800000000

/* NULs inside: a string's length is taken by sizeof. */
#define TEXT(literal) slice_of((literal), sizeof(literal) - 1)
#define LENGTH(n)     "CONTENT_LENGTH\0" n "\0"
#define IS_SCGI  \
	"SCGI\0" \
	"1\0"
#define POST "REQUEST_METHOD\0POST\0"

/* Headers as a netstring, then the body. */
static void
make(struct buffer *out, struct slice headers, const char *body)
{
	buffer_clear(out);
	CU_ASSERT(buffer_append_format(out, "%zu:", headers.len));
	CU_ASSERT(buffer_append_slice(out, headers));
	CU_ASSERT(buffer_append_format(out, ",%s", body));
}

static enum scgi_progress
parsed(struct slice headers, const char *body)
{
	JWT_AUTO(buffer) data = BUFFER(SCGI_REQUEST_MAX);
	struct scgi_request request;

	make(&data, headers, body);
	return scgi_parse(buffer_slice(&data), &request);
}

static void
a_whole_request_is_read(void)
{
	JWT_AUTO(buffer) data = BUFFER(SCGI_REQUEST_MAX);
	struct scgi_request request;

	make(&data, TEXT(LENGTH("3") IS_SCGI POST "CONTENT_TYPE\0a/b\0"),
		"abc");
	CU_ASSERT_EQUAL_FATAL(
		scgi_parse(buffer_slice(&data), &request), SCGI_COMPLETE);
	CU_ASSERT(slice_equals_string(request.method, "POST"));
	CU_ASSERT(slice_equals_string(request.content_type, "a/b"));
	CU_ASSERT(slice_equals_string(request.body, "abc"));
}

static void
half_a_request_is_waited_for(void)
{
	JWT_AUTO(buffer) data = BUFFER(SCGI_REQUEST_MAX);
	struct scgi_request request;

	make(&data, TEXT(LENGTH("3") IS_SCGI POST), "abc");
	for (size_t len = 0; len < data.len; len++)
		CU_ASSERT_EQUAL(scgi_parse(slice_of(data.data, len), &request),
			SCGI_MORE);
}

static void
what_is_not_exactly_scgi_is_broken(void)
{
	static const char *const texts[] = { ":", "x:", "-1:,", "01:a,",
		"+1:a,", " 1:a,", "1 :a,", "0:,", "1:ab", "GET / HTTP/1.1\r\n",
		"1234567890", "9999999999:" };
	struct scgi_request request;

	for (size_t i = 0; i < JWT_COUNT(texts); i++)
		CU_ASSERT_EQUAL(scgi_parse(slice_of_string(texts[i]), &request),
			SCGI_BROKEN);
	CU_ASSERT_EQUAL(parsed(TEXT(LENGTH("3") IS_SCGI), "abcd"), SCGI_BROKEN);
	CU_ASSERT_EQUAL(parsed(TEXT(IS_SCGI LENGTH("0")), ""), SCGI_BROKEN);
	CU_ASSERT_EQUAL(parsed(TEXT(LENGTH("0")), ""), SCGI_BROKEN);
	CU_ASSERT_EQUAL(parsed(TEXT(LENGTH("0") "SCGI\0"
						"2\0"),
				""),
		SCGI_BROKEN);
	CU_ASSERT_EQUAL(parsed(TEXT(LENGTH("") IS_SCGI), ""), SCGI_BROKEN);
	CU_ASSERT_EQUAL(parsed(TEXT(LENGTH("00") IS_SCGI), ""), SCGI_BROKEN);
	CU_ASSERT_EQUAL(parsed(TEXT(LENGTH("-1") IS_SCGI), ""), SCGI_BROKEN);
	CU_ASSERT_EQUAL(parsed(TEXT(LENGTH("0x1") IS_SCGI), "a"), SCGI_BROKEN);
	CU_ASSERT_EQUAL(
		parsed(TEXT(LENGTH("18446744073709551616") IS_SCGI), ""),
		SCGI_BROKEN);
	CU_ASSERT_EQUAL(
		parsed(TEXT(LENGTH("0") IS_SCGI "NAME"), ""), SCGI_BROKEN);
	CU_ASSERT_EQUAL(parsed(TEXT(LENGTH("0") IS_SCGI "NAME\0value"), ""),
		SCGI_BROKEN);
	CU_ASSERT_EQUAL(
		parsed(TEXT(LENGTH("0") IS_SCGI "\0value\0"), ""), SCGI_BROKEN);
}

/* Else the server and we could differ on what the request is. */
static void
a_header_that_counts_stands_once(void)
{
	CU_ASSERT_EQUAL(
		parsed(TEXT(LENGTH("0") IS_SCGI LENGTH("0")), ""), SCGI_BROKEN);
	CU_ASSERT_EQUAL(
		parsed(TEXT(LENGTH("0") IS_SCGI POST POST), ""), SCGI_BROKEN);
	CU_ASSERT_EQUAL(
		parsed(TEXT(LENGTH("0") IS_SCGI IS_SCGI), ""), SCGI_BROKEN);
	CU_ASSERT_EQUAL(parsed(TEXT(LENGTH("0") IS_SCGI
				       "CONTENT_TYPE\0a\0CONTENT_TYPE\0b\0"),
				""),
		SCGI_BROKEN);
}

static void
what_is_too_large_is_known_before_it_came(void)
{
	struct scgi_request request;
	char text[64];

	snprintf(text, sizeof(text), "%d:", SCGI_HEADERS_MAX + 1);
	CU_ASSERT_EQUAL(
		scgi_parse(slice_of_string(text), &request), SCGI_TOO_LARGE);
	snprintf(text, sizeof(text), "%d:", SCGI_HEADERS_MAX);
	CU_ASSERT_EQUAL(scgi_parse(slice_of_string(text), &request), SCGI_MORE);
	CU_ASSERT_EQUAL(SCGI_BODY_MAX, 24576);
	CU_ASSERT_EQUAL(
		parsed(TEXT(LENGTH("24577") IS_SCGI), ""), SCGI_TOO_LARGE);
	CU_ASSERT_EQUAL(parsed(TEXT(LENGTH("24576") IS_SCGI), ""), SCGI_MORE);
}

static enum form_found
found(const char *body, const char *expected)
{
	JWT_AUTO(buffer) value = BUFFER(16);
	enum form_found got =
		form_find(slice_of_string(body), "logout_token", &value);

	if (got == FORM_FOUND)
		CU_ASSERT_STRING_EQUAL(buffer_string(&value), expected);
	return got;
}

static void
the_token_is_found_among_other_parameters(void)
{
	CU_ASSERT_EQUAL(found("logout_token=a.b.c", "a.b.c"), FORM_FOUND);
	CU_ASSERT_EQUAL(found("x=1&logout_token=a&y", "a"), FORM_FOUND);
	CU_ASSERT_EQUAL(found("&&logout_token=a&&", "a"), FORM_FOUND);
	CU_ASSERT_EQUAL(
		found("logout_token=%61%2Eb%2e+c=", "a.b. c="), FORM_FOUND);
	CU_ASSERT_EQUAL(found("logout_token", ""), FORM_FOUND);
	CU_ASSERT_EQUAL(found("", ""), FORM_MISSING);
	CU_ASSERT_EQUAL(found("logout_tokens=a", ""), FORM_MISSING);
	CU_ASSERT_EQUAL(found("LOGOUT_TOKEN=a", ""), FORM_MISSING);
	CU_ASSERT_EQUAL(found("a=logout_token=b", ""), FORM_MISSING);
}

static void
a_form_that_two_could_read_differently_is_refused(void)
{
	CU_ASSERT_EQUAL(found("logout_token=a&logout_token=a", ""), FORM_TWICE);
	CU_ASSERT_EQUAL(found("logout_token=a%", ""), FORM_BROKEN);
	CU_ASSERT_EQUAL(found("logout_token=a%4", ""), FORM_BROKEN);
	CU_ASSERT_EQUAL(found("logout_token=%4&x=1", ""), FORM_BROKEN);
	CU_ASSERT_EQUAL(found("logout_token=a%0g", ""), FORM_BROKEN);
	CU_ASSERT_EQUAL(found("logout_token=a%+1", ""), FORM_BROKEN);
	CU_ASSERT_EQUAL(
		found("logout_token=0123456789abcdefg", ""), FORM_BROKEN);
}

static void
a_form_says_so(void)
{
#define FORM "application/x-www-form-urlencoded"
	CU_ASSERT(form_is_type(slice_of_string(FORM)));
	CU_ASSERT(form_is_type(
		slice_of_string("Application/X-WWW-Form-URLencoded")));
	CU_ASSERT(form_is_type(slice_of_string(FORM "; charset=utf-8")));
	CU_ASSERT_FALSE(form_is_type(slice_of_string("")));
	CU_ASSERT_FALSE(form_is_type(slice_of_string(FORM "x")));
	CU_ASSERT_FALSE(form_is_type(slice_of_string("application/json")));
	CU_ASSERT_FALSE(form_is_type(slice_of_string("multipart/form-data")));
}

static void
an_answer_is_never_cached_and_says_why(void)
{
	JWT_AUTO(buffer) out = BUFFER(1024);

	CU_ASSERT(answer_format(HTTP_OK, JWT_OK, &out));
	CU_ASSERT_STRING_EQUAL(buffer_string(&out),
		"Status: 200 OK\r\nCache-Control: no-store\r\n"
		"Content-Length: 0\r\n\r\n");
	buffer_clear(&out);
	CU_ASSERT(answer_format(
		HTTP_METHOD_NOT_ALLOWED, JWT_TOKEN_MALFORMED, &out));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(buffer_string(&out), "\r\nAllow: POST\r\n"));
	buffer_clear(&out);
	CU_ASSERT(answer_format(HTTP_BAD_REQUEST, JWT_KEYS_STALE, &out));
	CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&out),
		"{\"error\":\"temporarily_unavailable\","
		"\"error_description\":\"keys_stale\"}"));
	buffer_clear(&out);
	CU_ASSERT(answer_format(HTTP_BAD_REQUEST, JWT_REPLAYED, &out));
	CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&out),
		"{\"error\":\"invalid_request\","
		"\"error_description\":\"replayed\"}"));
}

/* A writer that answers so, once; what it was given comes back. */
struct writer {
	char folder[64], path[96];
	int listener;
	pid_t pid;
};

static void
writer_start(struct writer *w, const char *answer)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(w->folder, sizeof(w->folder), "/tmp/test-logout.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(w->folder));
	snprintf(w->path, sizeof(w->path), "%s/sock", w->folder);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", w->path);
	w->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	CU_ASSERT_FATAL(bind(w->listener, (const struct sockaddr *)&address,
				sizeof(address)) == 0 &&
			listen(w->listener, 1) == 0);
	fflush(NULL);
	w->pid = fork();
	if (w->pid == 0) {
		int fd = accept(w->listener, NULL, NULL);
		char given[8];
		ssize_t got = recv(fd, given, sizeof(given), MSG_WAITALL);

		if (answer == NULL)
			pause();
		if (got == 4 && memcmp(given, "end\n", 4) == 0)
			(void)!write(fd, answer, strlen(answer));
		_exit(0);
	}
}

static void
writer_end(struct writer *w)
{
	kill(w->pid, SIGKILL);
	waitpid(w->pid, NULL, 0);
	close(w->listener);
	unlink(w->path);
	rmdir(w->folder);
}

static enum jwt_reason
handed_over(const char *answer, int timeout_ms)
{
	struct writer w;
	enum jwt_reason reason;

	writer_start(&w, answer);
	reason = logout_hand_over(
		w.path, slice_of_string("end\n"), timeout_ms, NULL);
	writer_end(&w);
	return reason;
}

static void
only_a_writer_that_says_so_has_written(void)
{
	static const char *const no[] = { "", "{}", "revoked\n",
		"{\"result\":\"failed\",\"detail\":\"full\"}\n",
		"{\"result\":\"refused\"}", "{\"result\":true}",
		"{\"result\":\"revoked\"", "{\"result\":\"revoked\"}{}" };

	CU_ASSERT_EQUAL(
		handed_over("{\"result\":\"revoked\"}\n", 5000), JWT_OK);
	CU_ASSERT_EQUAL(
		handed_over("{\"result\":\"revoked_before\"}\n", 5000), JWT_OK);
	for (size_t i = 0; i < JWT_COUNT(no); i++)
		CU_ASSERT_EQUAL(
			handed_over(no[i], 5000), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(handed_over(NULL, 50), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(logout_hand_over("/nonexistent",
				slice_of_string("end\n"), 50, NULL),
		JWT_REVOCATION_UNREACHABLE);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_whole_request_is_read),
	UNIT_TEST(half_a_request_is_waited_for),
	UNIT_TEST(what_is_not_exactly_scgi_is_broken),
	UNIT_TEST(a_header_that_counts_stands_once),
	UNIT_TEST(what_is_too_large_is_known_before_it_came),
	UNIT_TEST(the_token_is_found_among_other_parameters),
	UNIT_TEST(a_form_that_two_could_read_differently_is_refused),
	UNIT_TEST(a_form_says_so),
	UNIT_TEST(an_answer_is_never_cached_and_says_why),
	UNIT_TEST(only_a_writer_that_says_so_has_written),
};
UNIT_SUITE("logout", tests)
