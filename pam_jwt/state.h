/* SPDX-License-Identifier: ISC */
/*
 * What the auth phase leaves for the account phase, in PAM's own keeping:
 * it lives in one process, in sshd the one that runs both phases.
 */
#ifndef PAM_JWT_STATE_H
#define PAM_JWT_STATE_H

#include "module.h"

enum outcome {
	OUTCOME_NONE,	  /* the auth phase did not run here */
	OUTCOME_NO_TOKEN, /* it did; another module decided */
	OUTCOME_REFUSED,  /* a token was given and not accepted */
	OUTCOME_ACCEPTED, /* accepted: see the token */
};

/* OUTCOME_NONE too where the auth phase was for another user. */
enum outcome state_outcome(const struct call *call);
/* What was accepted; NULL unless OUTCOME_ACCEPTED. Lives as PAM's handle. */
const struct presented *state_accepted(const struct call *call);

/* Replaces what an earlier try has left. presented only with ACCEPTED. */
bool state_set(const struct call *call, enum outcome outcome,
	const struct presented *presented) JWT_MUST_CHECK;

#endif
