/* SPDX-License-Identifier: ISC */
/*
 * Single use on this host: a mark a token. The name is the SHA-256 of what
 * was signed, never of the signature, which others can rewrite for ECDSA.
 */
#include "context.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

enum jwt_reason
replay_mark(const char *used_dir, struct slice signing_input, struct report *r)
{
	uint8_t digest[32];
	char name[2 * sizeof(digest) + 1];
	JWT_AUTO(fd) folder = -1;
	JWT_AUTO(fd) mark = -1;

	if (EVP_Q_digest(NULL, "SHA256", NULL, signing_input.data,
		    signing_input.len, digest, NULL) != 1)
		return report(r, JWT_INTERNAL_ERROR, "SHA-256 failed");
	hex_encode(digest, sizeof(digest), name);
	folder = open(used_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder >= 0)
		mark = openat(folder, name,
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (mark >= 0)
		return JWT_OK;
	if (folder >= 0 && errno == EEXIST)
		return report(r, JWT_REPLAYED,
			"this token has been used here, and counts once");
	return report(r, JWT_INTERNAL_ERROR, "%s: cannot mark the token: %s",
		used_dir, strerror(errno));
}
