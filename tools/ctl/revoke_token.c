/* SPDX-License-Identifier: ISC */
/*
 * revoke, the naming half for a token on standard input. A token that does
 * not verify opens no door, and its claims are anybody's: with --force its
 * exact text is revoked, never a jti that it only claims to have.
 */
#include "revoke.h"

#include "store_open.h"
#include "keys/keys.h"

#include <unistd.h>

void
revoke_token_clear(struct revoke_token *token)
{
	claims_clear(&token->claims);
	jws_free(token->jws);
	token->jws = NULL;
	carried_clear(&token->carried);
}

static enum jwt_reason
read_token(const struct revoke_request *request, struct revoke_token *token,
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
	const struct jwt_config *config, struct revoke_token *token,
	struct report *r)
{
	static const struct keys_places places = { JWT_CACHE_DIR,
		JWT_FETCH_RUN_DIR "/fetch.sock" };
	JWT_AUTO(jwks) keys = NULL;

	JWT_TRY(claims_parse(jws_payload(token->jws), &token->claims, r));
	token->has_claims = true;
	token->issuer = config_issuer(config, token->claims.iss);
	if (token->issuer == NULL)
		return report(r, JWT_ISSUER_UNKNOWN, "iss is \"%.*s\"",
			(int)(token->claims.iss.len < 128
					? token->claims.iss.len
					: 128),
			(const char *)token->claims.iss.data);
	JWT_TRY(keys_for_token(token->issuer, &places, jws_kid(token->jws),
		request->now, &keys, r));
	return jws_verify(token->jws, token->issuer->algorithms, keys, NULL, r);
}

/* Until nothing can be opened with it, and as long as sessions outlive it. */
static int64_t
until_of(const struct revoke_request *request, const struct revoke_token *token,
	bool genuine)
{
	int64_t lasts = request->lasts > SESSION_OUTLIVES ? request->lasts
							  : SESSION_OUTLIVES;
	int64_t until = request->now + lasts, end;

	if (!token->has_claims || !token->claims.has_exp)
		return until;
	end = token->claims.exp +
	      (token->issuer != NULL ? token->issuer->leeway : 0);
	/* A stranger's word does not fill the store for ever. */
	if (!genuine && end > request->now + SECONDS_A_YEAR)
		end = request->now + SECONDS_A_YEAR;
	return end > until ? end : until;
}

static bool
append_issuer(const struct revoke_token *token, struct buffer *what)
{
	if (token->issuer != NULL)
		return buffer_append_string(what, token->issuer->name);
	return revoke_append_words(what, token->claims.iss);
}

static bool
describe(const struct revoke_token *token, bool genuine, struct buffer *what)
{
	if (!genuine)
		return buffer_append_string(
			what, "a token that was not verified");
	if (!buffer_append_string(what, "token of ") ||
		!revoke_append_words(what, token->claims.sub) ||
		!buffer_append_string(what, " (issuer ") ||
		!append_issuer(token, what))
		return false;
	if (token->claims.jti.len > 0 &&
		(!buffer_append_string(what, ", jti ") ||
			!revoke_append_words(what, token->claims.jti)))
		return false;
	return buffer_append_string(what, ")");
}

bool
revoke_token_lines(const struct revoke_request *request,
	const struct revoke_token *token, bool genuine, const char *where,
	struct buffer *lines)
{
	int64_t until = until_of(request, token, genuine);
	JWT_AUTO(buffer) what = BUFFER(REVOKE_WORDS_MAX);

	if (!describe(token, genuine, &what) ||
		!buffer_append_string(&what, where) ||
		!revoke_add_line(request, REVOKED_SIG, slice_of(NULL, 0),
			jws_signing_input(token->jws), until, 0,
			buffer_string(&what), lines))
		return false;
	return !genuine || token->claims.jti.len == 0 ||
	       revoke_add_line(request, REVOKED_JTI, token->claims.iss,
		       token->claims.jti, until, 0, buffer_string(&what),
		       lines);
}

static bool
has_expired(
	const struct revoke_request *request, const struct revoke_token *token)
{
	return token->issuer != NULL && token->claims.has_exp &&
	       request->now >= token->claims.exp + token->issuer->leeway;
}

/* What kind of stranger it is. */
static const char *
words_for(enum jwt_reason reason)
{
	switch (reason) {
	case JWT_ISSUER_UNKNOWN:
		return "a foreign token: its issuer is not in the config";
	case JWT_SIGNATURE_INVALID:
	case JWT_ALG_NOT_ALLOWED:
		return "the issuer that it names did not sign it";
	case JWT_KEY_UNKNOWN:
		return "signed by no key that its issuer has now";
	case JWT_KEYS_UNAVAILABLE:
	case JWT_KEYS_STALE:
		return "its issuer's keys are not at hand to tell";
	default:
		return "the token could not be verified";
	}
}

static bool
add_state(enum revoke_token_state state, struct buffer *lines)
{
	return buffer_append_format(
		lines, "token %s\n", revoke_token_word(state));
}

static void
note_expired(const struct revoke_token *token)
{
	char when[CTL_TIME_MAX];

	(void)ctl_fail(CTL_YES,
		"the token has expired (%s): nothing to revoke unless a live "
		"session uses it",
		ctl_time(token->claims.exp, when));
}

static enum ctl_exit
name_genuine(const struct revoke_request *request,
	const struct revoke_token *token, struct buffer *lines)
{
	bool expired = has_expired(request, token);

	if (!add_state(expired ? REVOKE_TOKEN_EXPIRED : REVOKE_TOKEN_VALID,
		    lines) ||
		!revoke_token_lines(request, token, true, "", lines))
		return revoke_refuse(
			request, CTL_FAILED, "internal_error", "out of memory");
	if (expired)
		note_expired(token);
	return CTL_YES;
}

static enum ctl_exit
name_stranger(const struct revoke_request *request,
	const struct revoke_token *token, struct buffer *lines)
{
	if (add_state(REVOKE_TOKEN_UNVERIFIED, lines) &&
		revoke_token_lines(request, token, false, "", lines))
		return CTL_YES;
	return revoke_refuse(
		request, CTL_FAILED, "internal_error", "out of memory");
}

enum ctl_exit
revoke_name_token(const struct revoke_request *request,
	const struct jwt_config *config, struct buffer *lines)
{
	JWT_AUTO(revoke_token) token = { .has_claims = false };
	struct report r = { "" };
	enum jwt_reason reason = read_token(request, &token, &r);

	if (reason != JWT_OK)
		return revoke_refuse(request, CTL_NO, jwt_reason_name(reason),
			"%s: %s; nothing was revoked, and no door opens to it",
			jwt_reason_name(reason), r.text);
	reason = verify_token(request, config, &token, &r);
	if (reason == JWT_OK)
		return name_genuine(request, &token, lines);
	if (request->force)
		return name_stranger(request, &token, lines);
	return revoke_refuse(request, CTL_NO, jwt_reason_name(reason),
		"%s (%s: %s): nothing was revoked; --force revokes this very "
		"text all the same",
		words_for(reason), jwt_reason_name(reason), r.text);
}
