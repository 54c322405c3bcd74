/* SPDX-License-Identifier: ISC */
/*
 * A key's memory, and its import at first use: most keys of a set are never
 * asked for, and OpenSSL's part of reading one is dear. Once it is there a
 * thread that verifies takes no lock.
 */
#include "jose/family.h"

#include <openssl/err.h>
#include <stdatomic.h>
#include <stdlib.h>

/* One piece of memory: the cell is what may change behind a const key. */
struct key_and_cell {
	struct jwk key;
	struct jwk_cell cell;
};

struct jwk *
jwk_new(enum jwk_type type, enum jwk_curve curve, size_t room)
{
	struct key_and_cell *both = calloc(1, sizeof(*both));
	struct jwk *key;

	if (both == NULL)
		return NULL;
	key = &both->key;
	key->type = type;
	key->curve = curve;
	key->bytes.max = room;
	if (!buffer_reserve(&key->bytes, room) ||
		pthread_mutex_init(&both->cell.lock, NULL) != 0) {
		buffer_free(&key->bytes);
		free(both);
		return NULL;
	}
	atomic_init(&both->cell.state, JWK_NOT_IMPORTED);
	key->cell = &both->cell;
	return key;
}

void
jwk_free(struct jwk *key)
{
	if (key == NULL)
		return;
	evp_pool_clear(&key->cell->tools);
	EVP_PKEY_free(key->cell->pkey); /* wipes private numbers */
	pthread_mutex_destroy(&key->cell->lock);
	buffer_free(&key->bytes);
	free(key); /* the first member of both */
}

bool
jwk_keep(struct jwk *key, struct slice bytes, struct slice *out)
{
	size_t start = key->bytes.len;

	if (!buffer_append_slice(&key->bytes, bytes))
		return false;
	*out = slice_of(key->bytes.data + start, bytes.len);
	return true;
}

bool
jwk_get_number(
	struct jwk *key, const char *name, size_t width, struct slice *out)
{
	size_t start = key->bytes.len;

	if (!evp_get_number(key->cell->pkey, name, width, &key->bytes))
		return false;
	*out = slice_of(key->bytes.data + start, key->bytes.len - start);
	return true;
}

void
jwk_set_pkey(struct jwk *key, EVP_PKEY *pkey)
{
	key->cell->pkey = pkey;
	atomic_store_explicit(
		&key->cell->state, JWK_IMPORTED, memory_order_release);
}

static enum jwk_state
state_of(const struct jwk *key)
{
	return atomic_load_explicit(&key->cell->state, memory_order_acquire);
}

/* Out of memory is no verdict on the key: the next use tries again. */
static void
import_locked(const struct jwk *key)
{
	struct jwk_cell *cell = key->cell;
	enum jwk_state state = JWK_NOT_IMPORTED;

	ERR_clear_error();
	cell->pkey = jwk_family_of(key->type)->make(key);
	if (cell->pkey != NULL)
		state = JWK_IMPORTED;
	else if (!evp_out_of_memory())
		state = JWK_BROKEN;
	ERR_clear_error();
	atomic_store_explicit(&cell->state, state, memory_order_release);
}

enum jwt_reason
jwk_import(const struct jwk *key, struct report *r)
{
	struct jwk_cell *cell = key->cell;

	if (state_of(key) == JWK_NOT_IMPORTED) {
		pthread_mutex_lock(&cell->lock);
		if (state_of(key) == JWK_NOT_IMPORTED)
			import_locked(key);
		pthread_mutex_unlock(&cell->lock);
	}
	switch (state_of(key)) {
	case JWK_IMPORTED:
		return JWT_OK;
	case JWK_BROKEN:
		return report(r, JWT_TOKEN_MALFORMED, "%s",
			jwk_family_of(key->type)->broken);
	case JWK_NOT_IMPORTED:
		break;
	}
	return report(r, JWT_INTERNAL_ERROR, "out of memory");
}
