/* SPDX-License-Identifier: ISC */
/*
 * Calls that fail on purpose. The linker leads each call below to a wrapper
 * (--wrap; local.mk lists the same names, and a name that stands in one list
 * alone does not link), which counts it and lets the one that is armed fail.
 * Only calls from our own objects are led here: what OpenSSL or jansson
 * allocate for themselves is theirs to survive.
 */
#include "fuzz.h"

#include <jansson.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdarg.h>
#include <string.h>

static bool on, struck;
static unsigned armed, calls;
static long balance;

void
faults_arm(unsigned n)
{
	armed = n;
	calls = 0;
	struck = on = false;
}

void
faults_on(void)
{
	on = true;
}

void
faults_off(void)
{
	on = false;
}

bool
fault_struck(void)
{
	return struck;
}

long
faults_balance(void)
{
	return balance;
}

static bool
strikes(void)
{
	if (!on || armed == 0 || ++calls != armed)
		return false;
	struck = true;
	return true;
}

#define FAULT(type, failure, name, parameters, arguments)             \
	type __real_##name parameters;                                \
	type __wrap_##name parameters;                                \
	type __wrap_##name parameters                                 \
	{                                                             \
		return strikes() ? failure : __real_##name arguments; \
	}

/* Memory, counted. */
#define ALLOCATES(type, name, parameters, arguments)                    \
	type __real_##name parameters;                                  \
	type __wrap_##name parameters;                                  \
	type __wrap_##name parameters                                   \
	{                                                               \
		type made = strikes() ? NULL : __real_##name arguments; \
                                                                        \
		balance += made != NULL;                                \
		return made;                                            \
	}

ALLOCATES(void *, malloc, (size_t size), (size))
ALLOCATES(void *, calloc, (size_t count, size_t size), (count, size))
ALLOCATES(char *, strdup, (const char *text), (text))
ALLOCATES(char *, json_dumps, (const json_t *json, size_t flags), (json, flags))

void __real_free(void *memory);
void __wrap_free(void *memory);
void
__wrap_free(void *memory)
{
	balance -= memory != NULL;
	__real_free(memory);
}

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *
__wrap_realloc(void *memory, size_t size)
{
	void *made = strikes() ? NULL : __real_realloc(memory, size);

	balance += made != NULL && memory == NULL;
	return made;
}

/* jansson: what is given away is gone, also on failure. */
FAULT(json_t *, NULL, json_object, (void), ())
FAULT(json_t *, NULL, json_string, (const char *text), (text))
FAULT(json_t *, NULL, json_stringn, (const char *text, size_t len), (text, len))
FAULT(json_t *, NULL, json_integer, (json_int_t value), (value))
FAULT(size_t, 0, json_dumpb,
	(const json_t *json, char *out, size_t size, size_t flags),
	(json, out, size, flags))

int __real_json_object_set_new(json_t *object, const char *key, json_t *value);
int __wrap_json_object_set_new(json_t *object, const char *key, json_t *value);
int
__wrap_json_object_set_new(json_t *object, const char *key, json_t *value)
{
	if (!strikes())
		return __real_json_object_set_new(object, key, value);
	json_decref(value);
	return -1;
}

json_t *__wrap_json_pack(const char *format, ...);
json_t *
__wrap_json_pack(const char *format, ...)
{
	va_list arguments;
	json_t *made;

	va_start(arguments, format);
	/* Taken apart first either way: "o" gives values away. */
	made = json_vpack_ex(NULL, 0, format, arguments);
	va_end(arguments);
	if (!strikes())
		return made;
	json_decref(made);
	return NULL;
}

/* OpenSSL, which says why when memory runs out. */
#define OPENSSL_FAULT(type, failure, name, parameters, arguments) \
	type __real_##name parameters;                            \
	type __wrap_##name parameters;                            \
	type __wrap_##name parameters                             \
	{                                                         \
		if (!strikes())                                   \
			return __real_##name arguments;           \
		ERR_raise(ERR_LIB_EVP, ERR_R_MALLOC_FAILURE);     \
		return failure;                                   \
	}

OPENSSL_FAULT(EVP_MD_CTX *, NULL, EVP_MD_CTX_new, (void), ())
OPENSSL_FAULT(EVP_PKEY_CTX *, NULL, EVP_PKEY_CTX_new_from_name,
	(OSSL_LIB_CTX * lib, const char *name, const char *query),
	(lib, name, query))
OPENSSL_FAULT(EVP_PKEY *, NULL, EVP_PKEY_new_raw_public_key,
	(int type, ENGINE *engine, const unsigned char *bytes, size_t len),
	(type, engine, bytes, len))
