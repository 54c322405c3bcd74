/* SPDX-License-Identifier: ISC */
/*
 * OpenSSH certificates (PROTOCOL.certkeys of OpenSSH) as jwt-login makes
 * them: a user certificate that its own key has signed, with the token in
 * the extension jwt@jwtauth.
 */
#ifndef JWT_SSH_CERT_H
#define JWT_SSH_CERT_H

#include "ssh/key.h"

#define SSH_CERT_EXTENSION "jwt@jwtauth"
#define SSH_CERT_PRINCIPAL "jwtauth"
#define SSH_CERT_PARTS_MAX 64 /* principals, options, extensions: each */

struct ssh_cert {
	uint64_t serial;
	uint64_t valid_after, valid_before; /* seconds since the epoch */
	struct slice key_id;
	struct slice key_blob; /* the certified key as a plain blob, built */
	struct ssh_key key;    /* the certified key, into key_blob */
	struct slice token;    /* the extension's content; empty: not ours */
	bool self_signed;      /* signature key is the certified key */
	bool is_user;	       /* type 1 */
	bool has_principal;    /* SSH_CERT_PRINCIPAL is among them */
	bool has_critical;     /* any critical option at all */
	struct buffer storage; /* owns key_blob */
};

void ssh_cert_clear(struct ssh_cert *cert); /* frees, empties */

static inline void
jwt_auto_ssh_cert(struct ssh_cert *cert)
{
	ssh_cert_clear(cert);
}
typedef struct ssh_cert jwt_auto_ssh_cert_t; /* for JWT_AUTO(ssh_cert) */

/* Is this key type name one of a certificate ("...-cert-v01@openssh.com")? */
bool ssh_type_is_cert(struct slice type);

/*
 * Parses a certificate blob; slices point into blob or cert->storage, so
 * blob must live as long. token_malformed + report: broken, or of a key or
 * signer of a kind that we don't take; names of options must ascend (so none
 * stands twice); the reserved field is ignored, as sshd does. The
 * signature over the certificate is checked: signature_invalid where it is
 * wrong (sshd has done so too, but we need not believe it).
 */
enum jwt_reason ssh_cert_parse(struct slice blob, struct ssh_cert *out,
	struct report *report) JWT_MUST_CHECK;

#endif
