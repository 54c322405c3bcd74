/* SPDX-License-Identifier: ISC */
/* Options, and the order of what is done. */
#include "login.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>

#define DEFAULT_KEY	 ".ssh/id_ed25519"
#define DEFAULT_GOOD_FOR 60
/* A certificate begins a little early, for hosts whose clock is behind. */
#define BEGIN_EARLY 300

static const char usage[] =
	"usage: jwt-login (--token-file FILE | --token-command COMMAND)\n"
	"                 [--key FILE] [--agent] [--out FILE]\n"
	"       jwt-login --check [--key FILE] [--out FILE] [--for SECONDS]\n";

static const char help[] =
	"\n"
	"Makes an SSH certificate out of an access token that is bound to your "
	"SSH\nkey, so that ssh logs you in by it until the token ends.\n"
	"\n"
	"  --token-file FILE     read the token from FILE; - is standard "
	"input\n"
	"  --token-command CMD   read it from what \"/bin/sh -c CMD\" prints\n"
	"  --key FILE            the key that it is bound to "
	"(~/" DEFAULT_KEY ")\n"
	"  --agent               sign with the key that ssh-agent holds; only\n"
	"                        FILE.pub is needed then\n"
	"  --out FILE            where the certificate goes (KEY-cert.pub, "
	"where\n"
	"                        ssh finds it)\n"
	"  --check               is the certificate there and still good?\n"
	"  --for SECONDS         ... for at least so long (60)\n"
	"  --version, --help\n"
	"\n"
	"Exit: 0 done, or still good; 1 the token or certificate is not good;\n"
	"2 wrong options; 3 something could not be read, run or written.\n";

enum option_code {
	OPTION_TOKEN_FILE = 1,
	OPTION_TOKEN_COMMAND,
	OPTION_KEY,
	OPTION_AGENT,
	OPTION_OUT,
	OPTION_CHECK,
	OPTION_FOR,
	OPTION_VERSION,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{ "token-file", required_argument, NULL, OPTION_TOKEN_FILE },
	{ "token-command", required_argument, NULL, OPTION_TOKEN_COMMAND },
	{ "key", required_argument, NULL, OPTION_KEY },
	{ "agent", no_argument, NULL, OPTION_AGENT },
	{ "out", required_argument, NULL, OPTION_OUT },
	{ "check", no_argument, NULL, OPTION_CHECK },
	{ "for", required_argument, NULL, OPTION_FOR },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ 0 },
};

/* What the options said, before paths are worked out. */
struct given {
	const char *key, *out, *good_for;
};

static enum login_exit
wrong_usage(void)
{
	fputs(usage, stderr);
	fputs("\"jwt-login --help\" says more.\n", stderr);
	return LOGIN_USAGE;
}

/* Exits by itself for --help and --version. */
static enum login_exit
take_option(int code, struct login_options *options, struct given *given)
{
	switch (code) {
	case OPTION_TOKEN_FILE:
		options->token_file = optarg;
		break;
	case OPTION_TOKEN_COMMAND:
		options->token_command = optarg;
		break;
	case OPTION_KEY:
		given->key = optarg;
		break;
	case OPTION_AGENT:
		options->agent = true;
		break;
	case OPTION_OUT:
		given->out = optarg;
		break;
	case OPTION_CHECK:
		options->check = true;
		break;
	case OPTION_FOR:
		given->good_for = optarg;
		break;
	case OPTION_VERSION:
		puts("jwt-login " PACKAGE_VERSION);
		exit(LOGIN_DONE);
	case OPTION_HELP:
		fputs(usage, stdout);
		fputs(help, stdout);
		exit(LOGIN_DONE);
	default:
		return wrong_usage();
	}
	return LOGIN_DONE;
}

static bool
fits(int printed)
{
	return printed >= 0 && printed < PATH_MAX;
}

static enum login_exit
work_out_paths(struct login_options *options, const struct given *given)
{
	const char *home = getenv("HOME"), *key = given->key;
	int len = key != NULL ? (int)strnlen(key, PATH_MAX) : 0;
	bool ok;

	if (key == NULL && home == NULL)
		return login_say(LOGIN_USAGE, "HOME is not set; say --key");
	if (len > 4 && strcmp(&key[len - 4], ".pub") == 0)
		len -= 4; /* the public key names the pair as well */
	ok = key != NULL
		     ? fits(snprintf(options->key, PATH_MAX, "%.*s", len, key))
		     : fits(snprintf(options->key, PATH_MAX, "%s/" DEFAULT_KEY,
			       home));
	ok = ok && fits(snprintf(options->public_key, PATH_MAX, "%s.pub",
			   options->key));
	ok = ok &&
	     (given->out != NULL ? fits(snprintf(options->certificate, PATH_MAX,
					   "%s", given->out))
				 : fits(snprintf(options->certificate, PATH_MAX,
					   "%s-cert.pub", options->key)));
	if (!ok)
		return login_say(LOGIN_USAGE, "a path is too long");
	return LOGIN_DONE;
}

