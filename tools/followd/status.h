/* SPDX-License-Identifier: ISC */
/* What an administrator wants to know of the copy. */
#ifndef JWT_FOLLOWD_STATUS_H
#define JWT_FOLLOWD_STATUS_H

#include "follower.h"

/* Prints it; false: the copy may not decide now. */
bool status_print(const struct follower_options *options,
	const struct revocation_config *config);

#endif
