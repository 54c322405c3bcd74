/* SPDX-License-Identifier: ISC */
/*
 * SCGI as web servers write it, and nothing else: no leading zeros, no name
 * twice that counts here, no byte behind the body.
 */
#include "scgi.h"

#define DIGITS_MAX 9 /* of a length: below 2^31 */

/* Decimal, one form for each number. */
static bool
parse_length(struct slice text, size_t *out)
{
	size_t value = 0;

	if (text.len == 0 || text.len > DIGITS_MAX ||
		(text.len > 1 && text.data[0] == '0'))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		value = value * 10 + (size_t)(text.data[i] - '0');
	}
	*out = value;
	return true;
}

/* The headers' bytes, and behind them the rest of what came. */
static enum scgi_progress
cut_headers(struct slice *data, struct slice *headers)
{
	struct slice digits;
	size_t len;

	if (!slice_cut(data, ':', &digits))
		return data->len > DIGITS_MAX ? SCGI_BROKEN : SCGI_MORE;
	if (!parse_length(digits, &len))
		return SCGI_BROKEN;
	if (len > SCGI_HEADERS_MAX)
		return SCGI_TOO_LARGE;
	if (data->len <= len)
		return SCGI_MORE;
	if (data->data[len] != ',')
		return SCGI_BROKEN;
	*headers = slice_of(data->data, len);
	*data = slice_of(data->data + len + 1, data->len - len - 1);
	return SCGI_COMPLETE;
}

/* A second one of the same name might be read otherwise by the server. */
static bool
keep_once(struct slice *kept, bool *seen, struct slice value)
{
	if (*seen)
		return false;
	*seen = true;
	*kept = value;
	return true;
}

static bool
parse_headers(struct slice headers, struct scgi_request *out)
{
	bool has_length = false, has_version = false, has_method = false,
	     has_type = false;
	struct slice name, value, length = { 0 }, version = { 0 };

	for (bool first = true; headers.len > 0; first = false) {
		bool once = true;

		if (!slice_cut(&headers, '\0', &name) || name.len == 0 ||
			!slice_cut(&headers, '\0', &value))
			return false;
		if (first && !slice_equals_string(name, "CONTENT_LENGTH"))
			return false;
		if (slice_equals_string(name, "CONTENT_LENGTH"))
			once = keep_once(&length, &has_length, value);
		else if (slice_equals_string(name, "SCGI"))
			once = keep_once(&version, &has_version, value);
		else if (slice_equals_string(name, "REQUEST_METHOD"))
			once = keep_once(&out->method, &has_method, value);
		else if (slice_equals_string(name, "CONTENT_TYPE"))
			once = keep_once(&out->content_type, &has_type, value);
		if (!once)
			return false;
	}
	return slice_equals_string(version, "1") &&
	       parse_length(length, &out->content_length);
}

enum scgi_progress
scgi_parse(struct slice data, struct scgi_request *out)
{
	struct slice headers = { 0 };
	enum scgi_progress progress;

	*out = (struct scgi_request){ 0 };
	progress = cut_headers(&data, &headers);
	if (progress != SCGI_COMPLETE)
		return progress;
	if (!parse_headers(headers, out))
		return SCGI_BROKEN;
	if (out->content_length > SCGI_BODY_MAX)
		return SCGI_TOO_LARGE;
	if (data.len < out->content_length)
		return SCGI_MORE;
	if (data.len > out->content_length)
		return SCGI_BROKEN;
	out->body = data;
	return SCGI_COMPLETE;
}
