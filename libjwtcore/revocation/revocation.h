/* SPDX-License-Identifier: ISC */
/*
 * Revocation: one question, one interface, the stores behind it. A store
 * answers "is anything of this token revoked?" in one exchange.
 *
 * KIND is sig, jti, sid, sub or kid; HEX is SHA-256, for sig over
 * "header.payload" as it stands in the token, else over the exact iss, a
 * newline and the value. Embedded: file KIND-HEX; Redis: PREFIX KIND:HEX.
 */
#ifndef JWT_REVOCATION_REVOCATION_H
#define JWT_REVOCATION_REVOCATION_H

#include "config/config.h"

enum revoked_kind {
	REVOKED_SIG,
	REVOKED_JTI,
	REVOKED_SID,
	REVOKED_SUB,
	REVOKED_KID,
	REVOKED_KIND_COUNT
};
const char *revoked_kind_name(enum revoked_kind kind);
bool revoked_kind_from_name(const char *name, enum revoked_kind *out);

#define REVOKED_HEX_LEN	  64
#define REVOKED_ENTRY_MAX 4096 /* bytes of an entry's JSON */

/* What can be revoked of a token. Slices borrowed; empty: not asked. */
struct revocation_question {
	struct slice iss;
	struct slice signing_input; /* "header.payload" */
	struct slice raw_token;	    /* for blacklist:TOKEN */
	enum jws_alg alg;	    /* ES*: both twins of the signature */
	struct slice signature;	    /* decoded */
	struct slice jti, sid, sub, kid;
	int64_t iat; /* sub: tokens issued before "before" are dead */
	bool has_iat;
};

/* One revocation. kind and hex name it; strings may be NULL when adding. */
struct revocation_entry {
	enum revoked_kind kind;
	char hex[REVOKED_HEX_LEN + 1];
	int64_t until; /* seconds; the entry is dead after it */
	int64_t when;  /* seconds, when it was revoked */
	/* sub only: tokens with iat < before are dead; INT64_MAX: all. */
	int64_t before;
	/* Filled by revocation_widen: what stood there; 0: nothing did. Given
	 * to revocation_undo: what it may take away; 0: whatever is there. */
	int64_t was_until, was_when, was_before;
	char *by, *why, *what;
};
void revocation_entry_clear(struct revocation_entry *entry);

/* SHA-256 name: sig takes the signing input as value and no iss. False:
 * OpenSSL failed. */
bool revocation_hex(enum revoked_kind kind, struct slice iss,
	struct slice value, char out[REVOKED_HEX_LEN + 1]) JWT_MUST_CHECK;

struct revocation_places {
	const char *revoked_dir; /* JWT_STATE_DIR "/revoked" */
	const char *seen_dir;	 /* JWT_STATE_DIR "/seen": high-water marks */
	const char *copy_dir;	 /* JWT_STATE_DIR "/copy": of last_known */
	/* JWT_STATE_DIR "/journal", of writers; NULL: none is kept */
	const char *journal_dir;
	/* Addresses of Redis's host names; NULL: JWT_NAMES_DIR */
	const char *names_dir;
};

/*
 * An open store: the config names which. Opening connects to nothing and
 * reads no secret yet; a store is used by one thread. config and the paths
 * are borrowed until it is closed. config_error: the address of Redis.
 */
struct revocation_store;
enum jwt_reason revocation_open(const struct revocation_config *config,
	const struct revocation_places *places, struct revocation_store **out,
	struct report *report) JWT_MUST_CHECK;
void revocation_close(struct revocation_store *store);
JWT_AUTO_TYPE(revocation_store, struct revocation_store *, revocation_close);

