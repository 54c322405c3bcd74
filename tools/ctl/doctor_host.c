/* SPDX-License-Identifier: ISC */
/*
 * doctor, as root: owners, modes, room on the disk, units of systemd. Looks
 * at files from outside and never into them.
 */
#include "doctor.h"

#include "command.h"
#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define SYSTEMCTL  "/usr/bin/systemctl"
#define TMPFILES   "run: systemd-tmpfiles --create jwtauth.conf"
#define ROOM_LEAST (1024 * 1024) /* bytes: some revocations */

static const struct folder {
	const char *path, *owner, *group;
	mode_t mode;
} folders[] = {
	{ JWT_CONF_DIR, "root", "jwtauth-conf", 0750 },
	{ JWT_CONF_DIR "/secrets", "root", USER_CHECK, 0750 },
	{ JWT_CONF_DIR "/revoker", "root", USER_REVOKE, 0750 },
	{ JWT_CONF_DIR "/follower", "root", USER_FOLLOW, 0750 },
	{ JWT_CACHE_DIR, USER_FETCH, USER_CHECK, 0750 },
	{ JWT_STATE_DIR, "root", "root", 0755 },
	{ JWT_STATE_DIR "/revoked", USER_REVOKE, USER_CHECK, 0750 },
	{ JWT_STATE_DIR "/journal", USER_REVOKE, USER_REVOKE, 0700 },
	{ JWT_STATE_DIR "/copy", USER_FOLLOW, USER_CHECK, 0750 },
	{ JWT_STATE_DIR "/seen", USER_CHECK, GROUP_SEEN, 0710 },
	{ JWT_NAMES_DIR, USER_FETCH, "jwtauth-conf", 0750 },
	{ JWT_RUN_DIR, "root", "root", 0755 },
	{ JWT_RUN_DIR "/sessions", "root", "root", 0700 },
	{ JWT_RUN_DIR "/used", USER_CHECK, USER_CHECK, 0700 },
};

static bool
is_as_it_should_be(const struct folder *folder, const struct stat *st)
{
	const struct passwd *pw = getpwnam(folder->owner);
	const struct group *gr = getgrnam(folder->group);

	return S_ISDIR(st->st_mode) && pw != NULL && pw->pw_uid == st->st_uid &&
	       gr != NULL && gr->gr_gid == st->st_gid &&
	       (st->st_mode & 07777) == folder->mode;
}

void
doctor_folders(const struct doctor *d)
{
	size_t bad = 0;

	for (size_t i = 0; i < JWT_COUNT(folders); i++) {
		const struct folder *folder = &folders[i];
		struct stat st;

		if (lstat(folder->path, &st) != 0)
			doctor_say(d, DOCTOR_ERROR, TMPFILES, "%s: %s",
				folder->path, strerror(errno));
		else if (!is_as_it_should_be(folder, &st))
			doctor_say(d, DOCTOR_ERROR, TMPFILES,
				"%s: uid %u, gid %u, mode %04o; expected "
				"%s:%s %04o",
				folder->path, (unsigned)st.st_uid,
				(unsigned)st.st_gid,
				(unsigned)(st.st_mode & 07777), folder->owner,
				folder->group, (unsigned)folder->mode);
		else
			continue;
		bad++;
	}
	if (bad == 0)
		doctor_say(d, DOCTOR_OK, "",
			"%zu folders belong to whom they should",
			JWT_COUNT(folders));
}

/* One in a hundred free: enough to notice in time. */
static void
look_at_room(const struct doctor *d, const char *path)
{
	static const char advice[] =
		"make room: on a full disk nothing can be revoked";
	struct statvfs fs;
	unsigned long long room;

	if (statvfs(path, &fs) != 0) {
		doctor_say(d, DOCTOR_ERROR, TMPFILES, "%s: %s", path,
			strerror(errno));
		return;
	}
	room = (unsigned long long)fs.f_bavail * fs.f_frsize;
	if (room < ROOM_LEAST || (fs.f_files > 0 && fs.f_favail < 100))
		doctor_say(d, DOCTOR_ERROR, advice,
			"%s: the disk is full (%llu KiB, %llu files left)",
			path, room / 1024, (unsigned long long)fs.f_favail);
	else if (fs.f_bavail < fs.f_blocks / 100 ||
		 fs.f_favail < fs.f_files / 100)
		doctor_say(d, DOCTOR_WARNING, advice,
			"%s: less than 1%% of the disk is left", path);
	else
		doctor_say(d, DOCTOR_OK, "", "%s: %llu MiB left", path,
			room / (1024 * 1024));
}

void
doctor_disk(const struct doctor *d)
{
	look_at_room(d, JWT_STATE_DIR);
	look_at_room(d, JWT_RUN_DIR);
}

void
doctor_units(const struct doctor *d)
{
	static const struct {
		const char *name, *what;
	} units[] = {
		{ "jwtauth-sweep.timer",
			"revocations that are over stay for ever" },
		{ "jwtauth-fetchd.service",
			"keys and addresses are not renewed" },
		{ "jwtauth-check.socket", "programs without root get no "
					  "answer" },
	};

	for (size_t i = 0; i < JWT_COUNT(units); i++) {
		const char *const argv[] = { SYSTEMCTL, "is-active", "--quiet",
			units[i].name, NULL };
		JWT_AUTO(buffer) output = BUFFER(COMMAND_OUTPUT_MAX);
		struct report r = { "" };
		int status = command_run("", argv, &output, &r);

		if (status < 0)
			doctor_say(d, DOCTOR_WARNING, "", "%s", r.text);
		else if (status != 0)
			doctor_say(d, DOCTOR_ERROR,
				"see: systemctl status, and systemctl enable "
				"--now",
				"%s is not active: %s", units[i].name,
				units[i].what);
		else
			doctor_say(d, DOCTOR_OK, "", "%s is active",
				units[i].name);
	}
}
