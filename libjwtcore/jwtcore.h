/* SPDX-License-Identifier: ISC */
/*
 * libjwtcore: verify JSON Web Tokens, and decide host logins by them.
 *
 * Two ways in. jwtcore_verify_token() and its kin verify a token with keys
 * and rules that the caller brings: no file, no network, no configuration of
 * ours. (OpenSSL reads its own openssl.cnf at its first use in a process.)
 * jwt_judge() decides a login on this host by jwtauth's configuration.
 *
 * Threads: the library keeps no state of its own. Any number of threads may
 * verify with the same keys and rules at the same time, once these are
 * built; a token or a context is used by one thread at a time; different
 * objects are independent of each other.
 *
 * ABI: types of the first way are opaque, nothing in its calls has a size
 * that could change. Of the second, jwt_request and jwt_verdict keep room to
 * grow. All symbols have versions (JWTCORE_0).
 */
#ifndef JWTCORE_H
#define JWTCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JWTCORE_EXPORT __attribute__((visibility("default")))

/*
 * Why a request was denied. The numbers cross process boundaries (framing,
 * audit log) and are never renumbered; new reasons go to the end.
 */
enum jwt_reason {
	JWT_OK = 0,
	JWT_TOKEN_MALFORMED,
	JWT_TOKEN_TOO_LARGE,
	JWT_ALG_NOT_ALLOWED,
	JWT_ISSUER_UNKNOWN,
	JWT_KEY_UNKNOWN,
	JWT_KEYS_UNAVAILABLE,
	JWT_KEYS_STALE,
	JWT_SIGNATURE_INVALID,
	JWT_TYPE_NOT_ALLOWED,
	JWT_AUDIENCE_MISMATCH,
	JWT_EXPIRED,
	JWT_NOT_YET_VALID,
	JWT_LIFETIME_TOO_LONG,
	JWT_CLAIM_MISSING,
	JWT_CLAIM_MALFORMED,
	JWT_POLICY_DENIED,
	JWT_AUTH_TOO_OLD,
	JWT_USER_MISMATCH,
	JWT_PROOF_MISSING,
	JWT_PROOF_MISMATCH,
	JWT_REVOKED,
	JWT_REPLAYED,
	JWT_REVOCATION_UNREACHABLE,
	JWT_REVOCATION_LOST,
	JWT_CONFIG_ERROR,
	JWT_INTERNAL_ERROR,
	JWT_REASON_COUNT
};

/*
 * The name of a reason as it stands in logs and JSON ("token_malformed").
 * A number out of range is "internal_error". Static storage.
 */
JWTCORE_EXPORT const char *jwt_reason_name(enum jwt_reason reason);

/* ---- Verifying with keys and rules of your own */

#define JWTCORE_MUST_CHECK   __attribute__((warn_unused_result))
#define JWTCORE_JWKS_MAX     (256 * 1024) /* bytes of a JWKS */
#define JWTCORE_NAME_MAX     512	  /* bytes of an issuer or audience */
#define JWTCORE_AUDIENCE_MAX 16
#define JWTCORE_LEEWAY_MAX   300	       /* seconds */
#define JWTCORE_LIFETIME_MAX (366 * 24 * 3600) /* seconds */
#define JWTCORE_JKT_LEN	     32		       /* bytes of a key's thumbprint */

struct jwtcore_keys;  /* what signatures are verified with; immutable */
struct jwtcore_rules; /* what a token must look like */
struct jwtcore_token; /* a token that has been verified */

/*
 * Functions below that can fail return JWT_OK or a reason, set *out to NULL
 * on failure (but jwtcore_token_integer, _time and _jkt leave it alone), and
 * write one line about it to detail, at most detail_size bytes with the NUL
 * (JWT_DETAIL_MAX is enough; NULL and 0: no detail). It is printable ASCII, may
 * quote what a stranger wrote, and belongs into a log, not before the user. A
 * missing argument is config_error.
 */

