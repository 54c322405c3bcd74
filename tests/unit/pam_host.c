/* SPDX-License-Identifier: ISC */
/* The host program: folders, processes, conversation. */
#include "pam_host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#define ROOT   PAM_TEST_ROOT
#define LOG    ROOT "/log/lines"
#define MODULE ROOT "/pam_jwt.so"

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "test host: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

void
host_write(const char *path, const char *text, unsigned mode)
{
	FILE *out;

	unlink(path);
	out = fopen(path, "w");
	must(out && fputs(text, out) >= 0 && fclose(out) == 0, path);
	must(chmod(path, mode) == 0, path);
}

static void
folder(const char *path, mode_t mode)
{
	must(mkdir(path, 0755) == 0 || errno == EEXIST, path);
	must(chmod(path, mode) == 0, path);
}

/* Into the host, for callers that can't look into the build folder. */
static void
copy_file(const char *source, const char *path)
{
	static char buffer[1 << 16];
	int from = open(source, O_RDONLY | O_CLOEXEC);
	int to = unlink(path) == 0 || errno == ENOENT
			 ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755)
			 : -1;
	ssize_t got = 0;

	must(from >= 0 && to >= 0, source);
	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		must(write(to, buffer, (size_t)got) == got, "copy");
	must(got == 0 && fchmod(to, 0755) == 0, "copy");
	close(from);
	close(to);
}

/* /dev with no more in it than we need, so that /dev/log can be ours. */
static void
own_dev(void)
{
	folder(ROOT "/dev", 0755);
	must(mknod(ROOT "/dev/null", S_IFCHR | 0666, makedev(1, 3)) == 0 &&
			mknod(ROOT "/dev/urandom", S_IFCHR | 0666,
				makedev(1, 9)) == 0 &&
			mount(ROOT "/dev", "/dev", NULL, MS_BIND, NULL) == 0,
		"/dev");
}

static void
collect(int fd)
{
	char line[4096];
	ssize_t got;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	while ((got = recv(fd, line, sizeof(line), 0)) >= 0) {
		FILE *log = fopen(LOG, "a");

		must(log != NULL, LOG);
		fprintf(log, "%.*s\n", (int)got, line);
		fclose(log);
	}
	_exit(1);
}

/* The system log of the scenarios, in a file. */
static void
start_log(void)
{
	struct sockaddr_un address = { AF_UNIX, "/dev/log" };
	int fd;
	pid_t pid;

	own_dev();
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	must(fd >= 0 &&
			bind(fd, (struct sockaddr *)&address,
				sizeof(address)) == 0 &&
			chmod("/dev/log", 0666) == 0,
		"/dev/log");
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0)
		collect(fd);
	close(fd);
}

static void
read_file(const char *path, char *out, size_t size)
{
	FILE *in = fopen(path, "r");
	size_t got = in ? fread(out, 1, size - 1, in) : 0;

	out[got] = '\0';
	if (in)
		fclose(in);
}

/* Up to a line of our own, so that all lines before it are in. */
static void
read_log(char *out, size_t size)
{
	static unsigned number;
	char mark[64], *at = NULL;

	snprintf(mark, sizeof(mark), "mark %u.", ++number);
	syslog(LOG_DEBUG, "%s", mark);
	for (int tries = 0; !at && tries < 500; tries++) {
		read_file(LOG, out, size);
		at = strstr(out, mark);
		if (!at)
			poll(NULL, 0, 10);
	}
	must(at != NULL, "the log");
	*at = '\0';
}

bool
host_setup(void)
{
	if (geteuid() != 0)
		return false;
	umask(022);
	/* A session that has a leader, whoever started us and is gone. */
	(void)setsid();
	must(unshare(CLONE_NEWNS) == 0, "unshare");
	must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0,
		"/ must be a mount point of its own");
	must(mount("none", ROOT, "tmpfs", 0, "mode=0755") == 0, ROOT);
	folder(ROOT "/pam.d", 0755);
	folder(ROOT "/libexec", 0755);
	folder(ROOT "/state", 0755);
	folder(ROOT "/notes", 0777);
	folder(ROOT "/log", 0700);
	host_write(ROOT "/pam.d/other", "auth required pam_deny.so\n", 0644);
	copy_file(PAM_TEST_MODULE, MODULE);
	start_log();
	return true;
}

