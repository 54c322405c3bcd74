/* SPDX-License-Identifier: ISC */
/*
 * One transfer: a GET over TLS that follows no redirect, asks no proxy, and
 * ends within FETCH_TOTAL_MS and its size, whatever the server does.
 */
#ifndef JWT_FETCHD_FETCH_H
#define JWT_FETCHD_FETCH_H

#include "base/bytes.h"
#include "base/report.h"

#include <curl/curl.h>

#define FETCH_CONNECT_MS  5000	/* name, TCP and TLS */
#define FETCH_TOTAL_MS	  10000 /* all of it */
#define FETCH_HEADERS_MAX (32 * 1024)
#define FETCH_ETAG_MAX	  256 /* bytes; a longer one is not kept */

struct fetch_request {
	const char *url;     /* copied */
	const char *ca_file; /* PEM; alone, the system's CAs don't count */
	size_t max;	     /* bytes of the body */
	const char *etag;    /* for If-None-Match; NULL: unconditional */
};

struct fetch_answer {
	long status; /* 200, or 304 if an etag was given */
	struct slice body;
	char etag[FETCH_ETAG_MAX + 1]; /* empty: none */
	int64_t max_age;	       /* seconds, or MAX_AGE_UNKNOWN */
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
 * What it brought; slices live as long as fetch. keys_unavailable with a
 * report that says what to look at: no connection, TLS, too large, late, or
 * any status but 200 and an expected 304. *status is always set (0: none).
 */
enum jwt_reason fetch_result(const struct fetch *fetch,
	struct fetch_answer *out, long *status,
	struct report *report) JWT_MUST_CHECK;

#endif
