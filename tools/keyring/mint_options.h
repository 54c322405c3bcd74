/* SPDX-License-Identifier: ISC */
/* mint's command line. */
#ifndef JWT_KEYRING_MINT_OPTIONS_H
#define JWT_KEYRING_MINT_OPTIONS_H

#include "mint.h"

extern const struct keyring_option mint_options[];

/* Fills settings, whose audience and claims are there and empty. */
enum keyring_exit mint_parse(
	struct mint_settings *settings, int argc, char **argv);

#endif
