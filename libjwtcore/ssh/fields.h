/* SPDX-License-Identifier: ISC */
/*
 * What plain keys, certificates and signatures share; for ssh/ alone.
 */
#ifndef JWT_SSH_FIELDS_H
#define JWT_SSH_FIELDS_H

#include "ssh/key.h"

struct ssh_type_info {
	enum ssh_key_type type;
	const char *name;      /* of a plain key, and of its signatures */
	const char *cert_name; /* of a certificate for such a key */
	const char *curve;     /* as the blob names it; NULL: no ECDSA */
	const char *group;     /* OpenSSL's name of the curve */
	const char *digest;    /* that ECDSA signs with */
	size_t width;	       /* bytes of a coordinate or of the key */
};

#define SSH_RSA_BITS_MIN   2048
#define SSH_RSA_BITS_MAX   8192 /* bounds the work of a stranger's key */
#define SSH_RSA_E_MAX	   8	/* bytes of the public exponent */
#define SSH_EC_WIDTH_MAX   66	/* bytes of a coordinate of P-521 */
#define SSH_EC_POINT_PLAIN 4	/* first byte of an uncompressed point */

const struct ssh_type_info *ssh_type_info(enum ssh_key_type type);
/* NULL: a type that we don't know. */
const struct ssh_type_info *ssh_type_by_name(struct slice name);
const struct ssh_type_info *ssh_type_by_cert_name(struct slice name);

/* The public key's own fields, as they follow the type (and the nonce of a
 * certificate). *rest moves only on success. */
enum jwt_reason ssh_key_read(struct slice *rest,
	const struct ssh_type_info *info, struct ssh_key *out,
	struct report *report) JWT_MUST_CHECK;

/*
 * Is this the key's signature of signed_data? The format must be the one of
 * the key's type; for RSA rsa-sha2-256 or -512 (RFC 8332), never SHA-1's
 * ssh-rsa. signature_invalid: everything else.
 */
enum jwt_reason ssh_signature_verify(const struct ssh_key *key,
	struct slice signed_data, struct slice signature,
	struct report *report) JWT_MUST_CHECK;

#endif
