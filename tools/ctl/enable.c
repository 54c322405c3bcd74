/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl enable and disable: the command line, and the order of things:
 * look, plan, change, prove, or take it all back.
 */
#include "enable.h"

#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#define SYSTEMCTL    "/usr/bin/systemctl"
#define EXIT_REFUSED 1
#define EXIT_USAGE   2

static const char enable_usage[] =
	"usage: jwtauthctl enable sshd|sudo [--exempt USER,...] [--no-prompt|"
	"--prompt]\n"
	"                         [--dry-run] [--no-reload] [--root DIR]\n";
static const char disable_usage[] =
	"usage: jwtauthctl disable sshd|sudo|--all [--dry-run] [--no-reload]\n"
	"                          [--root DIR]\n";

static int
refuse(const struct report *r)
{
	fprintf(stderr, "jwtauthctl: %s\n",
		r->text[0] != '\0' ? r->text : "out of memory");
	return EXIT_REFUSED;
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

/*
 * sshd reads its configuration anew for each connection only when it is told
 * so; sessions that are there stay.
 */
static bool
reload(const struct enable *e)
{
	static const char *const command[] = { SYSTEMCTL,
		"try-reload-or-restart", "ssh.service", NULL };
	JWT_AUTO(buffer) words = BUFFER(COMMAND_OUTPUT_MAX);
	struct report r = { .text = "" };

	if (!e->service->is_sshd)
		return true;
	if (e->no_reload || e->root[0] != '\0' ||
		access("/run/systemd/system", F_OK) != 0) {
		printf("next     reload sshd: systemctl reload ssh\n");
		return true;
	}
	if (command_run("", command, &words, &r) == 0) {
		printf("reloaded ssh.service\n");
		return true;
	}
	fprintf(stderr,
		"jwtauthctl: ssh.service can't be reloaded; do it by hand: "
		"%s%s\n",
		buffer_string(&words), r.text);
	return false;
}

static int
make_changes(struct enable *e, bool on)
{
	struct report r = { .text = "" }, undo = { .text = "" };

	if (e->changes.count == 0) {
		printf("%s is %s already\n", e->service->name,
			on ? "enabled" : "disabled");
		return 0;
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
	return e->dry_run || reload(e) || !on ? 0 : EXIT_REFUSED;
}

static int
run_enable(struct enable *e)
{
	struct report r = { .text = "" };
	int status;

	if (!lock_host(e, &r) || !enable_check_before(e, &r) ||
		!enable_plan(e, &r))
		return refuse(&r);
	status = make_changes(e, true);
	if (status == 0 && !e->dry_run && e->changes.count > 0)
		printf("%s takes tokens now. Keep this session open and try "
		       "from another one;\n\"jwtauthctl disable %s\" undoes "
		       "it.\n",
			e->service->name, e->service->name);
	return status;
}

static int
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
	fprintf(stderr, "jwtauthctl: run this as root\n");
	return false;
}

/* Nothing stays behind: neither memory nor the lock. */
static int
finish(struct enable *e, int status)
{
	change_list_free(&e->changes);
	if (e->lock >= 0)
		close(e->lock);
	return status;
}

int
ctl_enable(int argc, char *argv[])
{
	struct enable e;
	bool all;

	if (!enable_take_arguments(&e, argc, argv, true, &all)) {
		fputs(enable_usage, stderr);
		return EXIT_USAGE;
	}
	if (!may_change(&e))
		return EXIT_REFUSED;
	return finish(&e, run_enable(&e));
}

static int
disable_every_service(struct enable *e)
{
	int worst = 0;

	for (size_t i = 0; (e->service = enable_service(i)) != NULL; i++) {
		int status;

		if (!service_is_enabled(e))
			continue;
		status = run_disable(e);
		change_list_free(&e->changes);
		worst = status > worst ? status : worst;
	}
	return worst;
}

int
ctl_disable(int argc, char *argv[])
{
	struct enable e;
	bool all;

	if (!enable_take_arguments(&e, argc, argv, false, &all)) {
		fputs(disable_usage, stderr);
		return EXIT_USAGE;
	}
	if (!may_change(&e))
		return EXIT_REFUSED;
	return finish(&e, all ? disable_every_service(&e) : run_disable(&e));
}
