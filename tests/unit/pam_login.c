/* SPDX-License-Identifier: ISC */
/* A login from its first phase to its last, and sudo inside it. */
#include "pam_login.h"

#include <dirent.h>
#include <string.h>

const char pam_certificate[] =
	"SSH_AUTH_INFO_0=publickey ssh-ed25519-cert-v01@openssh.com CERT\n";
const char pam_plain_key[] = "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAAkey\n";
const char *const one_token[] = { "tok", NULL };
const char *const no_token[] = { "", NULL };
static const char *const two_tokens[] = { "tok2", "tok3", NULL };

static struct login login;

/* Results: 0 auth, 1 open, 2 close; a sudo inside has 4 and on. */
static void
log_in(struct seen *seen)
{
	pam_handle_t *pamh;

	host_service(LOGIN);
	pamh = host_start(seen, login.user, login.replies);
	if (login.info)
		pam_putenv(pamh, login.info);
	if (login.replies)
		seen->result[0] = pam_authenticate(pamh, 0);
	if (login.login_uid != 0)
		seen->result[3] = host_login_uid(login.login_uid);
	seen->result[1] = pam_open_session(pamh, 0);
	if (login.inside)
		host_run_below(login.inside, seen);
	host_service(LOGIN);
	seen->result[2] = pam_close_session(pamh, 0);
	pam_end(pamh, 0);
	if (login.after)
		host_run_below(login.after, seen);
}

const struct seen *
run_login(struct login how)
{
	login = how;
	if (!login.user)
		login.user = HOST_USER;
	return host_run(log_in);
}

void
sudo(struct seen *seen, unsigned real, const char *user,
	const char *const *replies, size_t at)
{
	pam_handle_t *pamh;

	host_service(ELEVATE);
	host_become_sudo_of(real);
	pamh = host_start(seen, user, replies);
	seen->result[at] = pam_authenticate(pamh, 0);
	seen->result[at + 1] = pam_acct_mgmt(pamh, 0);
	pam_end(pamh, 0);
}

void
sudo_with_record(struct seen *seen)
{
	sudo(seen, HOST_USER_UID, HOST_USER, no_token, 4);
}

void
sudo_with_new_token(struct seen *seen)
{
	sudo(seen, HOST_USER_UID, HOST_USER, two_tokens, 4);
}

/* sudo while its time stamp is valid: the auth phase is skipped. */
void
sudo_with_time_stamp(struct seen *seen)
{
	pam_handle_t *pamh;

	host_service(ELEVATE);
	host_become_sudo_of(HOST_USER_UID);
	pamh = host_start(seen, HOST_USER, no_token);
	seen->result[6] = pam_acct_mgmt(pamh, 0);
	pam_end(pamh, 0);
}

void
sudo_then_time_stamp(struct seen *seen)
{
	host_run_below(sudo_with_new_token, seen);
	host_run_below(sudo_with_time_stamp, seen);
}

bool
has_record(const char *prefix, const char *suffix)
{
	DIR *dir = opendir(HOST_SESSIONS);
	const struct dirent *entry;
	bool found = false;

	while (dir && (entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name), end = strlen(suffix);

		if (entry->d_name[0] != '.' && len > end &&
			strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
			strcmp(entry->d_name + len - end, suffix) == 0)
			found = true;
	}
	if (dir)
		closedir(dir);
	return found;
}
