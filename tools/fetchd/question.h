/* SPDX-License-Identifier: ISC */
/*
 * What may be asked over fetch.sock, one line a connection, and the answers:
 *
 *	refresh NAME KID  a checker's: may the cache hold this kid now?
 *	refresh NAME      the same of any keys, for a token without a kid
 *	renew NAME        a person's: fetch the keys, from now on
 *	status NAME       how is it going? "ok", then lines of "name value"
 *
 *	ok                the cache file holds the kid; the keys are renewed
 *	no malformed      not one of these
 *	no unknown_issuer no such issuer, or its keys are not fetched
 *	no cooldown       a fetch was just in vain, or the issuer said when
 *	                  to come again
 *	no retry_after N  the issuer said to come again, in N seconds now
 *	no key_unknown    fetched, now or not long ago: the issuer does not
 *	                  have that kid
 *	no fetch_failed   the issuer did not answer with good keys; for
 *	                  "renew" with the reason behind it
 *	no reloading      the config is being read again
 *	no busy           too many wait, for this issuer or in all
 */
#ifndef JWT_FETCHD_QUESTION_H
#define JWT_FETCHD_QUESTION_H

#include "fetcher.h"
#include "keys/keys.h"

struct question {
	enum question_verb {
		QUESTION_REFRESH,
		QUESTION_RENEW,
		QUESTION_STATUS,
	} verb;
	size_t kid_len;
	uint8_t kid[JWK_KID_MAX];
	unsigned long ticket; /* of a renewal */
};

#define ANSWER_MAX 1024 /* bytes, all lines */

/*
 * Puts the question. NULL: *answer (of ANSWER_MAX) holds the answer. Else
 * the issuer to wait for, and question_settle to be called in each round.
 */
struct issuer *question_put(struct question *question, struct slice line,
	const struct fetcher *fetcher, int64_t now, struct buffer *answer);
/* False: it is not over. */
bool question_settle(const struct question *question, struct issuer *issuer,
	int64_t now, struct buffer *answer);

#endif
