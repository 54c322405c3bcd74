/* SPDX-License-Identifier: ISC */
/*
 * Stores are opened, asked to do what they do, and closed; what is the same
 * for each of them is done here.
 */
#include "revocation/store.h"

#include "revocation/redis_client.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum jwt_reason
revocation_open(const struct revocation_config *config,
	const struct revocation_places *places, struct revocation_store **out,
	struct report *r)
{
	JWT_AUTO(revocation_store) store = calloc(1, sizeof(*store));

	if (store == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	store->config = config;
	store->places = *places;
	if (config->store == REVOCATION_EMBEDDED)
		store->class = &embedded_class;
	else if (config->store == REVOCATION_REDIS)
		store->class = &redis_class;
	if (!name_hash_open(&store->hash))
		return report(r, JWT_INTERNAL_ERROR, "OpenSSL has no SHA-256");
	if (store->class == &redis_class)
		JWT_TRY(redis_client_new(
			&config->redis, places->names_dir, &store->redis, r));
	*out = JWT_TAKE(store);
	return JWT_OK;
}

void
revocation_close(struct revocation_store *store)
{
	if (store == NULL)
		return;
	redis_client_free(store->redis);
	name_hash_close(&store->hash);
	free(store);
}

enum jwt_reason
revocation_prepare(struct revocation_store *store, struct report *r)
{
	if (store->prepared || store->class == NULL)
		return JWT_OK;
	if (store->class->prepare != NULL)
		JWT_TRY(store->class->prepare(store, r));
	store->prepared = true;
	return JWT_OK;
}

/* What the administrator's calls have in common. */
enum jwt_reason
store_ready(struct revocation_store *store, struct report *r)
{
	if (store->class == NULL)
		return report(r, JWT_CONFIG_ERROR,
			"revocation.store is \"none\": nothing can be revoked");
	return revocation_prepare(store, r);
}

enum jwt_reason
store_journal_open(struct revocation_store *store, struct report *r)
{
	return journal_open(store->places.journal_dir, store->class->name,
		&store->journal, r);
}

enum jwt_reason
store_read_epoch(struct revocation_store *store, enum found *found,
	struct epoch *out, struct report *r)
{
	const struct lookup nothing = { 0 };
	struct lookup_answer answer = { 0 };

	JWT_TRY(store->class->ask(store, &nothing, &answer, r));
	lookup_answer_clear(&answer);
	*found = answer.epoch_found;
	*out = answer.epoch;
	return JWT_OK;
}

enum jwt_reason
revocation_widen(struct revocation_store *store, struct revocation_entry *entry,
	struct report *r)
{
	struct revocation_entry copy;
	enum jwt_reason reason;

	JWT_TRY(store_ready(store, r));
	if (entry->until < entry->when)
		return report(r, JWT_INTERNAL_ERROR,
			"a revocation that is over before it begins");
	if (entry->kind == REVOKED_SUB && entry->before <= 0)
		return report(r, JWT_INTERNAL_ERROR,
			"a revocation of sub says before when");
	if (!entry_copy(entry, &copy))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	copy.was_until = copy.was_when = copy.was_before = 0;
	reason = store_journal_open(store, r);
	if (reason == JWT_OK)
		reason = store->class->add(store, &copy, r);
	journal_close(&store->journal);
	if (reason == JWT_OK) {
		entry->until = copy.until;
		entry->before = copy.before;
		entry->was_until = copy.was_until;
		entry->was_when = copy.was_when;
		entry->was_before = copy.was_before;
	}
	revocation_entry_clear(&copy);
	return reason;
}

enum jwt_reason
revocation_add(struct revocation_store *store,
	const struct revocation_entry *entry, struct report *r)
{
	struct revocation_entry copy = *entry;

	return revocation_widen(store, &copy, r);
}

enum jwt_reason
revocation_seen(const struct revocation_store *store, struct buffer *mark,
	struct report *r)
{
	struct epoch seen;
	bool known = false;

