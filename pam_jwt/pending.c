/* SPDX-License-Identifier: ISC */
/* Pending files: each is written once and read once. */
#include "pending.h"

#include "base/clock.h"
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#define HANDLE_LEN (2 * PENDING_HANDLE)

static bool
is_handle(const char *text)
{
	return strlen(text) == HANDLE_LEN &&
	       strspn(text, "0123456789abcdef") == HANDLE_LEN;
}

static bool
is_old(int folder, const char *name)
{
	struct stat st;
	int64_t age;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return true;
	age = clock_now() - st.st_mtime;
	/* From the future: the clock was set back, by who knows how much. */
	return age > PENDING_SECONDS || age < -PENDING_SECONDS;
}

/* Logins that were given up leave their token behind: not for long. */
static void
sweep(int folder)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;

	if (!dir) {
		if (copy >= 0)
			close(copy);
		return;
	}
	for (unsigned seen = 0; seen < PENDING_SWEEP_MAX; seen++) {
		entry = readdir(dir);
		if (!entry)
			break;
		if (is_handle(entry->d_name) && is_old(folder, entry->d_name))
			unlinkat(folder, entry->d_name, 0);
	}
	closedir(dir);
}

static bool
put_handle(pam_handle_t *pamh, const char *handle, struct report *r)
{
	char variable[sizeof(PENDING_VARIABLE "=") + HANDLE_LEN];

	snprintf(variable, sizeof(variable), "%s=%s", PENDING_VARIABLE, handle);
	if (pam_putenv(pamh, variable) == PAM_SUCCESS)
		return true;
	report(r, JWT_INTERNAL_ERROR, "pam_putenv failed");
	return false;
}

/* The format of a session record; nobody leads a session yet. */
static bool
encode(struct call *call, const struct presented *presented, struct buffer *out,
	struct report *r)
{
	JWT_AUTO(record) record;

	record_init(&record);
	record.uid = call_uid(call);
	record.leader = getpid();
	if (frame_set_text(record.service, call->service) &&
		frame_set_text(record.user, call->user) &&
		boot_id_read(record.boot_id) &&
		presented_copy(&record.login, presented) &&
		record_encode(&record, out))
		return true;
	report(r, JWT_INTERNAL_ERROR, "the token can't be kept");
	return false;
}

bool
pending_put(
	struct call *call, const struct presented *presented, struct report *r)
{
	JWT_AUTO(buffer) bytes = BUFFER(RECORD_MAX);
	JWT_AUTO(fd) folder = -1;
	uint8_t random[PENDING_HANDLE];
	char handle[HANDLE_LEN + 1];

	if (!encode(call, presented, &bytes, r))
		return false;
	if (folder_open(PENDING_FOLDER, &folder, r) != FILE_OK) {
		report(r, JWT_INTERNAL_ERROR, "%s is missing", PENDING_FOLDER);
		return false;
	}
	sweep(folder);
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
		report(r, JWT_INTERNAL_ERROR, "no random bytes");
		return false;
	}
	hex_encode(random, sizeof(random), handle);
	return folder_create(folder, handle, buffer_slice(&bytes), r) &&
	       put_handle(call->pamh, handle, r);
}

static bool
take(struct call *call, const char *handle, struct record *out,
	struct report *r)
{
	JWT_AUTO(buffer) bytes = BUFFER(RECORD_MAX);
	JWT_AUTO(fd) folder = -1;
	enum file_status status = folder_open(PENDING_FOLDER, &folder, r);
	bool old;

	if (status != FILE_OK)
		return false;
	old = is_old(folder, handle);
	status = folder_read(folder, handle, &bytes, r);
	unlinkat(folder, handle, 0);
	if (status != FILE_OK || !record_decode(buffer_slice(&bytes), out, r))
		return false;
	if (!old && strcmp(out->user, call->user) == 0 &&
		strcmp(out->service, call->service) == 0 &&
		out->uid == call_uid(call) && presented_any(&out->login))
		return true;
	report(r, JWT_INTERNAL_ERROR, "the pending token is not this login's");
	return false;
}

bool
pending_take(struct call *call, struct presented *out, struct report *r)
{
	JWT_AUTO(record) record;
	const char *value = pam_getenv(call->pamh, PENDING_VARIABLE);
	char handle[HANDLE_LEN + 1];

	record_init(&record);
	if (!value || !is_handle(value))
		return false;
	memcpy(handle, value, sizeof(handle));
	pam_putenv(call->pamh, PENDING_VARIABLE);
	if (!take(call, handle, &record, r)) {
		report(r, JWT_INTERNAL_ERROR, "the pending token is gone");
		return false;
	}
	presented_clear(out);
	*out = record.login;
	presented_init(&record.login);
	return true;
}
