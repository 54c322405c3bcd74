/* SPDX-License-Identifier: ISC */
/*
 * jwtauth-sshkeys USER UID BASE64: sshd's AuthorizedKeysCommand. Prints one
 * authorized_keys line for a self-certified key whose certificate holds a
 * good token bound to it, else nothing. Always exits 0, so that sshd does
 * not log a noise of its own.
 */
#include "base/base64.h"
#include "base/ids.h"
#include "judge.h"
#include "privileges.h"
#include "ssh/cert.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SSHD_SERVICE "sshd" /* the service whose rules count */

/*
 * The PAM module sends the same certificate as "publickey TYPE BASE64" for
 * the session's record: what it could not send must not log in.
 */
#define BASE64_MAX (JWT_CARRIER_MAX - 64)

/* What sshd may grant, in the words of authorized_keys(5). */
static const struct {
	enum jwt_permit permit;
	const char *option;
} options[] = {
	{ JWT_PERMIT_PTY, "pty" },
	{ JWT_PERMIT_PORT_FORWARDING, "port-forwarding" },
	{ JWT_PERMIT_AGENT_FORWARDING, "agent-forwarding" },
	{ JWT_PERMIT_X11_FORWARDING, "X11-forwarding" },
	{ JWT_PERMIT_USER_RC, "user-rc" },
};

/* The first SSH string of a blob: the name of its type. */
static struct slice
blob_type(struct slice blob)
{
	size_t len;

	if (blob.len < 4)
		return slice_of(NULL, 0);
	len = (size_t)blob.data[0] << 24 | (size_t)blob.data[1] << 16 |
	      (size_t)blob.data[2] << 8 | blob.data[3];
	if (len > blob.len - 4)
		return slice_of(NULL, 0);
	return slice_of(blob.data + 4, len);
}

/*
 * A certificate of somebody else's is none of our business and leaves no
 * line in any log; one that we can't even read is judged, so that somebody
 * can find out why.
 */
static bool
is_ours(struct slice blob)
{
	struct ssh_cert cert = { 0 };
	bool ours;

	ours = ssh_cert_parse(blob, &cert, NULL) != JWT_OK ||
	       cert.token.len > 0;
	ssh_cert_clear(&cert);
	return ours;
}

static bool
append_options(struct buffer *line, const struct jwt_verdict *v)
{
	const time_t expires = (time_t)v->expires_at;
	struct tm utc;
	char when[32];

	if (!buffer_append_string(line,
		    "cert-authority,principals=\"" SSH_CERT_PRINCIPAL
		    "\",restrict"))
		return false;
	for (size_t i = 0; i < JWT_COUNT(options); i++)
		if ((v->permit & options[i].permit) != 0 &&
			(!buffer_append_string(line, ",") ||
				!buffer_append_string(line, options[i].option)))
			return false;
	return gmtime_r(&expires, &utc) != NULL &&
	       strftime(when, sizeof(when), "%Y%m%d%H%M%SZ", &utc) > 0 &&
	       buffer_append_format(line, ",expiry-time=\"%s\" ", when);
}

/* The certified key, as the line's TYPE and KEY. */
static bool
append_key(struct buffer *line, struct slice blob)
{
	struct ssh_cert cert = { 0 };
	bool ok = ssh_cert_parse(blob, &cert, NULL) == JWT_OK &&
		  buffer_append_slice(line, blob_type(cert.key_blob)) &&
		  buffer_append_string(line, " ") &&
		  base64_encode(cert.key_blob, line) &&
		  buffer_append_string(line, "\n");

	ssh_cert_clear(&cert);
	return ok;
}

static void
print_line(const struct jwt_verdict *verdict, struct slice blob)
{
	JWT_AUTO(buffer) line = BUFFER(JWT_CARRIER_MAX);

	if (append_options(&line, verdict) && append_key(&line, blob))
		fputs(buffer_string(&line), stdout);
}

/* From here to the end in the sandbox: the certificate is a stranger's. */
static void
judge(struct judge *judge, const char *user, uint32_t uid, const char *base64,
	struct slice blob)
{
	const struct jwt_request request = { .purpose = JWT_PURPOSE_AUTH,
		.service = SSHD_SERVICE,
		.user = user,
		.uid = uid,
		.real_uid = JWT_NO_UID,
		.login_uid = JWT_NO_UID,
		.carrier = JWT_CARRIER_SSH_AUTH_INFO,
		.carrier_bytes = (const uint8_t *)base64,
		.carrier_len = strlen(base64) };
	struct jwt_verdict verdict;

	if (!is_ours(blob))
		return;
	judge_request(judge, &request, &verdict);
	if (verdict.allow)
		print_line(&verdict, blob);
}

int
main(int argc, char **argv)
{
	JWT_AUTO(buffer) blob = BUFFER(JWT_CARRIER_MAX);
	struct judge j = { 0 };
	uint32_t uid;

	if (argc != 4 || !uid_from_string(argv[2], &uid)) {
		fprintf(stderr, "Usage: jwtauth-sshkeys USER UID BASE64\n"
				"For sshd_config: AuthorizedKeysCommand ... "
				"%%u %%U %%k\n");
		return EXIT_SUCCESS;
	}
	signal(SIGPIPE, SIG_IGN);
	privileges_harden();
	if (geteuid() == 0 && privileges_drop_by_ids(NULL) != JWT_OK)
		return EXIT_SUCCESS;
	if (strlen(argv[3]) > BASE64_MAX ||
		!base64_decode(slice_of_string(argv[3]), &blob) ||
		!ssh_type_is_cert(blob_type(buffer_slice(&blob))))
		return EXIT_SUCCESS; /* the common case: a plain key */
	if (judge_start(&j, NULL, NULL) == JWT_OK)
		judge(&j, argv[1], uid, argv[3], buffer_slice(&blob));
	judge_stop(&j);
	return EXIT_SUCCESS;
}
