/* SPDX-License-Identifier: ISC */
/*
 * A canned Redis behind TLS on a port of 127.0.0.1, with certificates of an
 * authority that is made on the spot.
 */
#ifndef JWT_TESTS_TLS_REDIS_H
#define JWT_TESTS_TLS_REDIS_H

#include "canned_redis.h"

#include <openssl/ssl.h>

struct tls_wish {
	const char *names; /* subjectAltName: "IP:127.0.0.1", "DNS:a" */
	long lives;	   /* seconds from now; below 0: it has expired */
	bool by_stranger;  /* signed by an authority that isn't ca.pem */
	int version_max;   /* TLS1_1_VERSION; 0: the newest */
	bool ask_client;   /* for a certificate of ca.pem */
	bool plain;	   /* no TLS at all */
	bool silent;	   /* accepts, and never says a word */
	bool drips;	   /* a byte of a handshake now and then */
};

/* ca.pem, client.pem and client.key in the fixture's folder, and a server. */
struct tls_redis {
	struct server server;
	struct redis_tls_config config; /* ca_file, and nothing else */
	char ca[128], cert[128], key[128], address[64];
};

/*
 * In folder: ca.pem, client.pem, client.key, and for a server with these
 * names server.pem, server.key.
 */
void tls_make_files(const char *folder, const char *names);

/* The fixture with the store redis at that server's tls address. */
void tls_redis_start(struct fixture *f, struct tls_redis *s,
	const struct tls_wish *wish, const char *answer);

#endif
