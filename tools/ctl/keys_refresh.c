/* SPDX-License-Identifier: ISC */
/* jwtauthctl keys refresh: has the fetcher fetch now, and says what came. */
#include "keys_common.h"

#include "privileges.h"

#include <stdio.h>

/* "no WORD REST" of the fetcher's answer, in words. */
static void
say_no(const struct issuer_config *issuer, struct slice answer)
{
	struct slice line = answer, no, word, rest;

	(void)slice_cut(&answer, '\n', &line);
	rest = line;
	if (!slice_cut(&rest, ' ', &no))
		rest = line;
	word = rest;
	if (slice_cut(&rest, ' ', &word) == false)
		rest = slice_of(NULL, 0);
	if (slice_equals_string(word, "retry_after"))
		printf("%s: not asked: the issuer said to come again in %.*s s "
		       "(Retry-After)\n",
			issuer->name, (int)rest.len, (const char *)rest.data);
	else if (slice_equals_string(word, "unknown_issuer"))
		printf("%s: the fetcher does not know it; run: systemctl "
		       "reload jwtauth-fetchd\n",
			issuer->name);
	else
		printf("%s: not renewed: %.*s%s%.*s\n", issuer->name,
			(int)word.len, (const char *)word.data,
			rest.len > 0 ? ": " : "", (int)rest.len,
			(const char *)rest.data);
}

static enum ctl_exit
renew(const struct issuer_config *issuer, const char *socket)
{
	JWT_AUTO(buffer) answer = BUFFER(KEYS_REFRESH_MAX);
	struct report r = { "" };
	char question[128];

	if (!keys_are_fetched(issuer)) {
		printf("%s: its keys come from a file: nothing to fetch\n",
			issuer->name);
		return CTL_YES;
	}
	snprintf(question, sizeof(question), "renew %s", issuer->name);
	if (keys_ask_fetcher(socket, question, KEYS_RENEW_MS, &answer, &r)) {
		printf("%s: renewed\n", issuer->name);
		return CTL_YES;
	}
	if (answer.len == 0)
		return ctl_fail(CTL_FAILED,
			"%s (%s); see: systemctl status jwtauth-fetchd", r.text,
			socket);
	say_no(issuer, buffer_slice(&answer));
	return CTL_NO;
}

enum ctl_exit
ctl_keys_refresh(int argc, char **argv)
{
	const struct issuer_config *only = NULL;
	JWT_AUTO(config) config = NULL;
	struct keys_options options;
	enum ctl_exit status =
		keys_parse_options(argc, argv, "s", 0, 1, "[ISSUER]", &options);

	if (status != CTL_YES ||
		!keys_begin(USER_CHECK, &options, &config, &status))
		return status;
	if (options.count > 0 &&
		(only = keys_find_issuer(config, options.words[0])) == NULL)
		return CTL_USAGE;
	status = CTL_YES;
	for (size_t i = 0; i < config->issuer_count; i++) {
		enum ctl_exit one = CTL_YES;

		if (only == NULL || only == &config->issuer[i])
			one = renew(&config->issuer[i], options.socket);
		if (one > status)
			status = one;
		if (one == CTL_FAILED)
			break; /* the others would say the same */
	}
	return status;
}
