/* SPDX-License-Identifier: ISC */
/*
 * What an issuer says of itself: the first line is the issuer as configured,
 * behind it the document. A jwks_uri comes only from a document that names
 * this very issuer; every URL we would ask begins with https://.
 */
#include "fuzz.h"
#include "oracle.h"
#include "discovery.h"

#include <string.h>
#include <strings.h>

static void
check_urls(const char *issuer)
{
	static const enum discovery_form forms[] = { DISCOVERY_OIDC,
		DISCOVERY_OAUTH };

	for (size_t i = 0; i < JWT_COUNT(forms) && !fault_struck(); i++) {
		struct report r = { 0 };
		char *url = NULL;
		enum jwt_reason reason =
			UNDER_TEST(discovery_url(issuer, forms[i], &url, &r));

		REQUIRE((reason == JWT_OK) == (url != NULL));
		REQUIRE((reason == JWT_OK) == (r.text[0] == '\0'));
		REQUIRE(!fault_struck() || reason != JWT_OK);
		if (reason == JWT_OK) {
			REQUIRE(strncasecmp(url, "https://", 8) == 0);
			REQUIRE(strstr(url, "/.well-known/") != NULL);
			REQUIRE(url_check(issuer, "issuer", NULL) == JWT_OK);
		}
		free(url);
	}
}

static void
check_document(struct slice document, const char *issuer)
{
	struct report r = { 0 };
	char *uri = NULL;
	json_t *root = NULL;
	enum oracle oracle = oracle_json(document, &root);
	enum jwt_reason reason =
		UNDER_TEST(discovery_jwks_uri(document, issuer, &uri, &r));

	REQUIRE((reason == JWT_OK) == (uri != NULL));
	REQUIRE((reason == JWT_OK) == (r.text[0] == '\0'));
	if (fault_struck() || oracle == ORACLE_REFUSES)
		REQUIRE(reason != JWT_OK);
	if (reason == JWT_OK) {
		REQUIRE(strncasecmp(uri, "https://", 8) == 0);
		REQUIRE(strlen(uri) <= URL_MAX_BYTES);
		if (oracle == ORACLE_ACCEPTS) {
			REQUIRE(oracle_equals(root, "issuer", issuer));
			REQUIRE(oracle_equals(root, "jwks_uri", uri));
		}
	}
	free(uri);
	json_decref(root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_of(data, size);
	struct slice line = fuzz_part(&input, '\n');
	struct slice document = fuzz_copy(input);
	char *issuer = slice_to_string(line);

	REQUIRE(issuer != NULL);
	check_document(document, issuer);
	if (!fault_struck())
		check_urls(issuer);
	free(issuer);
	fuzz_copy_free(document);
	return 0;
}
