/* SPDX-License-Identifier: ISC */
/*
 * How a subcommand says what is wrong, and with which status it ends.
 */
#include "ctl.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 1, 0))) static void
print_message(const char *format, va_list args)
{
	fputs("jwtauthctl: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

enum ctl_exit
ctl_usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message(format, args);
	va_end(args);
	fputs("\"jwtauthctl --help\" lists what there is.\n", stderr);
	return CTL_USAGE;
}

enum ctl_exit
ctl_bad_option(char **argv)
{
	return ctl_usage("%s: no such option, or its value is missing: %s",
		argv[0], argv[optind - 1]);
}

enum ctl_exit
ctl_fail(enum ctl_exit status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message(format, args);
	va_end(args);
	return status;
}
