/* SPDX-License-Identifier: ISC */
/*
 * A web server's request to jwtauth-logout, and the form in it. A reader that
 * got half never changes its mind; a request that is read is made again, byte
 * by byte where only the headers that count are there; a form's value,
 * encoded anew, is the same value.
 */
#include "fuzz.h"
#include "form.h"
#include "scgi.h"

#include <stdio.h>
#include <string.h>

#define FORM_NAME "logout_token"

static void
check_prefixes(struct slice input)
{
	struct scgi_request request;

	for (size_t len = 0; len < input.len; len++) {
		struct slice part = fuzz_copy(slice_of(input.data, len));

		REQUIRE(scgi_parse(part, &request) == SCGI_MORE);
		fuzz_copy_free(part);
	}
}

static bool
append_header(struct buffer *out, const char *name, struct slice value)
{
	return buffer_append(out, name, strlen(name) + 1) &&
	       buffer_append_slice(out, value) && buffer_append(out, "", 1);
}

/* Another one that says the same. */
static void
check_made_again(const struct scgi_request *request)
{
	JWT_AUTO(buffer) headers = BUFFER(SCGI_HEADERS_MAX + 128);
	JWT_AUTO(buffer) whole = BUFFER(2 * SCGI_REQUEST_MAX);
	struct scgi_request again;
	char length[24];

	snprintf(length, sizeof(length), "%zu", request->body.len);
	REQUIRE(append_header(
		&headers, "CONTENT_LENGTH", slice_of_string(length)));
	REQUIRE(append_header(&headers, "SCGI", slice_of_string("1")));
	REQUIRE(append_header(&headers, "REQUEST_METHOD", request->method));
	REQUIRE(append_header(&headers, "CONTENT_TYPE", request->content_type));
	if (headers.len > SCGI_HEADERS_MAX)
		return;
	REQUIRE(buffer_append_format(&whole, "%zu:", headers.len) &&
		buffer_append_slice(&whole, buffer_slice(&headers)) &&
		buffer_append_string(&whole, ",") &&
		buffer_append_slice(&whole, request->body));
	REQUIRE(scgi_parse(buffer_slice(&whole), &again) == SCGI_COMPLETE);
	REQUIRE(slice_equal(again.method, request->method));
	REQUIRE(slice_equal(again.content_type, request->content_type));
	REQUIRE(slice_equal(again.body, request->body));
}

static void
check_form(struct slice body)
{
	JWT_AUTO(buffer) value = BUFFER(SCGI_BODY_MAX);
	JWT_AUTO(buffer) form = BUFFER(4 * SCGI_BODY_MAX);
	JWT_AUTO(buffer) again = BUFFER(SCGI_BODY_MAX);
	enum form_found found = UNDER_TEST(form_find(body, FORM_NAME, &value));

	if (fault_struck())
		REQUIRE(found == FORM_BROKEN);
	if (found != FORM_FOUND)
		return;
	REQUIRE(value.len <= body.len);
	REQUIRE(buffer_append_string(&form, "x=%zz&" FORM_NAME "="));
	for (size_t i = 0; i < value.len; i++)
		REQUIRE(buffer_append_format(&form, "%%%02x", value.data[i]));
	REQUIRE(form_find(buffer_slice(&form), FORM_NAME, &again) ==
		FORM_FOUND);
	REQUIRE(slice_equal(buffer_slice(&again), buffer_slice(&value)));
	REQUIRE(buffer_append_string(&form, "&" FORM_NAME));
	REQUIRE(form_find(buffer_slice(&form), FORM_NAME, &again) ==
		FORM_TWICE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = fuzz_copy(slice_of(data, size));
	struct slice form = input;
	struct scgi_request request;

	if (scgi_parse(input, &request) == SCGI_COMPLETE) {
		REQUIRE(request.body.len == request.content_length);
		REQUIRE(request.body.len <= SCGI_BODY_MAX);
		REQUIRE(input.len <= SCGI_REQUEST_MAX);
		if (input.len < 1024)
			check_prefixes(input);
		check_made_again(&request);
		form = request.body;
	}
	check_form(form);
	(void)form_is_type(form);
	fuzz_copy_free(input);
	return 0;
}
