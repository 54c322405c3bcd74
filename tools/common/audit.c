/* SPDX-License-Identifier: ISC */
#include "audit.h"

#include "jose/json_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

/* ASCII: no terminal that shows the log takes orders from a stranger. */
#define AUDIT_JSON   (JSON_COMPACT | JSON_ENSURE_ASCII)
#define LOG_SOCKET   "/dev/log"
#define LOG_LINE_MAX 8192 /* bytes; syslog daemons cut longer ones */

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

static json_t *
text_or_null(const char *text)
{
	json_t *value;

	if (text == NULL || text[0] == '\0')
		return json_null();
	value = json_string(text); /* NULL: cut inside a UTF-8 sequence */
	return value != NULL ? value : json_string("(not UTF-8)");
}

static json_t *
uid_or_null(uint32_t uid)
{
	return uid == JWT_NO_UID ? json_null() : json_integer(uid);
}

json_t *
verdict_to_json(const struct jwt_verdict *v)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s}",
		"decision", v->allow ? "allow" : "deny", "reason",
		jwt_reason_name(v->reason), "user", text_or_null(v->user),
		"issuer", text_or_null(v->issuer), "subject",
		text_or_null(v->subject), "key_id", text_or_null(v->key_id),
		"token_id", text_or_null(v->token_id), "expires_at",
		v->expires_at != 0 ? json_integer(v->expires_at) : json_null(),
		"id", v->id);
}

char *
verdict_to_text(const struct jwt_verdict *v)
{
	JWT_AUTO(json) object = verdict_to_json(v);

	return object != NULL ? json_dumps(object, AUDIT_JSON) : NULL;
}

static const char *
purpose_name(enum jwt_purpose purpose)
{
	static const char *const names[] = { "unknown", "auth", "account",
		"record", "recheck", "observe" };

	return (unsigned)purpose < JWT_COUNT(names) ? names[purpose] : names[0];
}

/* The verdict first, then who asked for what. */
static json_t *
line_of(const struct jwt_request *q, const struct jwt_verdict *v)
{
	JWT_AUTO(json) line = verdict_to_json(v);
	JWT_AUTO(json) asked =
		json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}",
			"purpose", purpose_name(q->purpose), "service",
			text_or_null(q->service), "uid", uid_or_null(q->uid),
			"real_uid", uid_or_null(q->real_uid), "login_uid",
			uid_or_null(q->login_uid), "requesting_user",
			text_or_null(q->requesting_user), "remote_host",
			text_or_null(q->remote_host), "serial",
			text_or_null(v->serial), "detail",
			text_or_null(v->detail), "from_record", q->from_record);

	if (line == NULL || asked == NULL ||
		json_object_update(line, asked) != 0)
		return NULL;
	return JWT_TAKE(line);
}

void
audit_line(const struct audit *audit, int level, json_t *line)
{
	char text[LOG_LINE_MAX], *json;
	int len;

	if (audit->fd < 0)
		return;
	json = line != NULL ? json_dumps(line, AUDIT_JSON) : NULL;
	len = snprintf(text, sizeof(text), "<%d>jwtauth[%d]: %s",
		LOG_AUTHPRIV | level, (int)getpid(),
		json != NULL ? json : "{\"reason\":\"internal_error\"}");
	free(json);
	if (len > 0)
		(void)send(audit->fd, text,
			(size_t)len < sizeof(text) ? (size_t)len
						   : sizeof(text) - 1,
			MSG_DONTWAIT | MSG_NOSIGNAL);
}

void
audit_decision(const struct audit *audit, const struct jwt_request *q,
	const struct jwt_verdict *v)
{
	JWT_AUTO(json) line = audit->fd >= 0 ? line_of(q, v) : NULL;

	audit_line(audit, v->allow ? LOG_INFO : LOG_NOTICE, line);
}
