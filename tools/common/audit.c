/* SPDX-License-Identifier: ISC */
#include "audit.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#define LOG_SOCKET   "/dev/log"
#define LOG_LINE_MAX 8192  /* bytes; syslog daemons cut longer ones */
#define TEXT_MAX     65536 /* bytes that a line could have */
/* authpriv.notice */
#define NO_MEMORY "<85>jwtauth: {\"reason\":\"internal_error\"}"

struct audit
audit_open(void)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX,
		.sun_path = LOG_SOCKET };
	struct audit audit = { socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) };

	if (audit.fd >= 0 &&
		connect(audit.fd, (const struct sockaddr *)&address,
			sizeof(address)) != 0) {
		close(audit.fd);
		audit.fd = -1;
	}
	return audit;
}

static void
put_uid(struct json_line *line, const char *name, uint32_t uid)
{
	if (uid == JWT_NO_UID)
		json_line_null(line, name);
	else
		json_line_number(line, name, uid);
}

static void
put_verdict(struct json_line *line, const struct jwt_verdict *v)
{
	json_line_string(line, "decision", v->allow ? "allow" : "deny");
	json_line_string(line, "reason", jwt_reason_name(v->reason));
	json_line_string(line, "user", v->user);
	json_line_string(line, "issuer", v->issuer);
	json_line_string(line, "subject", v->subject);
	json_line_string(line, "key_id", v->key_id);
	json_line_string(line, "token_id", v->token_id);
	if (v->expires_at != 0)
		json_line_number(line, "expires_at", v->expires_at);
	else
		json_line_null(line, "expires_at");
	json_line_string(line, "id", v->id);
}

bool
verdict_to_json(const struct jwt_verdict *v, struct buffer *out)
{
	struct json_line line = json_line_begin(out);

	put_verdict(&line, v);
	return json_line_end(&line);
}

static const char *
purpose_name(enum jwt_purpose purpose)
{
	static const char *const names[] = { "unknown", "auth", "account",
		"record", "recheck", "observe" };

	return (unsigned)purpose < JWT_COUNT(names) ? names[purpose] : names[0];
}

static void
put_request(struct json_line *line, const struct jwt_request *q)
{
	json_line_string(line, "purpose", purpose_name(q->purpose));
	json_line_string(line, "service", q->service);
	put_uid(line, "uid", q->uid);
	put_uid(line, "real_uid", q->real_uid);
	put_uid(line, "login_uid", q->login_uid);
	json_line_string(line, "requesting_user", q->requesting_user);
	json_line_string(line, "remote_host", q->remote_host);
	json_line_bool(line, "from_record", q->from_record);
}

void
audit_line_begin(struct audit_line *line, int level)
{
	line->text = BUFFER(TEXT_MAX);
	if (!buffer_append_format(&line->text,
		    "<%d>jwtauth[%d]: ", LOG_AUTHPRIV | level, (int)getpid()))
		line->text.max = 0; /* and so the line fails */
	line->json = json_line_begin(&line->text);
}

static void
send_line(const struct audit *audit, struct slice line)
{
	(void)send(audit->fd, line.data,
		line.len < LOG_LINE_MAX ? line.len : LOG_LINE_MAX,
		MSG_DONTWAIT | MSG_NOSIGNAL);
}

void
audit_line_end(const struct audit *audit, struct audit_line *line)
{
	if (audit->fd >= 0 && json_line_end(&line->json))
		send_line(audit, buffer_slice(&line->text));
	else if (audit->fd >= 0)
		send_line(audit, slice_of_string(NO_MEMORY));
	buffer_free(&line->text);
}

/* The verdict first, then who asked for what. */
void
audit_decision(const struct audit *audit, const struct jwt_request *q,
	const struct jwt_verdict *v)
{
	struct audit_line line;

	if (audit->fd < 0)
		return;
	audit_line_begin(&line, v->allow ? LOG_INFO : LOG_NOTICE);
	put_verdict(&line.json, v);
	put_request(&line.json, q);
	json_line_string(&line.json, "serial", v->serial);
	json_line_string(&line.json, "detail", v->detail);
	audit_line_end(audit, &line);
}
