/* SPDX-License-Identifier: ISC */
/*
 * What happens between fork and exec. The host program may have threads and
 * its user may have prepared limits, signals and descriptors: nothing of
 * that reaches the helper. Async-signal-safe throughout.
 */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROGRAM_FD 2 /* closed by exec: the helper has 0 and 1 only */

static const struct limit {
	__rlimit_resource_t resource;
	rlim_t value;
} limits[] = {
	{ RLIMIT_CORE, 0 }, /* no secret in a core file */
	{ RLIMIT_NOFILE, 256 },
	{ RLIMIT_STACK, 8u << 20 },
	/* A user's own low limits would make the helper fail. */
	{ RLIMIT_AS, RLIM_INFINITY },
	{ RLIMIT_DATA, RLIM_INFINITY },
	{ RLIMIT_RSS, RLIM_INFINITY },
	{ RLIMIT_CPU, RLIM_INFINITY },
	{ RLIMIT_FSIZE, RLIM_INFINITY },
	{ RLIMIT_NPROC, RLIM_INFINITY },
	{ RLIMIT_LOCKS, RLIM_INFINITY },
};

/*
 * A limit that can't be raised (in a container, say) stays: the helper may
 * fail by it, which denies.
 */
static bool
reset_limits(void)
{
	for (size_t i = 0; i < JWT_COUNT(limits); i++) {
		struct rlimit limit = { limits[i].value, limits[i].value };

		if (setrlimit(limits[i].resource, &limit) != 0 &&
			limits[i].resource == RLIMIT_CORE)
			return false;
	}
	setpriority(PRIO_PROCESS, 0, 0);
	return true;
}

/* exec keeps what is ignored: back to the default, one by one. */
static bool
reset_signals(void)
{
	struct sigaction act = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &act, NULL);
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

/* The three descriptors to 0, 1 and 2, whatever numbers they have. */
static bool
arrange_descriptors(const struct helper_child *child)
{
	int program = fcntl(child->program, F_DUPFD_CLOEXEC, 3);
	int request = fcntl(child->request, F_DUPFD_CLOEXEC, 3);
	int reply = fcntl(child->reply, F_DUPFD_CLOEXEC, 3);

	if (program < 0 || request < 0 || reply < 0)
		return false;
	if (dup2(request, STDIN_FILENO) < 0 || dup2(reply, STDOUT_FILENO) < 0 ||
		dup3(program, PROGRAM_FD, O_CLOEXEC) < 0)
		return false;
	return syscall(SYS_close_range, PROGRAM_FD + 1, ~0u, 0) == 0;
}

/* The unprivileged user, and no way to gain anything from here on. */
static bool
drop(const struct helper_child *child)
{
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (!ids_become(&child->ids) ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return false;
	/* Must follow the change of uids, which clears it. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
	       getppid() == child->parent;
}

void
helper_become(const struct helper_child *child)
{
	static char name[] = "jwtauth-check", option[] = "--framed";
	char *argv[] = { name, option, NULL }, *envp[] = { NULL };

	/* No terminal: neither its signals nor its input. */
	setsid();
	umask(077);
	if (chdir("/") == 0 && reset_limits() && reset_signals() &&
		arrange_descriptors(child) && drop(child))
		fexecve(PROGRAM_FD, argv, envp);
	_exit(HELPER_EXIT);
}
