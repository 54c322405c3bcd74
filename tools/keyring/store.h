/* SPDX-License-Identifier: ISC */
/* Parts of keyring.json that status shows too. New references. */
#ifndef JWT_KEYRING_STORE_H
#define JWT_KEYRING_STORE_H

#include "keyring.h"

#include "jose/json_write.h"

json_t *store_key_to_json(const struct keyring_key *key);
json_t *store_pending_to_json(const struct keyring *keyring);
json_t *store_waiting_to_json(const struct keyring *keyring);

#endif
