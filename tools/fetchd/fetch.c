/* SPDX-License-Identifier: ISC */
#include "fetch.h"

#include "fetch_options.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct fetch {
	CURLM *multi;
	CURL *easy;
	void *owner;
	struct curl_slist *headers;
	struct buffer body;
	size_t header_bytes;
	bool conditional;
	bool proxied;
	bool too_large;
	CURLcode code;
	char error[CURL_ERROR_SIZE];
};

/* What a person looks at first, for the failures that have one cause. */
static const struct {
	CURLcode code;
	const char *hint;
} hints[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, "see /etc/resolv.conf and the name" },
	{ CURLE_COULDNT_CONNECT, "is the issuer up, the port open?" },
	{ CURLE_OPERATION_TIMEDOUT, "is the issuer slow, a firewall silent?" },
	{ CURLE_PEER_FAILED_VERIFICATION,
		"see fetch.ca_file, the name and the clock" },
	{ CURLE_SSL_CACERT_BADFILE,
		"fetch.ca_file must be PEM that jwtauth-fetch can read" },
	{ CURLE_OUT_OF_MEMORY, "or a header of more than 100 KB" },
	{ CURLE_SSL_CONNECT_ERROR, "TLS 1.2 or newer is needed" },
};

static size_t
take_body(char *data, size_t size, size_t count, void *arg)
{
	struct fetch *fetch = arg;

	if (buffer_append(&fetch->body, data, size * count))
		return size * count;
	fetch->too_large = true;
	return 0; /* curl ends the transfer */
}

/* Curl keeps each header: their sum must have an end. */
static size_t
count_header(char *data, size_t size, size_t count, void *arg)
{
	struct fetch *fetch = arg;

	(void)data;
	fetch->header_bytes += size * count;
	if (fetch->header_bytes <= FETCH_HEADERS_MAX)
		return size * count;
	fetch->too_large = true;
	return 0;
}

#define SET(option, value)                                              \
	do {                                                            \
		if (code == CURLE_OK)                                   \
			code = curl_easy_setopt(easy, (option), value); \
	} while (0)

static CURLcode
set_callbacks(struct fetch *fetch)
{
	CURL *easy = fetch->easy;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_HTTPHEADER, fetch->headers);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, fetch);
	SET(CURLOPT_HEADERFUNCTION, count_header);
	SET(CURLOPT_HEADERDATA, fetch);
	SET(CURLOPT_ERRORBUFFER, fetch->error);
	SET(CURLOPT_PRIVATE, fetch);
	return code;
}

static bool
add_header(struct fetch *fetch, const char *line)
{
	struct curl_slist *longer = curl_slist_append(fetch->headers, line);

	if (longer != NULL)
		fetch->headers = longer;
	return longer != NULL;
}

static bool
add_condition(struct fetch *fetch, const char *name, const char *value)
{
	JWT_AUTO(buffer) line = BUFFER(FETCH_VALIDATOR_MAX + 32);

	if (value == NULL)
		return true;
	fetch->conditional = true;
	return buffer_append_format(&line, "%s: %s", name, value) &&
	       add_header(fetch, buffer_string(&line));
}

static bool
make_headers(struct fetch *fetch, const struct fetch_request *request)
{
	return add_header(fetch, "Accept: application/json") &&
	       add_condition(fetch, "If-None-Match", request->etag) &&
	       add_condition(
		       fetch, "If-Modified-Since", request->last_modified);
}

struct fetch *
fetch_start(CURLM *multi, const struct fetch_request *request, void *owner,
	struct report *r)
{
	JWT_AUTO(fetch) fetch = calloc(1, sizeof(*fetch));
	CURLcode code;

	if (fetch == NULL || (fetch->easy = curl_easy_init()) == NULL ||
		!make_headers(fetch, request)) {
		report(r, JWT_INTERNAL_ERROR, "out of memory");
		return NULL;
	}
	fetch->owner = owner;
	fetch->proxied = request->proxy != NULL;
	fetch->body.max = request->max;
	code = set_callbacks(fetch);
	if (code == CURLE_OK)
		code = fetch_set_options(fetch->easy, request);
	if (code != CURLE_OK ||
		curl_multi_add_handle(multi, fetch->easy) != CURLM_OK) {
		report(r, JWT_INTERNAL_ERROR, "libcurl: %s",
			curl_easy_strerror(code));
		return NULL;
	}
	fetch->multi = multi;
	return JWT_TAKE(fetch);
}

