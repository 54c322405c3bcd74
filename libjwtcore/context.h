/* SPDX-License-Identifier: ISC */
/*
 * What a judgement needs besides the request: config, places, store. For
 * our own programs; jwtcore.h shows it to others as an opaque type.
 */
#ifndef JWT_CONTEXT_H
#define JWT_CONTEXT_H

#include "config/config.h"
#include "keys/keys.h"
#include "revocation/revocation.h"

/* Where things are; NULL members take the compiled-in places. */
struct jwt_places {
	struct keys_places keys;
	struct revocation_places revocation;
	const char *used_dir; /* single-use marks */
};

struct jwt_context {
	struct jwt_config *config;
	struct jwt_places places;
	struct revocation_store *store;
	struct keys_kept keys; /* from one judgement to the next */
	bool prepared;
	enum jwt_reason prepare_reason; /* why a judgement must fail */
	struct report prepare_report;
};

JWT_AUTO_TYPE(context, struct jwt_context *, jwt_context_free);

/* As jwt_context_new, with places (NULL: all the compiled-in ones). */
enum jwt_reason context_new(const char *config_path,
	const struct jwt_places *places, struct jwt_context **out,
	struct config_error *error) JWT_MUST_CHECK;

/*
 * Reads the store's credentials, before a sandbox takes the means away.
 * What fails here is kept and becomes the reason of each judgement.
 */
void context_prepare(struct jwt_context *context);

/* Makes a verdict that denies, with an id of its own. */
void verdict_deny(struct jwt_verdict *verdict, enum jwt_reason reason,
	const char *detail);

/*
 * Marks an unbound token as used on this host (a file named by its SHA-256,
 * O_EXCL). replayed: it was marked before; internal_error: no mark could be
 * made, so it must not count.
 */
enum jwt_reason replay_mark(const char *used_dir, struct slice signing_input,
	struct report *report) JWT_MUST_CHECK;

#endif
