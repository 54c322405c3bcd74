/* SPDX-License-Identifier: ISC */
/*
 * What stands before the first byte of a stranger, and how it is read.
 */
#include "ctl.h"

#include "privileges.h"

#include <pwd.h>

bool
ctl_drop_privileges(bool or_nobody)
{
	const char *user = USER_CHECK;
	struct report r = { "" };

	if (or_nobody && getpwnam(user) == NULL)
		user = "nobody";
	if (privileges_drop_to(user, &r) == JWT_OK)
		return true;
	(void)ctl_fail(CTL_FAILED, "%s", r.text);
	return false;
}

enum file_status
ctl_read_stdin(struct buffer *out)
{
	struct report r = { "" };
	enum file_status status =
		file_read_fd(STDIN_FILENO, "standard input", out, &r);

	if (status != FILE_OK)
		(void)ctl_fail(CTL_FAILED, "%s", r.text);
	return status;
}