static void
empty(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	must(dir != NULL, path);
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

void
host_service(const char *options)
{
	static const char *const types[] = { "auth", "account", "session" };
	char text[2048] = "";
	size_t len = 0;

	/* Raw answers: success and failures end the stack, ignore jumps. */
	for (size_t i = 0; i < 3; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
			"%s [success=done ignore=1 default=die] %s %s\n"
			"%s required pam_deny.so\n"
			"%s required pam_debug.so auth=try_again "
			"cred=try_again acct=try_again "
			"open_session=try_again close_session=try_again\n",
			types[i], MODULE, options, types[i], types[i]);
	host_write(ROOT "/pam.d/svc", text, 0644);
}

void
host_reset(const char *options)
{
	folder(ROOT "/run", 0755);
	folder(ROOT "/run/sessions", 0700);
	folder(ROOT "/run/pending", 0700);
	empty(ROOT "/run/sessions");
	empty(ROOT "/run/pending");
	empty(ROOT "/notes");
	empty(ROOT "/log");
	host_write(ROOT "/state/ids", "65533 65533 65532\n", 0644);
	copy_file(PAM_TEST_HELPER, ROOT "/libexec/jwtauth-check");
	host_service(options);
	host_rules("* * allow\n");
}

void
host_rules(const char *rules)
{
	host_write(ROOT "/rules", rules, 0644);
}

size_t
host_count(const char *name)
{
	char path[256];
	DIR *dir;
	const struct dirent *entry;
	size_t count = 0;

	snprintf(path, sizeof(path), "%s/%s", ROOT, name);
	dir = opendir(path);
	must(dir != NULL, path);
	while ((entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void
wait_for(pid_t pid)
{
	int status = 0;

	must(pid > 0 && waitpid(pid, &status, 0) == pid, "wait");
	must(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		"a process of the scenario failed");
}

void
host_run_below(void (*fn)(struct seen *seen), struct seen *seen)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		fn(seen);
		/* The leak check needs a process that may trace itself. */
		if (getuid() == geteuid())
			exit(0);
		_exit(0);
	}
	wait_for(pid);
}

const struct seen *
host_run(void (*fn)(struct seen *seen))
{
	static struct seen *seen;

	if (!seen)
		seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(seen != MAP_FAILED, "mmap");
	memset(seen, 0, sizeof(*seen));
	for (size_t i = 0; i < 16; i++)
		seen->result[i] = -1;
	host_run_below(fn, seen);
	read_file(ROOT "/notes/asked", seen->asked, sizeof(seen->asked));
	read_log(seen->log, sizeof(seen->log));
	return seen;
}

struct talk {
	struct seen *seen;
	const char *const *replies;
};

static void
append_line(char *to, size_t size, const char *line)
{
	size_t len = strlen(to);

	snprintf(to + len, size - len, "%s\n", line);
}

static int
converse(int count, const struct pam_message **messages,
	struct pam_response **out, void *data)
{
	struct talk *talk = data;
	struct pam_response *responses =
		calloc((size_t)count, sizeof(*responses));

	if (!responses)
		return PAM_BUF_ERR;
	for (int i = 0; i < count; i++) {
		struct seen *seen = talk->seen;

		/* pam_debug tells what it answers. */
		if (strstr(messages[i]->msg, "=try_again"))
			continue;
		if (messages[i]->msg_style != PAM_PROMPT_ECHO_OFF) {
			append_line(seen->said, sizeof(seen->said),
				messages[i]->msg);
			continue;
		}
		append_line(
			seen->prompts, sizeof(seen->prompts), messages[i]->msg);
		if (!talk->replies || !*talk->replies) {
			free(responses);
			return PAM_CONV_ERR;
		}
		/* "(null)" is a program that answers without an answer. */
		if (strcmp(*talk->replies, "(null)") != 0)
			responses[i].resp = strdup(*talk->replies);
		talk->replies++;
	}
	*out = responses;
	return PAM_SUCCESS;
}

pam_handle_t *
host_start(struct seen *seen, const char *user, const char *const *replies)
{
	static struct talk talks[8];
	static size_t next;
	struct talk *talk = &talks[next++ % 8];
	struct pam_conv conv = { converse, talk };
	pam_handle_t *pamh = NULL;

	*talk = (struct talk){ seen, replies };
	must(pam_start_confdir("svc", user, &conv, ROOT "/pam.d", &pamh) ==
			PAM_SUCCESS,
		"pam_start");
	return pamh;
}

void
host_become_sudo_of(unsigned uid)
{
	must(setresuid(uid, 0, 0) == 0, "setresuid");
}

bool
host_login_uid(unsigned uid)
{
	char text[16];
	int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);
	int len = snprintf(text, sizeof(text), "%u", uid);
	bool ok = fd >= 0 && write(fd, text, (size_t)len) == len;

	if (fd >= 0)
		close(fd);
	return ok;
}
