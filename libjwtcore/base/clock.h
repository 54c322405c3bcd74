/* SPDX-License-Identifier: ISC */
/* The clocks. Only main functions and the facade read them. */
#ifndef JWT_BASE_CLOCK_H
#define JWT_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_now(void);	  /* seconds since the epoch */
int64_t clock_monotonic_ms(void); /* milliseconds, for deadlines */
/* Milliseconds left until a monotonic deadline, 0 if it has passed. */
int clock_left_ms(int64_t deadline_ms);
/*
 * The same two by a clock that goes on while the host sleeps, for what lies
 * minutes or hours ahead.
 */
int64_t clock_boot_ms(void);
int clock_boot_left_ms(int64_t deadline_ms);

#endif