void
fetch_free(struct fetch *fetch)
{
	if (fetch == NULL)
		return;
	if (fetch->multi != NULL)
		curl_multi_remove_handle(fetch->multi, fetch->easy);
	curl_easy_cleanup(fetch->easy);
	curl_slist_free_all(fetch->headers);
	buffer_free(&fetch->body);
	free(fetch);
}

struct fetch *
fetch_next_done(CURLM *multi, void **owner)
{
	int left;
	CURLMsg *message;

	while ((message = curl_multi_info_read(multi, &left)) != NULL) {
		char *private = NULL;
		struct fetch *fetch;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(
			message->easy_handle, CURLINFO_PRIVATE, &private);
		fetch = (struct fetch *)(void *)private;
		fetch->code = message->data.result;
		*owner = fetch->owner;
		return fetch;
	}
	return NULL;
}

/* Printable ASCII, since it goes back out in a header line. */
static void
take_validator(CURL *easy, const char *name, char out[FETCH_VALIDATOR_MAX + 1])
{
	struct curl_header *header;
	size_t len;

	if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) !=
		CURLHE_OK)
		return;
	len = strlen(header->value);
	if (len > FETCH_VALIDATOR_MAX)
		return;
	for (size_t i = 0; i < len; i++)
		if (header->value[i] < 0x20 || header->value[i] > 0x7e)
			return;
	memcpy(out, header->value, len + 1);
}

static void
take_headers(CURL *easy, int64_t now, struct fetch_answer *out)
{
	struct curl_header *header = NULL;

	while ((header = curl_easy_nextheader(
			easy, CURLH_HEADER, -1, header)) != NULL) {
		caching_take(&out->caching, header->name, header->value);
		if (strcasecmp(header->name, "Retry-After") == 0 &&
			(out->status == 429 || out->status == 503))
			out->retry_after = retry_after(header->value, now);
	}
	take_validator(easy, "ETag", out->etag);
	if (strchr(out->etag, '"') == NULL) /* every entity tag has quotes */
		out->etag[0] = '\0';
	take_validator(easy, "Last-Modified", out->last_modified);
}

static enum jwt_reason
transfer_failed(const struct fetch *fetch, struct report *r)
{
	const char *hint = "";

	if (fetch->too_large || fetch->code == CURLE_FILESIZE_EXCEEDED)
		return report(r, JWT_KEYS_UNAVAILABLE,
			"the answer has more than %zu bytes or its headers "
			"more than %d",
			fetch->body.max, FETCH_HEADERS_MAX);
	for (size_t i = 0; i < JWT_COUNT(hints); i++)
		if (hints[i].code == fetch->code)
			hint = hints[i].hint;
	/* What can't be reached is the proxy itself. */
	if (fetch->proxied &&
		(fetch->code == CURLE_COULDNT_CONNECT ||
			fetch->code == CURLE_COULDNT_RESOLVE_PROXY))
		hint = "see fetch.proxy";
	return report(r, JWT_KEYS_UNAVAILABLE, "%.160s%s%s",
		fetch->error[0] != '\0' ? fetch->error
					: curl_easy_strerror(fetch->code),
		hint[0] != '\0' ? "; " : "", hint);
}

enum jwt_reason
fetch_result(const struct fetch *fetch, int64_t now, struct fetch_answer *out,
	struct report *r)
{
	char *location = NULL;

	*out = (struct fetch_answer){ .caching = CACHING_NOTHING,
		.retry_after = CACHING_UNKNOWN };
	if (fetch->code != CURLE_OK)
		return transfer_failed(fetch, r);
	curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &out->status);
	take_headers(fetch->easy, now, out);
	out->body = buffer_slice(&fetch->body);
	if (out->status == 200 || (out->status == 304 && fetch->conditional))
		return JWT_OK;
	/* Absolute: curl resolved it against the URL that was asked. */
	curl_easy_getinfo(fetch->easy, CURLINFO_REDIRECT_URL, &location);
	out->location = location;
	return report(r, JWT_KEYS_UNAVAILABLE, "HTTP %ld", out->status);
}
