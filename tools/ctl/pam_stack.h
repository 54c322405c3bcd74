/* SPDX-License-Identifier: ISC */
/*
 * The text of a PAM service file: our @include lines put in at their place
 * and taken out again. Pure: text in, text out.
 */
#ifndef JWT_CTL_PAM_STACK_H
#define JWT_CTL_PAM_STACK_H

#include "base/bytes.h"
#include "base/report.h"

enum pam_phase { PAM_PHASE_AUTH, PAM_PHASE_ACCOUNT, PAM_PHASE_SESSION };
#define PAM_PHASES 3

const char *pam_phase_name(enum pam_phase phase);

/*
 * Appends text to out with "@include jwtauth-SERVICE-PHASE" added: auth and
 * account before the common file of the phase, session right after
 * pam_loginuid, or before the common session file where there is none. A
 * text that has the line already comes out as it was. False: no place was
 * found, and the report says which line to add by hand.
 */
bool pam_stack_add(struct slice text, const char *service, enum pam_phase phase,
	struct buffer *out, struct report *report) JWT_MUST_CHECK;

/* Appends text to out without that line; exactly what was there before. */
bool pam_stack_drop(struct slice text, const char *service,
	enum pam_phase phase, struct buffer *out) JWT_MUST_CHECK;

bool pam_stack_has(
	struct slice text, const char *service, enum pam_phase phase);

#endif
