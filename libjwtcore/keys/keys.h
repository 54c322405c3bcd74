/* SPDX-License-Identifier: ISC */
/*
 * The keys that may have signed an issuer's token: from the cache file, from
 * jwks_file or from secret_files; for an unknown kid the fetcher is asked,
 * once, with a deadline.
 */
#ifndef JWT_KEYS_KEYS_H
#define JWT_KEYS_KEYS_H

#include "config/config.h"
#include "keys/cache.h"

#define KEYS_REFRESH_MS	 2000 /* the most that a login waits for a fetch */
#define KEYS_REFRESH_MAX 1024 /* bytes of a refresh request or answer */

/* Where things are; the defaults are compiled in, tests set their own. */
struct keys_places {
	const char *cache_dir;	  /* JWT_CACHE_DIR */
	const char *fetch_socket; /* JWT_FETCH_RUN_DIR "/fetch.sock" */
};

/*
 * The set for one token of this issuer. Where its keys are fetched and the
 * cache lacks the kid, or (kid empty: the token names none) holds no keys that
 * serve, the fetcher is asked and the cache read again; a kid that stays
 * unknown is no failure here, jws_verify says key_unknown. On success the
 * report is left alone.
 * keys_unavailable: no keys that can be believed; the report names the file.
 * keys_stale: now is past stale_until.
 *
 * Secrets have no names: each takes the token's kid, so that all are tried.
 * The current secret must be there; an older one that is missing or broken
 * is left out, and then only tokens that it signed are refused.
 */
enum jwt_reason keys_for_token(const struct issuer_config *issuer,
	const struct keys_places *places, struct slice kid, int64_t now,
	struct jwks **out, struct report *report) JWT_MUST_CHECK;

/* The same, and until when the set serves, as the clock stands now. */
struct keys_choice {
	struct jwks *set; /* the caller's to free */
	int64_t until;	  /* seconds, INT64_MAX: for ever */
};
enum jwt_reason keys_choose(const struct issuer_config *issuer,
	const struct keys_places *places, struct slice kid, int64_t now,
	struct keys_choice *out, struct report *report) JWT_MUST_CHECK;

/*
 * The same, for a process that judges more than once: a set serves again
 * until its time is over, as long as its file is the same one (inode, size,
 * times) and has the kid. *out belongs to kept and lives until the next call
 * with it. All zeros is empty; secrets are read each time.
 */
#define KEYS_KEPT_MAX 8 /* issuers */
struct keys_kept {
	struct kept_keys {
		const struct issuer_config *issuer; /* NULL: nobody's */
		struct file_identity file;
		bool serves; /* again, until: */
		int64_t since, until;
		struct jwks *set;
	} item[KEYS_KEPT_MAX];
	size_t next; /* whose place is taken when all are */
};
enum jwt_reason keys_kept_for_token(struct keys_kept *kept,
	const struct issuer_config *issuer, const struct keys_places *places,
	struct slice kid, int64_t now, const struct jwks **out,
	struct report *report) JWT_MUST_CHECK;
void keys_kept_clear(struct keys_kept *kept);

/*
 * The set of secret_files: keys_unavailable as above. *skipped counts older
 * secrets left out; the report then names the first of them though the call
 * succeeds. For keys_for_token and "config check".
 */
enum jwt_reason keys_from_secrets(const struct string_list *files,
	struct slice kid, struct jwks **out, size_t *skipped,
	struct report *report) JWT_MUST_CHECK;

/*
 * The secret in a file's text: one line end is an editor's, a second is part
 * of the secret. For keys_from_secrets, and for whoever signs with the file.
 */
struct slice keys_secret_in(struct slice text);

/*
 * The refresh protocol (one connection a question, over fetch.sock):
 * request "refresh NAME KID\n", KID in base64url, or "refresh NAME\n" for any
 * keys; answer "ok\n" (the cache file holds it now) or "no REASON\n" (it
 * does not: see question.h of the fetcher for the reasons).
 * False: no answer within timeout_ms in all, or "no"; never fatal to a login.
 * System calls: socket, connect, poll, sendto, recvfrom, close, clock_gettime.
 */
bool keys_ask_refresh(const char *socket_path, const char *issuer_name,
	struct slice kid, int timeout_ms, struct report *report);

/*
 * Any question to the fetcher: one line without its end; the answer's lines,
 * until it hangs up, go to answer. True: the first of them is "ok". For the
 * administrator's tools, which wait longer than a login may.
 */
bool keys_ask_fetcher(const char *socket_path, const char *question,
	int timeout_ms, struct buffer *answer, struct report *report);

#endif
