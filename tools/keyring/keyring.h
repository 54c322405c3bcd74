/* SPDX-License-Identifier: ISC */
/*
 * A keyring: a folder (0700) that holds one file a private key (0600),
 * KID.pem or, for HMAC, KID.secret, and keyring.json, which says what each
 * is for. The public halves stand in keyring.json, so that publishing never
 * opens a private key.
 */
#ifndef JWT_KEYRING_KEYRING_H
#define JWT_KEYRING_KEYRING_H

#include "base/file.h"
#include "jose/jwk.h"

#define KEYRING_VERSION	    2
#define KEYRING_FILE	    "keyring.json"
#define KEYRING_FILE_MAX    (256 * 1024) /* bytes */
#define KEYRING_KEYS_MAX    32
#define KEYRING_PENDING_MAX 64
#define KEYRING_WAITING_MAX 8	  /* verifiers that status names */
#define KEYRING_WORDS_MAX   160	  /* bytes of a verifier's name and its fault */
#define KEYRING_LOCK_MS	    10000 /* the most that we wait for another */
#define KEYRING_ISSUER_MAX  512	  /* bytes of an issuer URL */

/*
 * The longest life of a token unless said: what jwtauth.conf allows as
 * max_lifetime at most.
 */
#define KEYRING_TOKEN_LIFETIME 86400 /* seconds */

/* In the file these are words; a later release may add some. */
enum key_state {
	KEY_NEXT,     /* to be published, or published; does not sign yet */
	KEY_CURRENT,  /* signs; there is exactly one */
	KEY_RETIRING, /* published only, for the tokens it has signed */
	KEY_STATE_COUNT
};

struct keyring_key {
	char kid[JWK_KID_MAX + 1]; /* base64url characters: a file's name */
	enum jws_alg alg;
	enum key_state state;
	/* Seconds since the epoch; 0: not yet, or not known. */
	int64_t created;
	int64_t published;    /* where verifiers look, since */
	int64_t signing;      /* current since */
	int64_t retired;      /* no signer used it any more, since */
	int64_t signed_until; /* the latest exp of an unusually long token */
	bool compromised;     /* current, and to be thrown out */
	struct jwk *public;   /* owned; NULL: an HMAC secret has none */
};

/* What has happened, and who must still be told of it. */
enum keyring_event {
	EVENT_REVOKE,  /* the kid of a stolen key is to be revoked */
	EVENT_REFRESH, /* the hosts are to fetch the keys */
	EVENT_HOOKS,   /* those before it are urgent, no hook hears them */
	EVENT_COMPROMISED = EVENT_HOOKS, /* a key was thrown out */
	EVENT_PUBLISHED, /* the next key is where verifiers look */
	EVENT_SIGNING,	 /* it is the current one now */
	EVENT_DROPPED,	 /* an old key is gone */
	EVENT_COUNT
};

struct keyring_pending {
	enum keyring_event event;
	char kid[JWK_KID_MAX + 1];
};

struct keyring {
	const char *dir;	/* borrowed */
	int fd;			/* of dir, locked */
	char *issuer;		/* owned; NULL: not said at init */
	int64_t token_lifetime; /* seconds: the longest token of any signer */
	struct keyring_key keys[KEYRING_KEYS_MAX];
	size_t count;
	struct keyring_pending pending[KEYRING_PENDING_MAX];
	size_t pending_count;
	/* Which verifiers lack the next key; more than are named here. */
	char waiting[KEYRING_WAITING_MAX][KEYRING_WORDS_MAX];
	size_t waiting_named, waiting_count;
};

enum keyring_access {
	KEYRING_CREATE, /* a new one, made and locked for us alone */
	KEYRING_WRITE,	/* locked for us alone */
	KEYRING_READ,	/* locked against writers */
};

/*
 * Opens and locks a keyring; keyring_close in any case. config_error +
 * report: not a keyring that we may believe; internal_error: see there.
 */
enum jwt_reason keyring_open(const char *dir, enum keyring_access access,
	struct keyring *out, struct report *report) JWT_MUST_CHECK;
void keyring_unlock(struct keyring *keyring); /* its content may be read on */
void keyring_close(struct keyring *keyring);

/* Replaces keyring.json: a change counts from here on. */
enum jwt_reason keyring_save(
	const struct keyring *keyring, struct report *report) JWT_MUST_CHECK;

/* Reads the folder's keyring.json (keyring_open does). */
enum jwt_reason keyring_load(
	struct keyring *keyring, struct report *report) JWT_MUST_CHECK;
/* Its text, wherever it came from; name is for the report. */
enum jwt_reason keyring_parse(struct keyring *keyring, const char *name,
	struct slice text, struct report *report) JWT_MUST_CHECK;

/* NULL: no such kid, or no key in that state. */
struct keyring_key *keyring_find(struct keyring *keyring, const char *kid);
struct keyring_key *keyring_in_state(
	struct keyring *keyring, enum key_state state);
struct keyring_key *keyring_current(struct keyring *keyring);

/* Room for one more key, all zeros, not counted yet; NULL: no room. */
struct keyring_key *keyring_room(struct keyring *keyring, struct report *r);
/* Takes a key out of the list; its file stays until private_sweep. */
void keyring_forget(struct keyring *keyring, size_t index);
/*
 * Takes out every retiring key and saves; note: and somebody is to be told.
 * *dropped counts them.
 */
enum jwt_reason keyring_drop_retiring(struct keyring *keyring, bool note,
	size_t *dropped, struct report *report) JWT_MUST_CHECK;

/*
 * Somebody must be told: in the order in which things happened, but for
 * what is urgent. What is noted already is not noted twice.
 */
enum jwt_reason keyring_note(struct keyring *keyring, enum keyring_event event,
	const char *kid, struct report *report) JWT_MUST_CHECK;
/* They have been told. */
void keyring_told(struct keyring *keyring, enum keyring_event event,
	const char *kid, int64_t now);

bool key_is_secret(const struct keyring_key *key); /* HS256, HS384, HS512 */
const char *key_state_name(enum key_state state);
const char *keyring_event_name(enum keyring_event event);

/* An https URL without query and fragment (OpenID Connect Discovery 3). */
bool issuer_is_valid(const char *issuer);

static inline void
jwt_auto_keyring(struct keyring *keyring)
{
	keyring_close(keyring);
}
typedef struct keyring jwt_auto_keyring_t;

#endif
