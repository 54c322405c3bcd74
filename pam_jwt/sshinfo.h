/* SPDX-License-Identifier: ISC */
/*
 * SSH_AUTH_INFO_0 as sshd puts it into PAM's environment: a line for each
 * method that has succeeded. Lines are cut here, never looked into beyond
 * the name of the key's type.
 */
#ifndef PAM_JWT_SSHINFO_H
#define PAM_JWT_SSHINFO_H

#include "module.h"

/*
 * The first "publickey TYPE BASE64" line, without its end; one with a
 * certificate before others. Empty: none, or sshd is not who calls.
 */
struct slice sshinfo_key(const struct call *call);
struct slice sshinfo_find_key(struct slice text);
bool sshinfo_is_certificate(struct slice line);

#endif
