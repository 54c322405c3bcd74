/* SPDX-License-Identifier: ISC */
/*
 * jwt-login: a token that is bound to an SSH key becomes a certificate that
 * ssh offers by itself. Runs on the client, as the user.
 */
#ifndef JWT_LOGIN_LOGIN_H
#define JWT_LOGIN_LOGIN_H

#include "base/bytes.h"
#include "token/carrier.h"

#include <limits.h>

enum login_exit {
	LOGIN_DONE = 0,	  /* written; good */
	LOGIN_NO = 1,	  /* the token or certificate is not good */
	LOGIN_USAGE = 2,  /* wrong options */
	LOGIN_FAILED = 3, /* something could not be read, run or written */
};

struct login_options {
	const char *token_file;	   /* "-": standard input */
	const char *token_command; /* for /bin/sh -c */
	bool agent;		   /* the private key is in ssh-agent */
	bool check;
	int64_t good_for; /* seconds that --check wants left */
	char key[PATH_MAX];
	char public_key[PATH_MAX];
	char certificate[PATH_MAX];
};

#define LOGIN_FILE_MAX (128 * 1024) /* bytes of a .pub file */
#define LOGIN_TEXT_MAX (64 * 1024)  /* bytes of a token with white space */

/* Prints "jwt-login: TEXT" on standard error; yields status. */
enum login_exit login_say(enum login_exit status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Prints what a certificate is: its path, serial and end. */
void login_print(const char *path, const struct carried *cert, int64_t now);
/* A time as RFC 3339 has it, in UTC. */
#define LOGIN_TIME_LEN 32
void login_format_time(int64_t seconds, char out[LOGIN_TIME_LEN]);

/* Appends what a file holds, links followed: it is the user's own.
 * missing_ok: LOGIN_NO without a word where there is none. */
enum login_exit login_read(
	const char *path, bool missing_ok, struct buffer *out) JWT_MUST_CHECK;
/* The "TYPE BASE64" of a .pub file's first line, without the comment. */
bool login_key_words(struct slice file, struct slice *out) JWT_MUST_CHECK;

/* Fetches the token's text from where the options say. */
enum login_exit token_fetch(
	const struct login_options *options, struct buffer *out) JWT_MUST_CHECK;
/*
 * Looks at the token as far as a client can: a JWS with an exp that has not
 * passed, and bound to the key in key_words. The signature is the host's
 * business. Fills *out and *exp.
 */
enum login_exit token_check(struct slice text, struct slice key_words,
	const struct login_options *options, int64_t now, struct carried *out,
	int64_t *exp) JWT_MUST_CHECK;

/* What ssh-keygen is asked for. */
struct certificate_wish {
	const struct login_options *options;
	struct slice key_words;
	struct slice token; /* bound: it will stand in argv */
	uint64_t serial;
	int64_t begin, end;
};
/* Runs ssh-keygen in a private folder; appends the certificate's line. */
enum login_exit keygen_certify(
	const struct certificate_wish *wish, struct buffer *out) JWT_MUST_CHECK;

/* Is there nothing at the path, or a certificate that jwt-login made? */
enum login_exit certificate_may_replace(const char *path) JWT_MUST_CHECK;
/* Opens a certificate's file content as a host would. */
enum jwt_reason certificate_open(struct slice file, int64_t now,
	struct carried *out, struct report *report) JWT_MUST_CHECK;
/* --check: prints what the certificate is, or why it is no good. */
enum login_exit certificate_check(
	const struct login_options *options, int64_t now) JWT_MUST_CHECK;

#endif
