/* SPDX-License-Identifier: ISC */
/*
 * Sets of keys (RFC 7517 section 5). A key that we don't understand is
 * skipped, as the RFC asks: one strange key must not lock everybody out.
 */
#include "jose/family.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST    4 /* keys: what most issuers publish */
#define LISTS_PER_KEY 4 /* so few keys share one that most look-ups see one */
#define NO_KEY	      UINT16_MAX
#define KID_SHOWN     64 /* bytes; a longer kid isn't shown */

/* What a search looks at lies here, so that it touches no other key. */
struct entry {
	struct jwk *key;
	struct slice kid; /* in the key */
	jws_alg_set allowed;
	uint32_t hash; /* of kid */
	uint16_t next; /* key whose kid falls into the same list */
};

struct jwks {
	struct entry *entries;
	uint16_t *lists; /* of keys by the hash of their kid */
	size_t count, room, skipped, exposed;
	/* The keys that allow an algorithm, a bit each: for tokens that name
	 * no key. */
	uint64_t fits[JWS_ALG_COUNT][JWKS_KEY_MAX / 64];
};

/* FNV-1a. Who chooses kids that collide slows down its own tokens. */
static uint32_t
hash_of(struct slice kid)
{
	uint32_t hash = 2166136261;

	for (size_t i = 0; i < kid.len; i++)
		hash = (hash ^ kid.data[i]) * 16777619;
	return hash ^ hash >> 16;
}

static uint16_t *
list_of(const struct jwks *set, uint32_t hash)
{
	return &set->lists[hash & (LISTS_PER_KEY * set->room - 1)];
}

static void
note_algs(struct jwks *set, size_t index)
{
	struct entry *entry = &set->entries[index];

	entry->allowed = 0;
	for (unsigned i = 0; i < JWS_ALG_COUNT; i++)
		if (jwk_allows(entry->key, (enum jws_alg)i)) {
			entry->allowed |= JWS_ALG_BIT(i);
			set->fits[i][index / 64] |= UINT64_C(1) << index % 64;
		}
}

/* Appends, so that keys of one kid keep their order. */
static void
add_to_list(struct jwks *set, size_t index)
{
	struct entry *entry = &set->entries[index];
	uint16_t *link;

	entry->next = NO_KEY;
	entry->kid = jwk_kid(entry->key);
	if (entry->kid.len == 0) /* no kid, not an empty one: found by none */
		return;
	entry->hash = hash_of(entry->kid);
	link = list_of(set, entry->hash);
	while (*link != NO_KEY)
		link = &set->entries[*link].next;
	*link = (uint16_t)index;
}

static void
make_index(struct jwks *set)
{
	memset(set->fits, 0, sizeof(set->fits));
	for (size_t i = 0; i < LISTS_PER_KEY * set->room; i++)
		set->lists[i] = NO_KEY;
	for (size_t i = 0; i < set->count; i++) {
		note_algs(set, i);
		add_to_list(set, i);
	}
}

/* Room is a power of two, as LISTS_PER_KEY is. */
static bool
make_room(struct jwks *set, size_t room)
{
	struct entry *entries;
	uint16_t *lists;

	if (room <= set->room)
		return true;
	entries = realloc(set->entries, room * sizeof(*entries));
	if (entries == NULL)
		return false;
	set->entries = entries;
	lists = malloc(LISTS_PER_KEY * room * sizeof(*lists));
	if (lists == NULL)
		return false;
	free(set->lists);
	set->lists = lists;
	set->room = room;
	make_index(set);
	return true;
}

struct jwks *
jwks_new(void)
{
	return calloc(1, sizeof(struct jwks));
}

void
jwks_free(struct jwks *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->count; i++)
		jwk_free(set->entries[i].key);
	free(set->entries);
	free(set->lists);
	free(set);
}

enum jwt_reason
jwks_add(struct jwks *set, struct jwk *key)
{
	bool full = set->count == JWKS_KEY_MAX;

	if (full || (set->count == set->room &&
			    !make_room(set, set->room > 0 ? 2 * set->room
							  : ROOM_FIRST))) {
		jwk_free(key);
		return full ? JWT_TOKEN_MALFORMED : JWT_INTERNAL_ERROR;
	}
	set->entries[set->count].key = key;
	note_algs(set, set->count);
	add_to_list(set, set->count++);
	return JWT_OK;
}

struct jwks_search
jwks_search(const struct jwks *set, bool has_kid, struct slice kid,
	enum jws_alg alg)
{
	struct jwks_search search = {
		.set = set, .by_kid = has_kid, .kid = kid, .alg = alg
	};

	if (has_kid) {
		search.hash = hash_of(kid);
		search.next =
			set->count > 0 ? *list_of(set, search.hash) : NO_KEY;
	}
	return search;
}

