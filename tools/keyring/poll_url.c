/* SPDX-License-Identifier: ISC */
#include "poll_url.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

struct poller {
	CURL *easy;
	struct buffer body;
	char error[CURL_ERROR_SIZE];
};

struct poller *
poller_new(void)
{
	JWT_AUTO(poller) poller = calloc(1, sizeof(*poller));

	if (poller == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return NULL;
	poller->body.max = JWKS_MAX;
	poller->easy = curl_easy_init();
	return poller->easy != NULL ? JWT_TAKE(poller) : NULL;
}

void
poller_free(struct poller *poller)
{
	if (poller == NULL)
		return;
	curl_easy_cleanup(poller->easy);
	buffer_free(&poller->body);
	free(poller);
}

static size_t
take_body(char *data, size_t size, size_t count, void *arg)
{
	struct poller *poller = arg;

	return buffer_append(&poller->body, data, size * count) ? size * count
								: 0;
}

/* One option after another until one fails; the first error is kept. */
#define SET(option, value)                                              \
	do {                                                            \
		if (code == CURLE_OK)                                   \
			code = curl_easy_setopt(easy, (option), value); \
	} while (0)

static CURLcode
set_request(struct poller *poller, const char *url)
{
	CURL *easy = poller->easy;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_URL, url);
	SET(CURLOPT_USERAGENT, "jwt-keyring/" PACKAGE_VERSION);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, poller);
	SET(CURLOPT_ERRORBUFFER, poller->error);
	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, ""); /* as the hosts ask: see jwtauth-fetchd */
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_TIMEOUT_MS, (long)POLL_URL_MS);
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)JWKS_MAX);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L);
	/* Another server may answer the next time: see all of them. */
	SET(CURLOPT_FORBID_REUSE, 1L);
	SET(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	return code;
}

static CURLcode
set_tls(CURL *easy, const char *ca_file)
{
	CURLcode code = CURLE_OK;

	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_CA_CACHE_TIMEOUT, 0L);
	if (ca_file != NULL) {
		SET(CURLOPT_CAINFO, ca_file);
		SET(CURLOPT_CAPATH, NULL);
	}
	return code;
}

/*
 * Without the milliseconds that curl counts in its own words: each round
 * would say something new, which goes into the log and the keyring.
 */
static const char *
fault_of(const struct poller *poller, CURLcode code)
{
	if (poller->error[0] == '\0' || code == CURLE_COULDNT_CONNECT ||
		code == CURLE_OPERATION_TIMEDOUT)
		return curl_easy_strerror(code);
	return poller->error;
}

static enum jwt_reason
get(struct poller *poller, const char *url, const char *ca_file,
	struct report *r)
{
	long status = 0;
	CURLcode code;

	buffer_clear(&poller->body);
	curl_easy_reset(poller->easy);
	poller->error[0] = '\0';
	code = set_request(poller, url);
	if (code == CURLE_OK)
		code = set_tls(poller->easy, ca_file);
	if (code == CURLE_OK)
		code = curl_easy_perform(poller->easy);
	if (code != CURLE_OK)
		return report(
			r, JWT_KEYS_UNAVAILABLE, "%s", fault_of(poller, code));
	curl_easy_getinfo(poller->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return report(r, JWT_KEYS_UNAVAILABLE, "HTTP %ld", status);
	return JWT_OK;
}

/* A kid alone could be another key's: the numbers must agree. */
static bool
is_in(const struct jwks *set, const struct jwk *key)
{
	uint8_t wanted[JWK_THUMBPRINT_LEN], found[JWK_THUMBPRINT_LEN];

	if (jwk_thumbprint(key, wanted) != JWT_OK)
		return false;
	for (size_t i = 0; i < jwks_count(set); i++) {
		const struct jwk *other = jwks_at(set, i);

		if (slice_equal(jwk_kid(other), jwk_kid(key)) &&
			jwk_thumbprint(other, found) == JWT_OK &&
			CRYPTO_memcmp(wanted, found, sizeof(found)) == 0)
			return true;
	}
	return false;
}

enum jwt_reason
poller_ask(struct poller *poller, const char *url, const char *ca_file,
	const struct jwk *key, struct report *r)
{
	JWT_AUTO(json_doc) doc = { 0 };
	JWT_AUTO(jwks) set = NULL;
	struct report inner = { 0 };

	JWT_TRY(get(poller, url, ca_file, r));
	if (json_parse_object(buffer_slice(&poller->body), "JWKS", &doc,
		    &inner) != JWT_OK ||
		jwks_from_json(json_root(&doc), &set, &inner) != JWT_OK)
		return report(r, JWT_KEYS_UNAVAILABLE, "%s", inner.text);
	if (!is_in(set, key))
		return report(r, JWT_KEY_UNKNOWN, "has not got it yet");
	return JWT_OK;
}
