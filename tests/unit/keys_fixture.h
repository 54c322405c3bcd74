/* SPDX-License-Identifier: ISC */
/* A folder with a key cache and an issuer that uses it, for the suites. */
#ifndef JWT_TESTS_KEYS_FIXTURE_H
#define JWT_TESTS_KEYS_FIXTURE_H

#include "keys/keys.h"
#include "suite.h"

#include <limits.h>

#define ISSUER "https://idp.example.com"
/* Public keys of RFC 8037 A.2 and RFC 8032 7.1 test 2. */
#define KEY_A                                                 \
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"a\"," \
	"\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"
#define KEY_B                                                 \
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"b\"," \
	"\"x\":\"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw\"}"
#define SET_A  "{\"keys\":[" KEY_A "]}"
#define SET_AB "{\"keys\":[" KEY_A "," KEY_B "]}"
#define CACHE(times, jwks)                                            \
	"{\"version\":1,\"issuer\":\"" ISSUER "\",\"jwks_uri\":null," \
	"\"etag\":null," times ",\"jwks\":" jwks "}"
#define TIMES "\"fetched_at\":1000,\"fresh_until\":1600,\"stale_until\":2000"

extern char dir[64], sock[80];
extern char name[], iss[];
extern struct issuer_config issuer;
extern struct report why; /* of the last call of keys() */

void fresh_folder(void);
void remove_folder(void);
/* Writes dir/file; the path lives until the fourth call after it. */
char *put(const char *file, const char *text, mode_t mode);
/* keys_for_token of the issuer, from the folder. */
enum jwt_reason keys(const char *kid, int64_t now, struct jwks **out);

#endif
