/* SPDX-License-Identifier: ISC */
/* One question to the helper, and what the log says about it. */
#ifndef PAM_JWT_JUDGE_H
#define PAM_JWT_JUDGE_H

#include "module.h"

/*
 * ALLOWED, DENIED, UNDECIDED or OPTION; *reply is filled for the first two.
 * With mode=observe the purpose is observe, whatever was asked.
 */
enum situation judge(struct call *call, const struct presented *presented,
	enum jwt_purpose purpose, bool from_record, struct frame_reply *reply);

#endif
