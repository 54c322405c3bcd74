/* SPDX-License-Identifier: ISC */
/*
 * The files of TLS: read once, before the sandbox, by file_read as any other.
 * OpenSSL opens none itself, looks at no default place and at no variable of
 * the environment.
 */
#include "revocation/redis_tls.h"

#include "revocation/redis_tls_files.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>

#define PEM_FILE_MAX (1024 * 1024) /* bytes; a system's bundle has 250 KiB */

static enum jwt_reason
read_pem(const char *path, bool secret, struct buffer *out, struct report *r)
{
	const struct file_trust trust = { .owner = geteuid(),
		.secret = secret };
	struct report fault = { "" };

	if (file_read(path, &trust, out, &fault) != FILE_OK)
		return report(r, JWT_CONFIG_ERROR, "%s", fault.text);
	return JWT_OK;
}

static BIO *
bio_of(const struct buffer *pem)
{
	return BIO_new_mem_buf(pem->data, (int)pem->len);
}

/* Nobody types a passphrase here: such a key is refused, without a prompt. */
static int
no_passphrase(char *buffer, int size, int writing, void *arg)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

typedef bool (*certificate_fn)(SSL_CTX *context, X509 *certificate, size_t at);

/* Each certificate of the file to use(), in order. */
static enum jwt_reason
load_certificates(SSL_CTX *context, const char *path, certificate_fn use,
	struct report *r)
{
	JWT_AUTO(buffer) pem = BUFFER(PEM_FILE_MAX);
	size_t count = 0;
	bool good = true;
	X509 *one;
	BIO *bio;

	JWT_TRY(read_pem(path, false, &pem, r));
	bio = bio_of(&pem);
	while (good && bio != NULL &&
		(one = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) !=
			NULL) {
		good = use(context, one, count++);
		X509_free(one);
	}
	/* "No more of them" is the one end that is none of its faults. */
	good = good && count > 0 &&
	       ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	ERR_clear_error();
	BIO_free(bio);
	return good ? JWT_OK
		    : report(r, JWT_CONFIG_ERROR,
			      "%s: not a PEM file of certificates", path);
}

static bool
trust_authority(SSL_CTX *context, X509 *certificate, size_t at)
{
	(void)at;
	return X509_STORE_add_cert(
		       SSL_CTX_get_cert_store(context), certificate) == 1;
}

/* Ours comes first, then those that lead to its authority. */
static bool
show_certificate(SSL_CTX *context, X509 *certificate, size_t at)
{
	if (at == 0)
		return SSL_CTX_use_certificate(context, certificate) == 1;
	return SSL_CTX_add1_chain_cert(context, certificate) == 1;
}

static enum jwt_reason
load_key(SSL_CTX *context, const char *path, struct report *r)
{
	JWT_AUTO(buffer) pem = BUFFER(PEM_FILE_MAX);
	EVP_PKEY *key = NULL;
	bool good;
	BIO *bio;

	JWT_TRY(read_pem(path, true, &pem, r));
	bio = bio_of(&pem);
	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	good = key != NULL && SSL_CTX_use_PrivateKey(context, key) == 1 &&
	       SSL_CTX_check_private_key(context) == 1;
	EVP_PKEY_free(key);
	ERR_clear_error();
	if (good)
		return JWT_OK;
	return report(r, JWT_CONFIG_ERROR,
		key == NULL ? "%s: not a private key in PEM without passphrase"
			    : "%s: not the key of the certificate",
		path);
}

static enum jwt_reason
load_files(SSL_CTX *context, const struct redis_tls_config *config,
	struct report *r)
{
	JWT_TRY(load_certificates(
		context, config->ca_file, trust_authority, r));
	if (config->cert_file == NULL)
		return JWT_OK;
	JWT_TRY(load_certificates(
		context, config->cert_file, show_certificate, r));
	return load_key(context, config->key_file, r);
}

static SSL_CTX *
new_context(void)
{
	SSL_CTX *context;

	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	context = SSL_CTX_new(TLS_client_method());
	if (context == NULL ||
		SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
		SSL_CTX_free(context);
		return NULL;
	}
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION |
					     SSL_OP_NO_RENEGOTIATION |
					     SSL_OP_NO_TICKET);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	return context;
}

enum jwt_reason
redis_tls_new(const struct redis_tls_config *config, struct redis_tls **out,
	struct report *r)
{
	JWT_AUTO(redis_tls) tls = calloc(1, sizeof(*tls));

	if (tls == NULL || (tls->context = new_context()) == NULL)
		return report(r, JWT_INTERNAL_ERROR, "no TLS: out of memory");
	tls->server_name = config->server_name;
	JWT_TRY(load_files(tls->context, config, r));
	*out = JWT_TAKE(tls);
	return JWT_OK;
}

void
redis_tls_free(struct redis_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->context);
	free(tls);
}
