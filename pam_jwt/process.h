/* SPDX-License-Identifier: ISC */
/* What the kernel says of a process: who started it, when, which login. */
#ifndef PAM_JWT_PROCESS_H
#define PAM_JWT_PROCESS_H

#include "base/report.h"

#include <sys/types.h>

#define BOOT_ID_LEN	 36	    /* a UUID as text */
#define AUDIT_UNSET	 UINT32_MAX /* as /proc/PID/sessionid says it */
#define PROCESS_WALK_MAX 64	    /* ancestors that are looked at */

struct process {
	pid_t pid, parent;
	uint64_t start; /* clock ticks since boot: field 22 of stat */
	uint32_t audit_session, login_uid; /* AUDIT_UNSET, JWT_NO_UID */
};

/* False: there is no such process (a zombie is none), or no /proc. */
bool process_read(pid_t pid, struct process *out) JWT_MUST_CHECK;
/* Field 4 and 22 of a stat line, whatever name the process gave itself. */
bool process_parse_stat(const char *line, struct process *out) JWT_MUST_CHECK;
bool boot_id_read(char out[BOOT_ID_LEN + 1]) JWT_MUST_CHECK;

#endif
