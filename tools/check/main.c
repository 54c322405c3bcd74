/* SPDX-License-Identifier: ISC */
/*
 * jwtauth-check: judges tokens, unprivileged. Run by the PAM module
 * (--framed), by systemd for check.sock (--listen), or by hand.
 */
#include "check.h"
#include "base/ids.h"
#include "privileges.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"Usage: jwtauth-check --service S [--user U] [--uid N] [--json]\n"
	"       jwtauth-check --stream [--config F]\n"
	"       jwtauth-check --framed | --listen\n"
	"Judge a token, read from standard input, as a login would.\n\n"
	"  --service S   the PAM service whose rules count (sshd, sudo, ...)\n"
	"  --user U      the local account; without it: which would it be?\n"
	"  --uid N       that account's uid (needed by services that require\n"
	"                a local account; from others than root only their "
	"own)\n"
	"  --json        print the verdict as one JSON object\n"
	"  --config F    another configuration file (root only)\n"
	"  --stream      one request a line on standard input, as JSON:\n"
	"                {\"service\":S,\"user\":U,\"uid\":N,"
	"\"token\":T}; one verdict a line out\n"
	"  --framed      serve the PAM module on standard input and output\n"
	"  --listen      serve check.sock (socket activation)\n"
	"  --help, --version\n\n"
	"Exit status: 0 allow, 1 deny, 2 usage or config error, 3 could not\n"
	"decide (treat as deny).\n";

