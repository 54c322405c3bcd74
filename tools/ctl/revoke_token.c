/* SPDX-License-Identifier: ISC */
/*
 * revoke, the naming half for a token on standard input. A token that does
 * not verify opens no door, and its claims are anybody's: with --force its
 * exact text is revoked, never a jti that it only claims to have.
 */
#include "revoke.h"

#include "sandbox.h"
#include "jose/jws.h"
#include "keys/keys.h"

#include <unistd.h>

struct token {
	struct carried carried;
	struct jws *jws;
	struct claims claims;
	bool has_claims;
	const struct issuer_config *issuer;
};

static void
token_clear(struct token *token)
{
	claims_clear(&token->claims);
	jws_free(token->jws);
	carried_clear(&token->carried);
}

static enum jwt_reason
read_token(const struct revoke_request *request, struct token *token,
	struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(JWT_CARRIER_MAX);

	switch (file_read_fd(STDIN_FILENO, "standard input", &text, r)) {
	case FILE_OK:
		break;
	case FILE_TOO_LARGE:
		return JWT_TOKEN_TOO_LARGE;
	default:
		return JWT_INTERNAL_ERROR;
	}
	JWT_TRY(carrier_open(JWT_CARRIER_PROMPT, buffer_slice(&text),
		slice_of(NULL, 0), request->now, &token->carried, r));
	return jws_parse(token->carried.token, &token->jws, r);
}

/* Not whether it would be let in: whether the issuer made it. */
static enum jwt_reason
verify_token(const struct revoke_request *request,
	const struct jwt_config *config, struct token *token, struct report *r)
{
	static const struct keys_places places = { JWT_CACHE_DIR,
		JWT_FETCH_RUN_DIR "/fetch.sock" };
	JWT_AUTO(jwks) keys = NULL;

	JWT_TRY(claims_parse(jws_payload(token->jws), &token->claims, r));
	token->has_claims = true;
	token->issuer = config_issuer(config, token->claims.iss);
	if (token->issuer == NULL)
		return report(r, JWT_ISSUER_UNKNOWN,
			"iss is not among the issuers of the config");
	JWT_TRY(keys_for_token(token->issuer, &places, jws_kid(token->jws),
		request->now, &keys, r));
	return jws_verify(token->jws, token->issuer->algorithms, keys, NULL, r);
}

/* Until nothing can be opened with it, and a day for what was opened. */
static int64_t
until_of(const struct revoke_request *request, const struct token *token,
	bool verified)
{
	int64_t lasts =
		request->lasts > SECONDS_A_DAY ? request->lasts : SECONDS_A_DAY;
	int64_t until = request->now + lasts, end;

	if (!token->has_claims || !token->claims.has_exp)
		return until;
	end = token->claims.exp +
	      (token->issuer != NULL ? token->issuer->leeway : 0);
	/* A stranger's word does not fill the store for ever. */
	if (!verified && end > request->now + SECONDS_A_YEAR)
		end = request->now + SECONDS_A_YEAR;
	return end > until ? end : until;
}

static bool
describe(const struct token *token, bool verified, struct buffer *what)
{
	if (!verified)
		return buffer_append_string(
			what, "a token that was not verified");
	if (!buffer_append_string(what, "token of ") ||
		!revoke_append_words(what, token->claims.sub) ||
		!buffer_append_format(what, " (issuer %s", token->issuer->name))
		return false;
	if (token->claims.jti.len > 0 &&
		(!buffer_append_string(what, ", jti ") ||
			!revoke_append_words(what, token->claims.jti)))
		return false;
	return buffer_append_string(what, ")");
}

static bool
add_lines(const struct revoke_request *request, const struct token *token,
	bool verified, struct buffer *lines)
{
	int64_t until = until_of(request, token, verified);
	JWT_AUTO(buffer) what = BUFFER(1024);

	if (!describe(token, verified, &what) ||
		!revoke_add_line(request, REVOKED_SIG, slice_of(NULL, 0),
			jws_signing_input(token->jws), until, 0,
			buffer_string(&what), lines))
		return false;
	return !verified || token->claims.jti.len == 0 ||
	       revoke_add_line(request, REVOKED_JTI, token->claims.iss,
		       token->claims.jti, until, 0, buffer_string(&what),
		       lines);
}

static enum ctl_exit
name_token(const struct revoke_request *request,
	const struct jwt_config *config, struct token *token,
	struct buffer *lines)
{
	struct report r = { "" };
	enum jwt_reason reason = read_token(request, token, &r);

	if (reason != JWT_OK)
		return ctl_fail(CTL_NO,
			"%s: %s; nothing was revoked, and no door opens to it",
			jwt_reason_name(reason), r.text);
	reason = verify_token(request, config, token, &r);
	if (reason != JWT_OK && !request->force)
		return ctl_fail(CTL_NO,
			"the token could not be verified (%s: %s): nothing was "
			"revoked; --force revokes this very text all the same",
			jwt_reason_name(reason), r.text);
	if (!add_lines(request, token, reason == JWT_OK, lines))
		return ctl_fail(CTL_FAILED, "out of memory");
	return CTL_YES;
}

enum ctl_exit
revoke_name_token(const struct revoke_request *request,
	const struct jwt_config *config, struct buffer *lines)
{
	struct token token = { 0 };
	struct report r = { "" };
	enum ctl_exit status;

	sandbox_start_crypto();
	if (sandbox_enter(&r) != JWT_OK)
		return ctl_fail(CTL_FAILED, "%s", r.text);
	status = name_token(request, config, &token, lines);
	token_clear(&token);
	return status;
}