	if (store->class == NULL)
		return JWT_OK;
	JWT_TRY(mark_peek(
		store->places.seen_dir, store->class->name, &seen, &known, r));
	if (known && !epoch_format(&seen, mark))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	return JWT_OK;
}

enum jwt_reason
revocation_expect(
	struct revocation_store *store, struct slice mark, struct report *r)
{
	store->expects = mark.len > 0;
	if (store->expects && !epoch_parse(mark, &store->seen))
		return report(r, JWT_INTERNAL_ERROR,
			"what this host has seen of the store is no epoch");
	return JWT_OK;
}

/* Another life can't be taken for the one that was seen. */
enum jwt_reason
store_judge(const struct revocation_store *store, enum found found,
	const struct epoch *epoch, struct report *r)
{
	const struct epoch *seen = &store->seen;

	JWT_TRY(journal_judge(&store->journal, found, epoch, r));
	if (!store->expects || strcmp(seen->id, epoch->id) != 0 ||
		epoch->counter >= seen->counter)
		return JWT_OK;
	return report(r, JWT_REVOCATION_LOST,
		"the store lost its data: this host's logins have seen %" PRIu64
		" revocations, now there are %" PRIu64
		"; on the hosts that revoked run: jwtauthctl revoked restore; "
		"or to take it as it is: jwtauthctl revoked accept-store",
		seen->counter, epoch->counter);
}

enum jwt_reason
revocation_undo(struct revocation_store *store,
	const struct revocation_entry *entry, bool *removed, struct report *r)
{
	struct revocation_entry copy = *entry; /* borrows the words */
	enum jwt_reason reason;

	*removed = false;
	JWT_TRY(store_ready(store, r));
	copy.until = copy.when;
	reason = store_journal_open(store, r);
	if (reason == JWT_OK)
		reason = store->class->undo(store, &copy, removed, r);
	journal_close(&store->journal);
	return reason;
}

enum jwt_reason
revocation_list(struct revocation_store *store, int64_t now,
	revocation_list_fn each, void *arg, struct report *r)
{
	JWT_TRY(store_ready(store, r));
	return store->class->list(store, now, each, arg, r);
}

enum jwt_reason
revocation_sweep(struct revocation_store *store, int64_t now, size_t *removed,
	struct report *r)
{
	*removed = 0;
	if (store->class == NULL || store->class->sweep == NULL)
		return JWT_OK; /* no credential is needed for that */
	JWT_TRY(store_ready(store, r));
	return store->class->sweep(store, now, removed, r);
}

/* As one that counts as revoked for ever. */
static void
mark_damaged(struct revocation_entry *entry)
{
	static const char damaged[] = "can't be read; counts as revoked";

	entry->until = INT64_MAX;
	entry->before = REVOKED_ALL_BEFORE;
	entry->what = slice_to_string(slice_of_string(damaged));
}

enum jwt_reason
revocation_find(struct revocation_store *store, struct revocation_entry *out,
	bool *found, struct report *r)
{
	struct lookup lookup = { 0 };
	struct lookup_answer answer = { 0 };

	JWT_TRY(store_ready(store, r));
	lookup.asked[out->kind] = true;
	memcpy(lookup.hex[out->kind], out->hex, sizeof(out->hex));
	JWT_TRY(store->class->ask(store, &lookup, &answer, r));
	*found = answer.found[out->kind] != FOUND_NOTHING;
	if (*found && (answer.found[out->kind] == FOUND_DAMAGED ||
			      entry_parse(buffer_slice(&answer.json[out->kind]),
				      out, NULL) != JWT_OK))
		mark_damaged(out);
	lookup_answer_clear(&answer);
	return JWT_OK;
}

enum jwt_reason
list_entry(struct slice name, char separator, enum found found,
	struct slice json, int64_t now, revocation_list_fn each, void *arg)
{
	struct revocation_entry entry = { 0 };
	enum jwt_reason reason = JWT_OK;

	if (found == FOUND_NOTHING || !entry_from_name(name, separator, &entry))
		return JWT_OK;
	if (found == FOUND_DAMAGED || entry_parse(json, &entry, NULL) != JWT_OK)
		mark_damaged(&entry);
	if (entry.until >= now)
		reason = each(arg, &entry);
	revocation_entry_clear(&entry);
	return reason;
}
