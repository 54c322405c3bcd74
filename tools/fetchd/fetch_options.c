/* SPDX-License-Identifier: ISC */
#include "fetch_options.h"

#include <unistd.h>

/*
 * Seconds for which curl keeps a CA file that it parsed: enough for issuers
 * that are fetched at once to share it (the system's takes 2 MiB), too short
 * for a person who mends the file to notice.
 */
#define CA_CACHE_SECONDS 5

/* One option after another until one fails; "and" keeps the first error. */
#define SET(option, value)                                              \
	do {                                                            \
		if (code == CURLE_OK)                                   \
			code = curl_easy_setopt(easy, (option), value); \
	} while (0)

/* The one that curl was built for; NULL: none, so that its folder serves. */
static const char *
system_bundle(void)
{
	const curl_version_info_data *about =
		curl_version_info(CURLVERSION_NOW);
	const char *path =
		about->age >= CURLVERSION_SEVENTH ? about->cainfo : NULL;

	return path != NULL && access(path, R_OK) == 0 ? path : NULL;
}

static CURLcode
set_tls(CURL *easy, const char *ca_file)
{
	CURLcode code = CURLE_OK;

	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_CA_CACHE_TIMEOUT, (long)CA_CACHE_SECONDS);
	if (ca_file == NULL)
		ca_file = system_bundle();
	if (ca_file != NULL) {
		SET(CURLOPT_CAINFO, ca_file);
		/* The built-in folder would let any public CA speak too, and
		 * with it curl keeps no file that it parsed. */
		SET(CURLOPT_CAPATH, NULL);
	}
	return code;
}

static CURLcode
set_way(CURL *easy, const char *proxy)
{
	CURLcode code = CURLE_OK;

	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	/* "" is none at all, whatever the environment says. */
	SET(CURLOPT_PROXY, proxy != NULL ? proxy : "");
	SET(CURLOPT_NOPROXY, "");
	/* TLS ends at the issuer: a proxy passes bytes, and sees none. */
	SET(CURLOPT_HTTPPROXYTUNNEL, 1L);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	return code;
}

static CURLcode
set_limits(CURL *easy, const struct fetch_request *request)
{
	int64_t timeout = request->timeout_ms < FETCH_TOTAL_MS
				  ? request->timeout_ms
				  : FETCH_TOTAL_MS;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)FETCH_CONNECT_MS);
	/* 0 would be no limit at all. */
	SET(CURLOPT_TIMEOUT_MS, timeout > 0 ? (long)timeout : 1L);
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->max);
	/* Of those that wait for a connection too; a set is a few KiB. */
	SET(CURLOPT_BUFFERSIZE, 4096L);
	SET(CURLOPT_NOSIGNAL, 1L);
	/* A resolver that hangs must not hold up the end of a transfer. */
	SET(CURLOPT_QUICK_EXIT, 1L);
	/* Hours lie between two fetches: no connection is worth keeping. */
	SET(CURLOPT_FORBID_REUSE, 1L);
	return code;
}

CURLcode
fetch_set_options(CURL *easy, const struct fetch_request *request)
{
	CURLcode code = CURLE_OK;

	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_USERAGENT, "jwtauth-fetchd/" PACKAGE_VERSION);
	if (code == CURLE_OK)
		code = set_way(easy, request->proxy);
	if (code == CURLE_OK)
		code = set_limits(easy, request);
	return code == CURLE_OK ? set_tls(easy, request->ca_file) : code;
}
