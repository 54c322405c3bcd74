/* SPDX-License-Identifier: ISC */
/*
 * /etc/pam.d/jwtauth-SERVICE-PHASE: the package's template with the choices
 * of "jwtauthctl enable" in it. Pure: text in, text out.
 */
#ifndef JWT_CTL_PAM_SNIPPET_H
#define JWT_CTL_PAM_SNIPPET_H

#include "base/bytes.h"

#define EXEMPT_MAX 1024 /* bytes of the list of accounts */

struct snippet_choice {
	char exempt[EXEMPT_MAX]; /* "root,bob"; empty: the option is left out */
	/* A token or nothing: what follows in the file is never reached. */
	bool tokens_only;
};

/* Names of accounts with commas between, and nothing else. */
bool snippet_exempt_is_good(const char *list);

/* Appends the template to out, with exempt= as chosen in each module line. */
bool snippet_render(struct slice template, const struct snippet_choice *choice,
	struct buffer *out) JWT_MUST_CHECK;

/*
 * Reads the choice back from a rendered text. False: the text isn't what
 * snippet_render makes of the template, so somebody has edited it; the
 * choice holds what was found all the same.
 */
bool snippet_recognize(struct slice template, struct slice text,
	struct snippet_choice *choice) JWT_MUST_CHECK;

#endif