OPENSSL_FAULT(EVP_PKEY *, NULL, EVP_PKEY_new_raw_public_key_ex,
	(OSSL_LIB_CTX * lib, const char *name, const char *query,
		const unsigned char *bytes, size_t len),
	(lib, name, query, bytes, len))
OPENSSL_FAULT(BIGNUM *, NULL, BN_bin2bn,
	(const unsigned char *bytes, int len, BIGNUM *out), (bytes, len, out))
OPENSSL_FAULT(ECDSA_SIG *, NULL, ECDSA_SIG_new, (void), ())
OPENSSL_FAULT(int, 0, ECDSA_SIG_set0, (ECDSA_SIG * sig, BIGNUM *r, BIGNUM *s),
	(sig, r, s))
OPENSSL_FAULT(int, -1, i2d_ECDSA_SIG,
	(const ECDSA_SIG *sig, unsigned char **out), (sig, out))
OPENSSL_FAULT(OSSL_PARAM_BLD *, NULL, OSSL_PARAM_BLD_new, (void), ())
OPENSSL_FAULT(int, 0, OSSL_PARAM_BLD_push_BN,
	(OSSL_PARAM_BLD * builder, const char *name, const BIGNUM *number),
	(builder, name, number))
OPENSSL_FAULT(int, 0, OSSL_PARAM_BLD_push_octet_string,
	(OSSL_PARAM_BLD * builder, const char *name, const void *bytes,
		size_t len),
	(builder, name, bytes, len))
OPENSSL_FAULT(int, 0, OSSL_PARAM_BLD_push_utf8_string,
	(OSSL_PARAM_BLD * builder, const char *name, const char *text,
		size_t len),
	(builder, name, text, len))
OPENSSL_FAULT(OSSL_PARAM *, NULL, OSSL_PARAM_BLD_to_param,
	(OSSL_PARAM_BLD * builder), (builder))
OPENSSL_FAULT(int, 0, EVP_PKEY_fromdata_init, (EVP_PKEY_CTX * ctx), (ctx))
OPENSSL_FAULT(int, 0, EVP_PKEY_fromdata,
	(EVP_PKEY_CTX * ctx, EVP_PKEY **out, int selection, OSSL_PARAM *params),
	(ctx, out, selection, params))
OPENSSL_FAULT(int, 0, EVP_PKEY_CTX_set_rsa_padding,
	(EVP_PKEY_CTX * ctx, int padding), (ctx, padding))
OPENSSL_FAULT(int, 0, EVP_PKEY_CTX_set_rsa_pss_saltlen,
	(EVP_PKEY_CTX * ctx, int len), (ctx, len))
OPENSSL_FAULT(int, 0, EVP_DigestVerifyInit_ex,
	(EVP_MD_CTX * ctx, EVP_PKEY_CTX **key_ctx, const char *digest,
		OSSL_LIB_CTX *lib, const char *query, EVP_PKEY *key,
		const OSSL_PARAM *params),
	(ctx, key_ctx, digest, lib, query, key, params))
OPENSSL_FAULT(int, 0, EVP_DigestVerify,
	(EVP_MD_CTX * ctx, const unsigned char *signature, size_t signature_len,
		const unsigned char *input, size_t input_len),
	(ctx, signature, signature_len, input, input_len))
OPENSSL_FAULT(int, 0, EVP_DigestSignInit_ex,
	(EVP_MD_CTX * ctx, EVP_PKEY_CTX **key_ctx, const char *digest,
		OSSL_LIB_CTX *lib, const char *query, EVP_PKEY *key,
		const OSSL_PARAM *params),
	(ctx, key_ctx, digest, lib, query, key, params))
OPENSSL_FAULT(int, 0, EVP_DigestSign,
	(EVP_MD_CTX * ctx, unsigned char *out, size_t *out_len,
		const unsigned char *input, size_t input_len),
	(ctx, out, out_len, input, input_len))
OPENSSL_FAULT(ECDSA_SIG *, NULL, d2i_ECDSA_SIG,
	(ECDSA_SIG * *out, const unsigned char **in, long len), (out, in, len))
OPENSSL_FAULT(int, -1, BN_bn2binpad,
	(const BIGNUM *number, unsigned char *out, int len), (number, out, len))
OPENSSL_FAULT(int, 0, EVP_PKEY_get_bn_param,
	(const EVP_PKEY *key, const char *name, BIGNUM **out), (key, name, out))
OPENSSL_FAULT(int, 0, EVP_PKEY_get_raw_public_key,
	(const EVP_PKEY *key, unsigned char *out, size_t *len), (key, out, len))
