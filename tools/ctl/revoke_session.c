/* SPDX-License-Identifier: ISC */
/*
 * revoke --session: the tokens of a live login, from its record. Root opens
 * records by their names; the naming half, which is nobody, reads them.
 */
#include "revoke.h"

#include "pam_jwt/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define SESSIONS_FOLDER	 JWT_RUN_DIR "/sessions"
#define SESSIONS_MAX	 4096 /* open at once, for a search by serial */
#define SESSION_NAME_MAX 64
#define SERIAL_DIGITS	 16 /* as the logs show it */

struct session_file {
	char name[SESSION_NAME_MAX];
	int fd;
};

struct session_files {
	size_t count;
	bool by_serial;
	uint64_t serial;
	struct session_file file[SESSIONS_MAX];
};

void
revoke_close_sessions(struct session_files *files)
{
	if (files == NULL)
		return;
	for (size_t i = 0; i < files->count; i++)
		close(files->file[i].fd);
	free(files);
}

/* "AUDIT-SESSION-ID" or "pid-PID-STARTTIME"; so no path, and no mark. */
static bool
is_record_name(const char *name)
{
	static const char leader[] = "pid-";
	bool by_leader = strncmp(name, leader, sizeof(leader) - 1) == 0;
	const char *rest = by_leader ? name + sizeof(leader) - 1 : name;
	size_t digits = strspn(rest, "0123456789");

	if (strlen(name) >= SESSION_NAME_MAX || digits == 0)
		return false;
	if (!by_leader)
		return rest[digits] == '\0';
	rest += digits;
	return rest[0] == '-' && rest[1] != '\0' &&
	       strspn(rest + 1, "0123456789") == strlen(rest + 1);
}

static bool
is_serial(const char *text, uint64_t *out)
{
	if (strlen(text) != SERIAL_DIGITS ||
		strspn(text, "0123456789abcdef") != SERIAL_DIGITS)
		return false;
	*out = strtoull(text, NULL, 16);
	return true;
}

/* Anything but a plain file of root's is passed over. */
static void
add_file(struct session_files *files, int folder, const char *name)
{
	struct session_file *file = &files->file[files->count];
	struct stat st;
	int fd = openat(
		folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return;
	}
	snprintf(file->name, sizeof(file->name), "%s", name);
	file->fd = fd;
	files->count++;
}

static bool
add_all(struct session_files *files, int folder)
{
	struct rlimit limit;
	const struct dirent *entry;
	DIR *dir = fdopendir(dup(folder));

	if (dir == NULL)
		return false;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	while (files->count < SESSIONS_MAX && (entry = readdir(dir)) != NULL)
		if (is_record_name(entry->d_name))
			add_file(files, folder, entry->d_name);
	closedir(dir);
	return true;
}

static enum ctl_exit
open_sessions(const struct revoke_request *request, struct session_files *files)
{
	JWT_AUTO(fd) folder = -1;

	files->by_serial = is_serial(request->session, &files->serial);
	if (!files->by_serial && !is_record_name(request->session))
		return ctl_usage("revoke: --session takes an audit session id, "
				 "pid-PID-STARTTIME, or the 16 hex digits of a "
				 "certificate's serial");
	folder = open(SESSIONS_FOLDER,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0)
		return revoke_refuse(request, CTL_FAILED, "internal_error",
			"%s: %s", SESSIONS_FOLDER, strerror(errno));
	if (!files->by_serial)
		add_file(files, folder, request->session);
	else if (!add_all(files, folder))
		return revoke_refuse(request, CTL_FAILED, "internal_error",
			"%s: %s", SESSIONS_FOLDER, strerror(errno));
	return CTL_YES;
}

enum ctl_exit
revoke_open_sessions(
	const struct revoke_request *request, struct session_files **out)
{
	struct session_files *files = calloc(1, sizeof(*files));
	enum ctl_exit status;

	if (files == NULL)
		return ctl_fail(CTL_FAILED, "out of memory");
	status = open_sessions(request, files);
	if (status == CTL_YES)
		*out = files;
	else
		revoke_close_sessions(files);
	return status;
}

