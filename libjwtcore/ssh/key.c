/* SPDX-License-Identifier: ISC */
/* Public keys: the table of types and the fields of each. */
#include "ssh/cert.h"
#include "ssh/fields.h"
#include "ssh/wire.h"

#define CERT "-cert-v01@openssh.com"

static const struct ssh_type_info types[] = {
	{ SSH_KEY_RSA, "ssh-rsa", "ssh-rsa" CERT, NULL, NULL, NULL, 0 },
	{ SSH_KEY_ECDSA_P256, "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256" CERT,
		"nistp256", "P-256", "SHA256", 32 },
	{ SSH_KEY_ECDSA_P384, "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384" CERT,
		"nistp384", "P-384", "SHA384", 48 },
	{ SSH_KEY_ECDSA_P521, "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521" CERT,
		"nistp521", "P-521", "SHA512", 66 },
	{ SSH_KEY_ED25519, "ssh-ed25519", "ssh-ed25519" CERT, NULL, NULL, NULL,
		32 },
};

const struct ssh_type_info *
ssh_type_info(enum ssh_key_type type)
{
	for (size_t i = 0; i < JWT_COUNT(types); i++)
		if (types[i].type == type)
			return &types[i];
	return NULL;
}

const struct ssh_type_info *
ssh_type_by_name(struct slice name)
{
	for (size_t i = 0; i < JWT_COUNT(types); i++)
		if (slice_equals_string(name, types[i].name))
			return &types[i];
	return NULL;
}

const struct ssh_type_info *
ssh_type_by_cert_name(struct slice name)
{
	for (size_t i = 0; i < JWT_COUNT(types); i++)
		if (slice_equals_string(name, types[i].cert_name))
			return &types[i];
	return NULL;
}

bool
ssh_type_is_key(struct slice type)
{
	return ssh_type_by_name(type) != NULL;
}

bool
ssh_type_is_cert(struct slice type)
{
	return ssh_type_by_cert_name(type) != NULL;
}

static size_t
bit_length(struct slice number)
{
	size_t bits = number.len * 8;

	for (uint8_t top = 0x80; top != 0 && (number.data[0] & top) == 0;
		top >>= 1)
		bits--;
	return bits;
}

/* The rules of jwk.h: a weak key proves nothing, a huge one costs time. */
static enum jwt_reason
read_rsa(struct slice *rest, struct ssh_key *key, struct report *r)
{
	size_t bits;

	if (!wire_positive(rest, &key->rsa_e) ||
		!wire_positive(rest, &key->rsa_n))
		return report(r, JWT_PROOF_MISMATCH,
			"SSH key: RSA numbers are broken");
	bits = bit_length(key->rsa_n);
	if (bits < SSH_RSA_BITS_MIN || bits > SSH_RSA_BITS_MAX)
		return report(r, JWT_PROOF_MISMATCH,
			"SSH key: RSA of %zu bits, wanted are %d to %d", bits,
			SSH_RSA_BITS_MIN, SSH_RSA_BITS_MAX);
	if (key->rsa_e.len > SSH_RSA_E_MAX || bit_length(key->rsa_e) < 17 ||
		(key->rsa_e.data[key->rsa_e.len - 1] & 1) == 0)
		return report(r, JWT_PROOF_MISMATCH,
			"SSH key: RSA exponent is even, too small or too big");
	return JWT_OK;
}

static enum jwt_reason
read_ecdsa(struct slice *rest, const struct ssh_type_info *info,
	struct ssh_key *key, struct report *r)
{
	struct slice curve, point, form;

	if (!wire_string(rest, &curve) ||
		!slice_equals_string(curve, info->curve))
		return report(r, JWT_PROOF_MISMATCH,
			"SSH key: its curve is not that of %s", info->name);
	if (!wire_string(rest, &point) || !wire_bytes(&point, 1, &form) ||
		form.data[0] != SSH_EC_POINT_PLAIN ||
		!wire_bytes(&point, info->width, &key->ec_x) ||
		!wire_bytes(&point, info->width, &key->ec_y) || point.len != 0)
		return report(r, JWT_PROOF_MISMATCH,
			"SSH key: not an uncompressed point of %s",
			info->curve);
	return JWT_OK;
}

static enum jwt_reason
read_ed25519(struct slice *rest, const struct ssh_type_info *info,
	struct ssh_key *key, struct report *r)
{
	if (!wire_string(rest, &key->ed25519) ||
		key->ed25519.len != info->width)
		return report(r, JWT_PROOF_MISMATCH,
			"SSH key: an Ed25519 key has 32 bytes");
	return JWT_OK;
}

enum jwt_reason
ssh_key_read(struct slice *rest, const struct ssh_type_info *info,
	struct ssh_key *out, struct report *r)
{
	struct ssh_key key = { .type = info->type };
	struct slice s = *rest;

	if (info->type == SSH_KEY_RSA)
		JWT_TRY(read_rsa(&s, &key, r));
	else if (info->type == SSH_KEY_ED25519)
		JWT_TRY(read_ed25519(&s, info, &key, r));
	else
		JWT_TRY(read_ecdsa(&s, info, &key, r));
	*out = key;
	*rest = s;
	return JWT_OK;
}

enum jwt_reason
ssh_key_parse(struct slice blob, struct ssh_key *out, struct report *r)
{
	const struct ssh_type_info *info;
	struct ssh_key key;
	struct slice type;

	if (!wire_text(&blob, &type))
		return report(r, JWT_PROOF_MISMATCH, "SSH key: cut");
	info = ssh_type_by_name(type);
	if (info == NULL)
		return report(r, JWT_PROOF_MISMATCH,
			"SSH key: of type %.*s, which is not known",
			(int)(type.len < 64 ? type.len : 64),
			(const char *)type.data);
	JWT_TRY(ssh_key_read(&blob, info, &key, r));
	if (blob.len != 0)
		return report(r, JWT_PROOF_MISMATCH,
			"SSH key: %zu bytes behind the last field", blob.len);
	*out = key;
	return JWT_OK;
}
