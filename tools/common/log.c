/* SPDX-License-Identifier: ISC */
#include "log.h"

#include "base/file.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define LINE_MAX_BYTES 1024 /* longer lines are cut */

static const char *program = "jwtauth";
static bool priorities;

void
log_setup(const char *name, bool with_priority)
{
	program = name;
	priorities = with_priority;
}

void
log_line(int priority, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	size_t start = 0, len;
	va_list args;

	if (priorities)
		start = (size_t)snprintf(line, sizeof(line), "<%d>", priority);
	else
		start = (size_t)snprintf(line, sizeof(line), "%s: ", program);
	va_start(args, format);
	vsnprintf(line + start, sizeof(line) - start - 1, format, args);
	va_end(args);
	for (len = start; line[len] != '\0'; len++)
		if ((unsigned char)line[len] < 0x20 || line[len] == 0x7f)
			line[len] = '?';
	line[len++] = '\n';
	/* A log that can't be written must not stop the work. */
	(void)!fd_write_all(STDERR_FILENO, slice_of(line, len));
}

const char *
log_time(int64_t when, char out[LOG_TIME_SIZE])
{
	time_t t = (time_t)when;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
		strftime(out, LOG_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return "a time out of range";
	return out;
}

const char *
log_span(int64_t seconds, char out[LOG_SPAN_SIZE])
{
	static const struct {
		int64_t from, unit; /* seconds */
		const char *name;
	} units[] = { { 2 * 86400, 86400, "d" }, { 2 * 3600, 3600, "h" },
		{ 2 * 60, 60, "min" }, { INT64_MIN, 1, "s" } };
	size_t i = 0;

	while (seconds < units[i].from)
		i++;
	snprintf(out, LOG_SPAN_SIZE, "%lld %s",
		(long long)(seconds / units[i].unit), units[i].name);
	return out;
}
