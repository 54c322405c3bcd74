/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl enable and disable: what they share. enable.c talks and
 * coordinates, enable_check.c asks the host, enable_plan.c decides which
 * files change.
 */
#ifndef JWT_CTL_ENABLE_H
#define JWT_CTL_ENABLE_H

#include "base/file.h"
#include "changes.h"
#include "sshd_settings.h"

#define PAM_FILES_MAX	2
#define PAM_FOLDER	"/etc/pam.d"
#define SSHD_DROP_IN	"/etc/ssh/sshd_config.d/20-jwtauth.conf"
#define SUDOERS_FOLDER	"/etc/sudoers.d"
#define SUDOERS_DROP_IN SUDOERS_FOLDER "/20-jwtauth"

struct enable_service {
	const char *name;
	/* In /etc/pam.d; the first must be there, the others may be. */
	const char *pam_files[PAM_FILES_MAX];
	bool is_sshd; /* has a daemon to reload; the other one is sudo */
};

struct enable {
	const char *root; /* "" or the folder that stands for "/" */
	const struct enable_service *service;
	const char *exempt; /* NULL: as it was */
	enum { PROMPT_AS_IT_WAS, PROMPT_YES, PROMPT_NO } prompt;
	bool dry_run, no_reload;
	/* Found out: sshd took no passwords before. */
	bool tokens_only;
	int lock; /* of the PAM folder, while something is changed; or -1 */
	struct change_list changes;
};

/* root and the path of the host, put together. False: too long. */
bool host_path(const struct enable *e, char out[PATH_MAX], const char *format,
	...) JWT_MUST_CHECK __attribute__((format(printf, 3, 4)));
bool host_has(const struct enable *e, const char *path);
/* file_read of the host's path; FILE_MISSING is no failure to some. */
enum file_status read_host(const struct enable *e, const char *path,
	struct buffer *out, struct report *report) JWT_MUST_CHECK;

/*
 * Is the host fit for it? Settles prompt and tokens_only. False: no, and the
 * report says what to mend.
 */
bool enable_check_before(
	struct enable *e, struct report *report) JWT_MUST_CHECK;
/* Did it take effect? False: sshd or PAM can't live with the new files. */
bool enable_check_after(
	const struct enable *e, struct report *report) JWT_MUST_CHECK;

/* Fill e->changes, in an order in which every step leaves logins working. */
bool enable_plan(struct enable *e, struct report *report) JWT_MUST_CHECK;
bool disable_plan(struct enable *e, struct report *report) JWT_MUST_CHECK;

/* The same for sshd's drop-in alone. */
bool drop_in_plan(struct enable *e, struct report *report) JWT_MUST_CHECK;
bool drop_in_plan_removal(
	struct enable *e, struct report *report) JWT_MUST_CHECK;
/* And for sudo's. */
bool sudoers_plan(struct enable *e, struct report *report) JWT_MUST_CHECK;
bool sudoers_plan_removal(
	struct enable *e, struct report *report) JWT_MUST_CHECK;
/* Does the drop-in that is there ask for tokens at a prompt? */
bool drop_in_prompts(const struct enable *e);

/* Is anything of ours in the service's files? */
bool service_is_enabled(const struct enable *e);

/* The services that can be enabled; NULL behind the last. */
const struct enable_service *enable_service(size_t i);
/* Fills e; with *all, e has no service. False: they make no sense. */
bool enable_take_arguments(struct enable *e, int argc, char *argv[], bool on,
	bool *all) JWT_MUST_CHECK;

#endif
