/* SPDX-License-Identifier: ISC */
/*
 * A PAM module for the tests: it says yes and notes in /run/probe.log, one
 * JSON object a line, what sshd or sudo showed it. It judges nothing, so
 * what it notes is a fact about the program around it.
 *
 * Options: prompts=N (questions in the auth phase), fail (the session phase
 * fails).
 */
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROBE_LOG "/run/probe.log"

static const char *
item(pam_handle_t *pamh, int which)
{
	const void *value = NULL;

	if (pam_get_item(pamh, which, &value) != PAM_SUCCESS || value == NULL)
		return "";
	return value;
}

static size_t
length(const char *text)
{
	return text == NULL ? 0 : strlen(text);
}

static const char *
option(int argc, const char **argv, const char *name)
{
	size_t len = strlen(name);

	for (int i = 0; i < argc; i++)
		if (strncmp(argv[i], name, len) == 0)
			return argv[i] + len;
	return NULL;
}

/* What is seen in any phase; the caller closes the line. */
static FILE *
note(pam_handle_t *pamh, const char *phase)
{
	const void *data = NULL;
	const char *kept = pam_getenv(pamh, "PROBE_KEPT");
	const char *caller = getenv("PROBE_CALLER");
	FILE *log = fopen(PROBE_LOG, "ae");

	if (log == NULL)
		return NULL;
	(void)pam_get_data(pamh, "probe", &data);
	fprintf(log,
		"{\"phase\": \"%s\", \"service\": \"%s\", \"user\": \"%s\","
		" \"ruser\": \"%s\", \"tty\": \"%s\", \"uid\": %d,"
		" \"euid\": %d, \"pid\": %d, \"data\": %s, \"kept\": %s,"
		" \"caller_environment\": %s, \"auth_info\": %zu",
		phase, item(pamh, PAM_SERVICE), item(pamh, PAM_USER),
		item(pamh, PAM_RUSER), item(pamh, PAM_TTY), (int)getuid(),
		(int)geteuid(), (int)getpid(), data ? "true" : "false",
		kept ? "true" : "false", caller ? "true" : "false",
		length(pam_getenv(pamh, "SSH_AUTH_INFO_0")));
	return log;
}

static int
end(FILE *log, int result)
{
	if (log != NULL) {
		fprintf(log, "}\n");
		fclose(log);
	}
	return result;
}

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const char *prompts = option(argc, argv, "prompts=");
	int count = prompts != NULL ? atoi(prompts) : 0;
	FILE *log = note(pamh, "auth");

	(void)flags;
	if (log == NULL)
		return PAM_SYSTEM_ERR;
	(void)pam_set_data(pamh, "probe", log, NULL);
	(void)pam_putenv(pamh, "PROBE_KEPT=yes");
	fprintf(log, ", \"replies\": [");
	for (int i = 0; i < count; i++) {
		char *reply = NULL;
		int got = pam_prompt(
			pamh, PAM_PROMPT_ECHO_OFF, &reply, "Probe %d: ", i);

		fprintf(log,
			"%s{\"result\": %d, \"length\": %zu,"
			" \"same\": %s}",
			i ? ", " : "", got, length(reply),
			reply != NULL && strspn(reply, "x") == length(reply)
				? "true"
				: "false");
		free(reply);
	}
	fprintf(log, "]");
	return end(log, PAM_SUCCESS);
}

int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	(void)argc;
	(void)argv;
	return end(note(pamh, "setcred"), PAM_SUCCESS);
}

int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	(void)argc;
	(void)argv;
	return end(note(pamh, "account"), PAM_SUCCESS);
}

int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return end(note(pamh, "open_session"),
		option(argc, argv, "fail") ? PAM_SESSION_ERR : PAM_SUCCESS);
}

int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	(void)argc;
	(void)argv;
	return end(note(pamh, "close_session"), PAM_SUCCESS);
}
