/* SPDX-License-Identifier: ISC */
/*
 * Questions and where they go: over what is kept open first, then to each
 * server in turn, and in a cluster on to where its nodes send us.
 */
#include "revocation/redis_client.h"

#include "base/clock.h"
#include "revocation/redis_cluster.h"

/* Questions that one server can answer: those of one slot, or all. */
struct group {
	struct redis_client *client;
	struct redis_question *at[REDIS_QUESTIONS_MAX];
	size_t count;
	bool home; /* of our prefix's slot */
};

static void
drop_reply(struct redis_question *question)
{
	redis_reply_free(question->reply);
	question->reply = NULL;
}

static enum jwt_reason
queue_question(struct redis_session *session,
	const struct redis_question *question, struct report *r)
{
	struct slice words[REDIS_ARGS_MAX] = {
		slice_of_string(question->command), question->key
	};
	size_t count = 2;

	for (const char *const *more = question->more;
		more != NULL && *more != NULL && count < REDIS_ARGS_MAX; more++)
		words[count++] = slice_of_string(*more);
	return redis_queue(session, words, count, r);
}

static enum jwt_reason
queue_group(const struct group *group, struct redis_session *session,
	bool asking, struct report *r)
{
	for (size_t i = 0; i < group->count; i++) {
		/* Counts for one command alone. */
		if (asking)
			JWT_TRY(REDIS_QUEUE(session, r, "ASKING"));
		JWT_TRY(queue_question(session, group->at[i], r));
	}
	return JWT_OK;
}

/* Answers, a wrong type, or (in a cluster) the way to another node. */
static enum jwt_reason
judge_reply(const struct redis_client *client,
	const struct redis_question *question, struct report *r)
{
	struct slice ignored;
	enum found found;

	if (question->reply->type != REDIS_REPLY_ERROR ||
		(client->config->cluster && redis_is_redirect(question->reply)))
		return JWT_OK;
	return redis_value(
		question->reply, question->command, &found, &ignored, r);
}

/* The replies become the questions'; those to ASKING go. */
static enum jwt_reason
take_group(const struct group *group, bool asking,
	struct redis_replies *replies, struct report *r)
{
	size_t next = 0;

	for (size_t i = 0; i < group->count; i++) {
		if (asking)
			JWT_TRY(redis_expect_status(
				replies->at[next++], "ASKING", "OK", r));
		group->at[i]->reply = JWT_TAKE(replies->at[next]);
		next++;
		JWT_TRY(judge_reply(group->client, group->at[i], r));
	}
	return JWT_OK;
}

static bool
is_once(const struct group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->at[i]->once)
			return true;
	return false;
}

static bool
is_spent(const struct group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->at[i]->spent)
			return true;
	return false;
}

/* Sent, and answered or not: what is answered by an error was not done. */
static void
note_spent(const struct group *group, bool asking,
	const struct redis_replies *replies)
{
	const size_t each = asking ? 2 : 1;

	for (size_t i = 0; i < group->count; i++) {
		const size_t at = (i + 1) * each - 1;

		group->at[i]->spent =
			group->at[i]->once &&
			(replies->count <= at ||
				replies->at[at]->type != REDIS_REPLY_ERROR);
	}
}

static enum jwt_reason
exchange(const struct group *group, struct redis_session *session, bool asking,
	struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	enum jwt_reason reason;

	JWT_TRY(queue_group(group, session, asking, r));
	reason = redis_exchange(
		session, group->count * (asking ? 2 : 1), &replies, r);
	note_spent(group, asking, &replies);
	if (reason != JWT_OK)
		return reason;
	return take_group(group, asking, &replies, r);
}

/* A session that failed in any way is no more: what comes next on it may
 * belong to this question. */
static enum jwt_reason
ask_on(const struct group *group, struct redis_session *session, bool asking,
	int64_t deadline, struct report *r)
{
	enum jwt_reason reason = JWT_OK;

	for (size_t i = 0; i < group->count; i++)
		drop_reply(group->at[i]);
	session->deadline = deadline;
	if (!session->asked_role)
		reason = redis_session_ask_role(session, r);
	if (reason == JWT_OK)
		reason = exchange(group, session, asking, r);
	if (reason == JWT_OK && session->evicts)
		group->client->evicts = true;
	if (reason != JWT_OK)
		redis_session_close(session);
	return reason;
}

/* A kept session there, or a new one. */
static enum jwt_reason
session_at(struct redis_client *client, const struct redis_address *address,
	int64_t deadline, struct redis_session **out, struct report *r)
{
	struct redis_session *session = redis_client_kept(client, address);
	enum jwt_reason reason;

	if (session == NULL) {
		session = redis_client_place(client);
		JWT_TRY(redis_session_start(
			address, client->tls, deadline, session, r));
		reason = redis_client_greet(client, session, r);
		if (reason != JWT_OK) {
			redis_session_close(session);
			return reason;
		}
	}
	*out = session;
	return JWT_OK;
}