/*
 * Keys from the text of a JWKS (RFC 7517 section 5): RSA, EC and OKP, public
 * only. The text is copied. Keys that are strange, broken, too weak or not
 * meant for verifying are skipped, as the RFC asks. token_malformed: not a
 * JWKS; token_too_large: above JWTCORE_JWKS_MAX; keys_unavailable: not one
 * key can be used; internal_error: out of memory. Caller owns *out.
 * What takes OpenSSL's arithmetic (is an EC point on its curve?) is left to a
 * key's first use: one found broken then counts as absent (key_unknown).
 */
JWTCORE_EXPORT enum jwt_reason jwtcore_keys_from_jwks(const char *text,
	size_t len, struct jwtcore_keys **out, char *detail,
	size_t detail_size) JWTCORE_MUST_CHECK;

/*
 * One HMAC secret (RFC 7518 section 3.2) of 32 to 1024 bytes, copied; it
 * allows the HS algorithms whose hash is no longer than the secret. kid
 * (at most 256 bytes) may be NULL: then only tokens without a kid fit.
 * config_error: a length out of range; internal_error: out of memory.
 * Caller owns *out.
 */
JWTCORE_EXPORT enum jwt_reason jwtcore_keys_from_secret(const void *secret,
	size_t len, const char *kid, struct jwtcore_keys **out, char *detail,
	size_t detail_size) JWTCORE_MUST_CHECK;

/*
 * Reads each key to the end now, drops those that turn out broken and counts
 * again. For a set that shall take another's place, before any other thread
 * has it; it takes about as long as a first signature with each of the keys.
 * keys_unavailable: not one good key is left; internal_error: out of memory,
 * the set is as it was. The caller still owns keys.
 */
JWTCORE_EXPORT enum jwt_reason jwtcore_keys_check(struct jwtcore_keys *keys,
	char *detail, size_t detail_size) JWTCORE_MUST_CHECK;

/* How many keys can verify something, and how many were skipped. */
JWTCORE_EXPORT size_t jwtcore_keys_usable(const struct jwtcore_keys *keys);
JWTCORE_EXPORT size_t jwtcore_keys_skipped(const struct jwtcore_keys *keys);
/* Which key was skipped last and why; "": none. Lives as long as keys. */
JWTCORE_EXPORT const char *jwtcore_keys_skipped_why(
	const struct jwtcore_keys *keys);

/* When no thread verifies with them any more. Wipes secrets; NULL is fine. */
JWTCORE_EXPORT void jwtcore_keys_free(struct jwtcore_keys *keys);

/*
 * Rules, to be built by one thread before any other uses them. Issuer,
 * audience and algorithm have no default: without one, nothing is accepted.
 * A setter that fails (config_error: not a value that it takes;
 * internal_error: out of memory) also spoils the rules: whatever is verified
 * with them is refused with that reason and a detail that names the setter.
 * So the setters' results need not be looked at one by one.
 */
JWTCORE_EXPORT struct jwtcore_rules *jwtcore_rules_new(
	void); /* NULL: out of memory */

/* iss, byte for byte (RFC 7519 section 4.1.1). A second one is an error. */
JWTCORE_EXPORT enum jwt_reason jwtcore_rules_set_issuer(
	struct jwtcore_rules *rules, const char *issuer);

/*
 * One more name of the caller, JWTCORE_AUDIENCE_MAX at most; aud must hold
 * one of them, byte for byte (RFC 7519 section 4.1.3).
 */
JWTCORE_EXPORT enum jwt_reason jwtcore_rules_add_audience(
	struct jwtcore_rules *rules, const char *audience);

/*
 * One more algorithm that is accepted, by its name in exact case ("ES256",
 * RFC 7518 section 3.1, RFC 8037, RFC 8725 section 3.1). "none" is none.
 */
