/* SPDX-License-Identifier: ISC */
#include "fetch.h"

#include "freshness.h"

#include <stdlib.h>
#include <string.h>

struct fetch {
	CURLM *multi;
	CURL *easy;
	void *owner;
	struct curl_slist *headers;
	struct buffer body;
	size_t header_bytes;
	bool conditional;
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

/* One option after another until one fails; "and" keeps the first error. */
#define SET(option, value)                                              \
	do {                                                            \
		if (code == CURLE_OK)                                   \
			code = curl_easy_setopt(easy, (option), value); \
	} while (0)

static CURLcode
set_tls(CURL *easy, const char *ca_file)
{
	CURLcode code = CURLE_OK;

	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (ca_file != NULL) {
		SET(CURLOPT_CAINFO, ca_file);
		/* The built-in folder would let any public CA speak too. */
		SET(CURLOPT_CAPATH, NULL);
	}
	return code;
}

static CURLcode
set_limits(CURL *easy, size_t max)
{
	CURLcode code = CURLE_OK;

	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_PROXY, ""); /* none, whatever the environment says */
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)FETCH_CONNECT_MS);
	SET(CURLOPT_TIMEOUT_MS, (long)FETCH_TOTAL_MS);
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)max);
	SET(CURLOPT_NOSIGNAL, 1L);
	/* A resolver that hangs must not hold up the end of a transfer. */
	SET(CURLOPT_QUICK_EXIT, 1L);
	/* Hours lie between two fetches: no connection is worth keeping. */
	SET(CURLOPT_FORBID_REUSE, 1L);
	return code;
}

static CURLcode
set_request(struct fetch *fetch, const struct fetch_request *request)
{
	CURL *easy = fetch->easy;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_HTTPHEADER, fetch->headers);
	SET(CURLOPT_USERAGENT, "jwtauth-fetchd/" PACKAGE_VERSION);
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
make_headers(struct fetch *fetch, const char *etag)
{
	JWT_AUTO(buffer) line = BUFFER(FETCH_ETAG_MAX + 32);

	if (!add_header(fetch, "Accept: application/json"))
		return false;
	if (etag == NULL)
		return true;
	fetch->conditional = true;
	return buffer_append_format(&line, "If-None-Match: %s", etag) &&
	       add_header(fetch, buffer_string(&line));
}

struct fetch *
fetch_start(CURLM *multi, const struct fetch_request *request, void *owner,
	struct report *r)
{
	JWT_AUTO(fetch) fetch = calloc(1, sizeof(*fetch));
	CURLcode code;

	if (fetch == NULL || (fetch->easy = curl_easy_init()) == NULL ||
		!make_headers(fetch, request->etag)) {
		report(r, JWT_INTERNAL_ERROR, "out of memory");
		return NULL;
	}
	fetch->owner = owner;
	fetch->body.max = request->max;
	code = set_request(fetch, request);
	if (code == CURLE_OK)
		code = set_limits(fetch->easy, request->max);
	if (code == CURLE_OK)
		code = set_tls(fetch->easy, request->ca_file);
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
take_etag(CURL *easy, char out[FETCH_ETAG_MAX + 1])
{
	struct curl_header *header;
	size_t len;

	out[0] = '\0';
	if (curl_easy_header(easy, "ETag", 0, CURLH_HEADER, -1, &header) !=
		CURLHE_OK)
		return;
	len = strlen(header->value);
	if (len > FETCH_ETAG_MAX || strchr(header->value, '"') == NULL)
		return;
	for (size_t i = 0; i < len; i++)
		if (header->value[i] < 0x21 || header->value[i] > 0x7e)
			return;
	memcpy(out, header->value, len + 1);
}

/* The shortest that any Cache-Control field says. */
static int64_t
take_max_age(CURL *easy)
{
	int64_t least = MAX_AGE_UNKNOWN;
	struct curl_header *header;

	for (size_t i = 0; curl_easy_header(easy, "Cache-Control", i,
				   CURLH_HEADER, -1, &header) == CURLHE_OK;
		i++) {
		int64_t age =
			cache_control_max_age(slice_of_string(header->value));

		if (age != MAX_AGE_UNKNOWN &&
			(least == MAX_AGE_UNKNOWN || age < least))
			least = age;
	}
	return least;
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
	return report(r, JWT_KEYS_UNAVAILABLE, "%.160s%s%s",
		fetch->error[0] != '\0' ? fetch->error
					: curl_easy_strerror(fetch->code),
		hint[0] != '\0' ? "; " : "", hint);
}

enum jwt_reason
fetch_result(const struct fetch *fetch, struct fetch_answer *out, long *status,
	struct report *r)
{
	*status = 0;
	if (fetch->code != CURLE_OK)
		return transfer_failed(fetch, r);
	curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, status);
	if (*status >= 300 && *status < 400 && *status != 304)
		return report(r, JWT_KEYS_UNAVAILABLE,
			"HTTP %ld: redirects are not followed", *status);
	if (*status != 200 && !(*status == 304 && fetch->conditional))
		return report(r, JWT_KEYS_UNAVAILABLE, "HTTP %ld", *status);
	out->status = *status;
	out->body = buffer_slice(&fetch->body);
	take_etag(fetch->easy, out->etag);
	out->max_age = take_max_age(fetch->easy);
	return JWT_OK;
}
