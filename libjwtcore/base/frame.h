/* SPDX-License-Identifier: ISC */
/*
 * The framing between pam_jwt.so (or a client of check.sock) and
 * jwtauth-check, both directions.
 *
 * Request: "JWTQ", a version byte, then fields (tag byte, four bytes length,
 * value); tag 0 ends it and has no length. Reply: exactly FRAME_REPLY_LEN
 * bytes: "JWTA", version, verdict, reason (2), expiry (8), id (16 hex
 * digits), hint length (1), hint, zeros. Integers are big-endian. The
 * numbers of tags, purposes, carriers and reasons are never changed.
 *
 * A neighbouring release may add tags and raise the version by one: unknown
 * tags are skipped by their length, versions up to one away from ours are
 * read. Anything else that isn't exactly right is refused.
 */
#ifndef JWT_BASE_FRAME_H
#define JWT_BASE_FRAME_H

#include "base/bytes.h"
#include "base/report.h"

#define FRAME_VERSION	  1
#define FRAME_REQUEST_MAX (128u * 1024) /* bytes, from "JWTQ" to tag 0 */
#define FRAME_REPLY_LEN	  256u
#define FRAME_NAME_MAX	  256u /* bytes of a name or host, without NUL */

enum frame_tag {
	FRAME_END = 0,
	FRAME_PURPOSE,	       /* 1 byte, enum jwt_purpose */
	FRAME_SERVICE,	       /* text */
	FRAME_USER,	       /* text: PAM_USER; none: "which account?" */
	FRAME_UID,	       /* 4 bytes: uid of FRAME_USER */
	FRAME_REAL_UID,	       /* 4 bytes */
	FRAME_LOGIN_UID,       /* 4 bytes */
	FRAME_REQUESTING_USER, /* text: PAM_RUSER */
	FRAME_REMOTE_HOST,     /* text: PAM_RHOST */
	FRAME_CARRIER,	       /* 1 byte, enum jwt_carrier */
	FRAME_CARRIER_BYTES,   /* bytes */
	FRAME_FROM_RECORD,     /* 1 byte, 0 or 1 */
	FRAME_PROVED_KEY,      /* bytes: "publickey TYPE BASE64" */
	FRAME_WANT_DETAIL,     /* 1 byte, 0 or 1 */
	FRAME_TAG_COUNT
};

/*
 * One question. Texts are empty and uids JWT_NO_UID where not given; those
 * are not sent. Purpose and carrier 0 are "not given": to be refused by
 * whoever judges. The two slices are borrowed: after a decode they point
 * into the bytes that were decoded.
 */
struct frame_request {
	enum jwt_purpose purpose;
	char service[FRAME_NAME_MAX + 1];
	char user[FRAME_NAME_MAX + 1];
	uint32_t uid;
	uint32_t real_uid;
	uint32_t login_uid;
	char requesting_user[FRAME_NAME_MAX + 1];
	char remote_host[FRAME_NAME_MAX + 1];
	enum jwt_carrier carrier;
	struct slice carrier_bytes;
	bool from_record;
	struct slice proved_key;
	bool want_detail;
};

/* Everything not given. */
void frame_request_init(struct frame_request *request);

/*
 * Copies text into one of the request's arrays (NULL: empty). False, and
 * the array empty, when it is longer than FRAME_NAME_MAX.
 */
bool frame_set_text(
	char out[FRAME_NAME_MAX + 1], const char *text) JWT_MUST_CHECK;

/*
 * Appends the request to out. token_too_large: above FRAME_REQUEST_MAX or
 * out's own maximum; internal_error: out of memory. out is then as it was.
 */
enum jwt_reason frame_request_encode(const struct frame_request *request,
	struct buffer *out, struct report *report) JWT_MUST_CHECK;

enum frame_progress {
	FRAME_MORE,	/* a good beginning: read on */
	FRAME_COMPLETE, /* *len bytes are one request */
	FRAME_BROKEN,	/* never will be one: answer a deny and hang up */
};

/*
 * Where does the request at the beginning of data end? For a reader of a
 * pipe or a connection: call it after each read. A request that would go
 * beyond FRAME_REQUEST_MAX is broken as soon as that is known.
 */
enum frame_progress frame_request_length(struct slice data, size_t *len);

/*
 * Decodes exactly one request, without a byte behind it. token_malformed
 * and a report for anything wrong: tag twice, wrong length, NUL in a text,
 * a number out of range, a version that is not a neighbour's. *out is
 * filled on success only.
 */
enum jwt_reason frame_request_decode(struct slice data,
	struct frame_request *out, struct report *report) JWT_MUST_CHECK;

/* allow counts only together with JWT_OK: frame_reply_decode sees to it. */
struct frame_reply {
	bool allow;
	enum jwt_reason reason;
	int64_t expires_at; /* seconds since the epoch, 0: not known */
	char id[JWT_ID_LEN + 1];
	char hint[JWT_HINT_MAX + 1]; /* printable ASCII, empty: none */
};

/* A hint with other characters than printable ASCII is left out. */
void frame_reply_encode(
	const struct frame_reply *reply, uint8_t out[FRAME_REPLY_LEN]);

/*
 * data must be FRAME_REPLY_LEN bytes. internal_error and a report for
 * anything wrong, an allow with another reason than ok and a deny with ok
 * among it; *out is filled on success only (which may be a deny). A reason
 * that a later release has added is a deny for internal_error.
 */
enum jwt_reason frame_reply_decode(struct slice data, struct frame_reply *out,
	struct report *report) JWT_MUST_CHECK;

#endif
