/* SPDX-License-Identifier: ISC */
/*
 * What takes part in the bench: jwtauth and raw OpenSSL are linked in, each
 * peer is a module of its own, since the libraries' symbols clash.
 */
#ifndef JWT_BENCH_CONTESTANT_H
#define JWT_BENCH_CONTESTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One token and its key, in the forms that contestants want. */
struct bench_case {
	const char *alg;   /* "RS256" */
	const char *token; /* compact JWS, NUL-terminated */
	size_t token_len;
	const char *kid;
	const char *jwks; /* public keys, this one among them; HS256: oct */
	const char *pem;  /* the public key; NULL for HS256 */
	const uint8_t *secret; /* HS256 alone */
	size_t secret_len;
	const char *issuer, *audience, *typ;
};

/* A NULL function: it can't do that. */
struct contestant {
	const char *name; /* "libjwt 3.6.1" */
	/* Reads the key; NULL: it doesn't know the algorithm. */
	void *(*open)(const struct bench_case *);
	void (*close)(void *state);
	/* Is the signature right? The token is parsed anew each time. */
	bool (*verify)(void *state);
	/* Is it a token for us: signature, iss, aud, times? */
	bool (*whole)(void *state);
	/* From the text of the JWKS to a verified signature, and all freed. */
	bool (*cold)(void *state);
};

/* The one symbol of a module. */
#define BENCH_SYMBOL  "bench_contestant"
#define BENCH_VISIBLE __attribute__((visibility("default")))
extern const struct contestant bench_contestant;

#endif
