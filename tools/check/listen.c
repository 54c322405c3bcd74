/* SPDX-License-Identifier: ISC */
/*
 * The dispatcher behind check.sock. It parses nothing: it accepts, asks the
 * kernel who is there, counts connections for each user, and forks a fresh
 * checker for each.
 */
#include "check.h"
#include "privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LISTEN_FD	 3  /* systemd's first (sd_listen_fds(3)) */
#define CHECKERS_MAX	 64 /* connections at once */
#define CHECKERS_PER_UID 8  /* of one user other than root */
#define CHECKERS_ROOT	 8  /* kept for root: one user may have many uids */

struct checker {
	pid_t pid; /* 0: this place is free */
	uid_t uid;
};

struct dispatcher {
	struct checker checker[CHECKERS_MAX];
	const char *config;
	int signals; /* signalfd: SIGCHLD, SIGTERM, SIGINT */
	bool refused_any;
	uid_t refused_last;
};

/* A free place, unless this user, or all but root, have what is theirs. */
static struct checker *
place_for(struct dispatcher *d, uid_t uid)
{
	struct checker *place = NULL;
	unsigned of_user = 0, free_places = 0;

	for (size_t i = 0; i < CHECKERS_MAX; i++) {
		if (d->checker[i].pid == 0) {
			place = &d->checker[i];
			free_places++;
		} else if (d->checker[i].uid == uid) {
			of_user++;
		}
	}
	if (uid != 0 &&
		(of_user >= CHECKERS_PER_UID || free_places <= CHECKERS_ROOT))
		return NULL;
	return place;
}

static void
reap(struct dispatcher *d)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (size_t i = 0; i < CHECKERS_MAX; i++)
			if (d->checker[i].pid == pid)
				d->checker[i].pid = 0;
}

/* The child: judges what comes over one connection, then ends. */
static _Noreturn void
check_connection(struct dispatcher *d, int connection, uid_t uid)
{
	const struct peer peer = { .is_root = uid == 0, .uid = uid };
	struct judge judge = { 0 };
	struct report r = { 0 };
	sigset_t none;

	close(LISTEN_FD);
	close(d->signals);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Its default action ends us: a connection judges by the config of
	 * its beginning, so it must not last. */
	alarm(CHECK_LIFE);
	/* Who only connects costs no more than this process. */
	if (!wait_for_input(connection))
		_exit(CHECK_ALLOW);
	if (judge_start(&judge, d->config, &r) != JWT_OK) {
		fprintf(stderr, "jwtauth-check: %s\n", r.text);
		_exit(CHECK_UNDECIDED);
	}
	(void)serve_framed(&judge, connection, connection, &peer);
	judge_stop(&judge);
	_exit(CHECK_ALLOW);
}

/* One line a user, or a flood of them would drown what others did. */
static void
refuse(struct dispatcher *d, uid_t uid)
{
	if (d->refused_any && d->refused_last == uid)
		return;
	d->refused_any = true;
	d->refused_last = uid;
	fprintf(stderr, "jwtauth-check: uid %u has too many connections\n",
		(unsigned)uid);
}

static void
accept_one(struct dispatcher *d)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);
	struct checker *place;
	JWT_AUTO(fd) connection = accept4(LISTEN_FD, NULL, NULL, SOCK_CLOEXEC);

	if (connection < 0)
		return;
	if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return;
	place = place_for(d, cred.uid);
	if (place == NULL) {
		refuse(d, cred.uid);
		return;
	}
	place->uid = cred.uid;
	place->pid = fork();
	if (place->pid == 0)
		check_connection(d, connection, cred.uid);
	if (place->pid < 0) {
		fprintf(stderr, "jwtauth-check: fork: %s\n", strerror(errno));
		place->pid = 0;
	}
}

/* True once a signal asks us to end. */
static bool
read_signal(struct dispatcher *d)
{
	struct signalfd_siginfo info;

	if (read(d->signals, &info, sizeof(info)) != sizeof(info))
		return false;
	reap(d);
	return info.ssi_signo != SIGCHLD;
}

static bool
got_our_socket(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int listening = 0;
	socklen_t len = sizeof(listening);

	return pid != NULL && fds != NULL && strcmp(fds, "1") == 0 &&
	       strtol(pid, NULL, 10) == (long)getpid() &&
	       getsockopt(LISTEN_FD, SOL_SOCKET, SO_ACCEPTCONN, &listening,
		       &len) == 0 &&
	       listening != 0;
}

static int
watch_signals(void)
{
	sigset_t watched;

	sigemptyset(&watched);
	sigaddset(&watched, SIGCHLD);
	sigaddset(&watched, SIGTERM);
	sigaddset(&watched, SIGINT);
	if (sigprocmask(SIG_BLOCK, &watched, NULL) != 0)
		return -1;
	return signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
}

int
listen_main(const struct check_options *options)
{
	struct dispatcher d = { .config = options->config };
	struct pollfd ready[2];

	if (!got_our_socket()) {
		fprintf(stderr, "jwtauth-check: --listen takes its socket from "
				"systemd; run: systemctl start "
				"jwtauth-check.socket\n");
		return CHECK_USAGE;
	}
	if (geteuid() == 0) {
		fprintf(stderr, "jwtauth-check: --listen does not run as root; "
				"set User= in the unit\n");
		return CHECK_USAGE;
	}
	privileges_harden();
	if (fcntl(LISTEN_FD, F_SETFL, O_NONBLOCK) != 0 ||
		(d.signals = watch_signals()) < 0) {
		fprintf(stderr, "jwtauth-check: %s\n", strerror(errno));
		return CHECK_UNDECIDED;
	}
	ready[0] = (struct pollfd){ .fd = LISTEN_FD, .events = POLLIN };
	ready[1] = (struct pollfd){ .fd = d.signals, .events = POLLIN };
	for (;;) {
		if (poll(ready, 2, -1) < 0 && errno != EINTR)
			return CHECK_UNDECIDED;
		if ((ready[1].revents & POLLIN) != 0 && read_signal(&d))
			return CHECK_ALLOW;
		if ((ready[0].revents & POLLIN) != 0)
			accept_one(&d);
	}
}
