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
	const struct redis_address *sentinel, struct redis_address *out,
	struct report *r)
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
		return redis_client_settle(client, sentinel, out, r);
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
	return take_named(client, replies.at[0], &session->address, out, r);
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

/* One question's way through the servers. */
struct search {
	const struct redis_client *client;
	int64_t deadline;
	redis_try_fn attempt;
	void *arg;
	size_t left;		  /* servers that may be asked yet */
	bool last;		  /* none of them is to be asked */
	char all[JWT_DETAIL_MAX]; /* what they said so far */
};

/* Of one server its own words; of several, or of a name, who said what. */
static void
note(struct search *search, const struct redis_address *server,
	const struct report *said)
{
	const size_t len = strlen(search->all);
	const char *words = said->text;
	char name[REDIS_ADDRESS_MAX];

	if (search->client->address_count == 1 && server->name[0] == '\0' &&
		search->client->config->sentinel.name == NULL) {
		snprintf(search->all, JWT_DETAIL_MAX, "%s", words);
		return;
	}
	if (strncmp(words, COMMON, strlen(COMMON)) == 0)
		words += strlen(COMMON);
	redis_address_format(server, name);
	/* Cut where they are too many: the first ones say enough. */
	if (snprintf(search->all + len, JWT_DETAIL_MAX - len, "%s%s: %s",
		    len == 0 ? COMMON : "; ", name, words) < 0)
		search->all[len] = '\0';
}

static int64_t
fair_part(const struct search *search)
{
	return clock_monotonic_ms() +
	       clock_left_ms(search->deadline) / (int64_t)search->left;
}

/* Unreachable: the next one may do better. */
static enum jwt_reason
try_server(struct search *search, const struct redis_address *address,
	struct report *r)
{
	const int64_t part = fair_part(search);
	struct redis_address server = *address;
	struct report said = { "" };
	enum jwt_reason reason = JWT_OK;

	search->left--;
	if (search->client->config->sentinel.name != NULL)
		reason = ask_sentinel(
			search->client, address, part, &server, &said);
	if (reason == JWT_OK)
		reason = search->attempt(
			search->arg, &server, part, &search->last, &said);
	if (reason == JWT_REVOCATION_UNREACHABLE)
		note(search, &server, &said);
	else if (reason != JWT_OK)
		report(r, reason, "%s", said.text);
	return reason;
}

/* Each address that stands behind the name. */
static enum jwt_reason
try_named(struct search *search, const struct redis_address *address,
	const struct report *fault, struct report *r)
{
	const struct redis_named *named =
		redis_names_find(search->client->names, address->name);
	enum jwt_reason reason = JWT_REVOCATION_UNREACHABLE;
	struct report said = *fault;

	if (named == NULL || named->count == 0) {
		search->left--;
		redis_name_unknown(search->client, named, &said);
		note(search, address, &said);
		return reason;
	}
	for (size_t i = 0; i < named->count && !search->last &&
			   reason == JWT_REVOCATION_UNREACHABLE;
		i++) {
		struct redis_address server = *address;

		redis_named_take(named, i, &server);
		reason = try_server(search, &server, r);
	}
	return reason;
}

static size_t
count_servers(const struct redis_client *client)
{
	size_t count = 0;

	for (size_t i = 0; i < client->address_count; i++) {
		const struct redis_address *address = &client->address[i];
		const struct redis_named *named =
			redis_address_is_named(address)
				? redis_names_find(client->names, address->name)
				: NULL;

		count += named != NULL && named->count > 0 ? named->count : 1;
	}
	return count;
}

enum jwt_reason
redis_find(const struct redis_client *client, int64_t deadline,
	redis_try_fn attempt, void *arg, struct report *r)
{
	struct search search = { client, deadline, attempt, arg, 0, false, "" };
	struct report fault = { "" };

	/* What is a number can be asked all the same. */
	if (client->names != NULL)
		(void)!redis_names_load(
			client->names_dir, client->names, &fault);
	search.left = count_servers(client);
	for (size_t i = 0; i < client->address_count && !search.last; i++) {
		const struct redis_address *address = &client->address[i];
		enum jwt_reason reason =
			redis_address_is_named(address)
				? try_named(&search, address, &fault, r)
				: try_server(&search, address, r);

		if (reason != JWT_REVOCATION_UNREACHABLE)
			return reason;
	}
	return report(r, JWT_REVOCATION_UNREACHABLE, "%s", search.all);
}
