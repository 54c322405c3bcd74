/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl revoke, in two processes: one becomes jwtauth and makes names
 * (hashes) of what it reads, the other becomes jwtauth-revoke, which alone
 * may write to the store, and sees no token.
 */
#ifndef JWT_CTL_REVOKE_H
#define JWT_CTL_REVOKE_H

#include "ctl.h"

#include "revocation/revocation.h"

#define REVOKE_NAMES_MAX  8 /* entries of one call */
#define REVOKE_PIPE_MAX	  (REVOKE_NAMES_MAX * (REVOKED_ENTRY_MAX + 128))
#define REVOKE_END	  "end\n" /* the last line: nothing was cut off */
#define REVOKE_REASON_MAX 512	  /* bytes of --reason */

#define SECONDS_A_DAY  86400
#define SECONDS_A_YEAR (366 * SECONDS_A_DAY)

struct revoke_request {
	const char *config_path;
	const char *value[REVOKED_KIND_COUNT]; /* --jti, --sub...; else NULL */
	bool by_name;	    /* any of them: no token is read */
	const char *issuer; /* its name in the config */
	const char *reason;
	int64_t lasts; /* seconds, --for; 0: the default of the kind */
	bool force;    /* a token that can't be verified, too */
	int64_t now;
};

/*
 * The naming half: writes a line "KIND-HEX JSON" for each entry, then
 * REVOKE_END. Says on standard error what is wrong.
 */
enum ctl_exit revoke_name(
	const struct revoke_request *request, struct buffer *lines);
/* Its part for tokens: from standard input. */
enum ctl_exit revoke_name_token(const struct revoke_request *request,
	const struct jwt_config *config, struct buffer *lines);
/* One line: the words in "what" are cut and made printable. */
bool revoke_add_line(const struct revoke_request *request,
	enum revoked_kind kind, struct slice iss, struct slice value,
	int64_t until, int64_t before, const char *what, struct buffer *lines);
/* Appends at most 128 bytes of text that is not ours. */
bool revoke_append_words(struct buffer *out, struct slice words);

/* The writing half: from those lines to the store, the terminal, the log. */
enum ctl_exit revoke_write(
	const struct revoke_request *request, char *by, struct slice lines);

#endif