static int
usage_error(const char *what)
{
	fprintf(stderr, "jwtauth-check: %s\nTry: jwtauth-check --help\n", what);
	return CHECK_USAGE;
}

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "service", required_argument, NULL, 's' },
	{ "user", required_argument, NULL, 'u' },
	{ "uid", required_argument, NULL, 'n' },
	{ "json", no_argument, NULL, 'j' },
	{ "framed", no_argument, NULL, 'f' },
	{ "listen", no_argument, NULL, 'l' },
	{ "stream", no_argument, NULL, 'S' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

/* -1: go on with *o; else an exit code. */
static int
take_option(struct check_options *o, int option)
{
	switch (option) {
	case 'c':
		o->config = optarg;
		return -1;
	case 's':
		o->service = optarg;
		return -1;
	case 'u':
		o->user = optarg;
		return -1;
	case 'n':
		if (uid_from_string(optarg, &o->uid))
			return -1;
		return usage_error("--uid takes a number");
	case 'j':
		o->json = true;
		return -1;
	case 'f':
		o->mode = MODE_FRAMED;
		return -1;
	case 'l':
		o->mode = MODE_LISTEN;
		return -1;
	case 'S':
		o->mode = MODE_STREAM;
		return -1;
	case 'h':
		fputs(usage, stdout);
		return CHECK_ALLOW;
	case 'V':
		puts("jwtauth-check " PACKAGE_VERSION);
		return CHECK_ALLOW;
	default:
		return usage_error("unknown option");
	}
}

/* The same, of all of them. */
static int
parse_options(int argc, char **argv, struct check_options *o)
{
	int c, code = -1;

	while (code < 0 &&
		(c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		code = take_option(o, c);
	if (code >= 0)
		return code;
	if (optind < argc)
		return usage_error("the token comes on standard input, never "
				   "as an argument");
	if (o->mode == MODE_CLI && o->service == NULL)
		return usage_error("--service is missing");
	if (o->mode == MODE_STREAM && (o->service != NULL || o->user != NULL ||
					      o->uid != JWT_NO_UID || o->json))
		return usage_error("with --stream each line says service, "
				   "user and uid");
	return -1;
}

static int
exit_code(const struct frame_reply *reply)
{
	if (reply->allow)
		return CHECK_ALLOW;
	switch (reply->reason) {
	case JWT_CONFIG_ERROR:
		return CHECK_USAGE;
	case JWT_KEYS_UNAVAILABLE:
	case JWT_KEYS_STALE:
	case JWT_REVOCATION_UNREACHABLE:
	case JWT_REVOCATION_LOST:
	case JWT_INTERNAL_ERROR:
		return CHECK_UNDECIDED;
	default:
		return CHECK_DENY;
	}
}

int
print_reply(const struct check_options *options,
	const struct frame_reply *reply, const char *detail_json)
{
	if (options->json)
		puts(detail_json);
	else if (reply->id[0] == '\0') /* nothing was judged or logged */
		printf("deny: %s\n", jwt_reason_name(reply->reason));
	else
		printf("%s: %s (id %s)%s%s\n", reply->allow ? "allow" : "deny",
			jwt_reason_name(reply->reason), reply->id,
			reply->hint[0] != '\0' ? "; needs " : "", reply->hint);
	return exit_code(reply);
}

static int
print_verdict(const struct check_options *o, const struct jwt_verdict *verdict)
{
	struct frame_reply reply = { .allow = verdict->allow,
		.reason = verdict->reason };
	JWT_AUTO(buffer) json = BUFFER(CHECK_DETAIL_MAX);

	memcpy(reply.id, verdict->id, sizeof(reply.id));
	memcpy(reply.hint, verdict->hint, sizeof(reply.hint));
	if (o->json && !verdict_to_json(verdict, &json))
		buffer_clear(&json);
	else if (!o->json && verdict->detail[0] != '\0')
		fprintf(stderr, "jwtauth-check: %s\n", verdict->detail);
	return print_reply(
		o, &reply, json.len > 0 ? buffer_string(&json) : "{}");
}

void
judge_question(struct judge *judge, const struct check_question *question,
	uint32_t real_uid, struct jwt_verdict *verdict)
{
	const struct jwt_request request = { .purpose = JWT_PURPOSE_AUTH,
		.service = question->service,
		.user = question->user,
		.uid = question->uid,
		.real_uid = real_uid,
		.login_uid = JWT_NO_UID,
		.carrier = JWT_CARRIER_PROMPT,
		.carrier_bytes = question->token.data,
		.carrier_len = question->token.len };

	judge_request(judge, &request, verdict);
}

/* Root: this process judges, after it has become jwtauth. */
static int
judge_here(const struct check_options *o, struct judge *judge,
	struct slice token, uint32_t real_uid)
{
	const struct check_question question = { o->service, o->user, o->uid,
		token };
	struct jwt_verdict verdict;

	judge_question(judge, &question, real_uid, &verdict);
	return print_verdict(o, &verdict);
}

int
judge_or_ask(
	const struct check_options *o, struct judge *judge, uint32_t real_uid)
{
	struct report r = { 0 };

	privileges_harden(); /* the token must not end in a core file */
	if (real_uid != 0 && o->config != NULL)
		return usage_error("--config is for root; others ask the "
				   "service that reads the installed one");
	if (real_uid == 0 &&
		(privileges_drop_by_ids(&r) != JWT_OK ||
			judge_start(judge, o->config, &r) != JWT_OK)) {
		fprintf(stderr, "jwtauth-check: %s\n", r.text);
		return CHECK_UNDECIDED;
	}
	return -1;
}

static int
cli_main(const struct check_options *o)
{
	const uint32_t real_uid = getuid();
	JWT_AUTO(buffer) token = BUFFER(CHECK_INPUT_MAX);
	struct judge judge = { 0 };
	struct report r = { 0 };
	enum file_status status;
	int code = judge_or_ask(o, &judge, real_uid);

	if (code >= 0)
		return code;
	status = file_read_fd(STDIN_FILENO, "standard input", &token, &r);
	if (status == FILE_TOO_LARGE) {
		struct jwt_verdict too_large;

		verdict_deny(&too_large, JWT_TOKEN_TOO_LARGE, r.text);
		code = print_verdict(o, &too_large);
	} else if (status != FILE_OK) {
		fprintf(stderr, "jwtauth-check: %s\n", r.text);
		code = CHECK_UNDECIDED;
	} else if (real_uid == 0) {
		code = judge_here(o, &judge, buffer_slice(&token), real_uid);
	} else {
		code = client_main(o, buffer_slice(&token));
	}
	if (real_uid == 0)
		judge_stop(&judge);
	return code;
}

/* For pam_jwt.so, which has made us who we are and holds the deadline. */
static int
framed_main(const struct check_options *o)
{
	const struct peer peer = { .is_root = true };
	struct judge judge = { 0 };
	struct report r = { 0 };
	bool ok;

	if (geteuid() == 0)
		return usage_error("--framed does not run as root");
	if (o->config != NULL)
		return usage_error("--framed reads the installed config");
	privileges_harden();
	if (judge_start(&judge, o->config, &r) != JWT_OK)
		return CHECK_UNDECIDED;
	ok = serve_framed(&judge, STDIN_FILENO, STDOUT_FILENO, &peer);
	judge_stop(&judge);
	return ok ? CHECK_ALLOW : CHECK_UNDECIDED;
}

/*
 * The module closes all but two descriptors: the log's socket, or a file of
 * ours, must not become standard error.
 */
static bool
fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return fcntl(STDERR_FILENO, F_GETFD) >= 0;
	close(fd);
	return true;
}

int
main(int argc, char **argv)
{
	struct check_options options = { .uid = JWT_NO_UID };
	int code;

	if (!fill_standard_descriptors())
		return CHECK_UNDECIDED;
	code = parse_options(argc, argv, &options);
	if (code >= 0)
		return code;
	signal(SIGPIPE, SIG_IGN);
	switch (options.mode) {
	case MODE_FRAMED:
		return framed_main(&options);
	case MODE_LISTEN:
		return listen_main(&options);
	case MODE_STREAM:
		return stream_main(&options);
	case MODE_CLI:
	default:
		return cli_main(&options);
	}
}