/* Root kept it after a full judgement: no key is asked. */
static enum jwt_reason
open_kept(const struct jwt_config *config, const struct presented *kept,
	struct revoke_token *out, struct report *r)
{
	JWT_TRY(carrier_open(kept->kind, buffer_slice(&kept->bytes),
		buffer_slice(&kept->proved_key), CARRIER_ANY_TIME,
		&out->carried, r));
	JWT_TRY(jws_parse(out->carried.token, &out->jws, r));
	JWT_TRY(claims_parse(jws_payload(out->jws), &out->claims, r));
	out->has_claims = true;
	out->issuer = config_issuer(config, out->claims.iss);
	return JWT_OK;
}

/* The tokens of one session: what opened it, and what sudo took last. */
struct kept_tokens {
	struct revoke_token token[2];
	size_t count;
};

static void
kept_tokens_clear(struct kept_tokens *kept)
{
	for (size_t i = 0; i < kept->count; i++)
		revoke_token_clear(&kept->token[i]);
}
JWT_AUTO_TYPE(kept_tokens_ptr, struct kept_tokens *, kept_tokens_clear);

static enum jwt_reason
read_session(const struct jwt_config *config, const struct session_file *file,
	struct record *record, struct kept_tokens *kept, struct report *r)
{
	JWT_AUTO(buffer) bytes = BUFFER(RECORD_MAX);
	const struct presented *both[] = { &record->login, &record->last };

	if (file_read_fd(file->fd, file->name, &bytes, r) != FILE_OK ||
		!record_decode(buffer_slice(&bytes), record, r))
		return JWT_INTERNAL_ERROR;
	for (size_t i = 0; i < JWT_COUNT(both); i++)
		if (presented_any(both[i]))
			JWT_TRY(open_kept(config, both[i],
				&kept->token[kept->count++], r));
	return JWT_OK;
}

static bool
has_serial(const struct kept_tokens *kept, uint64_t serial)
{
	for (size_t i = 0; i < kept->count; i++)
		if (kept->token[i].carried.has_cert &&
			kept->token[i].carried.serial == serial)
			return true;
	return false;
}

static bool
add_session(const struct revoke_request *request,
	const struct session_file *file, const struct record *record,
	const struct kept_tokens *kept, struct buffer *lines)
{
	JWT_AUTO(buffer) where = BUFFER(REVOKE_WORDS_MAX);

	if (!buffer_append_format(&where, ", session %s of ", file->name) ||
		!revoke_append_words(&where, slice_of_string(record->user)))
		return false;
	for (size_t i = 0; i < kept->count; i++)
		if (!revoke_token_lines(request, &kept->token[i], true,
			    buffer_string(&where), lines))
			return false;
	return true;
}

/* *found: its tokens are in the lines. */
static enum ctl_exit
name_session(const struct revoke_request *request,
	const struct jwt_config *config, const struct session_files *files,
	size_t index, bool *found, struct buffer *lines)
{
	const struct session_file *file = &files->file[index];
	struct kept_tokens kept = { .count = 0 };
	JWT_AUTO(kept_tokens_ptr) end = &kept;
	JWT_AUTO(record) record;
	struct report r = { "" };
	enum jwt_reason reason;

	record_init(&record);
	reason = read_session(config, file, &record, end, &r);
	if (reason != JWT_OK && !files->by_serial)
		return revoke_refuse(request, CTL_FAILED,
			jwt_reason_name(reason), "session %s: %s", file->name,
			r.text);
	if (reason != JWT_OK || kept.count == 0 ||
		(files->by_serial && !has_serial(&kept, files->serial)))
		return CTL_YES;
	if (!add_session(request, file, &record, &kept, lines))
		return revoke_refuse(request, CTL_FAILED, "internal_error",
			"too much to be revoked at once");
	*found = true;
	return CTL_YES;
}

enum ctl_exit
revoke_name_sessions(const struct revoke_request *request,
	const struct jwt_config *config, const struct session_files *files,
	struct buffer *lines)
{
	bool found = false;

	for (size_t i = 0; i < files->count; i++) {
		enum ctl_exit status =
			name_session(request, config, files, i, &found, lines);

		if (status != CTL_YES)
			return status;
	}
	if (!found && files->count == SESSIONS_MAX)
		return revoke_refuse(request, CTL_FAILED, "internal_error",
			"more than %d sessions: name one by its audit session "
			"id or pid-PID-STARTTIME",
			SESSIONS_MAX - 1);
	if (!found)
		return revoke_refuse(request, CTL_NO, "no_such_session",
			"%s: no live session here that began with a token",
			request->session);
	return CTL_YES;
}
