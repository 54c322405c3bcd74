/* SPDX-License-Identifier: ISC */
/* What the user gets to read, and the user's own files. */
#include "login.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum login_exit
login_say(enum login_exit status, const char *format, ...)
{
	va_list args;

	fputs("jwt-login: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

void
login_format_time(int64_t seconds, char out[LOGIN_TIME_LEN])
{
	time_t when = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
		strftime(out, LOGIN_TIME_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(out, LOGIN_TIME_LEN, "%" PRId64, seconds);
}

void
login_print(const char *path, const struct carried *cert, int64_t now)
{
	int64_t end = (int64_t)cert->valid_before;
	char text[LOGIN_TIME_LEN];

	login_format_time(end, text);
	printf("certificate %s\n", path);
	printf("serial      %016" PRIx64 "\n", cert->serial);
	printf("ends        %s (in %" PRId64 " min)\n", text, (end - now) / 60);
}

enum login_exit
login_read(const char *path, bool missing_ok, struct buffer *out)
{
	struct report report = { 0 };
	JWT_AUTO(fd) fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 && errno == ENOENT && missing_ok)
		return LOGIN_NO;
	if (fd < 0)
		return login_say(LOGIN_FAILED, "%s: %s", path, strerror(errno));
	if (file_read_fd(fd, path, out, &report) != FILE_OK)
		return login_say(LOGIN_FAILED, "%s", report.text);
	return LOGIN_DONE;
}

bool
login_key_words(struct slice file, struct slice *out)
{
	struct slice line = file, rest, type, base64;

	(void)slice_cut(&file, '\n', &line);
	rest = line;
	if (!slice_cut(&rest, ' ', &type) || type.len == 0)
		return false;
	base64 = rest;
	(void)slice_cut(&rest, ' ', &base64);
	if (base64.len == 0)
		return false;
	*out = slice_of(line.data, type.len + 1 + base64.len);
	return true;
}
