/* SPDX-License-Identifier: ISC */
/*
 * What the host must be like before a service is enabled, and the proof
 * afterwards that sshd and PAM took it. Everything here asks and changes
 * nothing.
 */
#include "enable.h"

#include "command.h"
#include "config/config.h"
#include "pam_snippet.h"

#include <pwd.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <string.h>

#define SSHD	   "/usr/sbin/sshd"
#define VISUDO	   "/usr/sbin/visudo"
#define OUR_KEYS   JWT_HELPER_DIR "/jwtauth-sshkeys"
#define OUR_MODULE JWT_PAM_DIR "/pam_jwt.so"
#define OUR_CONFIG JWT_CONF_DIR "/jwtauth.conf"

static bool
needs(const struct enable *e, const char *path, struct report *r)
{
	if (host_has(e, path))
		return true;
	report(r, JWT_CONFIG_ERROR,
		"%s: not there: is jwtauth-server "
		"installed in full?",
		path);
	return false;
}

/* Enabled without a rule, every token would be asked for and refused. */
static bool
check_config(const struct enable *e, struct report *r)
{
	JWT_AUTO(config) config = NULL;
	const struct service_config *service;
	struct config_error error = { .text = "" };
	char path[PATH_MAX];

	if (!host_path(e, path, "%s", OUR_CONFIG))
		return false;
	if (config_load(path, &config, &error) != JWT_OK) {
		report(r, JWT_CONFIG_ERROR, "%s", error.text);
		return false;
	}
	service = config_service(config, e->service->name);
	if (config->issuer_count == 0)
		report(r, JWT_CONFIG_ERROR,
			"%s: there is no issuer: every token would be refused",
			OUR_CONFIG);
	else if (service == NULL || !service->has_rule)
		report(r, JWT_CONFIG_ERROR,
			"%s: there is no rule for the service %s: every token "
			"would be refused",
			OUR_CONFIG, e->service->name);
	return r->text[0] == '\0';
}

static bool
runs_clean(const struct enable *e, const char *const argv[], struct report *r)
{
	JWT_AUTO(buffer) words = BUFFER(COMMAND_OUTPUT_MAX);
	int status = command_run(e->root, argv, &words, r);

	if (status > 0)
		report(r, JWT_CONFIG_ERROR, "%s %s: %.*s", argv[0], argv[1],
			(int)strcspn(buffer_string(&words), "\r\n"),
			buffer_string(&words));
	return status == 0;
}

/* A reply is never wanted: the conversation only has to be there. */
static int
no_conversation(int count, const struct pam_message **messages,
	struct pam_response **replies, void *data)
{
	(void)count;
	(void)messages;
	(void)replies;
	(void)data;
	return PAM_CONV_ERR;
}

/* Reads the service's file as the service itself would. */
static bool
pam_reads(const struct enable *e, const char *service, struct report *r)
{
	struct pam_conv conversation = { .conv = no_conversation };
	pam_handle_t *handle = NULL;
	char folder[PATH_MAX];
	int status;

	if (!host_path(e, folder, PAM_FOLDER))
		return false;
	status = pam_start_confdir(
		service, "root", &conversation, folder, &handle);
	if (status == PAM_SUCCESS) {
		pam_end(handle, PAM_SUCCESS);
		return true;
	}
	report(r, JWT_CONFIG_ERROR, PAM_FOLDER "/%s: PAM can't read it",
		service);
	return false;
}

static bool
pam_reads_all(const struct enable *e, struct report *r)
{
	for (size_t i = 0; i < PAM_FILES_MAX; i++) {
		char path[PATH_MAX];
		const char *name = e->service->pam_files[i];

		if (name == NULL)
			continue;
		snprintf(path, sizeof(path), PAM_FOLDER "/%s", name);
		if ((i == 0 || host_has(e, path)) && !pam_reads(e, name, r))
			return false;
	}
	return true;
}

static bool
check_keys_command(const struct enable *e, const struct sshd_settings *sshd,
	struct report *r)
{
	static const char *const command[] = { "AuthorizedKeysCommand", NULL };
	struct sshd_place place;

	place = sshd_find(e->root, command, true);
	if (place.line != 0)
		printf("note     %s:%u sets an AuthorizedKeysCommand in a "
		       "Match block: there it stands in place of ours\n",
			place.path, place.line);
	if (strcmp(sshd->keys_command, "none") == 0 ||
		strncmp(sshd->keys_command, OUR_KEYS, strlen(OUR_KEYS)) == 0)
		return true;
	place = sshd_find(e->root, command, false);
	report(r, JWT_CONFIG_ERROR,
		"sshd has an AuthorizedKeysCommand already, and takes one "
		"only: %s:%u: %s",
		place.line != 0 ? place.path : "sshd_config", place.line,
		sshd->keys_command);
	return false;
}

