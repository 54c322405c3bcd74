/* SPDX-License-Identifier: ISC */
/*
 * The question and its verdict: what is asked of a token, and what a store's
 * answer, or its silence, means. The stores only look things up.
 */
#include "revocation/revocation.h"

#include "base/clock.h"
#include "revocation/copy.h"
#include "revocation/store.h"
#include "revocation/twins.h"

#include <string.h>

#define CLOCK_SKEW_MAX 300 /* seconds, the largest leeway of the config */

void
lookup_answer_clear(struct lookup_answer *answer)
{
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++)
		buffer_free(&answer->json[i]);
}

static enum jwt_reason
ask_for(const struct revocation_store *store, struct lookup *lookup,
	enum revoked_kind kind, struct slice iss, struct slice value,
	struct report *r)
{
	if (value.len == 0)
		return JWT_OK;
	if (!name_hash_hex(&store->hash, kind, iss, value, lookup->hex[kind]))
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

	JWT_TRY(ask_for(store, lookup, REVOKED_SIG, none, q->signing_input, r));
	JWT_TRY(ask_for(store, lookup, REVOKED_JTI, q->iss, q->jti, r));
	JWT_TRY(ask_for(store, lookup, REVOKED_SID, q->iss, q->sid, r));
	JWT_TRY(ask_for(store, lookup, REVOKED_SUB, q->iss, q->sub, r));
	JWT_TRY(ask_for(store, lookup, REVOKED_KID, q->iss, q->kid, r));
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
eviction_lost(struct report *r)
{
	return report(r, JWT_REVOCATION_LOST,
		"redis: this server forgets keys when its memory is full; set "
		"maxmemory-policy noeviction there, or, if you must, "
		"allow_eviction = true here");
}

/* A question on its way: what is asked, and what was said so far. */
struct inquiry {
	struct revocation_store *store;
	const struct revocation_question *q;
	int64_t now;
	struct lookup lookup;
	struct epoch mark;
	bool known; /* there is a mark */
	struct lookup_answer answer;
	struct copy copy; /* with last_known */
	enum jwt_reason copy_reason;
	struct report copy_fault;
};

/* Was this store accepted while nobody kept the copy? */
static bool
accepted_after_copy(const struct inquiry *i)
{
	struct epoch accepted;

	return accepted_since(i->store->places.seen_dir, i->store->class->name,
		       i->copy.state.synced_at, &accepted) &&
	       mark_compare(&accepted, &i->answer.epoch, NULL) == JWT_OK;
}

/*
 * The copy was asked before the store, and may know more than the mark does.
 * Of another life of the store it says nothing, nor while it isn't whole, or
 * after the administrator's word: the mark decides.
 */
static enum jwt_reason
compare_with_copy(const struct inquiry *i, struct report *r)
{
	const struct lookup_answer *copy = &i->copy.answer;

	if (i->copy.found != FOUND_ENTRY || i->copy.state.synced_at == 0 ||
		copy->epoch_found != FOUND_ENTRY ||
		strcmp(copy->epoch.id, i->answer.epoch.id) != 0)
		return JWT_OK;
	if (copy->epoch.counter > i->answer.epoch.counter &&
		accepted_after_copy(i))
		return JWT_OK;
	return mark_compare(&copy->epoch, &i->answer.epoch, r);
}

/* A full disk must not end all logins: the older mark still guards. Without
 * any, a loss would never be seen. */
static enum jwt_reason
raise_mark(const struct inquiry *i, struct report *r)
{
	enum jwt_reason raised;

	if (i->known && i->mark.counter == i->answer.epoch.counter)
		return JWT_OK;
	raised = mark_raise(i->store->places.seen_dir, i->store->class->name,
		&i->answer.epoch, false, r);
	return i->known ? JWT_OK : raised;
}

static enum jwt_reason
judge_epoch(const struct inquiry *i, struct report *r)
{
	const struct lookup_answer *answer = &i->answer;

	if (answer->epoch_found != FOUND_ENTRY)
		return epoch_lost(answer->epoch_found, r);
	if (i->known)
		JWT_TRY(mark_compare(&i->mark, &answer->epoch, r));
	JWT_TRY(compare_with_copy(i, r));
	/* What it counted is true, also where it forgets entries. */
	JWT_TRY(raise_mark(i, r));
	return answer->evicts ? eviction_lost(r) : JWT_OK;
}

static enum jwt_reason
judge_entries(const struct inquiry *i, const struct lookup_answer *answer,
	struct report *r)
{
	if (answer->raw_found)
		return report(
			r, JWT_REVOKED, "the token itself is on the blacklist");
	for (size_t k = 0; k < REVOKED_KIND_COUNT; k++)
		JWT_TRY(judge_entry(
			answer, (enum revoked_kind)k, i->q, i->now, r));
	return JWT_OK;
}

/*
 * What is revoked says so even from a store that lost something else; and
 * the mark rises with each answer, whatever became of the token.
 */
static enum jwt_reason
judge_answer(const struct inquiry *i, struct report *r)
{
	struct report loss = { "" };
	enum jwt_reason epoch = judge_epoch(i, &loss);

	JWT_TRY(judge_entries(i, &i->answer, r));
	if (loss.text[0] != '\0')
		report(r, epoch, "%s", loss.text);
	return epoch;
}

bool
allowed_as_fresh(const struct revocation_config *config,
	const struct revocation_question *q, int64_t now)
{
	int64_t age = now - q->iat;

	return config->on_unreachable == UNREACHABLE_ALLOW_FRESH &&
	       q->has_iat && age >= -CLOCK_SKEW_MAX && age < config->fresh_for;
}

/* What a copy must have: as much as this host, or the store, knows of. */
static const struct epoch *
least_of_copy(const struct inquiry *i)
{
	const struct epoch *said = &i->answer.epoch;

	if (i->answer.epoch_found != FOUND_ENTRY)
		return i->known ? &i->mark : NULL;
	if (!i->known || (strcmp(said->id, i->mark.id) == 0 &&
				 said->counter > i->mark.counter))
		return said;
	return &i->mark;
}

/*
 * The store has said what it knows: reason and why. The copy adds what the
 * store may have evicted, and stands in for one that is away or lost data.
 */
static enum jwt_reason
judge_copy(const struct inquiry *i, enum jwt_reason reason,
	const struct report *why, struct report *r)
{
	struct report found = { "" }, unfit = { "" };

	if (reason == JWT_REVOKED)
		return report(r, reason, "%s", why->text);
	if (judge_entries(i, &i->copy.answer, &found) != JWT_OK)
		return report(r, JWT_REVOKED, "%s, says this host's copy",
			found.text);
	if (reason != JWT_REVOCATION_UNREACHABLE &&
		reason != JWT_REVOCATION_LOST)
		return report(r, reason, "%s", why->text);
	if (i->copy_reason != JWT_OK)
		return report(r, reason, "%s; no copy on this host: %s",
			why->text, i->copy_fault.text);
	if (!copy_decides(i->store->config, &i->copy, least_of_copy(i), i->now,
		    &unfit))
		return report(r, reason, "%s; %s", why->text, unfit.text);
	return report(r, JWT_OK, "by this host's copy, %lld s old: %s",
		(long long)copy_age(i->store->config, &i->copy.state, i->now),
		why->text);
}

static enum jwt_reason
ask_store(struct inquiry *i, struct report *r)
{
	enum jwt_reason reason =
		i->store->class->ask(i->store, &i->lookup, &i->answer, r);

	i->store->silent = reason == JWT_REVOCATION_UNREACHABLE;
	return reason == JWT_OK ? judge_answer(i, r) : reason;
}

/* The copy before the store; the mark was read before both. */
static enum jwt_reason
ask_with_copy(struct inquiry *i, struct report *r)
{
	struct report why = { "" };
	enum jwt_reason reason;

	i->copy_reason = copy_ask(
		i->store, &i->lookup, i->now, &i->copy, &i->copy_fault);
	reason = ask_store(i, &why);
	return judge_copy(i, reason, &why, r);
}

static enum jwt_reason
ask_without_copy(struct inquiry *i, struct report *r)
{
	struct report why = { "" };
	enum jwt_reason reason = ask_store(i, &why);

	if (reason == JWT_REVOCATION_UNREACHABLE &&
		allowed_as_fresh(i->store->config, i->q, i->now))
		return report(r, JWT_OK,
			"not asked whether it is revoked: fresh, and %s",
			why.text);
	return report(r, reason, "%s", why.text);
}

enum jwt_reason
revocation_check(struct revocation_store *store,
	const struct revocation_question *q, int64_t now, struct report *r)
{
	JWT_AUTO(buffer) twin = BUFFER(JWT_TOKEN_MAX);
	struct inquiry i = { .store = store, .q = q, .now = now };
	enum jwt_reason reason;

	if (store->class == NULL)
		return JWT_OK;
	JWT_TRY(lookup_from_question(store, q, &i.lookup, &twin, r));
	/* The mark is read first: one raised meanwhile by another process may
	 * be ahead of the answer that we get. */
	JWT_TRY(mark_read_kept(&store->mark, store->places.seen_dir,
		store->class->name, clock_now(), &i.mark, &i.known, r));
	reason = store->config->on_unreachable == UNREACHABLE_LAST_KNOWN
			 ? ask_with_copy(&i, r)
			 : ask_without_copy(&i, r);
	lookup_answer_clear(&i.answer);
	copy_clear(&i.copy);
	return reason;
}
