/* SPDX-License-Identifier: ISC */
/* Certificates that lie there already: ours to replace, still good? */
#include "login.h"

#include "base/base64.h"

#include <inttypes.h>
#include <string.h>

enum jwt_reason
certificate_open(struct slice file, int64_t now, struct carried *out,
	struct report *report_)
{
	struct slice words;

	if (!login_key_words(file, &words))
		return report(report_, JWT_TOKEN_MALFORMED,
			"not ours: no SSH certificate");
	return carrier_open(JWT_CARRIER_SSH_AUTH_INFO, words, slice_of(NULL, 0),
		now, out, report_);
}

enum login_exit
certificate_may_replace(const char *path)
{
	JWT_AUTO(buffer) file = BUFFER(LOGIN_FILE_MAX);
	JWT_AUTO(carried) cert = { 0 };
	enum login_exit status = login_read(path, true, &file);

	if (status == LOGIN_NO)
		return LOGIN_DONE;
	if (status != LOGIN_DONE)
		return status;
	if (certificate_open(buffer_slice(&file), CARRIER_ANY_TIME, &cert,
		    NULL) == JWT_OK)
		return LOGIN_DONE;
	return login_say(LOGIN_FAILED,
		"%s is there and was not made by jwt-login: name another "
		"place with --out",
		path);
}

/* Where KEY.pub is there, the certificate must be of that key. */
static bool
is_of_key(const struct carried *cert, const char *public_key)
{
	JWT_AUTO(buffer) file = BUFFER(LOGIN_FILE_MAX);
	JWT_AUTO(carried) key = { 0 };
	struct slice words;

	if (login_read(public_key, true, &file) == LOGIN_NO)
		return true;
	return login_key_words(buffer_slice(&file), &words) &&
	       carrier_open(JWT_CARRIER_PROMPT, slice_of_string("-"), words,
		       CARRIER_ANY_TIME, &key, NULL) == JWT_OK &&
	       key.has_key && memcmp(key.jkt, cert->jkt, sizeof(key.jkt)) == 0;
}

enum login_exit
certificate_check(const struct login_options *options, int64_t now)
{
	const char *path = options->certificate;
	JWT_AUTO(buffer) file = BUFFER(LOGIN_FILE_MAX);
	JWT_AUTO(carried) cert = { 0 };
	struct report report = { 0 };
	enum login_exit status = login_read(path, true, &file);
	int64_t left;

	if (status == LOGIN_NO)
		return login_say(LOGIN_NO, "%s: there is none", path);
	if (status != LOGIN_DONE)
		return status;
	if (certificate_open(buffer_slice(&file), CARRIER_ANY_TIME, &cert,
		    &report) != JWT_OK)
		return login_say(LOGIN_NO, "%s: %s", path, report.text);
	if (!is_of_key(&cert, options->public_key))
		return login_say(LOGIN_NO, "%s: certifies another key than %s",
			path, options->public_key);
	if (cert.valid_before > INT64_MAX)
		return login_say(LOGIN_NO, "%s: has no end", path);
	left = (int64_t)cert.valid_before - now;
	if (left <= 0)
		return login_say(
			LOGIN_NO, "%s: ended %" PRId64 " s ago", path, -left);
	if (left < options->good_for)
		return login_say(LOGIN_NO,
			"%s: ends in %" PRId64 " s, wanted are %" PRId64, path,
			left, options->good_for);
	login_print(path, &cert, now);
	return LOGIN_DONE;
}
