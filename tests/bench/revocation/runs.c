/* SPDX-License-Identifier: ISC */
/* What is compared: lines through --stream, and the bare work behind them. */
#include "bar.h"

#include "check.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* As jwtauth-check does it: judged, written to the log, and said. */
static bool
ask(void *arg, const struct check_question *q, struct buffer *line)
{
	struct bench_stream *s = arg;
	struct judge judge = { .context = s->place->context,
		.audit = { .fd = -1 } };
	const struct jwt_request request = { .purpose = JWT_PURPOSE_AUTH,
		.service = q->service,
		.user = q->user,
		.uid = q->uid,
		.real_uid = JWT_NO_UID,
		.login_uid = JWT_NO_UID,
		.carrier = JWT_CARRIER_PROMPT,
		.carrier_bytes = q->token.data,
		.carrier_len = q->token.len };
	struct jwt_verdict verdict;

	judge_request(&judge, &request, &verdict);
	s->allowed += verdict.allow;
	return verdict_to_json(&verdict, line);
}

static bool
refuse(void *arg, enum jwt_reason reason, const char *why, struct buffer *line)
{
	(void)arg;
	(void)line;
	bench_die("stream: %s: %s", jwt_reason_name(reason), why);
}

void
stream_begin(struct bench_stream *s, const struct bench_place *place,
	const char *token)
{
	JWT_AUTO(buffer) line = BUFFER(CHECK_LINE_MAX);

	*s = (struct bench_stream){ .place = place };
	s->in = memfd_create("requests", MFD_CLOEXEC);
	s->out = memfd_create("verdicts", MFD_CLOEXEC);
	if (s->in < 0 || s->out < 0 ||
		!buffer_append_format(&line,
			"{\"service\":\"" BENCH_SERVICE
			"\",\"user\":\"" BENCH_USER
			"\",\"uid\":1000,\"token\":\"%s\"}\n",
			token))
		bench_die("no stream");
	for (int i = 0; i < LINES; i++)
		if (!fd_write_all(s->in, buffer_slice(&line)))
			bench_die("no stream");
}

bool
stream_run(void *arg)
{
	struct bench_stream *s = arg;
	const struct stream_answerer answerer = { ask, refuse, s };

	s->allowed = 0;
	return lseek(s->in, 0, SEEK_SET) == 0 &&
	       lseek(s->out, 0, SEEK_SET) == 0 &&
	       stream_serve(s->in, s->out, &answerer) && s->allowed == LINES;
}

void
stream_end(struct bench_stream *s)
{
	close(s->in);
	close(s->out);
}

#define BARE_QUESTIONS 7 /* epoch, five kinds, the token itself */

struct bench_bare {
	void *raw;
	redisContext *redis;
	const char *token;
	char key[BARE_QUESTIONS - 1][128];
};

struct bench_bare *
bare_begin(const struct material *m, const struct bench_redis *redis)
{
	static const char *const kind[] = { "sig", "jti", "sid", "sub", "kid" };
	struct bench_bare *b = calloc(1, sizeof(*b));

	if (b == NULL)
		bench_die("out of memory");
	b->raw = raw_contestant.open(&m->bench);
	b->redis = redisConnectUnix(redis->socket);
	b->token = m->bench.token;
	if (b->redis == NULL || b->redis->err != 0)
		bench_die("hiredis does not connect");
	snprintf(b->key[0], sizeof(b->key[0]), "blacklist:epoch");
	for (size_t i = 0; i < JWT_COUNT(kind); i++)
		snprintf(b->key[1 + i], sizeof(b->key[0]), "blacklist:%s:%064x",
			kind[i], 7);
	return b;
}

static bool
bare_one(const struct bench_bare *b)
{
	bool ok = raw_contestant.verify(b->raw);

	for (size_t i = 0; i < JWT_COUNT(b->key); i++)
		redisAppendCommand(b->redis, "GET %s", b->key[i]);
	redisAppendCommand(b->redis, "EXISTS blacklist:%s", b->token);
	for (int i = 0; i < BARE_QUESTIONS; i++) {
		void *reply = NULL;

		ok = ok && redisGetReply(b->redis, &reply) == REDIS_OK;
		if (reply != NULL)
			freeReplyObject(reply);
	}
	return ok;
}

bool
bare_run(void *arg)
{
	for (int i = 0; i < LINES; i++)
		if (!bare_one(arg))
			return false;
	return true;
}

void
bare_end(struct bench_bare *b)
{
	raw_contestant.close(b->raw);
	redisFree(b->redis);
	free(b);
}