/* NO_KEY: there is no more. */
static size_t
next_of_kid(struct jwks_search *search)
{
	const struct entry *entries = search->set->entries;
	size_t index = search->next;

	while (index != NO_KEY &&
		(entries[index].hash != search->hash ||
			!slice_equal(entries[index].kid, search->kid)))
		index = entries[index].next;
	if (index != NO_KEY)
		search->next = entries[index].next;
	return index;
}

static size_t
next_of_alg(struct jwks_search *search)
{
	const uint64_t *fits = search->set->fits[search->alg];
	size_t index = search->next;

	while (index < JWKS_KEY_MAX) {
		uint64_t left = fits[index / 64] >> index % 64;

		if (left != 0) {
			index += (size_t)__builtin_ctzll(left);
			search->next = index + 1;
			return index;
		}
		index = (index / 64 + 1) * 64;
	}
	return NO_KEY;
}

const struct jwk *
jwks_next(struct jwks_search *search)
{
	const struct entry *entry;
	size_t index;

	do {
		index = search->by_kid ? next_of_kid(search)
				       : next_of_alg(search);
		if (index == NO_KEY)
			return NULL;
		entry = &search->set->entries[index];
	} while ((entry->allowed & JWS_ALG_BIT(search->alg)) == 0);
	return entry->key;
}

/* Counts a key that is left out, and keeps why, with its kid. */
static void
skip(struct jwks *set, size_t place, struct slice kid, const char *why,
	struct report *last)
{
	set->skipped++;
	*last = (struct report){ 0 };
	report(last, JWT_OK, "skipped key %zu%s%.*s: %s", place + 1,
		kid.len > 0 ? ", kid " : "",
		kid.len < KID_SHOWN ? (int)kid.len : 0, (const char *)kid.data,
		why);
}

/* A key, or one more to skip. A published secret is what the report names. */
static enum jwt_reason
read_or_skip(
	struct jwks *set, const struct json_node *object, struct report *last)
{
	struct report detail = { 0 };
	struct slice kid = { 0 };
	struct jwk *key = NULL;
	enum jwt_reason reason = jwk_from_json(object, &key, &detail);
	bool exposed;

	if (reason == JWT_OK)
		return jwks_add(set, key);
	if (reason == JWT_INTERNAL_ERROR)
		return report(last, reason, "%s", detail.text);
	exposed = jwk_private_member(object) != NULL;
	if (!json_get_string(object, "kid", &kid))
		kid.len = 0;
	if (exposed || set->exposed == 0)
		skip(set, set->count + set->skipped, kid, detail.text, last);
	else
		set->skipped++;
	set->exposed += exposed;
	return JWT_OK;
}

enum jwt_reason
jwks_from_json(
	const struct json_node *root, struct jwks **out, struct report *r)
{
	const struct json_node *keys = json_member(root, "keys"), *object;
	struct report last = { 0 };
	JWT_AUTO(jwks) set = NULL;

	if (!json_is(keys, JSON_KIND_ARRAY))
		return report(r, JWT_TOKEN_MALFORMED,
			"the JWKS has no array \"keys\"");
	if (keys->count > JWKS_KEY_MAX)
		return report(r, JWT_TOKEN_MALFORMED,
			"the JWKS has %u keys, more than %d", keys->count,
			JWKS_KEY_MAX);
	set = jwks_new();
	if (set == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	json_each (object, keys) {
		enum jwt_reason reason = read_or_skip(set, object, &last);

		if (reason != JWT_OK)
			return report(r, reason, "%s", last.text);
	}
	if (set->skipped > 0)
		report(r, JWT_OK, "%s", last.text);
	*out = JWT_TAKE(set);
	return JWT_OK;
}

enum jwt_reason
jwks_import(struct jwks *set, struct report *r)
{
	struct report last = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < set->count; i++)
		if (jwk_import(set->entries[i].key, NULL) == JWT_INTERNAL_ERROR)
			return report(r, JWT_INTERNAL_ERROR, "out of memory");
	for (size_t i = 0; i < set->count; i++) {
		struct jwk *key = set->entries[i].key;
		struct report why = { 0 };

		if (jwk_import(key, &why) == JWT_OK) {
			set->entries[kept++] = set->entries[i];
			continue;
		}
		skip(set, i, jwk_kid(key), why.text, &last);
		jwk_free(key);
	}
	set->count = kept;
	make_index(set);
	if (last.text[0] != '\0')
		report(r, JWT_OK, "%s", last.text);
	return JWT_OK;
}

size_t
jwks_count(const struct jwks *set)
{
	return set->count;
}

size_t
jwks_skipped(const struct jwks *set)
{
	return set->skipped;
}

size_t
jwks_exposed(const struct jwks *set)
{
	return set->exposed;
}

const struct jwk *
jwks_at(const struct jwks *set, size_t index)
{
	return index < set->count ? set->entries[index].key : NULL;
}

bool
jwks_has_kid(const struct jwks *set, struct slice kid)
{
	struct jwks_search search = jwks_search(set, true, kid, JWS_RS256);

	return next_of_kid(&search) != NO_KEY;
}
