/* SPDX-License-Identifier: ISC */
/* Records as files. */
#include "session_store.h"

#include <inttypes.h>
#include <stdio.h>

void
session_name_audit(uint32_t audit_session, char out[SESSION_NAME_MAX])
{
	snprintf(out, SESSION_NAME_MAX, "%" PRIu32, audit_session);
}

void
session_name_leader(pid_t leader, uint64_t start, char out[SESSION_NAME_MAX])
{
	snprintf(out, SESSION_NAME_MAX, "pid-%d-%" PRIu64, (int)leader, start);
}

void
session_name_closed(const char *name, char out[SESSION_NAME_MAX])
{
	snprintf(out, SESSION_NAME_MAX, "%.*s.closed",
		SESSION_NAME_MAX - (int)sizeof(".closed"), name);
}

enum file_status
session_load(int folder, const char *name, struct record *out, struct report *r)
{
	JWT_AUTO(buffer) bytes = BUFFER(RECORD_MAX);
	enum file_status status = folder_read(folder, name, &bytes, r);

	if (status == FILE_OK && !record_decode(buffer_slice(&bytes), out, r))
		status = FILE_UNREADABLE;
	return status;
}

bool
session_create(int folder, const char *name, const struct record *record,
	struct report *r)
{
	JWT_AUTO(buffer) bytes = BUFFER(RECORD_MAX);

	if (!record_encode(record, &bytes)) {
		report(r, JWT_INTERNAL_ERROR, "%s: no memory", name);
		return false;
	}
	return folder_create(folder, name, buffer_slice(&bytes), r);
}

bool
session_replace(const char *name, const struct record *record, struct report *r)
{
	JWT_AUTO(buffer) bytes = BUFFER(RECORD_MAX);
	char path[sizeof(SESSIONS_FOLDER) + SESSION_NAME_MAX + 1];

	if (!record_encode(record, &bytes)) {
		report(r, JWT_INTERNAL_ERROR, "%s: no memory", name);
		return false;
	}
	snprintf(path, sizeof(path), "%s/%s", SESSIONS_FOLDER, name);
	return file_write(path, buffer_slice(&bytes), 0600, 0, 0, r);
}
