/* SPDX-License-Identifier: ISC */
/*
 * Lines and words of the host's configuration files, PAM's and sshd's.
 */
#ifndef JWT_CTL_TEXT_LINES_H
#define JWT_CTL_TEXT_LINES_H

#include "base/bytes.h"

/* One line with its newline, if it has one, at *rest; moves *rest on. */
bool line_next(struct slice *rest, struct slice *line);
/* The same where a backslash at the end joins the next line (pam.conf(5)). */
bool line_next_joined(struct slice *rest, struct slice *line);
/*
 * One word of a line: up to white space, or one of the other separators. A
 * comment sign ends the line. False: no more.
 */
bool word_next(struct slice *line, const char *separators, struct slice *word);
/* ASCII, in any case. */
bool word_is(struct slice word, const char *name);

#endif
