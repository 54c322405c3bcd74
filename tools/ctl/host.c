/* SPDX-License-Identifier: ISC */
/*
 * Paths and files of the host that enable and disable work on.
 */
#include "enable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
host_path(const struct enable *e, char out[PATH_MAX], const char *format, ...)
{
	size_t used = strlen(e->root);
	va_list arguments;
	int len;

	if (used >= PATH_MAX)
		return false;
	memcpy(out, e->root, used);
	va_start(arguments, format);
	len = vsnprintf(out + used, PATH_MAX - used, format, arguments);
	va_end(arguments);
	return len >= 0 && (size_t)len < PATH_MAX - used;
}

bool
host_has(const struct enable *e, const char *path)
{
	char full[PATH_MAX];

	return host_path(e, full, "%s", path) && access(full, F_OK) == 0;
}

enum file_status
read_host(const struct enable *e, const char *path, struct buffer *out,
	struct report *r)
{
	struct file_trust trust = { .owner = geteuid() };
	char full[PATH_MAX];

	if (host_path(e, full, "%s", path))
		return file_read(full, &trust, out, r);
	report(r, JWT_INTERNAL_ERROR, "%s: too long a path", path);
	return FILE_UNREADABLE;
}
