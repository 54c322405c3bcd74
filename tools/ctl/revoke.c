/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl revoke: the command line, and the two processes.
 */
#include "revoke.h"

#include "aside.h"
#include "duration.h"
#include "privileges.h"
#include "base/clock.h"
#include "revoke_write.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

enum {
	OPTION_CONFIG = REVOKED_KIND_COUNT,
	OPTION_ISSUER,
	OPTION_REASON,
	OPTION_FOR,
	OPTION_FORCE,
	OPTION_SESSION,
	OPTION_JSON
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
	{ "session", required_argument, NULL, OPTION_SESSION },
	{ "json", no_argument, NULL, OPTION_JSON },
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
	case OPTION_SESSION:
		request->session = optarg;
		return CTL_YES;
	case OPTION_JSON:
		request->json = true;
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
check_arguments(const struct revoke_request *request)
{
	if (request->by_name && request->session != NULL)
		return ctl_usage("revoke: --session stands alone: a live "
				 "login is more than one name");
	if (request->force && (request->by_name || request->session != NULL))
		return ctl_usage("revoke: --force is for tokens");
	if (!request->by_name && request->issuer != NULL)
		return ctl_usage("revoke: --issuer goes with --jti, --sid, "
				 "--sub or --kid; a token names its own");
	return CTL_YES;
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
	return check_arguments(request);
}

/* The first process: whatever root has to do for it is to open, not to read;
 * from then on it is the checker, for good. */
static enum ctl_exit
be_namer(const void *arg, struct buffer *lines)
{
	const struct revoke_request *request = arg;
	struct session_files *sessions = NULL;
	struct report r = { "" };
	enum ctl_exit status = CTL_YES;

	if (request->session != NULL)
		status = revoke_open_sessions(request, &sessions);
	else if (!request->by_name && isatty(STDIN_FILENO))
		fprintf(stderr, "Paste the token, then Enter and Ctrl-D.\n");
	if (status != CTL_YES)
		return status;
	if (privileges_drop_to(USER_CHECK, &r) != JWT_OK)
		status = revoke_refuse(
			request, CTL_FAILED, "internal_error", "%s", r.text);
	else
		status = revoke_name(request, sessions, lines);
	revoke_close_sessions(sessions);
	return status;
}

/* The second process: it was root until now, and has looked at nothing. */
static enum ctl_exit
write_order(const struct revoke_request *request, char *by, struct slice lines)
{
	const struct revoke_writer writer = { by, request->reason,
		request->now };
	JWT_AUTO(ctl_store) s = { 0 };
	JWT_AUTO(revoke_order) order = { .count = 0 };
	JWT_AUTO(json) answer = NULL;
	struct revoke_result result;
	struct report r = { "" };
	enum jwt_reason reason;
	enum ctl_exit status;

	openlog("jwtauthctl", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
	status = ctl_store_open(&s, STORE_WRITE, request->config_path, false);
	if (status != CTL_YES && request->json)
		return revoke_refuse(request, status, "config_error",
			"the store can't be opened");
	if (status != CTL_YES)
		return status;
	reason = ctl_store_expect(&s, &r);
	if (reason != JWT_OK)
		return revoke_refuse(request, CTL_FAILED,
			jwt_reason_name(reason), "%s", r.text);
	if (!revoke_order_parse(lines, &order))
		return revoke_refuse(request, CTL_FAILED, "internal_error",
			"the process that reads the token was cut off; "
			"nothing was revoked");
	revoke_carry_out(&writer, &s, &order, &result);
	if (!request->json)
		return revoke_print_result(request, &s, &order, &result);
	answer = revoke_answer(&writer, &s, &order, &result);
	if (!revoke_print_answer(answer) || result.reason != JWT_OK)
		return ctl_fail(CTL_FAILED, "%s: %s",
			jwt_reason_name(result.reason), result.report.text);
	return CTL_YES;
}

enum ctl_exit
ctl_revoke(int argc, char **argv)
{
	struct revoke_request request = { .config_path = CONFIG_DEFAULT_PATH,
		.now = clock_now() };
	JWT_AUTO(buffer) lines = BUFFER(REVOKE_ORDER_MAX);
	struct report fault = { "" };
	char by[LOGIN_NAME_MAX + 1];
	enum ctl_exit status = take_arguments(&request, argc, argv);

	if (status != CTL_YES)
		return status;
	status = ctl_aside_try(NULL, be_namer, &request, &lines, &fault);
	if (fault.text[0] != '\0')
		return revoke_refuse(&request, CTL_FAILED, "internal_error",
			"%s; nothing was revoked", fault.text);
	if (status != CTL_YES)
		return status;
	ctl_login_name(by, sizeof(by));
	return write_order(&request, by, buffer_slice(&lines));
}