JWTCORE_EXPORT enum jwt_reason jwtcore_rules_add_algorithm(
	struct jwtcore_rules *rules, const char *name);

/* What the header's typ may be (RFC 8725 section 3.11). */
enum jwtcore_type {
	/* at+jwt: an access token (RFC 9068 section 4); the default. */
	JWTCORE_ACCESS_TOKEN = 1,
	/* at+jwt, JWT or none: issuers that don't name access tokens. Their
	 * ID tokens pass too, if their audience is allowed. Neither here nor
	 * below do tokens with events: logout tokens. */
	JWTCORE_PLAIN_TOKEN,
	/* JWT or none: an OpenID Connect ID token. A nonce is the caller's
	 * to compare. Of one for several audiences azp, if it is there, must
	 * be one of ours (audience_mismatch). */
	JWTCORE_ID_TOKEN,
};
JWTCORE_EXPORT enum jwt_reason jwtcore_rules_set_type(
	struct jwtcore_rules *rules, enum jwtcore_type type);

/* exp - iat, in seconds: 1 to JWTCORE_LIFETIME_MAX; without a call 3600. */
JWTCORE_EXPORT enum jwt_reason jwtcore_rules_set_max_lifetime(
	struct jwtcore_rules *rules, int64_t seconds);

/* How far clocks may differ: 0 to JWTCORE_LEEWAY_MAX; without a call 30. */
JWTCORE_EXPORT enum jwt_reason jwtcore_rules_set_leeway(
	struct jwtcore_rules *rules, int64_t seconds);

/*
 * Take tokens that are bound to a key (cnf, RFC 7800) as well; without a call
 * they are refused with proof_missing, since whoever stole one could present
 * it. For callers that hold jwtcore_token_jkt against the key that the client
 * has proved, and refuse a token with a cnf of another kind.
 */
JWTCORE_EXPORT enum jwt_reason jwtcore_rules_allow_bound(
	struct jwtcore_rules *rules);

JWTCORE_EXPORT void jwtcore_rules_free(struct jwtcore_rules *rules);

/*
 * Verifies the signature of a compact JWS (RFC 7515 section 5.2), whatever
 * its payload is. Of the rules only the algorithms count. The claims
 * functions below find nothing in *out, since no claim was checked.
 * token_malformed, token_too_large (above JWT_TOKEN_MAX bytes),
 * alg_not_allowed, key_unknown (no key has the kid and fits alg),
 * signature_invalid, config_error, internal_error. Caller owns *out.
 */
JWTCORE_EXPORT enum jwt_reason jwtcore_verify_jws(
	const struct jwtcore_keys *keys, const struct jwtcore_rules *rules,
	const char *token, size_t len, struct jwtcore_token **out, char *detail,
	size_t detail_size) JWTCORE_MUST_CHECK;

/*
 * The same, then the claims (RFC 7519 section 7.2, RFC 8725): iss, typ,
 * aud, exp, iat, nbf and the lifetime, by the rules. now is in seconds since
 * the epoch, up to 253402300799 (the year 9999), or config_error; 0 reads
 * the clock. Besides the reasons above: claim_missing,
 * claim_malformed, issuer_unknown, type_not_allowed, audience_mismatch,
 * lifetime_too_long, not_yet_valid, expired, proof_missing (bound to a key,
 * and not allowed by jwtcore_rules_allow_bound). What the caller must still
 * look at: sub and scopes.
 */
JWTCORE_EXPORT enum jwt_reason jwtcore_verify_token(
	const struct jwtcore_keys *keys, const struct jwtcore_rules *rules,
	const char *token, size_t len, int64_t now, struct jwtcore_token **out,
	char *detail, size_t detail_size) JWTCORE_MUST_CHECK;

/* The payload's bytes as they were signed. Lives as long as token. */
JWTCORE_EXPORT const uint8_t *jwtcore_token_payload(
	const struct jwtcore_token *token, size_t *len);
