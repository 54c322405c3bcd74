/* SPDX-License-Identifier: ISC */
/* Inside jose only: the calls of OpenSSL's EVP that several families make. */
#ifndef JWT_JOSE_EVP_H
#define JWT_JOSE_EVP_H

#include "jose/alg.h"

#include <openssl/evp.h>

struct jwk;

/* OpenSSL's error queue is empty behind each of these calls. */

/*
 * OpenSSL's public key, of RSA or EC, from parameters that needn't outlive
 * the call. NULL on failure; evp_out_of_memory() then tells a fault of ours
 * from one of the numbers. Any number of threads may call it.
 */
EVP_PKEY *evp_public_key(enum jwk_type type, OSSL_PARAM *params);
/* A parameter of a big-endian number, turned round in place where need be. */
OSSL_PARAM evp_number(const char *name, uint8_t *number, size_t len);
/* Did OpenSSL's last call fail for want of memory? Empties the queue. */
bool evp_out_of_memory(void);

/* A number of the key, big-endian, padded to width (0: minimal); appended. */
bool evp_get_number(const EVP_PKEY *key, const char *name, size_t width,
	struct buffer *out) JWT_MUST_CHECK;

/*
 * One signature, of the length that fits; ECDSA's form is DER. The key has
 * been imported. Any number of threads may use a key at once.
 * signature_invalid or internal_error.
 */
enum jwt_reason evp_verify(const struct jwk *key,
	const struct jws_alg_info *alg, struct slice input,
	struct slice signature) JWT_MUST_CHECK;
bool evp_sign(const struct jwk *key, const struct jws_alg_info *alg,
	struct slice input, struct buffer *signature) JWT_MUST_CHECK;

/*
 * What OpenSSL needs to verify with one key and one algorithm. Making it
 * costs as much as a tenth of an RSA signature, so it is used again: one
 * thread at a time has it, and puts it back behind a success.
 */
struct evp_tool {
	const struct jws_alg_info *alg;
	const EVP_MD *digest; /* RSA and ECDSA; not its own */
	EVP_MD_CTX *md;	      /* all but HMAC */
	EVP_PKEY_CTX *pkey;   /* RSA and ECDSA */
	EVP_MAC_CTX *mac;     /* HMAC, with its secret in it */
};

struct evp_tool *evp_tool_new(const struct jws_alg_info *alg);
void evp_tool_free(struct evp_tool *tool); /* wipes secrets */

/*
 * The tools of a key that no thread has in hand. No thread waits: it finds
 * one, or makes its own. All zeros is empty.
 */
#define EVP_POOL_SIZE 8 /* threads that verify with one key at a time */
struct evp_pool {
	_Atomic(struct evp_tool *) tools[EVP_POOL_SIZE];
};

/* One for alg that is the caller's now; NULL: there is none. */
struct evp_tool *evp_pool_take(
	struct evp_pool *pool, const struct jws_alg_info *alg);
/* Takes the tool over; frees it where the pool is full. */
void evp_pool_give(struct evp_pool *pool, struct evp_tool *tool);
void evp_pool_clear(struct evp_pool *pool); /* by the last user */

JWT_AUTO_TYPE(evp_md_ctx, EVP_MD_CTX *, EVP_MD_CTX_free);

#endif
