/* SPDX-License-Identifier: ISC */
/* Beginning a record, keeping what came later, and the mark at the end. */
#include "session_store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The record of a session that leader leads; carriers are left empty. */
static bool
fill(struct record *record, struct call *call, const struct process *leader,
	struct report *r)
{
	record->uid = call_uid(call);
	record->leader = leader->pid;
	record->leader_start = leader->start;
	if (frame_set_text(record->service, call->service) &&
		frame_set_text(record->user, call->user) &&
		record->uid != JWT_NO_UID && boot_id_read(record->boot_id))
		return true;
	report(r, JWT_INTERNAL_ERROR, "no account or boot id to record");
	return false;
}

static bool
open_sessions(int *folder, struct report *r)
{
	if (folder_open(SESSIONS_FOLDER, folder, r) == FILE_OK)
		return true;
	report(r, JWT_INTERNAL_ERROR, "%s is missing", SESSIONS_FOLDER);
	return false;
}

/*
 * Does this process begin an audit session of the user? One that it
 * inherited is somebody else's: of whoever started the daemon, say.
 */
static bool
is_fresh(const struct process *self, uint32_t uid)
{
	struct process parent;

	if (self->audit_session == AUDIT_UNSET || self->login_uid != uid)
		return false;
	return !process_read(self->parent, &parent) ||
	       parent.audit_session != self->audit_session;
}

bool
session_begin(
	struct call *call, const struct presented *login, struct report *r)
{
	JWT_AUTO(record) record;
	JWT_AUTO(fd) folder = -1;
	struct process self;
	char name[SESSION_NAME_MAX];

	record_init(&record);
	if (!process_read(getpid(), &self)) {
		report(r, JWT_INTERNAL_ERROR, "/proc is not there");
		return false;
	}
	if (!fill(&record, call, &self, r) || !open_sessions(&folder, r))
		return false;
	if (!presented_copy(&record.login, login)) {
		report(r, JWT_INTERNAL_ERROR, "no memory");
		return false;
	}
	if (is_fresh(&self, record.uid))
		session_name_audit(self.audit_session, name);
	else
		session_name_leader(self.pid, self.start, name);
	return session_create(folder, name, &record, r);
}

/* The topmost ancestor in the same audit session: it began the session. */
static struct process
audit_leader(struct process process)
{
	for (unsigned depth = 0; depth < PROCESS_WALK_MAX; depth++) {
		struct process parent;

		if (process.parent <= 0 ||
			!process_read(process.parent, &parent) ||
			parent.audit_session != process.audit_session)
			break;
		process = parent;
	}
	return process;
}

/* A session that began without a token gets a record now. */
static bool
make_anew(struct call *call, struct record *record, struct report *r)
{
	JWT_AUTO(fd) folder = -1;
	struct process self, leader;
	char name[SESSION_NAME_MAX];

	if (!process_read(getpid(), &self)) {
		report(r, JWT_INTERNAL_ERROR, "/proc is not there");
		return false;
	}
	if (self.audit_session != AUDIT_UNSET &&
		self.login_uid == call_uid(call)) {
		leader = audit_leader(self);
		session_name_audit(self.audit_session, name);
	} else {
		/* No audit session: the terminal's session has to do. */
		if (!process_read(getsid(0), &leader))
			leader = self;
		session_name_leader(leader.pid, leader.start, name);
	}
	return fill(record, call, &leader, r) && open_sessions(&folder, r) &&
	       session_create(folder, name, record, r);
}

bool
session_keep_last(
	struct call *call, const struct presented *last, struct report *r)
{
	JWT_AUTO(record) record;
	JWT_AUTO(presented) copy;
	char name[SESSION_NAME_MAX];
	enum session found;

	record_init(&record);
	presented_init(&copy);
	if (call_uid(call) != getuid())
		return true;
	found = session_find(call, &record, name, r);
	if (found == SESSION_FAILED || found == SESSION_CLOSED) {
		report(r, JWT_INTERNAL_ERROR, "the session has ended");
		return false;
	}
	if (found == SESSION_NONE)
		record_init(&record);
	if (!presented_copy(&record.last, last)) {
		report(r, JWT_INTERNAL_ERROR, "no memory");
		return false;
	}
	if (found == SESSION_NONE)
		return make_anew(call, &record, r);
	return session_replace(name, &record, r);
}

/* The mark says whose session it was, so that it denies nobody else's. */
static enum session
mark(int folder, const char *name, const struct process *self, struct report *r)
{
	JWT_AUTO(record) record;
	char closed[SESSION_NAME_MAX];

	record_init(&record);
	switch (session_load(folder, name, &record, r)) {
	case FILE_OK:
		break;
	case FILE_MISSING:
		return SESSION_NONE;
	default:
		return SESSION_FAILED;
	}
	/* Another's close_session ends another's session. */
	if (record.leader != self->pid || record.leader_start != self->start)
		return SESSION_NONE;
	presented_clear(&record.login);
	presented_clear(&record.last);
	session_name_closed(name, closed);
	if (!session_replace(closed, &record, r))
		return SESSION_FAILED;
	/* The mark denies already; what was carried is of no more use. */
	if (unlinkat(folder, name, 0) != 0) {
		report(r, JWT_INTERNAL_ERROR, "%s: can't be removed", name);
		return SESSION_FAILED;
	}
	return SESSION_FOUND;
}

enum session
session_end(struct report *r)
{
	JWT_AUTO(fd) folder = -1;
	struct process self;
	char name[SESSION_NAME_MAX];
	enum session ended = SESSION_NONE;

	switch (folder_open(SESSIONS_FOLDER, &folder, r)) {
	case FILE_OK:
		break;
	case FILE_MISSING:
		return SESSION_NONE;
	default:
		return SESSION_FAILED;
	}
	if (!process_read(getpid(), &self)) {
		report(r, JWT_INTERNAL_ERROR, "/proc is not there");
		return SESSION_FAILED;
	}
	if (self.audit_session != AUDIT_UNSET) {
		session_name_audit(self.audit_session, name);
		ended = mark(folder, name, &self, r);
	}
	if (ended == SESSION_NONE) {
		session_name_leader(self.pid, self.start, name);
		ended = mark(folder, name, &self, r);
	}
	return ended;
}
