/* SPDX-License-Identifier: ISC */
/*
 * TLS to Redis: 1.2 or later, the server proves its name to the authorities
 * of one file. OpenSSL works on memory; the bytes go through redis_socket,
 * so that its deadline and its system calls are the only ones.
 */
#ifndef JWT_REVOCATION_REDIS_TLS_H
#define JWT_REVOCATION_REDIS_TLS_H

#include "config/config.h"
#include "revocation/redis_socket.h"

struct ssl_st;
struct redis_tls; /* authorities, our certificate and its key */

/* Reads all files. config_error: one is missing, or not what it should be. */
enum jwt_reason redis_tls_new(const struct redis_tls_config *config,
	struct redis_tls **out, struct report *report) JWT_MUST_CHECK;
void redis_tls_free(struct redis_tls *tls);
JWT_AUTO_TYPE(redis_tls, struct redis_tls *, redis_tls_free);

/* The handshake on a connected socket, which stays the caller's. */
enum jwt_reason redis_tls_start(const struct redis_tls *tls,
	const struct redis_address *address, int fd, int64_t deadline,
	struct ssl_st **out, struct report *report) JWT_MUST_CHECK;
/* As redis_socket_send and redis_socket_receive. */
enum jwt_reason redis_tls_send(struct ssl_st *ssl, int fd, struct slice bytes,
	int64_t deadline, struct report *report) JWT_MUST_CHECK;
enum jwt_reason redis_tls_receive(struct ssl_st *ssl, int fd, uint8_t *out,
	size_t size, size_t *got, int64_t deadline,
	struct report *report) JWT_MUST_CHECK;
/* Nothing that was received waits to be read. */
bool redis_tls_is_quiet(const struct ssl_st *ssl);
void redis_tls_stop(struct ssl_st *ssl);

#endif
