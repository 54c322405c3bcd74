/* SPDX-License-Identifier: ISC */
/*
 * revoke, the naming half for values given by name, and the lines that it
 * hands over.
 */
#include "revoke.h"

#include "revoke_write.h"
#include "sandbox.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
revoke_add_line(const struct revoke_request *request, enum revoked_kind kind,
	struct slice iss, struct slice value, int64_t until, int64_t before,
	const char *what, struct buffer *lines)
{
	JWT_AUTO(buffer) words = BUFFER(REVOKE_WORDS_MAX);
	struct revocation_entry entry = { .kind = kind,
		.until = until,
		.when = request->now,
		.before = before };

	if (!revocation_hex(kind, iss, value, entry.hex) ||
		!buffer_append_string(&words, what))
		return false;
	entry.what = (char *)words.data;
	return revoke_order_add(lines, &entry);
}

/*
 * How long a name must be remembered. A token's own name: as long as such a
 * token lives, or a session outlives it. An IdP's session makes new tokens
 * for weeks; the thief of a key, for as long as it is published.
 */
static int64_t
default_duration(enum revoked_kind kind, const struct issuer_config *issuer)
{
	int64_t token = issuer->max_lifetime + issuer->leeway;

	switch (kind) {
	case REVOKED_SID:
		return 30LL * SECONDS_A_DAY;
	case REVOKED_KID:
		return SECONDS_A_YEAR;
	default:
		return token > SESSION_OUTLIVES ? token : SESSION_OUTLIVES;
	}
}

static const struct issuer_config *
find_issuer(
	const struct revoke_request *request, const struct jwt_config *config)
{
	if (request->issuer != NULL)
		return config_issuer_by_name(config, request->issuer);
	return config->issuer_count == 1 ? &config->issuer[0] : NULL;
}

static bool
name_value(const struct revoke_request *request,
	const struct issuer_config *issuer, enum revoked_kind kind,
	struct buffer *lines)
{
	struct slice value = slice_of_string(request->value[kind]);
	int64_t lasts = request->lasts > 0 ? request->lasts
					   : default_duration(kind, issuer);
	JWT_AUTO(buffer) what = BUFFER(REVOKE_WORDS_MAX);

	if (!buffer_append_format(&what, "%s ", revoked_kind_name(kind)) ||
		!revoke_append_words(&what, value) ||
		!buffer_append_format(&what, " of issuer %s", issuer->name))
		return false;
	/* sub: also what an issuer whose clock is ahead has issued by now. */
	return revoke_add_line(request, kind, slice_of_string(issuer->issuer),
		value, request->now + lasts, request->now + issuer->leeway + 1,
		buffer_string(&what), lines);
}

static enum ctl_exit
name_values(const struct revoke_request *request,
	const struct jwt_config *config, struct buffer *lines)
{
	const struct issuer_config *issuer = find_issuer(request, config);

	if (issuer == NULL && request->issuer != NULL)
		return revoke_refuse(request, CTL_USAGE, "config_error",
			"the config has no issuer with the name \"%s\"",
			request->issuer);
	if (issuer == NULL)
		return revoke_refuse(request, CTL_USAGE, "config_error",
			"--issuer NAME is missing: the config has %zu issuers",
			config->issuer_count);
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++)
		if (request->value[i] != NULL &&
			!name_value(
				request, issuer, (enum revoked_kind)i, lines))
			return revoke_refuse(request, CTL_FAILED,
				"internal_error",
				"--%s can't be written down: it is not UTF-8",
				revoked_kind_name((enum revoked_kind)i));
	return CTL_YES;
}

enum ctl_exit
revoke_refuse(const struct revoke_request *request, enum ctl_exit status,
	const char *error, const char *format, ...)
{
	struct report detail = { "" };
	va_list args;

	va_start(args, format);
	vsnprintf(detail.text, sizeof(detail.text), format, args);
	va_end(args);
	if (request->json) {
		JWT_AUTO(json) object = json_pack("{s:s, s:s, s:s}", "result",
			status == CTL_FAILED ? "failed" : "refused", "error",
			error, "detail", detail.text);

		if (!revoke_print_answer(object))
			status = CTL_FAILED;
	}
	return ctl_fail(status, "%s", detail.text);
}

static enum ctl_exit
name_what_was_asked(const struct revoke_request *request,
	const struct session_files *sessions, const struct jwt_config *config,
	struct buffer *lines)
{
	if (request->by_name)
		return name_values(request, config, lines);
	if (request->session != NULL)
		return revoke_name_sessions(request, config, sessions, lines);
	return revoke_name_token(request, config, lines);
}

enum ctl_exit
revoke_name(const struct revoke_request *request,
	const struct session_files *sessions, struct buffer *lines)
{
	JWT_AUTO(config) config = NULL;
	struct config_error error;
	struct report r = { "" };
	enum ctl_exit status;

	if (config_load(request->config_path, &config, &error) != JWT_OK)
		return revoke_refuse(
			request, CTL_USAGE, "config_error", "%s", error.text);
	sandbox_start_crypto();
	if (sandbox_enter(&r) != JWT_OK)
		return revoke_refuse(
			request, CTL_FAILED, "internal_error", "%s", r.text);
	status = name_what_was_asked(request, sessions, config, lines);
	if (status == CTL_YES && !buffer_append_string(lines, REVOKE_END))
		return revoke_refuse(request, CTL_FAILED, "internal_error",
			"too much to be revoked at once");
	return status;
}
