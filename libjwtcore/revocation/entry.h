/* SPDX-License-Identifier: ISC */
/*
 * An entry as both stores keep it: one JSON object, and a name made of the
 * kind and the hash. Nothing here knows of files or of Redis.
 */
#ifndef JWT_REVOCATION_ENTRY_H
#define JWT_REVOCATION_ENTRY_H

#include "revocation/epoch.h"
#include "revocation/revocation.h"

#include <openssl/evp.h>

#define ENTRY_TIME_MAX 253402300799 /* the last second of the year 9999 */
/* What an entry without "before" says of sub: tokens of any age are dead. */
#define REVOKED_ALL_BEFORE INT64_MAX

/*
 * Parses {"until", "when", "before", "by", "why", "what"}; kind and hex come
 * from the name and are left alone. token_malformed: not an entry. Owns
 * copies (revocation_entry_clear).
 */
enum jwt_reason entry_parse(struct slice json, struct revocation_entry *out,
	struct report *report) JWT_MUST_CHECK;
/* Appends the JSON to out. internal_error: too long, or not UTF-8. */
enum jwt_reason entry_format(const struct revocation_entry *entry,
	struct buffer *out, struct report *report) JWT_MUST_CHECK;

/* With words of its own (revocation_entry_clear). False: out of memory. */
bool entry_copy(const struct revocation_entry *from,
	struct revocation_entry *out) JWT_MUST_CHECK;

/*
 * Adds what an older entry of the same name hits beyond the new one, so that
 * revoking twice never revokes less; one that was over by then hits nothing
 * and gives nothing but was_until and was_before. One that lasts longer keeps
 * its by, what and when; an older reason goes over to an entry without one.
 * Both own their words, and exchange them.
 */
void entry_widen(
	struct revocation_entry *entry, struct revocation_entry *older);

/* The same by what was found under its name: what can't be read counted for
 * ever, and goes on to do so. */
void entry_widen_by_json(
	struct revocation_entry *entry, enum found found, struct slice older);

/* Does what was found under its name hit all that entry hits? */
bool entry_covers(enum found found, struct slice json,
	const struct revocation_entry *entry);

/* Is it what was_* says, if that says anything, or gone? internal_error: no. */
enum jwt_reason entry_expect(const struct revocation_entry *entry,
	enum found found, struct slice json,
	struct report *report) JWT_MUST_CHECK;

/*
 * revocation_hex for one who asks often: OpenSSL looks for its SHA-256, which
 * takes longer than to hash a name, once. False: OpenSSL failed. Closed after
 * a failure too.
 */
struct name_hash {
	EVP_MD *sha256;
	EVP_MD_CTX *ctx;
};
bool name_hash_open(struct name_hash *hash) JWT_MUST_CHECK;
void name_hash_close(struct name_hash *hash);
bool name_hash_hex(const struct name_hash *hash, enum revoked_kind kind,
	struct slice iss, struct slice value,
	char out[REVOKED_HEX_LEN + 1]) JWT_MUST_CHECK;

/* "KIND<separator>HEX", NUL-terminated. */
#define ENTRY_NAME_MAX 80
void entry_name(enum revoked_kind kind, const char *hex, char separator,
	char out[ENTRY_NAME_MAX]);
/* Fills kind and hex from such a name; false: it is none. */
bool entry_from_name(struct slice name, char separator,
	struct revocation_entry *out) JWT_MUST_CHECK;

/* REVOKED_HEX_LEN lower-case hex digits? */
bool entry_is_hex(struct slice s);

/* Does it hit a token issued then, at this time? */
bool entry_hits(const struct revocation_entry *entry, bool has_iat, int64_t iat,
	int64_t now);

#endif
