/* SPDX-License-Identifier: ISC */
/* Inside fetch.c: how curl is to behave in every transfer. */
#ifndef JWT_FETCHD_FETCH_OPTIONS_H
#define JWT_FETCHD_FETCH_OPTIONS_H

#include "fetch.h"

CURLcode fetch_set_options(
	CURL *easy, const struct fetch_request *request) JWT_MUST_CHECK;

#endif
