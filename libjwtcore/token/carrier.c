/* SPDX-License-Identifier: ISC */
/*
 * Opens what was carried. Text that names a key is "TYPE BASE64" as in a
 * .pub file; sshd writes "publickey " before it, a line for each method that
 * has succeeded.
 */
#include "token/carrier.h"

#include "base/base64.h"
#include "ssh/wire.h"

#include <inttypes.h>
#include <string.h>

#define AUTH_INFO_LINES_MAX 16 /* more methods than sshd can ask for */

void
carried_clear(struct carried *carried)
{
	buffer_free(&carried->storage);
	memset(carried, 0, sizeof(*carried));
}

static bool
is_white(uint8_t c)
{
	/* One comparison for nearly all that is asked. */
	return c <= ' ' && (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

static enum jwt_reason
open_text(struct slice bytes, struct carried *out, struct report *r)
{
	out->storage = BUFFER(JWT_TOKEN_MAX);
	if (!buffer_reserve(&out->storage,
		    bytes.len < JWT_TOKEN_MAX ? bytes.len : JWT_TOKEN_MAX))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	for (size_t begin = 0, end; begin < bytes.len; begin = end + 1) {
		for (end = begin; end < bytes.len; end++)
			if (is_white(bytes.data[end]))
				break;
		if (!buffer_append(
			    &out->storage, bytes.data + begin, end - begin))
			return report(r, JWT_TOKEN_TOO_LARGE,
				"token: longer than %d bytes", JWT_TOKEN_MAX);
	}
	out->token = buffer_slice(&out->storage);
	if (out->token.len == 0)
		return report(r, JWT_TOKEN_MALFORMED, "token: empty");
	return JWT_OK;
}

/* "TYPE BASE64", or BASE64 alone (type stays empty). */
struct key_text {
	struct slice type, base64;
};

/* The first line that names a proved key; the only line may do without
 * "publickey", as it does in sshd's %k. */
static bool
find_key_text(struct slice text, struct key_text *out)
{
	struct slice line, rest, word;
	bool only;

	while (text.len > 0 && is_white(text.data[text.len - 1]))
		text.len--;
	only = text.len > 0 && memchr(text.data, '\n', text.len) == NULL;
	for (int i = 0; i < AUTH_INFO_LINES_MAX && text.len > 0; i++) {
		if (!slice_cut(&text, '\n', &line)) {
			line = text;
			text.len = 0;
		}
		rest = line;
		if (slice_cut(&rest, ' ', &word) &&
			slice_equals_string(word, "publickey"))
			line = rest;
		else if (!only)
			continue;
		out->base64 = line;
		out->type = slice_of(NULL, 0);
		if (slice_cut(&out->base64, ' ', &word))
			out->type = word;
		return true;
	}
	return false;
}

/* The blob and the type inside it, which the text's type must equal. */
static bool
decode_blob(
	const struct key_text *text, struct buffer *blob, struct slice *type)
{
	struct slice rest;

	if (!base64_decode(text->base64, blob))
		return false;
	rest = buffer_slice(blob);
	return wire_text(&rest, type) &&
	       (text->type.len == 0 || slice_equal(text->type, *type));
}

enum jwt_reason
ssh_key_thumbprint(const struct ssh_key *key, uint8_t out[JWK_THUMBPRINT_LEN])
{
	switch (key->type) {
	case SSH_KEY_RSA:
		return jwk_thumbprint_rsa(key->rsa_n, key->rsa_e, out);
	case SSH_KEY_ECDSA_P256:
		return jwk_thumbprint_ec(JWK_P256, key->ec_x, key->ec_y, out);
	case SSH_KEY_ECDSA_P384:
		return jwk_thumbprint_ec(JWK_P384, key->ec_x, key->ec_y, out);
	case SSH_KEY_ECDSA_P521:
		return jwk_thumbprint_ec(JWK_P521, key->ec_x, key->ec_y, out);
	case SSH_KEY_ED25519:
		return jwk_thumbprint_ed25519(key->ed25519, out);
	}
	return JWT_INTERNAL_ERROR;
}

/*
 * The key that the client proved beside a typed token. One that no jkt can
 * name, or that we can't read (a security key's, an RSA key of a strange
 * exponent, a company's unusual certificate), counts as none: a token that
 * is bound to it stays without proof, one that is bound to nothing needs
 * none. A certificate stands for the key that it certifies.
 */
static enum jwt_reason
read_proved_key(struct slice proved_key, struct carried *out, struct report *r)
{
	JWT_AUTO(buffer) blob = BUFFER(JWT_CARRIER_MAX);
	JWT_AUTO(ssh_cert) cert = { 0 };
	struct key_text text;
	struct ssh_key key;
	struct slice type;

	if (!buffer_reserve(&blob, proved_key.len))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	if (!find_key_text(proved_key, &text) ||
		!decode_blob(&text, &blob, &type))
		return JWT_OK;
	if (ssh_type_is_cert(type)) {
		if (ssh_cert_parse(buffer_slice(&blob), &cert, NULL) != JWT_OK)
			return JWT_OK;
		key = cert.key;
	} else if (!ssh_type_is_key(type) ||
		   ssh_key_parse(buffer_slice(&blob), &key, NULL) != JWT_OK) {
		return JWT_OK;
	}
	JWT_TRY(ssh_key_thumbprint(&key, out->jkt));
	out->has_key = true;
	return JWT_OK;
}

static enum jwt_reason
check_certificate(const struct ssh_cert *cert, struct report *r)
{
	if (!cert->is_user)
		return report(
			r, JWT_PROOF_MISMATCH, "certificate: not a user's");
	if (!cert->self_signed)
		return report(r, JWT_PROOF_MISMATCH,
			"certificate: not signed by the key it certifies");
	if (!cert->has_principal)
		return report(r, JWT_PROOF_MISMATCH,
			"certificate: no principal " SSH_CERT_PRINCIPAL);
	if (cert->has_critical)
		return report(r, JWT_PROOF_MISMATCH,
			"certificate: has critical options");
	return JWT_OK;
}

static enum jwt_reason
check_validity(const struct ssh_cert *cert, int64_t now, struct report *r)
{
	if (now == CARRIER_ANY_TIME)
		return JWT_OK;
	if (now < 0 || cert->valid_after > (uint64_t)now)
		return report(r, JWT_NOT_YET_VALID,
			"certificate: valid from %" PRIu64 " on",
			cert->valid_after);
	if (cert->valid_before <= (uint64_t)now)
		return report(r, JWT_EXPIRED,
			"certificate: valid until %" PRIu64,
			cert->valid_before);
	return JWT_OK;
}

static enum jwt_reason
open_certificate(
	struct slice bytes, int64_t now, struct carried *out, struct report *r)
{
	JWT_AUTO(ssh_cert) cert = { 0 };
	struct key_text text;
	struct slice type;

	out->storage = BUFFER(JWT_CARRIER_MAX);
	if (!buffer_reserve(&out->storage, bytes.len))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	if (!find_key_text(bytes, &text) ||
		!decode_blob(&text, &out->storage, &type))
		return report(r, JWT_TOKEN_MALFORMED,
			"certificate: not \"TYPE BASE64\"");
	if (!ssh_type_is_cert(type))
		return report(r, JWT_TOKEN_MALFORMED,
			"not ours: a plain key, no certificate");
	JWT_TRY(ssh_cert_parse(buffer_slice(&out->storage), &cert, r));
	if (cert.token.len == 0)
		return report(r, JWT_TOKEN_MALFORMED,
			"not ours: a certificate without " SSH_CERT_EXTENSION);
	if (cert.token.len > JWT_TOKEN_MAX)
		return report(r, JWT_TOKEN_TOO_LARGE,
			"token: longer than %d bytes", JWT_TOKEN_MAX);
	JWT_TRY(check_certificate(&cert, r));
	JWT_TRY(check_validity(&cert, now, r));
	JWT_TRY(ssh_key_thumbprint(&cert.key, out->jkt));
	out->token = cert.token; /* points into out->storage */
	out->has_key = out->has_cert = true;
	out->serial = cert.serial;
	out->valid_before = cert.valid_before;
	return JWT_OK;
}

enum jwt_reason
carrier_open(enum jwt_carrier kind, struct slice bytes, struct slice proved_key,
	int64_t now, struct carried *out, struct report *r)
{
	JWT_AUTO(carried) carried = { 0 };

	if (bytes.len > JWT_CARRIER_MAX || proved_key.len > JWT_CARRIER_MAX)
		return report(r, JWT_TOKEN_TOO_LARGE,
			"carrier: longer than %d bytes", JWT_CARRIER_MAX);
	switch (kind) {
	case JWT_CARRIER_PROMPT:
	case JWT_CARRIER_PASSWORD:
		JWT_TRY(open_text(bytes, &carried, r));
		JWT_TRY(read_proved_key(proved_key, &carried, r));
		break;
	case JWT_CARRIER_SSH_AUTH_INFO:
		JWT_TRY(open_certificate(bytes, now, &carried, r));
		break;
	default:
		return report(r, JWT_INTERNAL_ERROR,
			"carrier: kind %d is not known", (int)kind);
	}
	*out = carried;
	memset(&carried, 0, sizeof(carried)); /* out owns the storage now */
	return JWT_OK;
}

enum jwt_reason
carrier_check_binding(const struct carried *carried,
	const struct claims *claims, enum token_binding binding,
	struct report *r)
{
	if (!claims->has_cnf) {
		if (carried->has_cert)
			return report(r, JWT_PROOF_MISSING,
				"unbound token in a certificate, where "
				"others can read it");
		if (binding != BINDING_WHEN_PRESENT)
			return report(r, JWT_PROOF_MISSING,
				"cnf is missing, the service requires it");
		return JWT_OK;
	}
	if (!claims->has_jkt)
		return report(r, JWT_PROOF_MISSING,
			"cnf has no jkt, and no other proof is known");
	if (!carried->has_key)
		return report(r, JWT_PROOF_MISSING,
			"token is bound to a key, and none was proved");
	if (memcmp(carried->jkt, claims->jkt, JWK_THUMBPRINT_LEN) != 0)
		return report(r, JWT_PROOF_MISMATCH,
			"cnf.jkt is not the proved key's thumbprint");
	return JWT_OK;
}
