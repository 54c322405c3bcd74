/* SPDX-License-Identifier: ISC */
/* Where a Redis server is: a socket's path or a numeric address. */
#ifndef JWT_REVOCATION_REDIS_ADDRESS_H
#define JWT_REVOCATION_REDIS_ADDRESS_H

#include "base/bytes.h"
#include "base/report.h"

#include <sys/socket.h>

struct redis_address {
	enum { REDIS_UNIX, REDIS_TCP } kind;
	bool tls;	/* over TCP */
	char host[108]; /* path or numeric address; sun_path's size */
	uint16_t port;
};

/*
 * "unix:/PATH", "tcp:IP:PORT" or "tls:IP:PORT" (IPv6 as [IP] or bare).
 * config_error for anything else.
 */
enum jwt_reason redis_address_parse(const char *text, struct redis_address *out,
	struct report *report) JWT_MUST_CHECK;
/* "IP:PORT" as a server writes it, never a host name; tls as it was. */
bool redis_address_parse_network(
	struct slice text, struct redis_address *out) JWT_MUST_CHECK;
bool redis_address_equal(
	const struct redis_address *a, const struct redis_address *b);
/* "unix:/PATH", "tcp:IP:PORT", "tls:[IP]:PORT" */
#define REDIS_ADDRESS_MAX 128
void redis_address_format(
	const struct redis_address *address, char out[REDIS_ADDRESS_MAX]);
/* The size of what was filled in, 0 if the host isn't numeric. */
socklen_t redis_address_fill(
	const struct redis_address *address, struct sockaddr_storage *out);

#endif
