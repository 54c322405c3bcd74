/* SPDX-License-Identifier: ISC */
/*
 * One transfer: a GET over TLS that follows no redirect by itself, asks no
 * proxy but the one it is given, and ends within its time and size, whatever
 * the server does.
 */
#ifndef JWT_FETCHD_FETCH_H
#define JWT_FETCHD_FETCH_H

#include "base/bytes.h"
#include "base/report.h"
#include "freshness.h"

#include <curl/curl.h>

#define FETCH_CONNECT_MS    5000  /* name, TCP and TLS */
#define FETCH_TOTAL_MS	    10000 /* all of it */
#define FETCH_HEADERS_MAX   (32 * 1024)
#define FETCH_VALIDATOR_MAX 256 /* bytes; a longer one is not kept */

struct fetch_request {
	const char *url;     /* copied */
	const char *ca_file; /* PEM; alone, the system's CAs don't count */
	const char *proxy;   /* NULL: none */
	size_t max;	     /* bytes of the body */
	int64_t timeout_ms;  /* at most FETCH_TOTAL_MS counts */
	/* For If-None-Match and If-Modified-Since; both NULL: unconditional. */
	const char *etag, *last_modified;
};

struct fetch_answer {
	long status; /* 0: there was none */
	struct slice body;
	/* As the server sent them; empty: none that could be sent back. */
	char etag[FETCH_VALIDATOR_MAX + 1];
	char last_modified[FETCH_VALIDATOR_MAX + 1];
	struct caching caching;
	int64_t retry_after;  /* seconds, CACHING_UNKNOWN; of 429 and 503 */
	const char *location; /* where a redirect leads; NULL: none */
};

struct fetch;

/* Begins; it goes on in curl_multi_perform. NULL: see the report. */
struct fetch *fetch_start(CURLM *multi, const struct fetch_request *request,
	void *owner, struct report *report) JWT_MUST_CHECK;

/* Ends it, done or not. */
void fetch_free(struct fetch *fetch);
JWT_AUTO_TYPE(fetch, struct fetch *, fetch_free);

/* The next transfer that is done, and whose it is; NULL: none. */
struct fetch *fetch_next_done(CURLM *multi, void **owner);

/*
 * What it brought, as far as it came, also on failure; slices and location
 * live as long as fetch. keys_unavailable with a report that says what to
 * look at: no connection, TLS, too large, late, or any status but 200 and a
 * 304 that was asked for.
 */
enum jwt_reason fetch_result(const struct fetch *fetch, int64_t now,
	struct fetch_answer *out, struct report *report) JWT_MUST_CHECK;

#endif
