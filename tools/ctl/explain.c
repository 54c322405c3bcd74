/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl explain: a token judged as a login would, each step told. It
 * observes only: the token is not marked as used, and nothing is logged.
 */
#include "ctl.h"

#include "base/ids.h"
#include "context.h"
#include "sandbox.h"

#include <getopt.h>
#include <pwd.h>
#include <stdio.h>

#define STEP_WIDTH   11
#define REASON_WIDTH 22

struct options {
	const char *service, *user, *config;
	uint32_t uid;
};

static enum ctl_exit
parse_options(int argc, char **argv, struct options *o)
{
	static const struct option long_options[] = {
		{ "service", required_argument, NULL, 's' },
		{ "user", required_argument, NULL, 'u' },
		{ "uid", required_argument, NULL, 'n' },
		{ "config", required_argument, NULL, 'c' },
		{ 0 },
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (c == 's')
			o->service = optarg;
		else if (c == 'u')
			o->user = optarg;
		else if (c == 'c')
			o->config = optarg;
		else if (c != 'n')
			return ctl_bad_option(argv);
		else if (!uid_from_string(optarg, &o->uid))
			return ctl_usage("explain: --uid takes a number");
	}
	if (optind < argc)
		return ctl_usage("the token comes on standard input, never as "
				 "an argument");
	if (o->service == NULL || o->user == NULL)
		return ctl_usage("explain: --service and --user are needed");
	return CTL_YES;
}

/* As the program that logs in would know it. */
static void
find_uid(struct options *o)
{
	const struct passwd *pw;

	if (o->uid != JWT_NO_UID)
		return;
	pw = getpwnam(o->user);
	if (pw != NULL)
		o->uid = pw->pw_uid;
}

static void
print_step(
	void *arg, const char *step, enum jwt_reason reason, const char *detail)
{
	(void)arg;
	if (detail[0] != '\0')
		printf("%-*s  %-*s  %s\n", STEP_WIDTH, step, REASON_WIDTH,
			jwt_reason_name(reason), detail);
	else
		printf("%-*s  %s\n", STEP_WIDTH, step, jwt_reason_name(reason));
}

static enum ctl_exit
print_decision(const struct jwt_verdict *verdict)
{
	if (verdict->allow) {
		printf("%-*s  allow, as %s\n", STEP_WIDTH, "decision",
			verdict->user);
		return CTL_YES;
	}
	printf("%-*s  deny: %s\n", STEP_WIDTH, "decision",
		jwt_reason_name(verdict->reason));
	if (verdict->hint[0] != '\0')
		printf("%-*s  a token with: %s\n", STEP_WIDTH, "would help",
			verdict->hint);
	switch (verdict->reason) {
	case JWT_KEYS_UNAVAILABLE:
	case JWT_KEYS_STALE:
	case JWT_REVOCATION_UNREACHABLE:
	case JWT_REVOCATION_LOST:
	case JWT_INTERNAL_ERROR:
		return CTL_FAILED;
	default:
		return CTL_NO;
	}
}

static enum ctl_exit
judge(struct jwt_context *context, const struct options *o)
{
	/* One more than is read anywhere: the judge says it is too large. */
	JWT_AUTO(buffer) token = BUFFER(JWT_CARRIER_MAX + 1);
	struct jwt_request request = { .purpose = JWT_PURPOSE_OBSERVE,
		.service = o->service,
		.user = o->user,
		.uid = o->uid,
		.real_uid = getuid(),
		.login_uid = JWT_NO_UID,
		.carrier = JWT_CARRIER_PROMPT,
		.trace = print_step };
	struct jwt_verdict verdict;
	enum file_status status = ctl_read_stdin(&token);

	if (status == FILE_TOO_LARGE)
		verdict_deny(&verdict, JWT_TOKEN_TOO_LARGE, "");
	else if (status != FILE_OK)
		return CTL_FAILED;
	request.carrier_bytes = token.data;
	request.carrier_len = token.len;
	if (status == FILE_OK)
		jwt_judge(context, &request, &verdict);
	return print_decision(&verdict);
}

enum ctl_exit
ctl_explain(int argc, char **argv)
{
	struct options options = { .uid = JWT_NO_UID };
	enum ctl_exit status = parse_options(argc, argv, &options);
	JWT_AUTO(context) context = NULL;
	struct config_error error = { "" };
	struct report r = { "" };

	if (status != CTL_YES)
		return status;
	find_uid(&options);
	if (!ctl_drop_privileges(false))
		return CTL_FAILED;
	sandbox_start_crypto();
	if (context_new(options.config, NULL, &context, &error) != JWT_OK) {
		fprintf(stderr, "%s\n", error.text);
		return CTL_USAGE;
	}
	context_prepare(context);
	if (sandbox_enter(&r) != JWT_OK)
		return ctl_fail(CTL_FAILED, "%s", r.text);
	return judge(context, &options);
}
