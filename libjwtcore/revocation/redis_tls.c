/* SPDX-License-Identifier: ISC */
/*
 * The conversation: OpenSSL is fed and emptied here. redis_tls_files.c makes
 * what all conversations share.
 */
#include "revocation/redis_tls.h"

#include "revocation/redis_tls_files.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define RECORDS 16384 /* bytes between OpenSSL and the socket at once */

/* What OpenSSL says of its failure, the certificate's fault before others. */
static enum jwt_reason
tls_fault(const SSL *ssl, struct report *r)
{
	long verdict = SSL_get_verify_result(ssl);
	const char *said = ERR_reason_error_string(ERR_peek_error());

	if (verdict != X509_V_OK)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: TLS: the server's certificate: %s",
			X509_verify_cert_error_string(verdict));
	return report(r, JWT_REVOCATION_UNREACHABLE, "redis: TLS: %s",
		said != NULL ? said : "the connection was broken off");
}

/* Sends what OpenSSL has ready. */
static enum jwt_reason
flush(const SSL *ssl, int fd, const char *doing, int64_t deadline,
	struct report *r)
{
	uint8_t records[RECORDS];
	int len;

	while ((len = BIO_read(SSL_get_wbio(ssl), records, sizeof(records))) >
		0)
		JWT_TRY(redis_socket_send(fd, slice_of(records, (size_t)len),
			doing, deadline, r));
	return JWT_OK;
}

/* Waits for bytes and hands them over. */
static enum jwt_reason
feed(const SSL *ssl, int fd, const char *doing, int64_t deadline,
	struct report *r)
{
	uint8_t records[RECORDS];
	size_t got;

	JWT_TRY(redis_socket_receive(
		fd, records, sizeof(records), &got, doing, deadline, r));
	if (BIO_write(SSL_get_rbio(ssl), records, (int)got) != (int)got)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	return JWT_OK;
}

/* After a call that returned this result: what it waits for, or its fault. */
static enum jwt_reason
step(const SSL *ssl, int result, int fd, const char *doing, int64_t deadline,
	struct report *r)
{
	const int error = SSL_get_error(ssl, result);
	struct report ignored = { "" };

	if (error != SSL_ERROR_WANT_READ) {
		/* An alert may tell the server why. */
		(void)flush(ssl, fd, doing, deadline, &ignored);
		return tls_fault(ssl, r);
	}
	JWT_TRY(flush(ssl, fd, doing, deadline, r));
	return feed(ssl, fd, doing, deadline, r);
}

/* Whom the certificate must name: the settings', or the address's, or the IP.
 */
static bool
expect_name(
	SSL *ssl, const char *server_name, const struct redis_address *address)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (server_name == NULL && address->name[0] != '\0')
		server_name = address->name;
	if (server_name == NULL)
		return X509_VERIFY_PARAM_set1_ip_asc(param, address->host) == 1;
	X509_VERIFY_PARAM_set_hostflags(
		param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, server_name, 0) == 1 &&
	       /* Its macro, SSL_set_tlsext_host_name, casts const away. */
	       SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
		       TLSEXT_NAMETYPE_host_name,
		       (void *)(uintptr_t)server_name) == 1;
}

static SSL *
new_conversation(
	const struct redis_tls *tls, const struct redis_address *address)
{
	SSL *ssl = SSL_new(tls->context);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	if (ssl == NULL || in == NULL || out == NULL ||
		!expect_name(ssl, tls->server_name, address)) {
		BIO_free(in);
		BIO_free(out);
		SSL_free(ssl);
		return NULL;
	}
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(ssl, in, out);
	SSL_set_connect_state(ssl);
	return ssl;
}

enum jwt_reason
redis_tls_start(const struct redis_tls *tls,
	const struct redis_address *address, int fd, int64_t deadline,
	SSL **out, struct report *r)
{
	SSL *ssl = new_conversation(tls, address);
	enum jwt_reason reason = JWT_OK;
	int result = 0;

	if (ssl == NULL)
		return report(r, JWT_INTERNAL_ERROR, "no TLS: out of memory");
	while (reason == JWT_OK && result != 1) {
		ERR_clear_error();
		result = SSL_do_handshake(ssl);
		if (result != 1)
			reason = step(
				ssl, result, fd, "TLS handshake", deadline, r);
	}
	if (reason == JWT_OK)
		reason = flush(ssl, fd, "TLS handshake", deadline, r);
	if (reason != JWT_OK) {
		SSL_free(ssl);
		return reason;
	}
	*out = ssl;
	return JWT_OK;
}

enum jwt_reason
redis_tls_send(SSL *ssl, int fd, struct slice bytes, int64_t deadline,
	struct report *r)
{
	size_t put;

	if (bytes.len == 0)
		return JWT_OK;
	for (;;) {
		ERR_clear_error();
		/* All of it: the memory that it goes to has no end. */
		if (SSL_write_ex(ssl, bytes.data, bytes.len, &put) == 1)
			return flush(ssl, fd, "send", deadline, r);
		JWT_TRY(step(ssl, 0, fd, "send", deadline, r));
	}
}

enum jwt_reason
redis_tls_receive(SSL *ssl, int fd, uint8_t *out, size_t size, size_t *got,
	int64_t deadline, struct report *r)
{
	for (;;) {
		ERR_clear_error();
		if (SSL_read_ex(ssl, out, size, got) == 1)
			return flush(ssl, fd, "answer", deadline, r);
		JWT_TRY(step(ssl, 0, fd, "answer", deadline, r));
	}
}

bool
redis_tls_is_quiet(const SSL *ssl)
{
	return SSL_has_pending(ssl) == 0 &&
	       BIO_ctrl_pending(SSL_get_rbio(ssl)) == 0;
}

void
redis_tls_stop(SSL *ssl)
{
	SSL_free(ssl);
}
