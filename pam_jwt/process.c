/* SPDX-License-Identifier: ISC */
/* Reading /proc, in numbers only. */
#include "process.h"

#include "base/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROC_FILE_MAX 4096
#define STAT_STATE    3
#define STAT_PARENT   4
#define STAT_START    22

static bool
read_proc(const char *path, struct buffer *out)
{
	const struct file_trust trust = { .any_owner = true };

	return file_read(path, &trust, out, NULL) == FILE_OK && out->len > 0;
}

/* A whole number, perhaps with a line's end behind it. */
static bool
parse_number(const char *text, uint64_t *out)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*out = strtoull(text, &end, 10);
	return *end == '\0' || *end == '\n' || *end == ' ';
}

bool
process_parse_stat(const char *line, struct process *out)
{
	/* The name may hold anything, blanks and brackets among it. */
	const char *at = strrchr(line, ')');
	uint64_t parent = 0, start = 0;
	bool has_parent = false, has_start = false;

	for (unsigned field = 3; at && field <= STAT_START; field++) {
		at = strchr(at, ' ');
		if (!at)
			break;
		at++;
		/* A zombie waits for its parent and leads nothing. */
		if (field == STAT_STATE && (*at == 'Z' || *at == 'X'))
			return false;
		if (field == STAT_PARENT)
			has_parent = parse_number(at, &parent);
		if (field == STAT_START)
			has_start = parse_number(at, &start);
	}
	if (!has_parent || !has_start || parent > INT32_MAX)
		return false;
	out->parent = (pid_t)parent;
	out->start = start;
	return true;
}

/* unset where the kernel has no audit. */
static bool
read_u32(pid_t pid, const char *name, uint32_t unset, uint32_t *out)
{
	JWT_AUTO(buffer) text = BUFFER(PROC_FILE_MAX);
	char path[64];
	uint64_t number;

	*out = unset;
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	if (!read_proc(path, &text))
		return access(path, F_OK) != 0;
	if (!parse_number(buffer_string(&text), &number) || number > UINT32_MAX)
		return false;
	*out = (uint32_t)number;
	return true;
}

bool
process_read(pid_t pid, struct process *out)
{
	JWT_AUTO(buffer) text = BUFFER(PROC_FILE_MAX);
	struct process process = { .pid = pid };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (!read_proc(path, &text) ||
		!process_parse_stat(buffer_string(&text), &process) ||
		!read_u32(pid, "sessionid", AUDIT_UNSET,
			&process.audit_session) ||
		!read_u32(pid, "loginuid", JWT_NO_UID, &process.login_uid))
		return false;
	*out = process;
	return true;
}

bool
boot_id_read(char out[BOOT_ID_LEN + 1])
{
	JWT_AUTO(buffer) text = BUFFER(PROC_FILE_MAX);

	if (!read_proc("/proc/sys/kernel/random/boot_id", &text) ||
		text.len < BOOT_ID_LEN)
		return false;
	memcpy(out, text.data, BOOT_ID_LEN);
	out[BOOT_ID_LEN] = '\0';
	return true;
}