OPENSSL_FAULT(BIO *, NULL, BIO_new, (const BIO_METHOD *method), (method))
OPENSSL_FAULT(BIO *, NULL, BIO_new_mem_buf, (const void *bytes, int len),
	(bytes, len))

/* Its arguments depend on the type. */
EVP_PKEY *__wrap_EVP_PKEY_Q_keygen(
	OSSL_LIB_CTX *lib, const char *query, const char *type, ...);
EVP_PKEY *__real_EVP_PKEY_Q_keygen(
	OSSL_LIB_CTX *lib, const char *query, const char *type, ...);
EVP_PKEY *
__wrap_EVP_PKEY_Q_keygen(
	OSSL_LIB_CTX *lib, const char *query, const char *type, ...)
{
	EVP_PKEY *made = NULL;
	va_list arguments;

	if (strikes())
		return NULL;
	va_start(arguments, type);
	if (strcmp(type, "RSA") == 0)
		made = __real_EVP_PKEY_Q_keygen(
			lib, query, type, va_arg(arguments, size_t));
	else if (strcmp(type, "EC") == 0)
		made = __real_EVP_PKEY_Q_keygen(
			lib, query, type, va_arg(arguments, char *));
	else
		made = __real_EVP_PKEY_Q_keygen(lib, query, type);
	va_end(arguments);
	return made;
}

OPENSSL_FAULT(int, 0, EVP_DigestInit_ex,
	(EVP_MD_CTX * ctx, const EVP_MD *digest, ENGINE *engine),
	(ctx, digest, engine))
OPENSSL_FAULT(int, 0, EVP_DigestUpdate,
	(EVP_MD_CTX * ctx, const void *bytes, size_t len), (ctx, bytes, len))
OPENSSL_FAULT(int, 0, EVP_DigestFinal_ex,
	(EVP_MD_CTX * ctx, unsigned char *out, unsigned int *len),
	(ctx, out, len))
OPENSSL_FAULT(int, 0, EVP_Q_digest,
	(OSSL_LIB_CTX * lib, const char *name, const char *query,
		const void *bytes, size_t len, unsigned char *out,
		size_t *out_len),
	(lib, name, query, bytes, len, out, out_len))
OPENSSL_FAULT(EVP_MD *, NULL, EVP_MD_fetch,
	(OSSL_LIB_CTX * lib, const char *name, const char *query),
	(lib, name, query))
OPENSSL_FAULT(EVP_PKEY_CTX *, NULL, EVP_PKEY_CTX_new_from_pkey,
	(OSSL_LIB_CTX * lib, EVP_PKEY *key, const char *query),
	(lib, key, query))
OPENSSL_FAULT(int, 0, EVP_PKEY_verify_init, (EVP_PKEY_CTX * ctx), (ctx))
OPENSSL_FAULT(int, 0, EVP_PKEY_CTX_set_signature_md,
	(EVP_PKEY_CTX * ctx, const EVP_MD *md), (ctx, md))
OPENSSL_FAULT(int, -1, EVP_PKEY_verify,
	(EVP_PKEY_CTX * ctx, const unsigned char *signature,
		size_t signature_len, const unsigned char *hash, size_t len),
	(ctx, signature, signature_len, hash, len))
OPENSSL_FAULT(int, 0, EVP_DigestInit_ex2,
	(EVP_MD_CTX * ctx, const EVP_MD *md, const OSSL_PARAM *params),
	(ctx, md, params))
OPENSSL_FAULT(int, 0, EVP_DigestVerifyInit,
	(EVP_MD_CTX * ctx, EVP_PKEY_CTX **key_ctx, const EVP_MD *md,
		ENGINE *engine, EVP_PKEY *key),
	(ctx, key_ctx, md, engine, key))
OPENSSL_FAULT(EVP_MAC *, NULL, EVP_MAC_fetch,
	(OSSL_LIB_CTX * lib, const char *name, const char *query),
	(lib, name, query))
OPENSSL_FAULT(EVP_MAC_CTX *, NULL, EVP_MAC_CTX_new, (EVP_MAC * mac), (mac))
OPENSSL_FAULT(int, 0, EVP_MAC_init,
	(EVP_MAC_CTX * ctx, const unsigned char *key, size_t len,
		const OSSL_PARAM *params),
	(ctx, key, len, params))
OPENSSL_FAULT(int, 0, EVP_MAC_update,
	(EVP_MAC_CTX * ctx, const unsigned char *data, size_t len),
	(ctx, data, len))
OPENSSL_FAULT(int, 0, EVP_MAC_final,
	(EVP_MAC_CTX * ctx, unsigned char *out, size_t *len, size_t size),
	(ctx, out, len, size))
