/* SPDX-License-Identifier: ISC */
/*
 * revoke, the naming half for values given by name, and the lines that it
 * hands over.
 */
#include "revoke.h"

#include "revocation/entry.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX 128 /* bytes of a claim that we repeat */
#define WHAT_MAX  1024

bool
revoke_append_words(struct buffer *out, struct slice words)
{
	size_t len = words.len < WORDS_MAX ? words.len : WORDS_MAX;

	/* Not in the middle of a UTF-8 sequence. */
	while (len < words.len && len > 0 && (words.data[len] & 0xc0) == 0x80)
		len--;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = words.data[i];

		if (c < 0x20 || c == 0x7f)
			c = '?';
		if (!buffer_append(out, &c, 1))
			return false;
	}
	return len == words.len || buffer_append_string(out, "...");
}

bool
revoke_add_line(const struct revoke_request *request, enum revoked_kind kind,
	struct slice iss, struct slice value, int64_t until, int64_t before,
	const char *what, struct buffer *lines)
{
	JWT_AUTO(buffer) words = BUFFER(WHAT_MAX);
	struct revocation_entry entry = { .kind = kind,
		.until = until,
		.when = request->now,
		.before = before };
	char name[ENTRY_NAME_MAX];

	if (!revocation_hex(kind, iss, value, entry.hex) ||
		!buffer_append_string(&words, what))
		return false;
	entry.what = (char *)words.data;
	entry_name(kind, entry.hex, '-', name);
	return buffer_append_format(lines, "%s ", name) &&
	       entry_format(&entry, lines, NULL) == JWT_OK &&
	       buffer_append_string(lines, "\n");
}

/*
 * How long a name must be remembered. A token's own name: as long as such a
 * token lives, and a day for sessions that outlive it. An IdP's session makes
 * new tokens for weeks; the thief of a key, for as long as it is published.
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
		return token > SECONDS_A_DAY ? token : SECONDS_A_DAY;
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
	JWT_AUTO(buffer) what = BUFFER(WHAT_MAX);

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
		return ctl_fail(CTL_USAGE,
			"the config has no issuer with the name \"%s\"",
			request->issuer);
	if (issuer == NULL)
		return ctl_usage("revoke: --issuer NAME is missing: the config "
				 "has %zu issuers",
			config->issuer_count);
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++)
		if (request->value[i] != NULL &&
			!name_value(
				request, issuer, (enum revoked_kind)i, lines))
			return ctl_fail(CTL_FAILED,
				"--%s can't be written down: it is not UTF-8",
				revoked_kind_name((enum revoked_kind)i));
	return CTL_YES;
}

enum ctl_exit
revoke_name(const struct revoke_request *request, struct buffer *lines)
{
	JWT_AUTO(config) config = NULL;
	struct config_error error;
	enum ctl_exit status;

	if (config_load(request->config_path, &config, &error) != JWT_OK)
		return ctl_fail(CTL_USAGE, "%s", error.text);
	status = request->by_name ? name_values(request, config, lines)
				  : revoke_name_token(request, config, lines);
	if (status == CTL_YES && !buffer_append_string(lines, REVOKE_END))
		return ctl_fail(CTL_FAILED, "out of memory");
	return status;
}