static enum login_exit
work_out_time(struct login_options *options, const struct given *given)
{
	char *end;

	options->good_for = DEFAULT_GOOD_FOR;
	if (given->good_for == NULL)
		return LOGIN_DONE;
	errno = 0;
	options->good_for = strtol(given->good_for, &end, 10);
	if (errno != 0 || end == given->good_for || *end != '\0' ||
		options->good_for < 0 || options->good_for > INT_MAX)
		return login_say(LOGIN_USAGE,
			"--for: expected a number of seconds, found \"%s\"",
			given->good_for);
	return LOGIN_DONE;
}

static enum login_exit
read_options(int argc, char **argv, struct login_options *options)
{
	struct given given = { 0 };
	enum login_exit status = LOGIN_DONE;
	int code, sources;

	while (status == LOGIN_DONE &&
		(code = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		status = take_option(code, options, &given);
	if (status != LOGIN_DONE)
		return status;
	sources = (options->token_file != NULL) +
		  (options->token_command != NULL);
	if (optind != argc || sources != (options->check ? 0 : 1) ||
		(given.good_for != NULL && !options->check))
		return wrong_usage();
	status = work_out_paths(options, &given);
	return status != LOGIN_DONE ? status : work_out_time(options, &given);
}

/* Has ssh-keygen done what it was asked for? Then the file is put in place,
 * whole. */
static enum login_exit
place(const struct certificate_wish *wish, struct slice line, int64_t now)
{
	const char *path = wish->options->certificate;
	JWT_AUTO(carried) made = { 0 };
	struct report report = { 0 };

	if (certificate_open(line, now, &made, &report) != JWT_OK)
		return login_say(LOGIN_FAILED,
			"ssh-keygen made a bad certificate: %s", report.text);
	if (made.serial != wish->serial ||
		made.valid_before != (uint64_t)wish->end ||
		!slice_equal(made.token, wish->token))
		return login_say(LOGIN_FAILED,
			"ssh-keygen made another certificate than asked for");
	if (!file_write(path, line, 0600, (uid_t)-1, (gid_t)-1, &report))
		return login_say(LOGIN_FAILED, "%s", report.text);
	login_print(path, &made, now);
	return LOGIN_DONE;
}

/* Everything is refused that can be before ssh-keygen gets to see it. */
static enum login_exit
make_certificate(const struct login_options *options)
{
	JWT_AUTO(buffer) text = BUFFER(LOGIN_TEXT_MAX);
	JWT_AUTO(buffer) key = BUFFER(LOGIN_FILE_MAX);
	JWT_AUTO(buffer) line = BUFFER(LOGIN_FILE_MAX);
	JWT_AUTO(carried) token = { 0 };
	struct certificate_wish wish = { .options = options };
	enum login_exit status;
	int64_t now;

	status = login_read(options->public_key, false, &key);
	if (status == LOGIN_DONE &&
		!login_key_words(buffer_slice(&key), &wish.key_words))
		status = login_say(LOGIN_FAILED, "%s: not an SSH public key",
			options->public_key);
	if (status == LOGIN_DONE)
		status = certificate_may_replace(options->certificate);
	if (status == LOGIN_DONE)
		status = token_fetch(options, &text);
	now = clock_now(); /* a token command may have taken its time */
	if (status == LOGIN_DONE)
		status = token_check(buffer_slice(&text), wish.key_words,
			options, now, &token, &wish.end);
	if (status != LOGIN_DONE)
		return status;

	wish.token = token.token;
	wish.begin = now - BEGIN_EARLY;
	if (getrandom(&wish.serial, sizeof(wish.serial), 0) !=
		sizeof(wish.serial))
		return login_say(LOGIN_FAILED, "no random numbers");
	status = keygen_certify(&wish, &line);
	return status != LOGIN_DONE ? status
				    : place(&wish, buffer_slice(&line), now);
}

static enum login_exit
login(int argc, char **argv)
{
	static struct login_options options;
	enum login_exit status = read_options(argc, argv, &options);

	if (status != LOGIN_DONE)
		return status;
	status = options.check ? certificate_check(&options, clock_now())
			       : make_certificate(&options);
	if (fflush(stdout) != 0 && status == LOGIN_DONE)
		return login_say(
			LOGIN_FAILED, "standard output: %s", strerror(errno));
	return status;
}

int
main(int argc, char **argv)
{
#ifndef JWT_SANITIZED /* its leak check traces the process */
	/* A token that turns out to be unbound must not reach a core dump. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	return (int)login(argc, argv);
}
