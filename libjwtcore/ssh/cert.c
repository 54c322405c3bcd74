/* SPDX-License-Identifier: ISC */
/*
 * Certificates, field by field in the order of PROTOCOL.certkeys, then the
 * signature over all of them.
 */
#include "ssh/cert.h"
#include "ssh/fields.h"
#include "ssh/wire.h"

#include <string.h>

#define CERT_TYPE_USER 1
/* Room for "string type" in front of the certified key's fields. */
#define KEY_BLOB_MAX (64 + 4 + SSH_RSA_E_MAX + 8 + SSH_RSA_BITS_MAX / 8)

void
ssh_cert_clear(struct ssh_cert *cert)
{
	buffer_free(&cert->storage);
	memset(cert, 0, sizeof(*cert));
}

static enum jwt_reason
broken(struct report *r, const char *field)
{
	return report(r, JWT_TOKEN_MALFORMED, "certificate: %s: broken", field);
}

/* The certified key as the plain blob that would stand in a .pub file. */
static enum jwt_reason
build_key_blob(struct ssh_cert *cert, const struct ssh_type_info *info,
	struct slice fields, struct report *r)
{
	cert->storage = BUFFER(KEY_BLOB_MAX);
	if (!buffer_append_u32(&cert->storage, (uint32_t)strlen(info->name)) ||
		!buffer_append_string(&cert->storage, info->name) ||
		!buffer_append_slice(&cert->storage, fields))
		return broken(r, "key");
	cert->key_blob = buffer_slice(&cert->storage);
	return ssh_key_parse(cert->key_blob, &cert->key, r) == JWT_OK
		       ? JWT_OK
		       : JWT_TOKEN_MALFORMED;
}

static enum jwt_reason
read_key(struct slice *rest, struct ssh_cert *cert, struct report *r)
{
	const struct ssh_type_info *info;
	struct slice type, nonce, before;
	struct ssh_key key;

	if (!wire_text(rest, &type))
		return broken(r, "type");
	info = ssh_type_by_cert_name(type);
	if (info == NULL)
		return report(r, JWT_TOKEN_MALFORMED,
			"certificate: of type %.*s, which is not known",
			(int)(type.len < 64 ? type.len : 64),
			(const char *)type.data);
	if (!wire_string(rest, &nonce))
		return broken(r, "nonce");
	before = *rest;
	if (ssh_key_read(rest, info, &key, r) != JWT_OK)
		return JWT_TOKEN_MALFORMED;
	return build_key_blob(cert, info, wire_between(before, *rest), r);
}

static enum jwt_reason
read_principals(struct slice list, struct ssh_cert *cert, struct report *r)
{
	struct slice name;

	for (size_t i = 0; list.len > 0; i++) {
		if (i == SSH_CERT_PARTS_MAX || !wire_text(&list, &name))
			return broken(r, "principals");
		if (slice_equals_string(name, SSH_CERT_PRINCIPAL))
			cert->has_principal = true;
	}
	return JWT_OK;
}

/* As strcmp: the order that PROTOCOL.certkeys demands of option names. */
static int
compare(struct slice a, struct slice b)
{
	size_t shorter = a.len < b.len ? a.len : b.len;
	int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/*
 * One option. Names ascend strictly, so none can stand twice and two
 * readers can't disagree about which one counts.
 */
static enum jwt_reason
read_option(struct slice *rest, const char *field, struct slice *name,
	struct slice *data, struct report *r)
{
	struct slice previous = *name;

	if (!wire_text(rest, name) || !wire_string(rest, data))
		return broken(r, field);
	if (compare(previous, *name) >= 0)
		return report(r, JWT_TOKEN_MALFORMED,
			"certificate: %s: a name twice or out of order", field);
	return JWT_OK;
}

static enum jwt_reason
read_critical(struct slice list, struct ssh_cert *cert, struct report *r)
{
	struct slice name = { 0 }, data;

	cert->has_critical = list.len > 0;
	for (size_t i = 0; list.len > 0; i++) {
		if (i == SSH_CERT_PARTS_MAX)
			return broken(r, "critical options");
		JWT_TRY(read_option(
			&list, "critical options", &name, &data, r));
	}
	return JWT_OK;
}

static enum jwt_reason
read_extensions(struct slice list, struct ssh_cert *cert, struct report *r)
{
	struct slice name = { 0 }, data;

	for (size_t i = 0; list.len > 0; i++) {
		if (i == SSH_CERT_PARTS_MAX)
			return broken(r, "extensions");
		JWT_TRY(read_option(&list, "extensions", &name, &data, r));
		if (!slice_equals_string(name, SSH_CERT_EXTENSION))
			continue;
		if (!wire_text(&data, &cert->token) || data.len != 0 ||
			cert->token.len == 0)
			return broken(r, SSH_CERT_EXTENSION);
	}
	return JWT_OK;
}

/* From the serial to the reserved field. */
static enum jwt_reason
read_constraints(struct slice *rest, struct ssh_cert *cert, struct report *r)
{
	struct slice principals, critical, extensions, reserved;
	uint32_t type;

	if (!wire_u64(rest, &cert->serial) || !wire_u32(rest, &type) ||
		!wire_text(rest, &cert->key_id) ||
		!wire_string(rest, &principals) ||
		!wire_u64(rest, &cert->valid_after) ||
		!wire_u64(rest, &cert->valid_before) ||
		!wire_string(rest, &critical) ||
		!wire_string(rest, &extensions) ||
		!wire_string(rest, &reserved))
		return report(r, JWT_TOKEN_MALFORMED, "certificate: cut");
	cert->is_user = type == CERT_TYPE_USER;
	JWT_TRY(read_principals(principals, cert, r));
	JWT_TRY(read_critical(critical, cert, r));
	return read_extensions(extensions, cert, r);
}

static enum jwt_reason
check_signature(struct slice whole, struct slice *rest, struct ssh_cert *cert,
	struct report *r)
{
	struct slice signer_blob, signed_data, signature;
	struct ssh_key signer;

	if (!wire_string(rest, &signer_blob))
		return broken(r, "signature key");
	signed_data = wire_between(whole, *rest);
	if (!wire_string(rest, &signature))
		return broken(r, "signature");
	if (rest->len != 0)
		return report(r, JWT_TOKEN_MALFORMED,
			"certificate: %zu bytes behind the last field",
			rest->len);
	if (ssh_key_parse(signer_blob, &signer, r) != JWT_OK)
		return JWT_TOKEN_MALFORMED;
	cert->self_signed = slice_equal(signer_blob, cert->key_blob);
	return ssh_signature_verify(&signer, signed_data, signature, r);
}

enum jwt_reason
ssh_cert_parse(struct slice blob, struct ssh_cert *out, struct report *r)
{
	JWT_AUTO(ssh_cert) cert = { 0 };
	struct slice rest = blob;

	if (blob.len > JWT_CARRIER_MAX)
		return report(r, JWT_TOKEN_TOO_LARGE,
			"certificate: %zu bytes, at most %d are taken",
			blob.len, JWT_CARRIER_MAX);
	JWT_TRY(read_key(&rest, &cert, r));
	JWT_TRY(read_constraints(&rest, &cert, r));
	JWT_TRY(check_signature(blob, &rest, &cert, r));
	*out = cert;
	memset(&cert, 0, sizeof(cert)); /* out owns the storage now */
	return JWT_OK;
}
