/* SPDX-License-Identifier: ISC */
/*
 * Where a Redis server is: a socket's path, a numeric address, or a host name
 * of the config, which redis_names.h has the addresses of.
 */
#ifndef JWT_REVOCATION_REDIS_ADDRESS_H
#define JWT_REVOCATION_REDIS_ADDRESS_H

#include "base/bytes.h"
#include "base/report.h"

#include <sys/socket.h>

#define REDIS_NAME_MAX 253 /* bytes of a host name, RFC 1035 section 2.3.4 */

struct redis_address {
	enum { REDIS_UNIX, REDIS_TCP } kind;
	bool tls; /* over TCP */
	/* Path or numeric address, sun_path's size; empty: only named yet. */
	char host[108];
	/* In lower case, what the certificate must name; empty: host. */
	char name[REDIS_NAME_MAX + 1];
	uint16_t port;
};

/*
 * "unix:/PATH", "tcp:HOST:PORT" or "tls:HOST:PORT", where HOST is an IP (IPv6
 * as [IP] or bare) or a host name. config_error for anything else.
 */
enum jwt_reason redis_address_parse(const char *text, struct redis_address *out,
	struct report *report) JWT_MUST_CHECK;
/* "HOST:PORT" as a server writes it; tls as it was. */
bool redis_address_parse_network(
	struct slice text, struct redis_address *out) JWT_MUST_CHECK;
/* Is it a name yet, without the address to connect to? */
bool redis_address_is_named(const struct redis_address *address);
/* The same place, and with TLS the same name to be proved. */
bool redis_address_equal(
	const struct redis_address *a, const struct redis_address *b);
/* "unix:/PATH", "tcp:IP:PORT", "tls:[IP]:PORT", "tls:NAME:PORT", and
 * "tls:IP:PORT (NAME)" for one that a name stood for. */
#define REDIS_ADDRESS_MAX 384
void redis_address_format(
	const struct redis_address *address, char out[REDIS_ADDRESS_MAX]);
/* The size of what was filled in, 0 if the host isn't numeric. */
socklen_t redis_address_fill(
	const struct redis_address *address, struct sockaddr_storage *out);

#endif
