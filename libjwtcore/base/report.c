/* SPDX-License-Identifier: ISC */
#include "base/report.h"

#include <stdarg.h>
#include <stdio.h>

enum jwt_reason
report(struct report *report, enum jwt_reason reason, const char *format, ...)
{
	va_list args;

	if (report == NULL || report->text[0] != '\0')
		return reason;
	va_start(args, format);
	vsnprintf(report->text, sizeof(report->text), format, args);
	va_end(args);
	for (char *c = report->text; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
			*c = '?';
	return reason;
}
