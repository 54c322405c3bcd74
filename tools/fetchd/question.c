/* SPDX-License-Identifier: ISC */
#include "question.h"

#include "base/base64.h"

#include <stdio.h>
#include <string.h>

static void
say(struct buffer *answer, const char *word, const char *detail)
{
	(void)!buffer_append_format(answer, "%s%s%s%s\n",
		strcmp(word, "ok") == 0 ? "" : "no ", word,
		detail[0] != '\0' ? " " : "", detail);
}

static bool
take_verb(struct question *q, struct slice verb)
{
	static const char *const verbs[] = { [QUESTION_REFRESH] = "refresh",
		[QUESTION_RENEW] = "renew",
		[QUESTION_STATUS] = "status" };

	for (size_t i = 0; i < JWT_COUNT(verbs); i++)
		if (slice_equals_string(verb, verbs[i])) {
			q->verb = (enum question_verb)i;
			return true;
		}
	return false;
}

static bool
parse(struct question *q, struct slice line, struct slice *name)
{
	JWT_AUTO(buffer) kid = BUFFER(JWK_KID_MAX);
	struct slice verb;

	q->kid_len = 0;
	if (!slice_cut(&line, ' ', &verb) || !take_verb(q, verb))
		return false;
	if (q->verb != QUESTION_REFRESH) {
		*name = line;
		return true;
	}
	if (!slice_cut(&line, ' ', name)) {
		*name = line; /* any keys will do */
		return true;
	}
	if (!base64url_decode(line, &kid) || kid.len == 0)
		return false;
	memcpy(q->kid, kid.data, kid.len);
	q->kid_len = kid.len;
	return true;
}

/* The cache first, always; then the fetch under way; then a new one. */
static struct issuer *
put_to(struct question *q, struct issuer *issuer, int64_t now,
	struct buffer *answer)
{
	struct slice kid = slice_of(q->kid, q->kid_len);
	const char *refused;

	if (q->verb == QUESTION_STATUS) {
		say(answer, "ok", "");
		(void)!issuer_status(issuer, now, answer);
		return NULL;
	}
	if (q->verb == QUESTION_RENEW) {
		issuer_ask_for_renewal(issuer, &q->ticket);
		return issuer;
	}
	if (issuer_file_has_kid(issuer, kid, now)) {
		say(answer, "ok", "");
		return NULL;
	}
	refused = issuer_ask_for_kid(issuer, kid);
	if (refused == NULL)
		return issuer;
	say(answer, refused, "");
	return NULL;
}

struct issuer *
question_put(struct question *q, struct slice line,
	const struct fetcher *fetcher, int64_t now, struct buffer *answer)
{
	struct slice name;
	struct issuer *issuer;

	if (!parse(q, line, &name)) {
		say(answer, "malformed", "");
		return NULL;
	}
	issuer = fetcher_find(fetcher, name);
	if (issuer != NULL)
		return put_to(q, issuer, now, answer);
	say(answer, "unknown_issuer", "");
	return NULL;
}

static bool
settle_renewal(const struct question *q, const struct issuer *issuer,
	struct buffer *answer)
{
	char seconds[24];

	switch (issuer_renewal(issuer, q->ticket)) {
	case RENEWAL_WAITS:
		return false;
	case RENEWAL_GOOD:
		say(answer, "ok", "");
		break;
	case RENEWAL_FAILED:
		say(answer, "fetch_failed", issuer_problem(issuer));
		break;
	case RENEWAL_PUT_OFF:
		(void)snprintf(seconds, sizeof(seconds), "%lld",
			(long long)issuer_put_off(issuer));
		say(answer, "retry_after", seconds);
		break;
	}
	return true;
}

bool
question_settle(const struct question *q, struct issuer *issuer, int64_t now,
	struct buffer *answer)
{
	struct slice kid = slice_of(q->kid, q->kid_len);

	if (q->verb == QUESTION_RENEW)
		return settle_renewal(q, issuer, answer);
	if (issuer_busy(issuer))
		return false;
	if (issuer_file_has_kid(issuer, kid, now))
		say(answer, "ok", "");
	else
		say(answer,
			issuer_good(issuer) ? "key_unknown" : "fetch_failed",
			"");
	return true;
}
