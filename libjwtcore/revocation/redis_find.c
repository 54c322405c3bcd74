/* SPDX-License-Identifier: ISC */
/*
 * Which server: each of a list in turn, or what each Sentinel names. Nobody
 * is believed to be the primary for being named: ROLE decides.
 */
#include "revocation/redis_client.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define COMMON "redis: " /* how each of our reports begins */

/* "HOST", "PORT": what a Sentinel says, or nothing for an unknown name. */
static enum jwt_reason
take_named(const struct redis_client *client, const redisReply *reply,
	struct redis_address *out, struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(REDIS_ADDRESS_MAX);

	if (reply->type == REDIS_REPLY_NIL)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: Sentinel knows no primary \"%s\"",
			client->config->sentinel.name);
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
		reply->element[0]->type != REDIS_REPLY_STRING ||
		reply->element[1]->type != REDIS_REPLY_STRING)
		return redis_strange(reply, "SENTINEL", r);
	memset(out, 0, sizeof(*out));
	out->tls = client->config->tls.ca_file != NULL;
	if (buffer_append_slice(&text,
		    slice_of(reply->element[0]->str, reply->element[0]->len)) &&
		buffer_append_string(&text, ":") &&
		buffer_append_slice(&text, slice_of(reply->element[1]->str,
						   reply->element[1]->len)) &&
		redis_address_parse_network(buffer_slice(&text), out))
		return JWT_OK;
	return report(r, JWT_REVOCATION_UNREACHABLE,
		"redis: Sentinel names no numeric address; it needs "
		"\"resolve-hostnames no\"");
}

static enum jwt_reason
ask_in_session(const struct redis_client *client, struct redis_session *session,
	struct redis_address *out, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };

	JWT_TRY(redis_session_login(session, client->config->sentinel.user,
		&client->sentinel_password, r));
	JWT_TRY(REDIS_QUEUE(session, r, "SENTINEL", "get-master-addr-by-name",
		client->config->sentinel.name));
	JWT_TRY(redis_exchange(session, 1, &replies, r));
	return take_named(client, replies.at[0], out, r);
}

static enum jwt_reason
ask_sentinel(const struct redis_client *client,
	const struct redis_address *sentinel, int64_t deadline,
	struct redis_address *out, struct report *r)
{
	struct redis_session session;
	enum jwt_reason reason;

	JWT_TRY(redis_session_start(
		sentinel, client->tls, deadline, &session, r));
	reason = ask_in_session(client, &session, out, r);
	redis_session_close(&session);
	return reason;
}

/* Of one server its own words; of several, who said what. */
static void
note(const struct redis_client *client, const struct redis_address *server,
	const struct report *said, char all[JWT_DETAIL_MAX])
{
	const size_t len = strlen(all);
	const char *words = said->text;
	char name[REDIS_ADDRESS_MAX];

	if (client->address_count == 1 &&
		client->config->sentinel.name == NULL) {
		snprintf(all, JWT_DETAIL_MAX, "%s", words);
		return;
	}
	if (strncmp(words, COMMON, strlen(COMMON)) == 0)
		words += strlen(COMMON);
	redis_address_format(server, name);
	/* Cut where they are too many: the first ones say enough. */
	if (snprintf(all + len, JWT_DETAIL_MAX - len, "%s%s: %s",
		    len == 0 ? COMMON : "; ", name, words) < 0)
		all[len] = '\0';
}

static int64_t
fair_part(int64_t deadline, size_t sharers)
{
	return clock_monotonic_ms() +
	       clock_left_ms(deadline) / (int64_t)sharers;
}

enum jwt_reason
redis_find(const struct redis_client *client, int64_t deadline,
	redis_try_fn attempt, void *arg, struct report *r)
{
	char all[JWT_DETAIL_MAX] = "";

	for (size_t i = 0; i < client->address_count; i++) {
		struct redis_address server = client->address[i];
		const int64_t part =
			fair_part(deadline, client->address_count - i);
		struct report said = { "" };
		enum jwt_reason reason = JWT_OK;
		bool last = false;

		if (client->config->sentinel.name != NULL)
			reason = ask_sentinel(client, &client->address[i], part,
				&server, &said);
		if (reason == JWT_OK)
			reason = attempt(arg, &server, part, &last, &said);
		if (reason == JWT_OK)
			return JWT_OK;
		if (reason != JWT_REVOCATION_UNREACHABLE)
			return report(r, reason, "%s", said.text);
		note(client, &server, &said, all);
		if (last)
			break;
	}
	return report(r, JWT_REVOCATION_UNREACHABLE, "%s", all);
}
