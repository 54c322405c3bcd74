/* SPDX-License-Identifier: ISC */
/* A store in a temporary folder, and a token's question to it. */
#ifndef JWT_TESTS_REVOCATION_FIXTURE_H
#define JWT_TESTS_REVOCATION_FIXTURE_H

#include "revocation/store.h"
#include "suite.h"

#define NOW	  1800000000
#define ISS	  "https://idp.example.com"
#define ISSUED_AT (NOW - 100)

struct fixture {
	char root[64];
	char revoked[96], seen[96], copy[96], journal[96], path[256];
	struct revocation_config config;
	struct revocation_places places;
	struct revocation_store *store;
	struct report report; /* of the last call */
};

/* With folders; a prepared embedded store, without an epoch yet. */
void fixture_start(struct fixture *f);
void fixture_reopen(struct fixture *f);
/* From here on what is revoked is kept in a journal, as real writers do. */
void fixture_keep_journal(struct fixture *f);
void fixture_end(struct fixture *f);
static inline void
jwt_auto_fixture(struct fixture *f)
{
	fixture_end(f);
}
typedef struct fixture jwt_auto_fixture_t;

/* A token with every name that can be revoked. */
struct revocation_question fixture_question(void);
enum jwt_reason fixture_check(struct fixture *f);
enum jwt_reason fixture_check_question(
	struct fixture *f, const struct revocation_question *q);

/* An entry that hits the question's token by this kind, for an hour. */
struct revocation_entry fixture_entry(enum revoked_kind kind);
enum jwt_reason fixture_revoke(struct fixture *f, enum revoked_kind kind);
enum jwt_reason fixture_init(struct fixture *f);

/* The path of a file in the folder revoked or seen; valid until the next. */
const char *fixture_entry_path(struct fixture *f, enum revoked_kind kind);
const char *fixture_path(struct fixture *f, const char *dir, const char *name);
void fixture_put(const char *path, const char *text);
bool fixture_file_is(const char *path, const char *text);

#endif
