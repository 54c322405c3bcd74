/* SPDX-License-Identifier: ISC */
/* Cutting the lines of SSH_AUTH_INFO_0. */
#include "sshinfo.h"

#include <string.h>

static const char method[] = "publickey ";
static const char cert_type[] = "-cert-v01@openssh.com";

static bool
starts_with(struct slice text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

bool
sshinfo_is_certificate(struct slice line)
{
	size_t suffix = strlen(cert_type);
	struct slice word, rest = line;

	return slice_cut(&rest, ' ', &word) && slice_cut(&rest, ' ', &word) &&
	       word.len > suffix &&
	       memcmp(word.data + word.len - suffix, cert_type, suffix) == 0;
}

struct slice
sshinfo_find_key(struct slice text)
{
	struct slice found = { NULL, 0 };

	while (text.len > 0) {
		struct slice line = text;

		if (!slice_cut(&text, '\n', &line))
			text.len = 0;
		if (!starts_with(line, method))
			continue;
		if (sshinfo_is_certificate(line))
			return line;
		if (found.len == 0)
			found = line;
	}
	return found;
}

struct slice
sshinfo_key(const struct call *call)
{
	/* Any other program's environment could be its user's. */
	if (!call->options.ssh)
		return slice_of(NULL, 0);
	return sshinfo_find_key(
		slice_of_string(pam_getenv(call->pamh, "SSH_AUTH_INFO_0")));
}