/* The header's alg. Static storage. */
JWTCORE_EXPORT const char *jwtcore_token_alg(const struct jwtcore_token *token);
/* The header's kid; NULL: it has none. Lives as long as token. */
JWTCORE_EXPORT const char *jwtcore_token_kid(struct jwtcore_token *token);

/*
 * Top-level claims by their exact name, of a token from
 * jwtcore_verify_token. All say no to a claim that is absent or of another
 * type; none of them guesses.
 */
JWTCORE_EXPORT bool jwtcore_token_has(
	const struct jwtcore_token *token, const char *claim);
/* A string, UTF-8 without NUL; else NULL (also: out of memory). Lives as
 * long as token. */
JWTCORE_EXPORT const char *jwtcore_token_string(
	struct jwtcore_token *token, const char *claim);
/* claim_missing, or claim_malformed: no integer of 64 bits. */
JWTCORE_EXPORT enum jwt_reason jwtcore_token_integer(
	const struct jwtcore_token *token, const char *claim,
	int64_t *out) JWTCORE_MUST_CHECK;
/* NumericDate (RFC 7519 section 2): seconds since the epoch, fraction cut.
 * claim_missing, or claim_malformed: not within the years 1970 to 9999. */
JWTCORE_EXPORT enum jwt_reason jwtcore_token_time(
	const struct jwtcore_token *token, const char *claim,
	int64_t *out) JWTCORE_MUST_CHECK;
/* Is the claim there, and the JSON value true? */
JWTCORE_EXPORT bool jwtcore_token_is_true(
	const struct jwtcore_token *token, const char *claim);
/* Is value in an array of strings, or among the words of a string that
 * spaces separate (scope, groups, roles; RFC 8693 section 4.2)? */
JWTCORE_EXPORT bool jwtcore_token_list_has(const struct jwtcore_token *token,
	const char *claim, const char *value);

/* cnf.jkt (RFC 9449 section 6.1): the RFC 7638 thumbprint, SHA-256, of the key
 * that the token is bound to. claim_missing: it has none; if it has a cnf all
 * the same, it is bound in a way that we can't read. */
JWTCORE_EXPORT enum jwt_reason jwtcore_token_jkt(
	const struct jwtcore_token *token,
	uint8_t out[JWTCORE_JKT_LEN]) JWTCORE_MUST_CHECK;

JWTCORE_EXPORT void jwtcore_token_free(struct jwtcore_token *token); /* wipes */

/* ---- Deciding a login by the configuration of jwtauth */

/* What is asked. The numbers are those of the helper's framing. */
enum jwt_purpose {
	JWT_PURPOSE_AUTH = 1, /* a token that opens the door */
	JWT_PURPOSE_ACCOUNT,  /* revocation and expiry of one accepted before */
	JWT_PURPOSE_RECORD,   /* open_session's full judgement of its own */
	JWT_PURPOSE_RECHECK,  /* revocation alone, of a carrier root kept */
	JWT_PURPOSE_OBSERVE,  /* a full judgement that leaves no mark */
};

/* How the token came. The numbers are those of the helper's framing. */
enum jwt_carrier {
	JWT_CARRIER_PROMPT = 1,	   /* typed or pasted, perhaps in parts */
	JWT_CARRIER_SSH_AUTH_INFO, /* the text of SSH_AUTH_INFO_0, or %k */
	JWT_CARRIER_PASSWORD,	   /* one string in a password field */
};

#define JWT_NO_UID UINT32_MAX /* "not known", as in /proc/PID/loginuid */

/* Limits on what comes from outside; longer is token_too_large. */
#define JWT_TOKEN_MAX	(16 * 1024) /* bytes of a compact JWS */
#define JWT_CARRIER_MAX (96 * 1024) /* bytes of a certificate, as base64 */
#define JWT_NAME_MAX	256	    /* bytes of a user or service name */

