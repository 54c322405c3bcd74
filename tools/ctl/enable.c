/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl enable and disable: the command line, and the order of things:
 * look, plan, change, prove, or take it all back.
 */
#include "enable.h"

#include "command.h"
#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#define SYSTEMCTL "/usr/bin/systemctl"

static enum ctl_exit
refuse(const struct report *r)
{
	return ctl_fail(CTL_FAILED, "%s",
		r->text[0] != '\0' ? r->text : "out of memory");
}

/* One run at a time. */
static bool
lock_host(struct enable *e, struct report *r)
{
	char path[PATH_MAX];

	if (e->lock >= 0)
		return true;
	if (!host_path(e, path, PAM_FOLDER))
		return false;
	e->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (e->lock >= 0 && flock(e->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	report(r, JWT_INTERNAL_ERROR,
		errno == EWOULDBLOCK ? "another jwtauthctl is at it"
				     : PAM_FOLDER " can't be locked");
	return false;
}

static void
print_changes(const struct enable *e)
{
	for (size_t i = 0; i < e->changes.count; i++) {
		const struct change *change = &e->changes.item[i];

		printf("%s%s %s\n", e->dry_run ? "would " : "",
			!change->remains  ? "remove  "
			: change->existed ? "change  "
					  : "write   ",
			change->path);
	}
}

static bool
systemd_reloads(const char *unit)
{
	const char *const command[] = { SYSTEMCTL, "try-reload-or-restart",
		unit, NULL };
	JWT_AUTO(buffer) words = BUFFER(COMMAND_OUTPUT_MAX);
	struct report r = { .text = "" };

	if (command_run("", command, &words, &r) == 0) {
		printf("reloaded %s\n", unit);
		return true;
	}
	ctl_fail(CTL_FAILED, "%s can't be reloaded: %s%s", unit,
		buffer_string(&words), r.text);
	return false;
}

/*
 * sshd reads its configuration anew only when it is told so; sessions that
 * are there stay. The fetcher may run with the configuration of yesterday.
 */
static bool
reload(const struct enable *e, bool on)
{
	bool good = true;

	if (e->no_reload || e->root[0] != '\0' ||
		access("/run/systemd/system", F_OK) != 0) {
		if (e->service->is_sshd)
			printf("next     reload sshd: systemctl reload ssh\n");
		return true;
	}
	if (on)
		good = systemd_reloads("jwtauth-fetchd.service");
	if (e->service->is_sshd && !systemd_reloads("ssh.service"))
		good = false;
	return good;
}

static enum ctl_exit
make_changes(struct enable *e, bool on)
{
	struct report r = { .text = "" }, undo = { .text = "" };

	if (e->changes.count == 0) {
		printf("%s is %s already\n", e->service->name,
			on ? "enabled" : "disabled");
		return CTL_YES;
	}
	if (!e->dry_run) {
		if (!changes_make(&e->changes, &r))
			return refuse(&r);
		if (on && !enable_check_after(e, &r)) {
			if (!changes_undo(&e->changes, &undo))
				refuse(&undo);
			else
				fprintf(stderr, "jwtauthctl: taken back, "
						"nothing is changed:\n");
			return refuse(&r);
		}
	}
	print_changes(e);
	/* Off is off, whether or not sshd listens to us. */
	return e->dry_run || reload(e, on) || !on ? CTL_YES : CTL_FAILED;
}

static enum ctl_exit
run_enable(struct enable *e)
{
	struct report r = { .text = "" };
	enum ctl_exit status;

	if (!lock_host(e, &r) || !enable_check_before(e, &r) ||
		!enable_plan(e, &r))
		return refuse(&r);
	status = make_changes(e, true);
	if (status == CTL_YES && !e->dry_run && e->changes.count > 0)
		printf("%s takes tokens now. Keep this session open and try "
		       "from another one;\n\"jwtauthctl disable %s\" undoes "
		       "it.\n",
			e->service->name, e->service->name);
	return status;
}

static enum ctl_exit
run_disable(struct enable *e)
{
	struct report r = { .text = "" };

	if (!lock_host(e, &r) || !disable_plan(e, &r))
		return refuse(&r);
	return make_changes(e, false);
}

static bool
may_change(const struct enable *e)
{
	if (geteuid() == 0 || e->root[0] != '\0')
		return true;
	ctl_fail(CTL_FAILED, "run this as root");
	return false;
}

/* Nothing stays behind: neither memory nor the lock. */
static enum ctl_exit
finish(struct enable *e, enum ctl_exit status)
{
	change_list_free(&e->changes);
	if (e->lock >= 0)
		close(e->lock);
	return status;
}

enum ctl_exit
ctl_enable(int argc, char *argv[])
{
	struct enable e;
	bool all;

	if (!enable_take_arguments(&e, argc, argv, true, &all))
		return ctl_usage("enable takes sshd or sudo, and options "
				 "that fit it");
	if (!may_change(&e))
		return CTL_FAILED;
	return finish(&e, run_enable(&e));
}

static enum ctl_exit
disable_every_service(struct enable *e)
{
	enum ctl_exit worst = CTL_YES, status;

	for (size_t i = 0; (e->service = enable_service(i)) != NULL; i++) {
		if (!service_is_enabled(e))
			continue;
		status = run_disable(e);
		change_list_free(&e->changes);
		worst = status > worst ? status : worst;
	}
	return worst;
}

enum ctl_exit
ctl_disable(int argc, char *argv[])
{
	struct enable e;
	bool all;

	if (!enable_take_arguments(&e, argc, argv, false, &all))
		return ctl_usage("disable takes sshd, sudo or --all");
	if (!may_change(&e))
		return CTL_FAILED;
	return finish(&e, all ? disable_every_service(&e) : run_disable(&e));
}
