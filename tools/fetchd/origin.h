/* SPDX-License-Identifier: ISC */
/* The origin of a URL: scheme, host and port (RFC 6454 section 4). Pure. */
#ifndef JWT_FETCHD_ORIGIN_H
#define JWT_FETCHD_ORIGIN_H

#include <stdbool.h>

/* False also where one of them is no URL. */
bool url_same_origin(const char *a, const char *b);

#endif
