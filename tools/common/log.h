/* SPDX-License-Identifier: ISC */
/* Lines for a person, on standard error; journald takes it from there. */
#ifndef JWT_COMMON_LOG_H
#define JWT_COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

/*
 * name begins each line; with_priority: "<N>" does instead, which journald
 * understands.
 */
void log_setup(const char *name, bool with_priority);

/* Control characters become '?': issuers' bytes end up here. */
void log_line(int priority, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define LOG_TIME_SIZE sizeof("-2147481748-12-31T23:59:60Z")
/* RFC 3339, UTC. Returns out. */
const char *log_time(int64_t when, char out[LOG_TIME_SIZE]);

#define LOG_SPAN_SIZE sizeof("-9223372036854775808 min")
/* "40 s", "12 min", "5 h", "3 d": seconds in the largest fitting unit,
 * rounded down. Returns out. */
const char *log_span(int64_t seconds, char out[LOG_SPAN_SIZE]);

#endif
