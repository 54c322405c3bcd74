/* SPDX-License-Identifier: ISC */
/*
 * The token: where it comes from, and what can be said of it without the
 * issuer's key. Its bytes stay in buffers that are wiped.
 */
#include "login.h"

#include "base/base64.h"
#include "base/file.h"
#include "jose/jws.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define JKT_TEXT_MAX 64

__attribute__((noreturn)) static void
exec_shell(const char *command, int output)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
		dup2(output, STDOUT_FILENO) >= 0)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static enum login_exit
say_how_it_ended(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return LOGIN_DONE;
	if (WIFEXITED(status))
		return login_say(LOGIN_FAILED, "--token-command: exit %d",
			WEXITSTATUS(status));
	return login_say(LOGIN_FAILED, "--token-command: ended by signal %d",
		WTERMSIG(status));
}

static enum login_exit
fetch_from_command(const char *command, struct buffer *out)
{
	struct report report = { 0 };
	enum file_status read_status;
	int ends[2], status;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return login_say(LOGIN_FAILED, "pipe: %s", strerror(errno));
	JWT_AUTO(fd) from = ends[0];
	child = fork();
	if (child == 0)
		exec_shell(command, ends[1]);
	close(ends[1]);
	if (child < 0)
		return login_say(LOGIN_FAILED, "fork: %s", strerror(errno));
	read_status = file_read_fd(from, "--token-command", out, &report);
	if (read_status != FILE_OK)
		kill(child, SIGKILL); /* it prints without end */
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return login_say(LOGIN_FAILED, "--token-command: %s",
				strerror(errno));
	if (read_status != FILE_OK)
		return login_say(LOGIN_FAILED, "%s", report.text);
	return say_how_it_ended(status);
}

enum login_exit
token_fetch(const struct login_options *options, struct buffer *out)
{
	struct report report = { 0 };

	if (options->token_command != NULL)
		return fetch_from_command(options->token_command, out);
	if (strcmp(options->token_file, "-") != 0)
		return login_read(options->token_file, false, out);
	if (file_read_fd(STDIN_FILENO, "standard input", out, &report) !=
		FILE_OK)
		return login_say(LOGIN_FAILED, "%s", report.text);
	return LOGIN_DONE;
}

static enum login_exit
say_other_key(const struct claims *claims, const struct carried *carried,
	const struct login_options *options)
{
	JWT_AUTO(buffer) wanted = BUFFER(JKT_TEXT_MAX);
	JWT_AUTO(buffer) found = BUFFER(JKT_TEXT_MAX);

	if (!base64url_encode(
		    slice_of(claims->jkt, sizeof(claims->jkt)), &found) ||
		!base64url_encode(
			slice_of(carried->jkt, sizeof(carried->jkt)), &wanted))
		return LOGIN_FAILED;
	return login_say(LOGIN_NO,
		"the token is bound to another key: its cnf.jkt is %s, "
		"%s has the thumbprint %s",
		buffer_string(&found), options->public_key,
		buffer_string(&wanted));
}

static enum login_exit
check_binding(const struct claims *claims, const struct carried *carried,
	const struct login_options *options)
{
	if (!carried->has_key)
		return login_say(LOGIN_NO,
			"%s: a key of a type that no token can be bound to",
			options->public_key);
	if (!claims->has_jkt)
		return login_say(LOGIN_NO,
			"the token is not bound to a key (cnf.jkt is missing): "
			"in a certificate others could read and use it. Ask "
			"the issuer for a DPoP-bound one");
	if (memcmp(claims->jkt, carried->jkt, sizeof(claims->jkt)) != 0)
		return say_other_key(claims, carried, options);
	return LOGIN_DONE;
}

static enum login_exit
check_end(const struct claims *claims, int64_t now)
{
	char text[LOGIN_TIME_LEN];

	if (!claims->has_exp)
		return login_say(
			LOGIN_NO, "the token has no end (exp is missing)");
	if (claims->exp > now)
		return LOGIN_DONE;
	login_format_time(claims->exp, text);
	return login_say(LOGIN_NO,
		"the token ended at %s, %" PRId64 " s ago (exp)", text,
		now - claims->exp);
}

enum login_exit
token_check(struct slice text, struct slice key_words,
	const struct login_options *options, int64_t now, struct carried *out,
	int64_t *exp)
{
	JWT_AUTO(carried) carried = { 0 };
	JWT_AUTO(claims) claims = { 0 };
	JWT_AUTO(jws) jws = NULL;
	struct report report = { 0 };
	enum jwt_reason reason;
	enum login_exit status;

	reason = carrier_open(
		JWT_CARRIER_PROMPT, text, key_words, now, &carried, &report);
	if (reason == JWT_PROOF_MISMATCH)
		return login_say(LOGIN_FAILED, "%s: %s", options->public_key,
			report.text);
	if (reason == JWT_OK)
		reason = jws_parse(carried.token, &jws, &report);
	if (reason == JWT_OK)
		reason = claims_parse(jws_payload(jws), &claims, &report);
	if (reason != JWT_OK)
		return login_say(LOGIN_NO, "this is no token: %s", report.text);
	status = check_end(&claims, now);
	if (status == LOGIN_DONE)
		status = check_binding(&claims, &carried, options);
	if (status != LOGIN_DONE)
		return status;
	*exp = claims.exp;
	*out = carried;
	memset(&carried, 0, sizeof(carried)); /* out owns the storage now */
	return LOGIN_DONE;
}
