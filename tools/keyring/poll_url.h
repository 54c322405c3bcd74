/* SPDX-License-Identifier: ISC */
/* A JWKS as verifiers see it: one GET over TLS, bounded in size and time. */
#ifndef JWT_KEYRING_POLL_URL_H
#define JWT_KEYRING_POLL_URL_H

#include "jose/jwk.h"

#define POLL_URL_MS 10000 /* all of one GET */

struct poller; /* keeps what each GET needs: memory does not grow */

struct poller *poller_new(void); /* NULL: out of memory */
void poller_free(struct poller *poller);
JWT_AUTO_TYPE(poller, struct poller *, poller_free);

/*
 * Whether the JWKS there holds this very key under its kid. ca_file: PEM;
 * alone, the system's CAs don't count; NULL: those. key_unknown: it is not
 * there; keys_unavailable: no such answer. Both with a report.
 */
enum jwt_reason poller_ask(struct poller *poller, const char *url,
	const char *ca_file, const struct jwk *key,
	struct report *report) JWT_MUST_CHECK;

#endif
