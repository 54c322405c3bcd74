/* SPDX-License-Identifier: ISC */
/*
 * Keys that sign, for suites that need some and not how they are made: those
 * of RSA come from one fixed number, which a machine would look for longer
 * than most suites run.
 */
#ifndef JWT_TESTS_SIGNER_KEY_H
#define JWT_TESTS_SIGNER_KEY_H

#include "jose/jwk.h"

/* Or a failed assertion. HS*: a secret long enough for each; empty kid: as
 * jwk_generate has it. Caller frees. */
struct jwk *signer_key(enum jws_alg alg, const char *kid);

#endif
