/* SPDX-License-Identifier: ISC */
#include "privileges.h"

#include "base/ids.h"

#include <errno.h>
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

enum jwt_reason
privileges_become(const struct ids *ids, struct report *r)
{
	if (!ids_become(ids))
		return report(r, JWT_INTERNAL_ERROR, "cannot become uid %u: %s",
			(unsigned)ids->uid, strerror(errno));
	privileges_harden();
	return JWT_OK;
}

enum jwt_reason
privileges_drop_by_ids(struct report *r)
{
	struct ids ids;

	if (!ids_load(IDS_PATH, &ids, r))
		return JWT_INTERNAL_ERROR;
	return privileges_become(&ids, r);
}
