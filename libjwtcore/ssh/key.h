/* SPDX-License-Identifier: ISC */
/*
 * SSH public keys on the wire (RFC 4253 section 6.6, RFC 5656 section 3.1,
 * RFC 8709 section 4). Pure parsing: bounded, no allocation, slices into
 * the caller's blob. What is behind the last field is refused.
 */
#ifndef JWT_SSH_KEY_H
#define JWT_SSH_KEY_H

#include "base/bytes.h"
#include "base/report.h"

enum ssh_key_type {
	SSH_KEY_RSA,
	SSH_KEY_ECDSA_P256,
	SSH_KEY_ECDSA_P384,
	SSH_KEY_ECDSA_P521,
	SSH_KEY_ED25519,
};

struct ssh_key {
	enum ssh_key_type type;
	struct slice rsa_e, rsa_n; /* big-endian, no leading zeros */
	struct slice ec_x, ec_y;   /* fixed width: 32, 48 or 66 bytes */
	struct slice ed25519;	   /* 32 bytes */
};

/* Is this a type of the above ("ssh-ed25519", ...)? */
bool ssh_type_is_key(struct slice type);

/* A plain key blob. proof_mismatch + report: broken or of another kind. */
enum jwt_reason ssh_key_parse(struct slice blob, struct ssh_key *out,
	struct report *report) JWT_MUST_CHECK;

#endif