/*
 * A prompt for tokens is keyboard-interactive, behind which PAM asks for a
 * password next. Where sshd took none so far, none may be taken after.
 */
static bool
settle_prompt(
	struct enable *e, const struct sshd_settings *sshd, struct report *r)
{
	static const char *const methods[] = { "PasswordAuthentication",
		"KbdInteractiveAuthentication",
		"ChallengeResponseAuthentication", NULL };
	struct sshd_place place;

	if (e->prompt == PROMPT_NO)
		return true;
	if (host_has(e, SSHD_DROP_IN)) {
		if (e->prompt == PROMPT_AS_IT_WAS)
			e->prompt = drop_in_prompts(e) ? PROMPT_YES : PROMPT_NO;
		if (drop_in_prompts(e) || e->prompt == PROMPT_NO)
			return true;
	}
	e->prompt = PROMPT_YES;
	if (sshd->keyboard_interactive)
		return true;
	place = sshd_find(e->root, methods, true);
	if (place.line != 0) {
		report(r, JWT_CONFIG_ERROR,
			"%s:%u sets %s for some connections only, and a "
			"prompt for tokens could open passwords to others: "
			"take --no-prompt, or set "
			"KbdInteractiveAuthentication yourself, there too",
			place.path, place.line, place.setting);
		return false;
	}
	e->tokens_only = !sshd->password;
	if (e->tokens_only)
		printf("note     sshd takes no passwords: the prompt will take "
		       "a token, and nothing after it\n");
	return true;
}

static bool
check_sshd(struct enable *e, struct report *r)
{
	struct sshd_settings sshd;

	if (!needs(e, SSHD, r) || !needs(e, OUR_KEYS, r) ||
		!sshd_settings_read(e->root, &sshd, r) ||
		!check_keys_command(e, &sshd, r))
		return false;
	/* For local users, too, another account phase would begin. */
	if (!sshd.pam) {
		report(r, JWT_CONFIG_ERROR,
			"sshd runs with \"UsePAM no\": jwtauth needs PAM. "
			"Turn it on in sshd_config and try a login first");
		return false;
	}
	if (!sshd.pubkey)
		printf("note     sshd has \"PubkeyAuthentication no\": tokens "
		       "in certificates won't be looked at\n");
	return settle_prompt(e, &sshd, r);
}

static bool
sudo_takes_it(const struct enable *e, struct report *r)
{
	static const char *const visudo[] = { VISUDO, "-c", NULL };

	return !host_has(e, VISUDO) || runs_clean(e, visudo, r);
}

bool
enable_check_before(struct enable *e, struct report *r)
{
	char path[PATH_MAX];

	snprintf(
		path, sizeof(path), PAM_FOLDER "/%s", e->service->pam_files[0]);
	if (!host_has(e, path)) {
		report(r, JWT_CONFIG_ERROR, "%s: not there: is %s installed?",
			path, e->service->name);
		return false;
	}
	if (!needs(e, OUR_MODULE, r) ||
		!needs(e, JWT_HELPER_DIR "/jwtauth-check", r) ||
		!needs(e, JWT_STATE_DIR "/ids", r) || !check_config(e, r) ||
		!pam_reads_all(e, r))
		return false;
	if (e->service->is_sshd)
		return check_sshd(e, r);
	return sudo_takes_it(e, r);
}

static bool
sshd_took_it(const struct enable *e, struct report *r)
{
	static const char *const test[] = { SSHD, "-t", NULL };
	struct sshd_settings sshd;
	const char *missing = NULL;

	if (!runs_clean(e, test, r) || !sshd_settings_read(e->root, &sshd, r))
		return false;
	if (strcmp(sshd.keys_command, OUR_KEYS " %u %U %k") != 0)
		missing = "AuthorizedKeysCommand";
	else if (strcmp(sshd.keys_command_user, "jwtauth") != 0)
		missing = "AuthorizedKeysCommandUser";
	else if (e->prompt == PROMPT_YES && !sshd.keyboard_interactive)
		missing = "KbdInteractiveAuthentication";
	if (missing == NULL)
		return true;
	report(r, JWT_CONFIG_ERROR,
		"sshd doesn't take %s from " SSHD_DROP_IN ": does "
		"sshd_config begin with \"Include "
		"/etc/ssh/sshd_config.d/*.conf\", and no file before it say "
		"otherwise?",
		missing);
	return false;
}

bool
enable_check_after(const struct enable *e, struct report *r)
{
	return pam_reads_all(e, r) &&
	       (e->service->is_sshd ? sshd_took_it(e, r) : sudo_takes_it(e, r));
}