/* Those that a node sent elsewhere, with where to: the first one's way. */
static enum jwt_reason
sent_elsewhere(const struct group *group, const struct redis_address *from,
	struct group *out, struct redis_redirect *way, struct report *r)
{
	out->client = group->client;
	out->count = 0;
	for (size_t i = 0; i < group->count; i++) {
		struct redis_redirect redirect;

		if (!redis_is_redirect(group->at[i]->reply))
			continue;
		JWT_TRY(redis_redirect_parse(
			group->at[i]->reply, from, &redirect, r));
		JWT_TRY(redis_client_settle(
			group->client, from, &redirect.to, r));
		if (out->count == 0)
			*way = redirect;
		if (redirect.ask == way->ask &&
			redis_address_equal(&redirect.to, &way->to))
			out->at[out->count++] = group->at[i];
	}
	return JWT_OK;
}

/* Goes on until none was sent elsewhere, or too often. */
static enum jwt_reason
follow(const struct group *group, const struct redis_address *from,
	int64_t deadline, struct report *r)
{
	struct redis_redirect way = { .to = *from };

	for (int hops = 0;; hops++) {
		const struct redis_address at = way.to;
		struct redis_session *session;
		struct group rest;

		JWT_TRY(sent_elsewhere(group, &at, &rest, &way, r));
		if (rest.count == 0)
			return JWT_OK;
		if (hops == REDIS_HOPS_MAX)
			return report(r, JWT_REVOCATION_UNREACHABLE,
				"redis: sent from node to node, %d times",
				hops);
		if (group->home && !way.ask) {
			group->client->home = way.to;
			group->client->home_known = true;
		}
		JWT_TRY(session_at(
			group->client, &way.to, deadline, &session, r));
		JWT_TRY(ask_on(&rest, session, way.ask, deadline, r));
	}
}

/* What is asked once has all the time: nobody is asked after it. */
static enum jwt_reason
ask_and_follow(const struct group *group, struct redis_session *session,
	int64_t deadline, struct report *r)
{
	const struct redis_address at = session->address;

	if (is_once(group))
		deadline = group->client->deadline;
	JWT_TRY(ask_on(group, session, false, deadline, r));
	if (!group->client->config->cluster)
		return JWT_OK;
	return follow(group, &at, deadline, r);
}

static enum jwt_reason
ask_at(void *arg, const struct redis_address *address, int64_t deadline,
	bool *last, struct report *r)
{
	const struct group *group = arg;
	struct redis_session *session;
	enum jwt_reason reason;

	JWT_TRY(session_at(group->client, address, deadline, &session, r));
	reason = ask_and_follow(group, session, deadline, r);
	*last = is_spent(group);
	return reason;
}

static struct redis_session *
kept_for(const struct group *group)
{
	struct redis_client *client = group->client;
	struct redis_session *kept = NULL;

	if (group->home && client->home_known)
		kept = redis_client_kept(client, &client->home);
	return kept != NULL ? kept : redis_client_kept(client, NULL);
}

/* What is open first: it may have died unseen, so it gets a part only. */
static enum jwt_reason
ask_group(struct group *group, int64_t deadline, struct report *r)
{
	struct redis_client *client = group->client;
	struct redis_session *kept = kept_for(group);
	struct report ignored = { "" };

	if (kept != NULL) {
		const int64_t part =
			clock_monotonic_ms() +
			clock_left_ms(deadline) /
				(int64_t)(client->address_count + 1);
		enum jwt_reason reason =
			ask_and_follow(group, kept, part, &ignored);

		if (reason == JWT_OK)
			return JWT_OK;
		if (reason != JWT_REVOCATION_UNREACHABLE || is_spent(group))
			return report(r, reason, "%s", ignored.text);
	}
	return redis_find(client, deadline, ask_at, group, r);
}

/* The next unanswered one, and all that go with it. */
static void
next_group(struct redis_client *client, struct redis_question *question,
	size_t count, struct group *out)
{
	uint16_t slot = 0;

	out->client = client;
	out->count = 0;
	for (size_t i = 0; i < count; i++) {
		uint16_t own = client->config->cluster
				       ? redis_slot(question[i].key)
				       : 0;

		if (question[i].reply != NULL)
			continue;
		if (out->count == 0)
			slot = own;
		if (own == slot)
			out->at[out->count++] = &question[i];
	}
	out->home = client->config->cluster && slot == client->home_slot;
}

enum jwt_reason
redis_client_ask(struct redis_client *client, struct redis_question *question,
	size_t count, struct report *r)
{
	client->deadline = clock_monotonic_ms() + client->config->timeout_ms;
	return redis_client_ask_more(client, question, count, r);
}

enum jwt_reason
redis_client_ask_more(struct redis_client *client,
	struct redis_question *question, size_t count, struct report *r)
{
	struct group group;

	if (count > REDIS_QUESTIONS_MAX)
		return report(r, JWT_INTERNAL_ERROR, "too many questions");
	client->evicts = false;
	for (;;) {
		next_group(client, question, count, &group);
		if (group.count == 0)
			return JWT_OK;
		JWT_TRY(ask_group(&group, client->deadline, r));
	}
}
