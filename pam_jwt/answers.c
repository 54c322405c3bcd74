/* SPDX-License-Identifier: ISC */
/* The table of answers. A cell that nobody filled denies. */
#include "answers.h"

#include <security/_pam_types.h>

/* What a cell holds: 0 is "not filled", so the answers are shifted by one. */
#define IS(answer) ((answer) + 1)

#define ALL(answer)                                                     \
	{                                                               \
		[ROLE_LOGIN] = IS(answer), [ROLE_ELEVATE] = IS(answer), \
		[ROLE_VERIFY] = IS(answer)                              \
	}
#define LOGIN(answer)                     \
	{                                 \
		[ROLE_LOGIN] = IS(answer) \
	}
#define ELEVATE(answer)                     \
	{                                   \
		[ROLE_ELEVATE] = IS(answer) \
	}

static const int table[PHASE_COUNT][SITUATION_COUNT][ROLE_COUNT] = {
	[PHASE_AUTH] = {
		[SITUATION_EXEMPT] = ALL(PAM_IGNORE),
		[SITUATION_OBSERVED] = ALL(PAM_IGNORE),
		[SITUATION_NO_TOKEN] = ALL(PAM_IGNORE),
		[SITUATION_ALLOWED] = ALL(PAM_SUCCESS),
		[SITUATION_DENIED] = ALL(PAM_AUTH_ERR),
		[SITUATION_CLOSED] = ELEVATE(PAM_AUTH_ERR),
		[SITUATION_UNDECIDED] = ALL(PAM_AUTHINFO_UNAVAIL),
		[SITUATION_OPTION] = ALL(PAM_SERVICE_ERR),
		[SITUATION_CONVERSATION] = ALL(PAM_CONV_ERR),
		[SITUATION_INTERNAL] = ALL(PAM_SYSTEM_ERR),
	},
	[PHASE_ACCOUNT] = {
		[SITUATION_EXEMPT] = ALL(PAM_IGNORE),
		[SITUATION_OBSERVED] = ALL(PAM_IGNORE),
		[SITUATION_NO_TOKEN] = ALL(PAM_IGNORE),
		[SITUATION_ALLOWED] = ALL(PAM_SUCCESS),
		[SITUATION_DENIED] = ALL(PAM_PERM_DENIED),
		[SITUATION_CLOSED] = ELEVATE(PAM_PERM_DENIED),
		[SITUATION_UNDECIDED] = ALL(PAM_PERM_DENIED),
		[SITUATION_OPTION] = ALL(PAM_SERVICE_ERR),
		[SITUATION_INTERNAL] = ALL(PAM_SYSTEM_ERR),
	},
	[PHASE_OPEN_SESSION] = {
		[SITUATION_EXEMPT] = ALL(PAM_IGNORE),
		[SITUATION_OBSERVED] = ALL(PAM_IGNORE),
		[SITUATION_NO_TOKEN] = ALL(PAM_IGNORE),
		[SITUATION_ALLOWED] = LOGIN(PAM_SUCCESS),
		[SITUATION_DENIED] = LOGIN(PAM_SESSION_ERR),
		[SITUATION_UNDECIDED] = LOGIN(PAM_SESSION_ERR),
		[SITUATION_OPTION] = LOGIN(PAM_SERVICE_ERR),
		[SITUATION_INTERNAL] = LOGIN(PAM_SESSION_ERR),
	},
	[PHASE_CLOSE_SESSION] = {
		[SITUATION_EXEMPT] = ALL(PAM_IGNORE),
		[SITUATION_OBSERVED] = ALL(PAM_IGNORE),
		[SITUATION_NO_TOKEN] = ALL(PAM_IGNORE),
		[SITUATION_ALLOWED] = LOGIN(PAM_SUCCESS),
		[SITUATION_INTERNAL] = LOGIN(PAM_SESSION_ERR),
	},
	/*
	 * Under "sufficient" a PAM_SUCCESS of ours would keep pam_group and
	 * its kind from running for users who never met a token.
	 */
	[PHASE_SETCRED] = {
		[SITUATION_EXEMPT] = ALL(PAM_IGNORE),
		[SITUATION_OBSERVED] = ALL(PAM_IGNORE),
		[SITUATION_NO_TOKEN] = ALL(PAM_IGNORE),
		[SITUATION_ALLOWED] = ALL(PAM_SUCCESS),
		[SITUATION_INTERNAL] = ALL(PAM_CRED_ERR),
	},
};

static const int denial[PHASE_COUNT] = {
	[PHASE_AUTH] = PAM_AUTH_ERR,
	[PHASE_ACCOUNT] = PAM_PERM_DENIED,
	[PHASE_OPEN_SESSION] = PAM_SESSION_ERR,
	[PHASE_CLOSE_SESSION] = PAM_SESSION_ERR,
	[PHASE_SETCRED] = PAM_CRED_ERR,
};

int
answer(enum phase phase, enum role role, enum situation situation)
{
	if ((unsigned)phase >= PHASE_COUNT)
		return PAM_SYSTEM_ERR;
	if ((unsigned)role >= ROLE_COUNT ||
		(unsigned)situation >= SITUATION_COUNT ||
		table[phase][situation][role] == 0)
		return denial[phase];
	return table[phase][situation][role] - 1;
}

const char *
phase_name(enum phase phase)
{
	static const char *const names[PHASE_COUNT] = {
		[PHASE_AUTH] = "auth",
		[PHASE_ACCOUNT] = "account",
		[PHASE_OPEN_SESSION] = "open_session",
		[PHASE_CLOSE_SESSION] = "close_session",
		[PHASE_SETCRED] = "setcred",
	};

	return (unsigned)phase < PHASE_COUNT ? names[phase] : "?";
}

const char *
role_name(enum role role)
{
	static const char *const names[ROLE_COUNT] = {
		[ROLE_LOGIN] = "login",
		[ROLE_ELEVATE] = "elevate",
		[ROLE_VERIFY] = "verify",
	};

	return (unsigned)role < ROLE_COUNT ? names[role] : "?";
}

const char *
situation_name(enum situation situation)
{
	static const char *const names[SITUATION_COUNT] = {
		[SITUATION_EXEMPT] = "exempt",
		[SITUATION_OBSERVED] = "observed",
		[SITUATION_NO_TOKEN] = "no-token",
		[SITUATION_ALLOWED] = "allowed",
		[SITUATION_DENIED] = "denied",
		[SITUATION_CLOSED] = "closed",
		[SITUATION_UNDECIDED] = "undecided",
		[SITUATION_OPTION] = "option",
		[SITUATION_CONVERSATION] = "conversation",
		[SITUATION_INTERNAL] = "internal",
	};

	return (unsigned)situation < SITUATION_COUNT ? names[situation] : "?";
}
