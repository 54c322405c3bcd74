/* SPDX-License-Identifier: ISC */
/*
 * What the naming half of a revocation hands to the writing half, by a pipe
 * or by revoke.sock: lines "KIND-HEX JSON" (names and entries of the store),
 * the last of them "end". A first line "token valid|expired|unverified" says
 * what became of a token that was read.
 */
#ifndef JWT_CTL_REVOKE_ORDER_H
#define JWT_CTL_REVOKE_ORDER_H

#include "revocation/revocation.h"

#define REVOKE_NAMES_MAX 32 /* entries of one call */
#define REVOKE_LINE_MAX	 (REVOKED_ENTRY_MAX + 128)
#define REVOKE_ORDER_MAX (REVOKE_NAMES_MAX * REVOKE_LINE_MAX)
#define REVOKE_END	 "end\n" /* the last line: nothing was cut off */

enum revoke_token_state {
	REVOKE_NO_TOKEN,
	REVOKE_TOKEN_VALID,
	REVOKE_TOKEN_EXPIRED,
	REVOKE_TOKEN_UNVERIFIED,
	REVOKE_TOKEN_STATES
};
/* NULL: no token was read. */
const char *revoke_token_word(enum revoke_token_state state);

struct revoke_order {
	enum revoke_token_state token;
	struct revocation_entry entry[REVOKE_NAMES_MAX];
	size_t count;
};

/* False: not exactly an order, or cut off, or empty. Clear it either way. */
bool revoke_order_parse(
	struct slice lines, struct revoke_order *out) JWT_MUST_CHECK;
void revoke_order_clear(struct revoke_order *order);
static inline void
jwt_auto_revoke_order(struct revoke_order *order)
{
	revoke_order_clear(order);
}
typedef struct revoke_order jwt_auto_revoke_order_t;

/*
 * Appends one entry's line; of a name that the lines have already, nothing.
 * False: out of memory, too long, or words that are not UTF-8.
 */
bool revoke_order_add(struct buffer *lines,
	const struct revocation_entry *entry) JWT_MUST_CHECK;

/* Appends at most 128 bytes of text that is not ours, made printable. */
bool revoke_append_words(struct buffer *out, struct slice words) JWT_MUST_CHECK;

#endif
