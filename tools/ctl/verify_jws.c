/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl verify-jws: the signature check of a login, alone. The key file
 * is opened as the caller, but not a byte of it or of the token is read
 * before the process is an unprivileged user's, in the checkers' sandbox.
 */
#include "ctl.h"

#include "jose/jws.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>

#define NEWLINE_LEN 1 /* "echo TOKEN |" adds one */

struct options {
	const char *jwks_path;
	jws_alg_set allowed;
};

/* A key set holds public keys: what needs a secret can't be asked for. */
static const jws_alg_set with_public_keys =
	((JWS_ALG_BIT(JWS_ALG_COUNT) - 1) &
		~(JWS_ALG_BIT(JWS_HS256) | JWS_ALG_BIT(JWS_HS384) |
			JWS_ALG_BIT(JWS_HS512)));

static enum ctl_exit
add_algorithm(struct options *options, const char *name)
{
	enum jws_alg alg;

	if (!jws_alg_from_name(slice_of_string(name), &alg))
		return ctl_usage("--alg %s: no such algorithm", name);
	if ((with_public_keys & JWS_ALG_BIT(alg)) == 0)
		return ctl_usage("--alg %s needs a secret, and a key set "
				 "holds none",
			name);
	options->allowed |= JWS_ALG_BIT(alg);
	return CTL_YES;
}

static enum ctl_exit
parse_options(int argc, char **argv, struct options *options)
{
	static const struct option long_options[] = {
		{ "jwks", required_argument, NULL, 'j' },
		{ "alg", required_argument, NULL, 'a' },
		{ 0 },
	};
	enum ctl_exit status = CTL_YES;
	int c;

	opterr = 0;
	while (status == CTL_YES &&
		(c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (c == 'j')
			options->jwks_path = optarg;
		else if (c == 'a')
			status = add_algorithm(options, optarg);
		else
			status = ctl_bad_option(argv);
	}
	if (status != CTL_YES)
		return status;
	if (optind < argc)
		return ctl_usage("the token comes on standard input, never as "
				 "an argument");
	if (options->jwks_path == NULL)
		return ctl_usage("verify-jws: --jwks is missing");
	if (options->allowed == 0)
		options->allowed = with_public_keys;
	return CTL_YES;
}

static enum jwt_reason
load_keys(int fd, const char *path, struct jwks **out, struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(JWKS_MAX);
	JWT_AUTO(json_doc) doc = { 0 };

	if (file_read_fd(fd, path, &text, r) != FILE_OK)
		return JWT_KEYS_UNAVAILABLE;
	JWT_TRY(json_parse_object(buffer_slice(&text), "JWKS", &doc, r));
	JWT_TRY(jwks_from_json(json_root(&doc), out, r));
	return jwks_import(*out, r); /* so as to name the broken ones */
}

static enum jwt_reason
check_token(struct slice token, const struct options *options,
	const struct jwks *keys, struct jws **out, struct report *r)
{
	if (token.len > 0 && token.data[token.len - 1] == '\n')
		token.len--;
	if (token.len > JWT_TOKEN_MAX)
		return report(r, JWT_TOKEN_TOO_LARGE,
			"more than %d bytes on standard input", JWT_TOKEN_MAX);
	JWT_TRY(jws_parse(token, out, r));
	return jws_verify(*out, options->allowed, keys, NULL, r);
}

static enum ctl_exit
verify(const struct options *options, const struct jwks *keys)
{
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX + NEWLINE_LEN);
	JWT_AUTO(jws) jws = NULL;
	struct report r = { "" };
	enum file_status status = ctl_read_stdin(&token);
	enum jwt_reason reason;

	if (status == FILE_TOO_LARGE)
		return ctl_fail(CTL_NO, "token_too_large");
	if (status != FILE_OK)
		return CTL_FAILED;
	reason = check_token(buffer_slice(&token), options, keys, &jws, &r);
	if (reason != JWT_OK)
		return ctl_fail(
			CTL_NO, "%s: %s", jwt_reason_name(reason), r.text);
	if (!fd_write_all(STDOUT_FILENO, jws_payload(jws)))
		return ctl_fail(
			CTL_FAILED, "standard output: %s", strerror(errno));
	return CTL_YES;
}

enum ctl_exit
ctl_verify_jws(int argc, char **argv)
{
	struct options options = { 0 };
	enum ctl_exit status = parse_options(argc, argv, &options);
	JWT_AUTO(jwks) keys = NULL;
	struct report r = { "" };

	if (status != CTL_YES)
		return status;
	JWT_AUTO(fd)
	fd = open(options.jwks_path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return ctl_fail(CTL_USAGE, "%s: %s", options.jwks_path,
			strerror(errno));
	if (!ctl_drop_privileges(true))
		return CTL_FAILED;
	sandbox_start_crypto();
	if (sandbox_enter(&r) != JWT_OK)
		return ctl_fail(CTL_FAILED, "%s", r.text);
	if (load_keys(fd, options.jwks_path, &keys, &r) != JWT_OK)
		return ctl_fail(CTL_USAGE, "%s: %s", options.jwks_path, r.text);
	if (jwks_skipped(keys) > 0)
		(void)ctl_fail(CTL_YES, "%s: %zu keys were skipped: %s",
			options.jwks_path, jwks_skipped(keys), r.text);
	return verify(&options, keys);
}
