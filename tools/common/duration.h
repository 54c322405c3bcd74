/* SPDX-License-Identifier: ISC */
/* Durations as people write them. */
#ifndef JWT_COMMON_DURATION_H
#define JWT_COMMON_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * "90", "30s", "15m", "12h", "7d" or "4w" in seconds; false: anything else,
 * 0, or more than a hundred years.
 */
bool duration_parse(const char *text, int64_t *seconds);

#endif