#define JWT_ID_LEN	16  /* hex digits of a correlation id */
#define JWT_HINT_MAX	128 /* bytes of a hint, without the NUL */
#define JWT_DETAIL_MAX	256 /* bytes of a detail, with the NUL */
#define JWT_VERDICT_MAX 512 /* bytes of a text in a verdict, with the NUL */

/*
 * Told of each step of a decision, in order; for "explain". step is a short
 * name ("signature"), detail a sentence; both die with the call.
 */
typedef void (*jwt_trace_fn)(void *arg, const char *step,
	enum jwt_reason reason, const char *detail);

/*
 * One question. Pointers are borrowed for the call; NULL is "not given".
 * Zero what you don't set.
 */
struct jwt_request {
	enum jwt_purpose purpose;
	const char *service; /* PAM service, as configured under services */
	const char *user;    /* local account; NULL: "which account?" */
	uint32_t uid;	     /* of user, JWT_NO_UID if the caller can't say */
	uint32_t real_uid;   /* for the audit log */
	uint32_t login_uid;
	const char *requesting_user;
	const char *remote_host;
	enum jwt_carrier carrier;
	const uint8_t *carrier_bytes;
	size_t carrier_len;
	bool from_record;	   /* the carrier was accepted before */
	const uint8_t *proved_key; /* "TYPE BASE64" that the client proved */
	size_t proved_key_len;
	int64_t now; /* seconds since the epoch, to the year 9999 (else
		      * internal_error); 0 reads the clock */
	jwt_trace_fn trace;
	void *trace_arg;
	void *reserved[8]; /* NULL; room for members to come */
};

/* The answer; all strings are NUL-terminated, empty where not known. */
struct jwt_verdict {
	bool allow; /* true exactly if reason is JWT_OK */
	enum jwt_reason reason;
	int64_t expires_at;	     /* of the token, seconds; 0 if not known */
	char id[JWT_ID_LEN + 1];     /* finds the audit line */
	char hint[JWT_HINT_MAX + 1]; /* what a new token needs */
	char detail[JWT_DETAIL_MAX]; /* for the log, never for the user */
	char user[JWT_NAME_MAX + 1]; /* the local account */
	char issuer[JWT_VERDICT_MAX]; /* iss */
	char subject[JWT_VERDICT_MAX];
	char key_id[JWT_VERDICT_MAX];
	char token_id[JWT_VERDICT_MAX]; /* jti */
	char serial[JWT_ID_LEN + 1];	/* of the certificate, 16 hex digits */
	uint32_t permit; /* enum jwt_permit bits that the service grants */
	uint8_t reserved[508]; /* zeros; room for members to come */
};

/* What an SSH certificate login may be granted (sshd's permit-* options). */
enum jwt_permit {
	JWT_PERMIT_PTY = 1u << 0,
	JWT_PERMIT_PORT_FORWARDING = 1u << 1,
	JWT_PERMIT_AGENT_FORWARDING = 1u << 2,
	JWT_PERMIT_X11_FORWARDING = 1u << 3,
	JWT_PERMIT_USER_RC = 1u << 4,
};

struct jwt_context;

/*
 * Reads the configuration (NULL: the installed default). On failure returns
 * the reason, leaves *out alone and writes a message that names file, line
 * and setting to error, at most error_size bytes with the NUL.
 */
JWTCORE_EXPORT enum jwt_reason jwt_context_new(const char *config_path,
	struct jwt_context **out, char *error, size_t error_size);
JWTCORE_EXPORT void jwt_context_free(struct jwt_context *context);

/*
 * Judges one request. Always fills *verdict; whatever goes wrong inside is
 * a deny with its reason. Returns verdict->reason.
 */
JWTCORE_EXPORT enum jwt_reason jwt_judge(struct jwt_context *context,
	const struct jwt_request *request, struct jwt_verdict *verdict);

#ifdef __cplusplus
}
#endif
#endif
