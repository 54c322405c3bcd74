/* SPDX-License-Identifier: ISC */
/* Folders, entries and questions for the tests of revocation. */
#include "revocation_fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void
fixture_start(struct fixture *f)
{
	static char prefix[] = "blacklist:";

	memset(f, 0, sizeof(*f));
	strcpy(f->root, "/tmp/jwt-revocation.XXXXXX");
	if (mkdtemp(f->root) == NULL || chmod(f->root, 0755) != 0)
		abort();
	snprintf(f->revoked, sizeof(f->revoked), "%s/revoked", f->root);
	snprintf(f->seen, sizeof(f->seen), "%s/seen", f->root);
	snprintf(f->copy, sizeof(f->copy), "%s/copy", f->root);
	if (mkdir(f->revoked, 0755) != 0 || mkdir(f->seen, 0700) != 0)
		abort();
	f->config.store = REVOCATION_EMBEDDED;
	f->config.redis.prefix = prefix;
	f->config.redis.timeout_ms = 500;
	f->places.revoked_dir = f->revoked;
	f->places.seen_dir = f->seen;
	f->places.copy_dir = f->copy;
	fixture_reopen(f);
}

void
fixture_reopen(struct fixture *f)
{
	revocation_close(f->store);
	f->store = NULL;
	if (revocation_open(&f->config, &f->places, &f->store, NULL) !=
			JWT_OK ||
		revocation_prepare(f->store, NULL) != JWT_OK)
		abort();
}

void
fixture_keep_journal(struct fixture *f)
{
	snprintf(f->journal, sizeof(f->journal), "%s/journal", f->root);
	if (mkdir(f->journal, 0700) != 0)
		abort();
	f->places.journal_dir = f->journal;
	fixture_reopen(f);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
fixture_end(struct fixture *f)
{
	revocation_close(f->store);
	f->store = NULL;
	nftw(f->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

struct revocation_question
fixture_question(void)
{
	return (struct revocation_question){
		.iss = slice_of_string(ISS),
		.signing_input = slice_of_string("aGVhZA.Ym9keQ"),
		.raw_token = slice_of_string("aGVhZA.Ym9keQ.c2ln"),
		.alg = JWS_RS256,
		.signature = slice_of_string("sig"),
		.jti = slice_of_string("value"),
		.sid = slice_of_string("value"),
		.sub = slice_of_string("value"),
		.kid = slice_of_string("value"),
		.iat = ISSUED_AT,
		.has_iat = true,
	};
}

enum jwt_reason
fixture_check_question(struct fixture *f, const struct revocation_question *q)
{
	memset(&f->report, 0, sizeof(f->report));
	return revocation_check(f->store, q, NOW, &f->report);
}

enum jwt_reason
fixture_check(struct fixture *f)
{
	const struct revocation_question q = fixture_question();

	return fixture_check_question(f, &q);
}

struct revocation_entry
fixture_entry(enum revoked_kind kind)
{
	static char by[] = "root", why[] = "stolen", what[] = "a token";
	struct revocation_entry entry = {
		.kind = kind,
		.until = NOW + 3600,
		.when = NOW,
		.before = kind == REVOKED_SUB ? NOW : 0,
		.by = by,
		.why = why,
		.what = what,
	};
	const struct revocation_question q = fixture_question();

	if (!revocation_hex(kind, q.iss,
		    kind == REVOKED_SIG ? q.signing_input : q.jti, entry.hex))
		abort();
	return entry;
}

enum jwt_reason
fixture_revoke(struct fixture *f, enum revoked_kind kind)
{
	const struct revocation_entry entry = fixture_entry(kind);

	memset(&f->report, 0, sizeof(f->report));
	return revocation_add(f->store, &entry, &f->report);
}

enum jwt_reason
fixture_init(struct fixture *f)
{
	bool created;

	memset(&f->report, 0, sizeof(f->report));
	return revocation_init(f->store, &created, &f->report);
}

const char *
fixture_path(struct fixture *f, const char *dir, const char *name)
{
	snprintf(f->path, sizeof(f->path), "%s/%s", dir, name);
	return f->path;
}

const char *
fixture_entry_path(struct fixture *f, enum revoked_kind kind)
{
	const struct revocation_entry entry = fixture_entry(kind);
	char name[ENTRY_NAME_MAX];

	entry_name(kind, entry.hex, '-', name);
	return fixture_path(f, f->revoked, name);
}

void
fixture_put(const char *path, const char *text)
{
	if (!file_write(path, slice_of_string(text), 0644, (uid_t)-1, (gid_t)-1,
		    NULL))
		abort();
}

bool
fixture_file_is(const char *path, const char *text)
{
	const struct file_trust any = { .any_owner = true };
	JWT_AUTO(buffer) bytes = BUFFER(REVOKED_ENTRY_MAX);

	return file_read(path, &any, &bytes, NULL) == FILE_OK &&
	       slice_equals_string(buffer_slice(&bytes), text);
}
