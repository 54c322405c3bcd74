/* SPDX-License-Identifier: ISC */
/* What redis_tls_files.c makes and redis_tls.c uses. */
#ifndef JWT_REVOCATION_REDIS_TLS_FILES_H
#define JWT_REVOCATION_REDIS_TLS_FILES_H

#include <openssl/ssl.h>

struct redis_tls {
	SSL_CTX *context;
	const char *server_name; /* borrowed; NULL: as the address says */
};

#endif
