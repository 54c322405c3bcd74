/* SPDX-License-Identifier: ISC */
/*
 * The one table of PAM answers: phase, role, situation. The man page shows
 * it and a test holds the two together.
 */
#ifndef PAM_JWT_ANSWERS_H
#define PAM_JWT_ANSWERS_H

#include <stddef.h>

enum phase {
	PHASE_AUTH,
	PHASE_ACCOUNT,
	PHASE_OPEN_SESSION,
	PHASE_CLOSE_SESSION,
	PHASE_SETCRED,
	PHASE_COUNT
};

enum role {
	ROLE_LOGIN,   /* opens sessions: sshd, login */
	ROLE_ELEVATE, /* works inside one: sudo */
	ROLE_VERIFY,  /* judges a token, no more: Cockpit, PostgreSQL */
	ROLE_COUNT
};

/* How a phase ended. */
enum situation {
	SITUATION_EXEMPT,    /* the user is named in exempt= */
	SITUATION_OBSERVED,  /* mode=observe: judged and logged */
	SITUATION_NO_TOKEN,  /* no token was given, or the session has none */
	SITUATION_ALLOWED,   /* judged: allow */
	SITUATION_DENIED,    /* judged: deny */
	SITUATION_CLOSED,    /* the login session has ended: deny */
	SITUATION_UNDECIDED, /* no verdict: helper missing, late, broken */
	SITUATION_OPTION,    /* a token, and an option that isn't understood */
	SITUATION_CONVERSATION, /* the prompt failed */
	SITUATION_INTERNAL,	/* no memory, a broken record, no PAM_USER */
	SITUATION_COUNT
};

/* Never PAM_SUCCESS or PAM_IGNORE from an error or from a cell left open. */
int answer(enum phase phase, enum role role, enum situation situation);

const char *phase_name(enum phase phase);
const char *role_name(enum role role);
const char *situation_name(enum situation situation);

#endif
