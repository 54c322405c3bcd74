/* SPDX-License-Identifier: ISC */
/*
 * jwtauth-logout: one request of a web server on standard input. In its
 * filter before the first byte, like the checkers; it writes nothing but
 * marks of what it has seen, and hands hashes to revoke.sock.
 */
#include "answer.h"
#include "form.h"
#include "logout.h"
#include "revoke_order.h"
#include "scgi.h"

#include "audit.h"
#include "base/clock.h"
#include "privileges.h"
#include "sandbox.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <syslog.h>

#define RUN_DIR	     JWT_LOGOUT_RUN_DIR
#define READ_MS	     5000 /* for the whole request */
#define HAND_OVER_MS 10000

struct call {
	struct jwt_config *config;
	struct config_error config_error; /* if config is NULL */
	struct logout logout;
	enum http_status status;
	enum jwt_reason reason;
	struct report report;
};

static void
refuse(struct call *call, enum http_status status, enum jwt_reason reason,
	const char *detail)
{
	call->status = status;
	call->reason = report(&call->report, reason, "%s", detail);
}

/* False: refused. */
static bool
is_complete(struct call *call, struct slice data, struct scgi_request *request,
	bool *complete)
{
	*complete = false;
	switch (scgi_parse(data, request)) {
	case SCGI_MORE:
		return true;
	case SCGI_COMPLETE:
		*complete = true;
		return true;
	case SCGI_TOO_LARGE:
		refuse(call, HTTP_TOO_LARGE, JWT_TOKEN_TOO_LARGE,
			"the request is too large");
		return false;
	default:
		refuse(call, HTTP_BAD_REQUEST, JWT_TOKEN_MALFORMED,
			"not a request of SCGI");
		return false;
	}
}

/* False: refused. Waits for the whole request. */
static bool
read_request(
	struct call *call, struct buffer *data, struct scgi_request *request)
{
	const int64_t deadline = clock_monotonic_ms() + READ_MS;
	bool complete = false;
	uint8_t chunk[8192];

	while (!complete) {
		struct pollfd wait = { .fd = STDIN_FILENO, .events = POLLIN };
		int left = clock_left_ms(deadline);
		ssize_t got;

		if (left == 0) {
			refuse(call, HTTP_REQUEST_TIMEOUT, JWT_TOKEN_MALFORMED,
				"the request did not come to its end in time");
			return false;
		}
		if (poll(&wait, 1, left) <= 0)
			continue;
		got = read(STDIN_FILENO, chunk, sizeof(chunk));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || !buffer_append(data, chunk, (size_t)got)) {
			refuse(call, HTTP_BAD_REQUEST, JWT_TOKEN_MALFORMED,
				"the request was cut off");
			return false;
		}
		if (!is_complete(call, buffer_slice(data), request, &complete))
			return false;
	}
	return true;
}

static bool
take_token(struct call *call, const struct scgi_request *request,
	struct buffer *token)
{
	if (!slice_equals_string(request->method, "POST")) {
		refuse(call, HTTP_METHOD_NOT_ALLOWED, JWT_TOKEN_MALFORMED,
			"the method is not POST");
		return false;
	}
	if (!form_is_type(request->content_type)) {
		refuse(call, HTTP_UNSUPPORTED_MEDIA_TYPE, JWT_TOKEN_MALFORMED,
			"the body is not a form");
		return false;
	}
	switch (form_find(request->body, "logout_token", token)) {
	case FORM_FOUND:
		return true;
	case FORM_TWICE:
		refuse(call, HTTP_BAD_REQUEST, JWT_TOKEN_MALFORMED,
			"logout_token is there twice");
		return false;
	case FORM_BROKEN:
		refuse(call, HTTP_BAD_REQUEST, JWT_TOKEN_MALFORMED,
			"the form is broken, or the token too large");
		return false;
	default:
		refuse(call, HTTP_BAD_REQUEST, JWT_TOKEN_MALFORMED,
			"logout_token is missing");
		return false;
	}
}

static enum jwt_reason
log_out(struct call *call, struct slice token, int64_t now)
{
	static const struct keys_places places = { JWT_CACHE_DIR,
		JWT_FETCH_RUN_DIR "/fetch.sock" };
	JWT_AUTO(buffer) lines = BUFFER(REVOKE_ORDER_MAX);
	struct logout *l = &call->logout;
	struct report *r = &call->report;

	if (call->config == NULL)
		return report(
			r, JWT_CONFIG_ERROR, "%s", call->config_error.text);
	JWT_TRY(logout_judge(call->config, &places, token, now, l, r));
	if (logout_was_seen(RUN_DIR "/seen", l))
		return report(r, JWT_REPLAYED, "this token was here before");
	if (!logout_order(l,
		    logout_take_share(
			    RUN_DIR "/seen", l, clock_monotonic_ms() / 1000),
		    now, &lines))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	JWT_TRY(logout_hand_over(JWT_REVOKE_RUN_DIR "/revoke.sock",
		buffer_slice(&lines), HAND_OVER_MS, r));
	logout_mark_seen(RUN_DIR "/seen", l);
	return JWT_OK;
}

static void
serve(struct call *call)
{
	JWT_AUTO(buffer) data = BUFFER(SCGI_REQUEST_MAX);
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
	struct scgi_request request;

	if (!read_request(call, &data, &request) ||
		!take_token(call, &request, &token))
		return;
	call->reason = log_out(call, buffer_slice(&token), clock_now());
	call->status = call->reason == JWT_OK ? HTTP_OK : HTTP_BAD_REQUEST;
}

static void
put_claim(struct audit_line *line, const char *name, struct slice value)
{
	json_line_text(&line->json, name, slice_cut_text(value, 256));
}

static void
log_call(const struct audit *audit, const struct call *call)
{
	const bool allow = call->reason == JWT_OK;
	const struct claims *c = &call->logout.claims;
	struct audit_line line;

	audit_line_begin(&line, allow ? LOG_INFO : LOG_NOTICE);
	json_line_string(&line.json, "event", "logout");
	json_line_string(&line.json, "decision", allow ? "allow" : "deny");
	json_line_string(&line.json, "reason", jwt_reason_name(call->reason));
	json_line_number(&line.json, "status", (int64_t)call->status);
	put_claim(&line, "issuer", c->iss);
	put_claim(&line, "subject", c->sub);
	put_claim(&line, "session", c->sid);
	put_claim(&line, "token_id", c->jti);
	json_line_string(&line.json, "detail", call->report.text);
	audit_line_end(audit, &line);
}

static bool
answer(const struct call *call)
{
	JWT_AUTO(buffer) text = BUFFER(1024);

	return answer_format(call->status, call->reason, &text) &&
	       fd_write_all(STDOUT_FILENO, buffer_slice(&text));
}

int
main(void)
{
	struct call call = { .status = HTTP_BAD_REQUEST,
		.reason = JWT_INTERNAL_ERROR };
	struct audit audit;
	bool answered;

	privileges_harden();
	signal(SIGPIPE, SIG_IGN);
	sandbox_start_crypto();
	audit = audit_open();
	if (config_load(CONFIG_DEFAULT_PATH, &call.config,
		    &call.config_error) != JWT_OK)
		call.config = NULL; /* said when a token is there */
	/* Without the filter nothing is read. */
	call.reason = sandbox_enter(&call.report);
	if (call.reason == JWT_OK)
		serve(&call);
	log_call(&audit, &call);
	answered = answer(&call);
	logout_clear(&call.logout);
	config_free(call.config);
	return answered ? 0 : 1;
}
