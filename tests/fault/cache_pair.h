/* SPDX-License-Identifier: ISC */
/* Two contents of one cache file, and telling which of them is there. */
#ifndef JWT_TESTS_CACHE_PAIR_H
#define JWT_TESTS_CACHE_PAIR_H

#include "keys/cache.h"

#define PAIR_NAME   "corp"
#define PAIR_ISSUER "https://idp.example.com"

/* Short, and longer than a page: a mixture would be seen. */
struct cache_pair {
	struct key_cache content[2];
	struct buffer text[2]; /* as they stand in the file */
};

/* Makes both in dir, which must be empty; the first is there afterwards. */
bool cache_pair_make(const char *dir, struct cache_pair *out);
void cache_pair_clear(struct cache_pair *pair);

/*
 * 0 or 1: which one DIR/corp.json is, byte for byte, as key_cache_load takes
 * it. -1: neither, and *why says more.
 */
int cache_pair_which(
	const char *dir, const struct cache_pair *pair, struct report *why);

bool cache_pair_store(const char *dir, const struct cache_pair *pair, int which,
	struct report *why);

/* Files in dir beside the cache file. */
unsigned cache_pair_others(const char *dir);

#endif
