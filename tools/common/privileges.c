/* SPDX-License-Identifier: ISC */
#include "privileges.h"

#include "base/ids.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

void
privileges_harden(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

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

static enum jwt_reason
become(const struct ids *ids, struct report *r)
{
	if (!ids_become(ids))
		return report(r, JWT_INTERNAL_ERROR, "cannot become uid %u: %s",
			(unsigned)ids->uid, strerror(errno));
	privileges_harden();
	return JWT_OK;
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
	return become(&ids, r);
}

enum jwt_reason
privileges_drop_by_ids(struct report *r)
{
	struct ids ids;

	if (!ids_load(IDS_PATH, &ids, r))
		return JWT_INTERNAL_ERROR;
	return become(&ids, r);
}
