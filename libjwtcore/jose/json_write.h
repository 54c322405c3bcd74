/* SPDX-License-Identifier: ISC */
/* JSON that we write: jansson's values, released with JWT_AUTO(json). */
#ifndef JWT_JOSE_JSON_WRITE_H
#define JWT_JOSE_JSON_WRITE_H

#include "base/auto.h"

#include <jansson.h>

JWT_AUTO_TYPE(json, json_t *, json_decref);

#endif
