/* SPDX-License-Identifier: ISC */
/*
 * Signatures at the edges of what a standard permits, made with the private
 * key and bare arithmetic: what no honest signer would make, and what an
 * attacker or a careless one might.
 */
#ifndef JWT_TESTS_EDGE_MAKER_H
#define JWT_TESTS_EDGE_MAKER_H

#include "jose_vectors.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#define EDGE_MAX 1100 /* bytes of any signature here */

/* "header.payload" for alg; the payload holds serial, to have many. */
void edge_input(const char *alg, unsigned serial, struct buffer *out);
/* The whole token through jws_parse and jws_verify_key. */
enum jwt_reason edge_verify(const struct jwk *key, const char *alg,
	unsigned serial, struct slice signature);
/* Into out (64 bytes of room); returns the length. */
size_t edge_digest(const char *hash, struct slice data, uint8_t *out);
/* What an honest signer makes with OpenSSL; returns the length. */
size_t edge_sign(
	EVP_PKEY *key, const char *hash, struct slice data, uint8_t *out);
/* "name":"base64url" of a number of width bytes, appended. */
void edge_member(struct buffer *out, const char *name, const uint8_t *bytes,
	size_t width);

struct edge_rsa {
	EVP_PKEY *pkey;
	BIGNUM *n, *e, *d;
	size_t width; /* bytes of n */
	struct jwk *jwk;
};

/* Of 2048 bits; room above n, so that s + n can have as many bytes. */
void edge_rsa_make(struct edge_rsa *key);
void edge_rsa_free(struct edge_rsa *key);
/* The block to the power d: a signature that yields the block. */
void edge_rsa_raw(
	const struct edge_rsa *key, const uint8_t *block, uint8_t *out);

struct edge_ec {
	const char *alg, *hash, *crv;
	EC_GROUP *group;
	EVP_PKEY *pkey;
	BIGNUM *order, *d, *x, *y;
	size_t width; /* bytes of r, of s, of a coordinate */
	struct jwk *jwk;
};

void edge_ec_make(struct edge_ec *key, const char *alg);
void edge_ec_free(struct edge_ec *key);
/* An honest (r, s) over the token with serial. */
void edge_ec_sign(const struct edge_ec *key, const char *hash, unsigned serial,
	BIGNUM *r, BIGNUM *s);
/* r and s as JWS writes them, each of width bytes, and what becomes of it. */
enum jwt_reason edge_ec_try(const struct edge_ec *key, unsigned serial,
	const BIGNUM *r, const BIGNUM *s);

#endif
