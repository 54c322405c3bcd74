/* SPDX-License-Identifier: ISC */
/* Inside keys show: what was found of an issuer's keys, and two printers. */
#ifndef JWT_CTL_KEYS_SHOW_H
#define JWT_CTL_KEYS_SHOW_H

#include "keys/keys.h"

struct keys_shown {
	const struct issuer_config *issuer;
	struct key_cache cache; /* zeros where no cache file is used */
	struct jwks *keys;	/* NULL: none, see report */
	struct report report;	/* why there is none */
	int64_t now;
};

/* "fresh", "stale", "too old", "from a file", "unavailable". */
const char *keys_state(const struct keys_shown *shown);
/* Would a login find keys? */
bool keys_usable(const struct keys_shown *shown);

void keys_print_table(const struct keys_shown *shown);
/* New reference; NULL: out of memory. */
json_t *keys_to_json(const struct keys_shown *shown);

#endif