/*
 * Reads passwords, certificates and keys before the privileges are gone; a
 * second call does nothing. config_error: one of the files can't be read.
 * What check still calls after it, for a filter:
 *	both: newfstatat, openat, fstat, read, close of the mark in seen_dir;
 *	where it rises also openat, flock, getrandom, fchmod, write, fsync,
 *	rename, unlink there
 *	embedded: openat, fstat, newfstatat, read, close in revoked_dir (by
 *	path each time, so that a folder put in its place is noticed)
 *	Redis: socket (AF_UNIX, AF_INET, AF_INET6, stream), connect, poll,
 *	getsockopt, setsockopt (TCP_NODELAY), sendto, recvfrom, close
 *	... and where its address is a host name: newfstatat of names_dir,
 *	openat, fstat, read, close of the file in it
 *	last_known: what embedded calls, in copy_dir
 * It asks no name service. No call lasts beyond redis.timeout_ms in all.
 * Redis is asked over the connection of the question before, where that is
 * still good; a fork makes its own.
 */
enum jwt_reason revocation_prepare(
	struct revocation_store *store, struct report *report) JWT_MUST_CHECK;

/*
 * JWT_OK: nothing of it is revoked. JWT_REVOKED, JWT_REVOCATION_UNREACHABLE
 * (no store, no answer in time, an answer that is no answer, a folder that
 * can't be read), JWT_REVOCATION_LOST (the epoch is missing, another, or
 * lower than the mark that this host kept). With on_unreachable =
 * allow_fresh an unreachable store is JWT_OK for a token issued less than
 * fresh_for seconds ago, and the report says so. With last_known the copy is
 * asked too: what it has is revoked; and where the store is unreachable or
 * lost its data, JWT_OK if the copy may decide alone, which the report says.
 */
enum jwt_reason revocation_check(struct revocation_store *store,
	const struct revocation_question *question, int64_t now,
	struct report *report) JWT_MUST_CHECK;

/*
 * After a check that passed: marks an unbound token as used, until then,
 * for every host that asks this store. replayed: it was marked before.
 * A store that one host keeps (embedded, none) is JWT_OK: the host's own mark
 * (replay_mark) guards. So it is with an unreachable one, or one that evicts
 * keys, where revocation_check would pass the token, and the report says so;
 * else these are JWT_REVOCATION_UNREACHABLE and JWT_REVOCATION_LOST. Calls
 * what revocation_check calls.
 */
enum jwt_reason revocation_use(struct revocation_store *store,
	const struct revocation_question *question, int64_t until, int64_t now,
	struct report *report) JWT_MUST_CHECK;

/*
 * For writers (the administrator's tools; for Redis the config given to
 * revocation_open has the writer's user and password_file). Written to the
 * journal first: what can't be, is not done (internal_error). Raises the
 * epoch's counter; revocation_lost: there is no epoch yet, or the store shows
 * less than the journal knows. An entry of the same name is widened, never
 * narrowed.
 */
enum jwt_reason revocation_add(struct revocation_store *store,
	const struct revocation_entry *entry,
	struct report *report) JWT_MUST_CHECK;
/* The same; until, before and was_* then say what the store holds and held. */
enum jwt_reason revocation_widen(struct revocation_store *store,
	struct revocation_entry *entry, struct report *report) JWT_MUST_CHECK;
/*
 * Appends to mark what this host's logins have seen of the store, as seen_dir
 * says: "ID COUNTER", or nothing.
 * revocation_lost: there is one, and it can't be read.
 */
enum jwt_reason revocation_seen(const struct revocation_store *store,
	struct buffer *mark, struct report *report) JWT_MUST_CHECK;
/*
 * mark is what this host's logins have seen of the store ("ID COUNTER"; empty:
 * nothing). From here on nothing is written where it shows less in that same
 * life, whatever the journal knows: counting on would reach the marks of hosts
 * that rightly deny. internal_error: it is no mark.
 */
enum jwt_reason revocation_expect(struct revocation_store *store,
	struct slice mark, struct report *report) JWT_MUST_CHECK;
