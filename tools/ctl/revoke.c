/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl revoke: the command line, and the two processes.
 */
#include "revoke.h"

#include "duration.h"
#include "privileges.h"
#include "base/clock.h"
#include "store_open.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	OPTION_CONFIG = REVOKED_KIND_COUNT,
	OPTION_ISSUER,
	OPTION_REASON,
	OPTION_FOR,
	OPTION_FORCE
};

static const struct option options[] = {
	{ "jti", required_argument, NULL, REVOKED_JTI },
	{ "sid", required_argument, NULL, REVOKED_SID },
	{ "sub", required_argument, NULL, REVOKED_SUB },
	{ "kid", required_argument, NULL, REVOKED_KID },
	{ "issuer", required_argument, NULL, OPTION_ISSUER },
	{ "reason", required_argument, NULL, OPTION_REASON },
	{ "for", required_argument, NULL, OPTION_FOR },
	{ "force", no_argument, NULL, OPTION_FORCE },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ NULL, 0, NULL, 0 },
};

static enum ctl_exit
take_option(struct revoke_request *request, int option)
{
	switch (option) {
	case REVOKED_JTI:
	case REVOKED_SID:
	case REVOKED_SUB:
	case REVOKED_KID:
		if (optarg[0] == '\0' || request->value[option] != NULL)
			return ctl_usage("revoke: one --%s, and not empty",
				revoked_kind_name((enum revoked_kind)option));
		request->value[option] = optarg;
		request->by_name = true;
		return CTL_YES;
	case OPTION_ISSUER:
		request->issuer = optarg;
		return CTL_YES;
	case OPTION_REASON:
		if (strlen(optarg) > REVOKE_REASON_MAX)
			return ctl_usage("revoke: --reason has more than %d "
					 "bytes",
				REVOKE_REASON_MAX);
		request->reason = optarg;
		return CTL_YES;
	case OPTION_FOR:
		if (!duration_parse(optarg, &request->lasts))
			return ctl_usage("revoke: --for %s: expected a "
					 "duration like 90s, 15m, 12h, 7d",
				optarg);
		return CTL_YES;
	case OPTION_FORCE:
		request->force = true;
		return CTL_YES;
	case OPTION_CONFIG:
		request->config_path = optarg;
		return CTL_YES;
	default:
		return ctl_usage("revoke: unknown option, or its value is "
				 "missing");
	}
}

static enum ctl_exit
take_arguments(struct revoke_request *request, int argc, char **argv)
{
	int option;

	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		enum ctl_exit status = take_option(request, option);

		if (status != CTL_YES)
			return status;
	}
	if (optind < argc)
		return ctl_usage("revoke: the token comes on standard input, "
				 "never as an argument");
	if (request->by_name && request->force)
		return ctl_usage("revoke: --force is for tokens");
	if (!request->by_name && request->issuer != NULL)
		return ctl_usage("revoke: --issuer goes with --jti, --sid, "
				 "--sub or --kid; a token names its own");
	return CTL_YES;
}

/* The first process, from here on: never returns, holds no other right. */
static void __attribute__((noreturn))
be_namer(const struct revoke_request *request, int out)
{
	JWT_AUTO(buffer) lines = BUFFER(REVOKE_PIPE_MAX);
	struct report r = { "" };
	enum ctl_exit status;

	if (!request->by_name && isatty(STDIN_FILENO))
		fprintf(stderr, "Paste the token, then Enter and Ctrl-D.\n");
	if (privileges_drop_to(USER_CHECK, &r) != JWT_OK)
		status = ctl_fail(CTL_FAILED, "%s", r.text);
	else
		status = revoke_name(request, &lines);
	if (status == CTL_YES && !fd_write_all(out, buffer_slice(&lines)))
		status = CTL_FAILED;
	buffer_free(&lines);
	fflush(stderr);
	_exit((int)status);
}

static enum ctl_exit
exit_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return CTL_FAILED;
	if (!WIFEXITED(status) || WEXITSTATUS(status) > CTL_FAILED)
		return ctl_fail(CTL_FAILED,
			"the process that reads the token died; nothing was "
			"revoked");
	return (enum ctl_exit)WEXITSTATUS(status);
}

/* The second process: it was root until now, and has read nothing yet. */
static enum ctl_exit
be_writer(const struct revoke_request *request, pid_t namer, int in)
{
	JWT_AUTO(buffer) lines = BUFFER(REVOKE_PIPE_MAX);
	struct report r = { "" };
	char by[LOGIN_NAME_MAX + 1];
	enum jwt_reason dropped;
	enum file_status got;
	enum ctl_exit status;

	ctl_login_name(by, sizeof(by));
	dropped = privileges_drop_to(USER_REVOKE, &r);
	if (dropped != JWT_OK) {
		close(in); /* the namer's write then fails, if it gets there */
		(void)exit_of(namer);
		return ctl_fail(CTL_FAILED, "%s", r.text);
	}
	got = file_read_fd(in, "pipe", &lines, &r);
	close(in);
	status = exit_of(namer);
	if (status != CTL_YES)
		return status;
	if (got != FILE_OK)
		return ctl_fail(CTL_FAILED, "%s", r.text);
	return revoke_write(request, by, buffer_slice(&lines));
}

enum ctl_exit
ctl_revoke(int argc, char **argv)
{
	struct revoke_request request = { .config_path = CONFIG_DEFAULT_PATH,
		.now = clock_now() };
	enum ctl_exit status = take_arguments(&request, argc, argv);
	int ends[2];
	pid_t pid;

	if (status != CTL_YES)
		return status;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return ctl_fail(CTL_FAILED, "pipe: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return ctl_fail(CTL_FAILED, "fork: %s", strerror(errno));
	if (pid == 0) {
		close(ends[0]);
		be_namer(&request, ends[1]);
	}
	close(ends[1]);
	return be_writer(&request, pid, ends[0]);
}
