/* SPDX-License-Identifier: ISC */
/*
 * libjwtcore: verify a JWT access token and decide a host login by it.
 *
 * One context is made from the configuration and serves any number of
 * requests, one after another. A context is used by one thread at a time;
 * several contexts are independent of each other.
 */
#ifndef JWTCORE_H
#define JWTCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JWT_EXPORT __attribute__((visibility("default")))

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
JWT_EXPORT const char *jwt_reason_name(enum jwt_reason reason);

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

/* One question. Pointers are borrowed for the call; NULL is "not given". */
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
	int64_t now; /* seconds since the epoch; 0 reads the clock */
	jwt_trace_fn trace;
	void *trace_arg;
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
JWT_EXPORT enum jwt_reason jwt_context_new(const char *config_path,
	struct jwt_context **out, char *error, size_t error_size);
JWT_EXPORT void jwt_context_free(struct jwt_context *context);

/*
 * Judges one request. Always fills *verdict; whatever goes wrong inside is
 * a deny with its reason. Returns verdict->reason.
 */
JWT_EXPORT enum jwt_reason jwt_judge(struct jwt_context *context,
	const struct jwt_request *request, struct jwt_verdict *verdict);

#ifdef __cplusplus
}
#endif
#endif