/*
 * Takes a revocation back: of entry count kind, hex, when, by, why and was_*.
 * Raises the epoch's counter too. *removed: false if there was none.
 * internal_error: another one stands there than was_* says; or, with *removed,
 * the journal does not say so.
 */
enum jwt_reason revocation_undo(struct revocation_store *store,
	const struct revocation_entry *entry, bool *removed,
	struct report *report) JWT_MUST_CHECK;
/*
 * The entry of this kind and hash, over or not: kind and hex of *out are
 * given, the rest is filled, its words owned (revocation_entry_clear). One
 * that can't be read comes with until INT64_MAX. *found: false if none.
 */
enum jwt_reason revocation_find(struct revocation_store *store,
	struct revocation_entry *out, bool *found,
	struct report *report) JWT_MUST_CHECK;
typedef enum jwt_reason (*revocation_list_fn)(
	void *arg, const struct revocation_entry *entry);
/* What is in force now, in no order; Redis may name one twice. An entry that
 * can't be read comes with until INT64_MAX. */
enum jwt_reason revocation_list(struct revocation_store *store, int64_t now,
	revocation_list_fn each, void *arg,
	struct report *report) JWT_MUST_CHECK;
/*
 * Makes the epoch. *created: false if there was one (left as it is).
 * revocation_lost: there was one once, as the journal knows.
 */
enum jwt_reason revocation_init(struct revocation_store *store, bool *created,
	struct report *report) JWT_MUST_CHECK;
/* The same, whatever the journal knows: the store begins a new life. */
enum jwt_reason revocation_init_anew(struct revocation_store *store,
	bool *created, struct report *report) JWT_MUST_CHECK;
/* Removes what has expired; embedded only (Redis has TTLs). */
enum jwt_reason revocation_sweep(struct revocation_store *store, int64_t now,
	size_t *removed, struct report *report) JWT_MUST_CHECK;
/* Takes a changed epoch as this host's new mark, and for its copy. */
enum jwt_reason revocation_accept(
	struct revocation_store *store, struct report *report) JWT_MUST_CHECK;
/* The same for this host's journal: as the store's writer. */
enum jwt_reason revocation_accept_journal(
	struct revocation_store *store, struct report *report) JWT_MUST_CHECK;
/* What is over goes from the journals of all stores. *removed: lines. */
enum jwt_reason revocation_compact(const struct revocation_places *places,
	int64_t now, size_t *removed, struct report *report) JWT_MUST_CHECK;

/*
 * Plays back what this host's journal has in force, where the store lacks it.
 * A store that lost data gets its epoch again, with the journal's id and a
 * counter that every host's mark meets, so that their denial ends: unless
 * others may have revoked in this store too (shared, or others > 0), then only
 * if told to lift. mark is what this host has seen of the store ("ID COUNTER";
 * empty: nothing): one that is ahead of the journal, or of another life, tells
 * of others, too.
 */
enum restore_how { RESTORE_DRY, RESTORE_REPLAY, RESTORE_LIFT };
enum restore_loss {
	LOSS_NONE,    /* as far as the epoch tells */
	LOSS_EMPTY,   /* no epoch, or a damaged one */
	LOSS_ANOTHER, /* another life of the store */
	LOSS_WENT_BACK
};
struct restore_result {
	enum restore_loss loss;
	size_t in_force; /* in the journal */
	size_t lacked;	 /* of them the store lacked; written, if not dry */
	size_t damaged;	 /* lines of the journal */
	bool shared;	 /* it serves more hosts than this one */
	uint64_t others; /* revocations that the journal never had */
	bool lifted;	 /* (or would be) the store has its epoch again */
	uint64_t before, after; /* its counter; before: 0 if none */
};
/* internal_error: there is no journal here of this store. */
enum jwt_reason revocation_restore(struct revocation_store *store, int64_t now,
	enum restore_how how, struct slice mark, struct restore_result *out,
	struct report *report) JWT_MUST_CHECK;

#endif
