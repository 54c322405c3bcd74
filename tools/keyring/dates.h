/* SPDX-License-Identifier: ISC */
/* Moments as status and dry runs print them. */
#ifndef JWT_KEYRING_DATES_H
#define JWT_KEYRING_DATES_H

#include <stdint.h>

#define DATE_MAX 32

/* "2026-11-23T20:00:00Z" in out; "-" for 0, "never" for what is no date. */
const char *date_of(int64_t seconds, char out[DATE_MAX]);

#endif
