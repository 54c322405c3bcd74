/* SPDX-License-Identifier: ISC */
/*
 * A token at a prompt, in parts: some programs hand over 511 or 1,023 bytes
 * a reply and no more.
 */
#ifndef PAM_JWT_CONVERSATION_H
#define PAM_JWT_CONVERSATION_H

#include "base/bytes.h"

#include <security/pam_modules.h>

#define PARTS_MAX 32 /* prompts for one token */

/* Lengths that a program cuts at: sudo's and ssh's. */
#define PART_CUT_SUDO 511
#define PART_CUT_SSH  1023

/* The rule for parts, apart from any prompt. */
struct parts {
	struct buffer token;	/* what was kept so far */
	struct buffer previous; /* the part before, as received */
	unsigned count;
};

enum part {
	PART_MORE,	/* ask for the next */
	PART_LAST,	/* the token is whole; empty: there is none */
	PART_REPEATED,	/* the same reply again: an askpass without parts */
	PART_TOO_LARGE, /* above JWT_TOKEN_MAX or PARTS_MAX */
	PART_NO_MEMORY,
};

void parts_init(struct parts *parts);
void parts_clear(struct parts *parts); /* wipes */
enum part parts_add(struct parts *parts, const char *reply);
/* "Token: ", or where to go on. */
void parts_prompt(const struct parts *parts, char *out, size_t size);

enum conversation {
	CONVERSATION_TOKEN,	/* out has it */
	CONVERSATION_NONE,	/* an empty reply */
	CONVERSATION_FAILED,	/* no reply could be had */
	CONVERSATION_REPEATED,	/* see PART_REPEATED */
	CONVERSATION_TOO_LARGE, /* see PART_TOO_LARGE */
	CONVERSATION_NO_MEMORY,
};

/* Prompts for a token; appends to out, which must be empty. */
enum conversation converse(pam_handle_t *pamh, struct buffer *out);

static inline void
jwt_auto_parts(struct parts *parts)
{
	parts_clear(parts);
}
typedef struct parts jwt_auto_parts_t;

#endif
