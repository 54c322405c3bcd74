/* SPDX-License-Identifier: ISC */
/*
 * The machine: does what plan.h says is next, one step at a time, each of
 * them whole on disk before the next. Killed anywhere, the next run goes on.
 */
#ifndef JWT_KEYRING_ROTATION_H
#define JWT_KEYRING_ROTATION_H

#include "command.h"
#include "places.h"
#include "settings.h"

struct rotation {
	const struct settings *settings;
	struct places places;
	enum jws_alg alg;   /* of the next key */
	bool has_alg;	    /* else as the current one */
	const char *file;   /* the next key itself; NULL: a fresh one */
	bool drop_old;	    /* first drop what retires, however young */
	bool compromised;   /* throw a key out, now */
	const char *kid;    /* which; NULL: the current one */
	bool verbose;	    /* say each step on standard error */
	int64_t older_than; /* seconds; see plan.h */

	/* Inside: */
	bool rotate;	/* a new key is still asked for */
	size_t skipped; /* hooks and commands that failed in this run */
	char asked[JWK_KID_MAX + 1]; /* the key that verifiers have */
	bool unpublished; /* files could not be written, but a key had to go */
	struct report failure; /* what the last two were */
};

/* Runs to the end; what is wrong is in the report. See the man page. */
enum keyring_exit rotation_run(
	struct rotation *rotation, struct report *report) JWT_MUST_CHECK;

/* What a run would do, on standard output. */
enum keyring_exit rotation_dry_run(
	const struct rotation *rotation, struct report *report) JWT_MUST_CHECK;

/*
 * Only one rotation at a time, for as long as *out is open; a key that was
 * stolen is thrown out beside one that waits. KEYRING_BUSY: there is one.
 */
enum keyring_exit rotation_lock(const char *dir, bool compromised, int *out,
	struct report *report) JWT_MUST_CHECK;
/* Whether one runs now. */
bool rotation_is_running(const char *dir);

/* rotation_wait.c: until verifiers have the next key. KEYRING_DONE: they
 * do, or there is none to wait for any more; KEYRING_WAITS: too late. */
enum keyring_exit rotation_wait(
	struct rotation *rotation, struct report *report) JWT_MUST_CHECK;

/*
 * rotation_begin.c: what was asked for is written down, so that a run which
 * is killed from here on is finished by the next one, whatever that was
 * asked for.
 */
enum jwt_reason rotation_begin(
	struct rotation *rotation, struct report *report) JWT_MUST_CHECK;
/* A key that was stolen is to be revoked, and everybody told. */
enum jwt_reason rotation_note_theft(struct keyring *keyring, const char *kid,
	struct report *report) JWT_MUST_CHECK;

/* On standard error, if verbose. */
void rotation_say(const struct rotation *rotation, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
