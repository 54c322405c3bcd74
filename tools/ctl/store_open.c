/* SPDX-License-Identifier: ISC */
/*
 * Opening the store with the rights of its reader or of its writer, and the
 * small things that revoke and revoked share.
 */
#include "store_open.h"

#include "privileges.h"
#include "revocation/epoch.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void
ctl_store_close(struct ctl_store *s)
{
	revocation_close(s->store);
	config_free(s->config);
	s->store = NULL;
	s->config = NULL;
}

/* The writer's credential in the place of the reader's. */
static enum jwt_reason
choose_writer(struct revocation_config *chosen, struct report *r)
{
	/* The hosts' key is none of ours to read. */
	chosen->redis.tls.cert_file = chosen->redis.writer_cert_file;
	chosen->redis.tls.key_file = chosen->redis.writer_key_file;
	if (chosen->store != REVOCATION_REDIS ||
		chosen->redis.password_file == NULL)
		return JWT_OK;
	if (chosen->redis.writer_password_file == NULL)
		return report(r, JWT_CONFIG_ERROR,
			"the config has no writer_password_file in "
			"revocation.redis: this host reads the store only");
	chosen->redis.user = chosen->redis.writer_user;
	chosen->redis.password_file = chosen->redis.writer_password_file;
	return JWT_OK;
}

static enum jwt_reason
read_config(struct ctl_store *s, const char *config_path, bool embedded,
	struct report *r)
{
	if (embedded) {
		s->chosen.store = REVOCATION_EMBEDDED;
		return JWT_OK;
	}
	if (config_load(config_path, &s->config, &s->config_error) != JWT_OK)
		return report(r, JWT_CONFIG_ERROR, "%s", s->config_error.text);
	s->chosen = s->config->revocation;
	return JWT_OK;
}

enum jwt_reason
ctl_store_try(struct ctl_store *out, enum store_right right,
	const char *config_path, bool embedded, struct report *r)
{
	const char *user = right == STORE_WRITE ? USER_REVOKE : USER_CHECK;

	memset(out, 0, sizeof(*out));
	out->places.revoked_dir = JWT_STATE_DIR "/revoked";
	out->places.seen_dir = JWT_STATE_DIR "/seen";
	out->places.copy_dir = JWT_STATE_DIR "/copy";
	out->places.journal_dir = JWT_STATE_DIR "/journal";
	JWT_TRY(privileges_drop_to(user, r));
	JWT_TRY(read_config(out, config_path, embedded, r));
	if (right == STORE_WRITE)
		JWT_TRY(choose_writer(&out->chosen, r));
	JWT_TRY(revocation_open(&out->chosen, &out->places, &out->store, r));
	return revocation_prepare(out->store, r);
}

enum ctl_exit
ctl_store_open(struct ctl_store *out, enum store_right right,
	const char *config_path, bool embedded)
{
	struct report r = { "" };
	enum jwt_reason reason =
		ctl_store_try(out, right, config_path, embedded, &r);

	if (reason == JWT_OK)
		return CTL_YES;
	return ctl_fail(reason == JWT_CONFIG_ERROR ? CTL_USAGE : CTL_FAILED,
		"%s",
		out->config_error.text[0] != '\0' ? out->config_error.text
						  : r.text);
}

enum jwt_reason
ctl_store_expect(const struct ctl_store *s, struct report *r)
{
	JWT_AUTO(buffer) mark = BUFFER(EPOCH_TEXT_MAX);

	JWT_TRY(revocation_seen(s->store, &mark, r));
	return revocation_expect(s->store, buffer_slice(&mark), r);
}

/* "redis at ADDRESS", "redis at ADDRESS, ADDRESS", "redis NAME of Sentinel" */
static bool
describe_redis(const struct redis_config *redis, struct buffer *out)
{
	bool done = true;

	if (redis->sentinel.name != NULL)
		return buffer_append_format(
			out, "redis %s of Sentinel", redis->sentinel.name);
	if (redis->address != NULL)
		return buffer_append_format(out, "redis at %s", redis->address);
	for (size_t i = 0; i < redis->addresses.count; i++)
		done = done && buffer_append_format(out, "%s%s",
				       i == 0 ? "redis at " : ", ",
				       redis->addresses.item[i]);
	return done;
}

void
ctl_store_describe(const struct ctl_store *s, struct buffer *out)
{
	bool done;

	switch (s->chosen.store) {
	case REVOCATION_EMBEDDED:
		done = buffer_append_string(
			out, "the embedded store, for this host");
		break;
	case REVOCATION_REDIS:
		done = describe_redis(&s->chosen.redis, out);
		break;
	default:
		done = buffer_append_string(out, "no store");
		break;
	}
	(void)done; /* words for a person; cut where memory ends */
}

const char *
ctl_time(int64_t seconds, char out[CTL_TIME_MAX])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (seconds == INT64_MAX || gmtime_r(&t, &tm) == NULL ||
		strftime(out, CTL_TIME_MAX, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		snprintf(out, CTL_TIME_MAX, "for ever");
	return out;
}

static uid_t
login_uid(void)
{
	const struct file_trust any = { .any_owner = true };
	JWT_AUTO(buffer) text = BUFFER(16);
	uint32_t uid;

	if (file_read("/proc/self/loginuid", &any, &text, NULL) == FILE_OK &&
		uid_from_string(buffer_string(&text), &uid))
		return uid;
	return getuid();
}

void
ctl_login_name(char *out, size_t size)
{
	uid_t uid = login_uid();
	const struct passwd *pw = getpwuid(uid);

	if (pw != NULL)
		snprintf(out, size, "%s", pw->pw_name);
	else
		snprintf(out, size, "uid %u", (unsigned)uid);
}
