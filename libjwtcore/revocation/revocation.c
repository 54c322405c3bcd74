/* SPDX-License-Identifier: ISC */
/*
 * The question and its verdict: what is asked of a token, and what a store's
 * answer, or its silence, means. The stores only look things up.
 */
#include "revocation/revocation.h"

#include "revocation/store.h"
#include "revocation/twins.h"

#define CLOCK_SKEW_MAX 300 /* seconds, the largest leeway of the config */

void
lookup_answer_clear(struct lookup_answer *answer)
{
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++)
		buffer_free(&answer->json[i]);
}

static enum jwt_reason
ask_for(struct lookup *lookup, enum revoked_kind kind, struct slice iss,
	struct slice value, struct report *r)
{
	if (value.len == 0)
		return JWT_OK;
	if (!revocation_hex(kind, iss, value, lookup->hex[kind]))
		return report(r, JWT_INTERNAL_ERROR, "SHA-256 failed");
	lookup->asked[kind] = true;
	return JWT_OK;
}

/* The raw token and, for ECDSA, the same with the other signature. */
static enum jwt_reason
ask_for_raw(struct lookup *lookup, const struct revocation_question *q,
	struct buffer *twin, struct report *r)
{
	bool full;

	if (q->raw_token.len == 0)
		return JWT_OK;
	lookup->raw[lookup->raw_count++] = q->raw_token;
	if (twin_of_token(q->alg, q->signing_input, q->signature, twin, &full))
		lookup->raw[lookup->raw_count++] = buffer_slice(twin);
	else if (full)
		return report(r, JWT_INTERNAL_ERROR, "no room for the twin");
	return JWT_OK;
}

static enum jwt_reason
lookup_from_question(const struct revocation_store *store,
	const struct revocation_question *q, struct lookup *lookup,
	struct buffer *twin, struct report *r)
{
	const struct slice none = slice_of(NULL, 0);

	JWT_TRY(ask_for(lookup, REVOKED_SIG, none, q->signing_input, r));
	JWT_TRY(ask_for(lookup, REVOKED_JTI, q->iss, q->jti, r));
	JWT_TRY(ask_for(lookup, REVOKED_SID, q->iss, q->sid, r));
	JWT_TRY(ask_for(lookup, REVOKED_SUB, q->iss, q->sub, r));
	JWT_TRY(ask_for(lookup, REVOKED_KID, q->iss, q->kid, r));
	if (store->config->store == REVOCATION_REDIS &&
		store->config->redis.raw_tokens)
		JWT_TRY(ask_for_raw(lookup, q, twin, r));
	return JWT_OK;
}

/* An entry that can't be read says "revoked" by being there. */
static enum jwt_reason
judge_entry(const struct lookup_answer *answer, enum revoked_kind kind,
	const struct revocation_question *q, int64_t now, struct report *r)
{
	struct revocation_entry entry = { .kind = kind };
	bool hits;

	if (answer->found[kind] == FOUND_NOTHING)
		return JWT_OK;
	if (answer->found[kind] == FOUND_DAMAGED ||
		entry_parse(buffer_slice(&answer->json[kind]), &entry, NULL) !=
			JWT_OK)
		return report(r, JWT_REVOKED,
			"by its %s, in an entry that can't be read",
			revoked_kind_name(kind));
	hits = entry_hits(&entry, q->has_iat, q->iat, now);
	if (hits)
		report(r, JWT_REVOKED, "by its %s, until %lld%s%s",
			revoked_kind_name(kind), (long long)entry.until,
			entry.why != NULL ? ": " : "",
			entry.why != NULL ? entry.why : "");
	revocation_entry_clear(&entry);
	return hits ? JWT_REVOKED : JWT_OK;
}

enum jwt_reason
epoch_lost(enum found found, struct report *r)
{
	if (found == FOUND_DAMAGED)
		return report(
			r, JWT_REVOCATION_LOST, "the store's epoch is damaged");
	return report(r, JWT_REVOCATION_LOST,
		"the store has no epoch: it is new, or was emptied; "
		"if that is right run: jwtauthctl revoked init");
}

static enum jwt_reason
judge_epoch(struct revocation_store *store, const struct epoch *mark,
	bool known, const struct lookup_answer *answer, struct report *r)
{
	enum jwt_reason raised;

	if (answer->epoch_found != FOUND_ENTRY)
		return epoch_lost(answer->epoch_found, r);
	if (known)
		JWT_TRY(mark_compare(mark, &answer->epoch, r));
	if (known && mark->counter == answer->epoch.counter)
		return JWT_OK;
	raised = mark_raise(store->places.seen_dir, store->class->name,
		&answer->epoch, false, r);
	/* A full disk must not end all logins: the older mark still guards.
	 * Without any, a loss would never be seen. */
	return known ? JWT_OK : raised;
}

static enum jwt_reason
judge_entries(const struct lookup_answer *answer,
	const struct revocation_question *q, int64_t now, struct report *r)
{
	if (answer->raw_found)
		return report(
			r, JWT_REVOKED, "the token itself is on the blacklist");
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++)
		JWT_TRY(judge_entry(answer, (enum revoked_kind)i, q, now, r));
	return JWT_OK;
}

/*
 * What is revoked says so even from a store that lost something else; and
 * the mark rises with each answer, whatever became of the token.
 */
static enum jwt_reason
judge_answer(struct revocation_store *store, const struct epoch *mark,
	bool known, const struct lookup_answer *answer,
	const struct revocation_question *q, int64_t now, struct report *r)
{
	struct report loss = { "" };
	enum jwt_reason epoch = judge_epoch(store, mark, known, answer, &loss);

	JWT_TRY(judge_entries(answer, q, now, r));
	if (loss.text[0] != '\0')
		report(r, epoch, "%s", loss.text);
	return epoch;
}

static bool
is_fresh(const struct revocation_config *config,
	const struct revocation_question *q, int64_t now)
{
	int64_t age = now - q->iat;

	return config->on_unreachable == UNREACHABLE_ALLOW_FRESH &&
	       q->has_iat && age >= -CLOCK_SKEW_MAX && age < config->fresh_for;
}

enum jwt_reason
revocation_check(struct revocation_store *store,
	const struct revocation_question *q, int64_t now, struct report *r)
{
	JWT_AUTO(buffer) twin = BUFFER(JWT_TOKEN_MAX);
	struct lookup lookup = { 0 };
	struct lookup_answer answer = { 0 };
	struct report silence = { "" };
	struct epoch mark = { "" };
	bool known = false;
	enum jwt_reason reason;

	if (store->class == NULL)
		return JWT_OK;
	JWT_TRY(lookup_from_question(store, q, &lookup, &twin, r));
	/* The mark is read first: one raised meanwhile by another process may
	 * be ahead of the answer that we get. */
	JWT_TRY(mark_read(
		store->places.seen_dir, store->class->name, &mark, &known, r));
	reason = store->class->ask(store, &lookup, &answer, &silence);
	if (reason == JWT_OK)
		reason = judge_answer(store, &mark, known, &answer, q, now, r);
	else if (reason == JWT_REVOCATION_UNREACHABLE &&
		 is_fresh(store->config, q, now))
		reason = report(r, JWT_OK,
			"not asked whether it is revoked: fresh, and %s",
			silence.text);
	else
		report(r, reason, "%s", silence.text);
	lookup_answer_clear(&answer);
	return reason;
}
