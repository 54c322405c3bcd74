/* SPDX-License-Identifier: ISC */
/*
 * Logout tokens that did their work, by the hash of issuer and jti. Made
 * after the work: one that failed may be sent again.
 */
#include "logout.h"

#include "revocation/revocation.h"

#include <fcntl.h>
#include <unistd.h>

static int
open_folder(const char *folder, const struct logout *l,
	char name[REVOKED_HEX_LEN + 1])
{
	if (!revocation_hex(REVOKED_JTI, l->claims.iss, l->claims.jti, name))
		return -1;
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool
logout_was_seen(const char *folder, const struct logout *l)
{
	char name[REVOKED_HEX_LEN + 1];
	JWT_AUTO(fd) dir = open_folder(folder, l, name);
	JWT_AUTO(fd) mark = -1;

	if (dir >= 0)
		mark = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return mark >= 0;
}

void
logout_mark_seen(const char *folder, const struct logout *l)
{
	char name[REVOKED_HEX_LEN + 1];
	JWT_AUTO(fd) dir = open_folder(folder, l, name);
	JWT_AUTO(fd) mark = -1;

	if (dir >= 0)
		mark = openat(dir, name,
			O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}
