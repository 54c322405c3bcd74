/* SPDX-License-Identifier: ISC */
/* The thumbprint of an SSH public key: what cnf.jkt binds a token to. */
#include "mint.h"

#include "base/base64.h"
#include "ssh/wire.h"
#include "token/carrier.h"

#define SSH_KEY_FILE_MAX (16 * 1024) /* bytes */

/* "TYPE BASE64 COMMENT" of a line, the comment optional. */
static bool
split_line(struct slice text, struct slice *type, struct slice *base64)
{
	struct slice line, rest = text;

	if (slice_cut(&rest, '\n', &line))
		text = line;
	if (text.len > 0 && text.data[text.len - 1] == '\r')
		text.len--;
	if (!slice_cut(&text, ' ', type))
		return false;
	if (!slice_cut(&text, ' ', base64))
		*base64 = text;
	return true;
}

/* The blob begins with its type as an SSH string (RFC 4253 section 6.6). */
static bool
blob_is_of_type(struct slice blob, struct slice type)
{
	struct slice rest = blob, first;

	return wire_string(&rest, &first) && slice_equal(first, type);
}

enum jwt_reason
mint_ssh_thumbprint(
	const char *path, uint8_t out[JWK_THUMBPRINT_LEN], struct report *r)
{
	const struct file_trust trust = { .any_owner = true }; /* public */
	JWT_AUTO(buffer) text = BUFFER(SSH_KEY_FILE_MAX);
	JWT_AUTO(buffer) blob = BUFFER(SSH_KEY_FILE_MAX);
	struct slice type, base64;
	struct report inner = { 0 };
	struct ssh_key key;

	if (file_read(path, &trust, &text, r) != FILE_OK)
		return JWT_CONFIG_ERROR;
	if (!split_line(buffer_slice(&text), &type, &base64) ||
		!ssh_type_is_key(type) || !base64_decode(base64, &blob) ||
		!blob_is_of_type(buffer_slice(&blob), type))
		return report(r, JWT_CONFIG_ERROR,
			"%s: not an SSH public key (\"ssh-ed25519 AAAA...\")",
			path);
	if (ssh_key_parse(buffer_slice(&blob), &key, &inner) != JWT_OK)
		return report(r, JWT_CONFIG_ERROR, "%s: %s", path, inner.text);
	if (ssh_key_thumbprint(&key, out) != JWT_OK)
		return report(r, JWT_INTERNAL_ERROR, "%s: no thumbprint", path);
	return JWT_OK;
}
