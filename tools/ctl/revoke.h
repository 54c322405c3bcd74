/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl revoke, in two processes: one becomes jwtauth and makes names
 * (hashes) of what it reads, the other becomes jwtauth-revoke, which alone
 * may write to the store, and sees no token.
 */
#ifndef JWT_CTL_REVOKE_H
#define JWT_CTL_REVOKE_H

#include "ctl.h"
#include "revoke_order.h"

#include "config/config.h"
#include "jose/jws.h"

#define REVOKE_REASON_MAX 512 /* bytes of --reason */
#define REVOKE_WORDS_MAX  1024

#define SECONDS_A_DAY  86400
#define SECONDS_A_YEAR (366 * SECONDS_A_DAY)
/*
 * A session outlives its token, and must be found revoked by whoever looks
 * after sessions: also where a host could not ask for as long as a copy of
 * the store may serve in its place (max_age, at most a week).
 */
#define SESSION_OUTLIVES (7 * SECONDS_A_DAY)

struct revoke_request {
	const char *config_path;
	const char *value[REVOKED_KIND_COUNT]; /* --jti, --sub...; else NULL */
	bool by_name;	     /* any of them: no token is read */
	const char *session; /* --session: no token on standard input */
	const char *issuer;  /* its name in the config */
	const char *reason;
	int64_t lasts; /* seconds, --for; 0: the default of the kind */
	bool force;    /* a token that can't be verified, too */
	bool json;
	int64_t now;
};

/*
 * Says on standard error why nothing was revoked, with --json also in one
 * object on standard output (error: a reason code). Yields status.
 */
enum ctl_exit revoke_refuse(const struct revoke_request *request,
	enum ctl_exit status, const char *error, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Records that root opened for the naming half, which reads them. */
struct session_files;
/*
 * --session, still as root: no byte is read here. The name of a record opens
 * that one; the serial of a certificate opens all, to be looked through.
 */
enum ctl_exit revoke_open_sessions(
	const struct revoke_request *request, struct session_files **out);
void revoke_close_sessions(struct session_files *files);

/*
 * The naming half: writes the lines of revoke_order.h. Says on standard error
 * what is wrong. sessions: NULL without --session.
 */
enum ctl_exit revoke_name(const struct revoke_request *request,
	const struct session_files *sessions, struct buffer *lines);
/* Its part for a token on standard input. */
enum ctl_exit revoke_name_token(const struct revoke_request *request,
	const struct jwt_config *config, struct buffer *lines);
/* Its part for live logins. */
enum ctl_exit revoke_name_sessions(const struct revoke_request *request,
	const struct jwt_config *config, const struct session_files *sessions,
	struct buffer *lines);

/* A token from wherever, opened; all zeros is none. */
struct revoke_token {
	struct carried carried;
	struct jws *jws;
	struct claims claims;
	bool has_claims;
	const struct issuer_config *issuer; /* NULL: none of the config's */
};
void revoke_token_clear(struct revoke_token *token);
static inline void
jwt_auto_revoke_token(struct revoke_token *token)
{
	revoke_token_clear(token);
}
typedef struct revoke_token jwt_auto_revoke_token_t;

/*
 * The lines for a token: its exact text and, where the token is known to be
 * the issuer's own, its jti. where: words behind its description, or "".
 */
bool revoke_token_lines(const struct revoke_request *request,
	const struct revoke_token *token, bool genuine, const char *where,
	struct buffer *lines) JWT_MUST_CHECK;

/* For a person; yields how revoke ends. */
struct ctl_store;
struct revoke_result;
enum ctl_exit revoke_print_result(const struct revoke_request *request,
	const struct ctl_store *s, const struct revoke_order *order,
	const struct revoke_result *result);

/* One line. */
bool revoke_add_line(const struct revoke_request *request,
	enum revoked_kind kind, struct slice iss, struct slice value,
	int64_t until, int64_t before, const char *what,
	struct buffer *lines) JWT_MUST_CHECK;

#endif
