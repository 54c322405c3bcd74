/* SPDX-License-Identifier: ISC */
/*
 * Which record is this process's? The leader's, found by walking up, before
 * the one under the audit session: where a login could not get an audit
 * session of its own, the one it runs in is somebody else's.
 */
#include "session_store.h"

#include <string.h>
#include <unistd.h>

/* Who asks, and where. */
struct search {
	int folder;
	const char *user;
	uint32_t uid;
	char boot_id[BOOT_ID_LEN + 1];
	struct report *report;
};

static bool
is_ours(const struct search *s, const struct record *record)
{
	return record->uid == s->uid && strcmp(record->user, s->user) == 0 &&
	       strcmp(record->boot_id, s->boot_id) == 0;
}

static bool
leader_lives(const struct record *record)
{
	struct process leader;

	return process_read(record->leader, &leader) &&
	       leader.start == record->leader_start;
}

/* Has this session ended? A mark that can't be read is a mark. */
static bool
is_marked(const struct search *s, const char *name)
{
	JWT_AUTO(record) mark;
	char closed[SESSION_NAME_MAX];
	enum file_status status;

	record_init(&mark);
	session_name_closed(name, closed);
	status = session_load(s->folder, closed, &mark, NULL);
	if (status == FILE_MISSING)
		return false;
	return status != FILE_OK || is_ours(s, &mark);
}

static enum session
look_at(const struct search *s, const char *name, struct record *out)
{
	enum file_status status;

	if (is_marked(s, name))
		return SESSION_CLOSED;
	status = session_load(s->folder, name, out, s->report);
	if (status == FILE_MISSING) {
		/* "Not there" is the usual case, no fault to report. */
		s->report->text[0] = '\0';
		return SESSION_NONE;
	}
	if (status != FILE_OK)
		return SESSION_FAILED;
	if (!is_ours(s, out))
		return SESSION_NONE;
	if (leader_lives(out))
		return SESSION_FOUND;
	/* One that elevation began may have had a leader (a tmux server, say)
	 * that others of the same login outlive. */
	if (!presented_any(&out->login) && unlinkat(s->folder, name, 0) == 0)
		return SESSION_NONE;
	/* Its leader died without a word: what it left behind is no login. */
	return SESSION_CLOSED;
}

static enum session
walk_up(const struct search *s, struct process process, struct record *out,
	char name[SESSION_NAME_MAX])
{
	for (unsigned depth = 0; depth < PROCESS_WALK_MAX; depth++) {
		enum session found;

		session_name_leader(process.pid, process.start, name);
		found = look_at(s, name, out);
		if (found != SESSION_NONE || process.parent <= 0)
			return found;
		if (!process_read(process.parent, &process))
			return SESSION_NONE;
	}
	return SESSION_NONE;
}

static enum session
search(const struct search *s, struct record *out, char name[SESSION_NAME_MAX])
{
	struct process self;
	enum session found;

	if (!process_read(getpid(), &self)) {
		report(s->report, JWT_INTERNAL_ERROR, "/proc is not there");
		return SESSION_FAILED;
	}
	found = walk_up(s, self, out, name);
	if (found != SESSION_NONE || self.audit_session == AUDIT_UNSET ||
		self.login_uid != s->uid)
		return found;
	session_name_audit(self.audit_session, name);
	return look_at(s, name, out);
}

enum session
session_find(struct call *call, struct record *out, char name[SESSION_NAME_MAX],
	struct report *r)
{
	struct report none = { "" };
	struct search s = {
		.user = call->user,
		.uid = call_uid(call),
		.report = r ? r : &none,
	};
	JWT_AUTO(fd) folder = -1;
	enum session found;

	/* Not for su, nor for sudo's rootpw and targetpw. */
	if (s.uid == JWT_NO_UID || s.uid != getuid())
		return SESSION_NONE;
	switch (folder_open(SESSIONS_FOLDER, &folder, s.report)) {
	case FILE_OK:
		break;
	case FILE_MISSING:
		return SESSION_NONE;
	default:
		return SESSION_FAILED;
	}
	s.folder = folder;
	if (!boot_id_read(s.boot_id)) {
		report(s.report, JWT_INTERNAL_ERROR, "no boot id");
		return SESSION_FAILED;
	}
	found = search(&s, out, name);
	if (found != SESSION_FOUND)
		record_clear(out);
	return found;
}
