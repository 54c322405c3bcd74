/* SPDX-License-Identifier: ISC */
/* Telling others what has happened: hooks, and the commands for hosts. */
#ifndef JWT_KEYRING_TELL_H
#define JWT_KEYRING_TELL_H

#include "run.h"

/*
 * Runs all that the settings name for this event, also after one failed.
 * The report names the first that did: keys_unavailable.
 */
enum jwt_reason tell(const struct settings *settings, enum keyring_event event,
	const char *kid, struct report *report) JWT_MUST_CHECK;

#endif
