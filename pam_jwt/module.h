/* SPDX-License-Identifier: ISC */
/* What the parts of the module share: one call from PAM. */
#ifndef PAM_JWT_MODULE_H
#define PAM_JWT_MODULE_H

#include "base/frame.h"
#include "answers.h"
#include "options.h"

#include <security/pam_modules.h>
#include <sys/types.h>

/* One call of one entry point. Strings are PAM's, alive during the call. */
struct call {
	pam_handle_t *pamh;
	enum phase phase;
	bool silent; /* PAM_SILENT: tell the user nothing */
	struct options options;
	const char *service;
	const char *user; /* PAM_USER */
	uint32_t uid;	  /* its uid, once call_uid has looked it up */
	bool uid_known;
	char id[JWT_ID_LEN + 1]; /* of the last deny, for the user */
};

/* Something that a user has shown, with the key that went along. */
struct presented {
	enum jwt_carrier kind; /* 0: nothing */
	struct buffer bytes;
	struct buffer proved_key; /* empty: none, or it is in the bytes */
};

static inline bool
presented_any(const struct presented *presented)
{
	return presented->kind != 0 && presented->bytes.len > 0;
}

void presented_init(struct presented *presented);
/* Wipes. */
void presented_clear(struct presented *presented);
/* False: out of memory; to is then empty. */
bool presented_copy(
	struct presented *to, const struct presented *from) JWT_MUST_CHECK;

static inline void
jwt_auto_presented(struct presented *presented)
{
	presented_clear(presented);
}
typedef struct presented jwt_auto_presented_t;

/* The uid of PAM_USER, JWT_NO_UID if there is no such account. */
uint32_t call_uid(struct call *call);

/* Logs a failure of ours and gives the call an id of its own to tell. */
void call_failed(
	struct call *call, enum jwt_reason reason, const struct report *report);

/* The phases; each returns the situation that answers.h turns into PAM's. */
enum situation auth_phase(struct call *call);
enum situation account_phase(struct call *call);
enum situation open_session_phase(struct call *call);
enum situation close_session_phase(struct call *call);
enum situation setcred_phase(struct call *call);

#endif
