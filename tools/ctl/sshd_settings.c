/* SPDX-License-Identifier: ISC */
/*
 * The answer of "sshd -T": one setting a line, names in lower case.
 */
#include "sshd_settings.h"

#include "command.h"
#include "text_lines.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SSHD	 "/usr/sbin/sshd"
#define RUN_SSHD "/run/sshd"

static void
copy_rest(struct slice line, char *out, size_t size)
{
	while (line.len > 0 && line.data[0] == ' ')
		line = slice_of(line.data + 1, line.len - 1);
	while (line.len > 0 && line.data[line.len - 1] <= ' ')
		line.len--;
	snprintf(out, size, "%.*s", (int)line.len, (const char *)line.data);
}

static void
take_setting(struct slice line, struct sshd_settings *out)
{
	struct slice name, rest = line, value;

	if (!word_next(&rest, "", &name))
		return;
	value = rest;
	if (word_is(name, "authorizedkeyscommand"))
		copy_rest(rest, out->keys_command, sizeof(out->keys_command));
	else if (word_is(name, "authorizedkeyscommanduser"))
		copy_rest(rest, out->keys_command_user,
			sizeof(out->keys_command_user));
	else if (!word_next(&rest, "", &value))
		return;
	else if (word_is(name, "usepam"))
		out->pam = word_is(value, "yes");
	else if (word_is(name, "passwordauthentication"))
		out->password = word_is(value, "yes");
	else if (word_is(name, "kbdinteractiveauthentication"))
		out->keyboard_interactive = word_is(value, "yes");
	else if (word_is(name, "pubkeyauthentication"))
		out->pubkey = word_is(value, "yes");
}

bool
sshd_settings_parse(struct slice answer, struct sshd_settings *out)
{
	struct slice line;

	*out = (struct sshd_settings){ .keys_command = "" };
	while (line_next(&answer, &line))
		take_setting(line, out);
	/* Every sshd names this one, if only as "none". */
	return out->keys_command[0] != '\0';
}

/* sshd refuses to look at its file without it; a stopped sshd has none. */
static void
make_run_folder(const char *root)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s" RUN_SSHD, root) <
		(int)sizeof(path))
		(void)mkdir(path, 0755);
}

bool
sshd_settings_read(
	const char *root, struct sshd_settings *out, struct report *r)
{
	static const char *const ask[] = { SSHD, "-T", NULL };
	JWT_AUTO(buffer) answer = BUFFER(COMMAND_OUTPUT_MAX);
	int status;

	make_run_folder(root);
	status = command_run(root, ask, &answer, r);
	if (status > 0)
		report(r, JWT_CONFIG_ERROR,
			"sshd refuses its own configuration: %.*s",
			(int)strcspn(buffer_string(&answer), "\r\n"),
			buffer_string(&answer));
	if (status != 0)
		return false;
	if (sshd_settings_parse(buffer_slice(&answer), out))
		return true;
	report(r, JWT_INTERNAL_ERROR, "sshd -T gave no answer we know");
	return false;
}
