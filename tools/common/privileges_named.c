/* SPDX-License-Identifier: ISC */
/* By name: a file of its own, so that the checkers link no NSS call. */
#include "privileges.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

static bool
ids_of_user(const char *user, struct ids *out, struct report *r)
{
	const struct passwd *pw = getpwnam(user);
	int count = IDS_GROUPS_MAX;

	if (pw == NULL || pw->pw_uid == 0) {
		report(r, JWT_INTERNAL_ERROR,
			"user %s %s; run: systemd-sysusers", user,
			pw == NULL ? "does not exist" : "has uid 0");
		return false;
	}
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	if (getgrouplist(user, pw->pw_gid, out->group, &count) < 0) {
		report(r, JWT_INTERNAL_ERROR,
			"user %s is in more than %d groups", user,
			IDS_GROUPS_MAX);
		return false;
	}
	out->group_count = (size_t)count;
	return true;
}

enum jwt_reason
privileges_drop_to(const char *user, struct report *r)
{
	struct ids ids;

	if (getuid() != 0 && geteuid() != 0) {
		privileges_harden();
		return JWT_OK;
	}
	if (!ids_of_user(user, &ids, r))
		return JWT_INTERNAL_ERROR;
	return privileges_become(&ids, r);
}
