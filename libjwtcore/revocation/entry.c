/* SPDX-License-Identifier: ISC */
/*
 * Entries: what their names and their JSON mean.
 */
#include "revocation/entry.h"

#include "jose/json.h"
#include "jose/json_write.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_name[REVOKED_KIND_COUNT] = {
	[REVOKED_SIG] = "sig",
	[REVOKED_JTI] = "jti",
	[REVOKED_SID] = "sid",
	[REVOKED_SUB] = "sub",
	[REVOKED_KID] = "kid",
};

const char *
revoked_kind_name(enum revoked_kind kind)
{
	return kind_name[kind];
}

static bool
kind_from_slice(struct slice name, enum revoked_kind *out)
{
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++) {
		if (!slice_equals_string(name, kind_name[i]))
			continue;
		*out = (enum revoked_kind)i;
		return true;
	}
	return false;
}

bool
revoked_kind_from_name(const char *name, enum revoked_kind *out)
{
	return kind_from_slice(slice_of_string(name), out);
}

void
revocation_entry_clear(struct revocation_entry *entry)
{
	free(entry->by);
	free(entry->why);
	free(entry->what);
	memset(entry, 0, sizeof(*entry));
}

static bool
copy_words(const char *words, char **out)
{
	*out = words != NULL ? strdup(words) : NULL;
	return (*out == NULL) == (words == NULL);
}

bool
entry_copy(const struct revocation_entry *from, struct revocation_entry *out)
{
	bool by, why, what;

	*out = *from;
	by = copy_words(from->by, &out->by);
	why = copy_words(from->why, &out->why);
	what = copy_words(from->what, &out->what);
	if (by && why && what)
		return true;
	revocation_entry_clear(out);
	return false;
}

bool
name_hash_open(struct name_hash *hash)
{
	hash->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	hash->ctx = EVP_MD_CTX_new();
	return hash->sha256 != NULL && hash->ctx != NULL;
}

void
name_hash_close(struct name_hash *hash)
{
	EVP_MD_CTX_free(hash->ctx);
	EVP_MD_free(hash->sha256);
	*hash = (struct name_hash){ NULL, NULL };
}

bool
name_hash_hex(const struct name_hash *hash, enum revoked_kind kind,
	struct slice iss, struct slice value, char out[REVOKED_HEX_LEN + 1])
{
	uint8_t digest[REVOKED_HEX_LEN / 2];
	EVP_MD_CTX *ctx = hash->ctx;
	bool done = EVP_DigestInit_ex2(ctx, hash->sha256, NULL) == 1;

	if (done && kind != REVOKED_SIG)
		done = EVP_DigestUpdate(ctx, iss.data, iss.len) == 1 &&
		       EVP_DigestUpdate(ctx, "\n", 1) == 1;
	done = done && EVP_DigestUpdate(ctx, value.data, value.len) == 1 &&
	       EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
	if (done)
		hex_encode(digest, sizeof(digest), out);
	return done;
}

bool
revocation_hex(enum revoked_kind kind, struct slice iss, struct slice value,
	char out[REVOKED_HEX_LEN + 1])
{
	struct name_hash hash;
	bool done = name_hash_open(&hash) &&
		    name_hash_hex(&hash, kind, iss, value, out);

	name_hash_close(&hash);
	return done;
}

void
entry_name(enum revoked_kind kind, const char *hex, char separator,
	char out[ENTRY_NAME_MAX])
{
	size_t len = strlen(kind_name[kind]);

	memcpy(out, kind_name[kind], len);
	out[len++] = separator;
	memcpy(out + len, hex, REVOKED_HEX_LEN);
	out[len + REVOKED_HEX_LEN] = '\0';
}

bool
entry_is_hex(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.data[i] >= '0' && s.data[i] <= '9') ||
			    (s.data[i] >= 'a' && s.data[i] <= 'f')))
			return false;
	return s.len == REVOKED_HEX_LEN;
}

bool
entry_from_name(struct slice name, char separator, struct revocation_entry *out)
{
	struct slice kind;

	if (!slice_cut(&name, (uint8_t)separator, &kind) ||
		!entry_is_hex(name) || !kind_from_slice(kind, &out->kind))
		return false;
	memcpy(out->hex, name.data, REVOKED_HEX_LEN);
	out->hex[REVOKED_HEX_LEN] = '\0';
	return true;
}

static enum jwt_reason
get_time(const struct json_node *root, const char *name, int64_t *out,
	struct report *r)
{
	int64_t value;

	if (!json_get_integer(root, name, &value) || value < 0 ||
		value > ENTRY_TIME_MAX)
		return report(r, JWT_TOKEN_MALFORMED,
			"revocation entry: \"%s\" is no time", name);
	*out = value;
	return JWT_OK;
}

/* Words for people: an entry without them still counts. */
static bool
get_words(const struct json_node *root, const char *name, char **out)
{
	struct slice words;

	if (!json_get_string(root, name, &words))
		return true;
	*out = slice_to_string(words);
	return *out != NULL;
}

enum jwt_reason
entry_parse(struct slice text, struct revocation_entry *out, struct report *r)
{
	JWT_AUTO(json_doc) doc = { 0 };
	const struct json_node *root;
	int64_t until, when, before = REVOKED_ALL_BEFORE;
	char *words[3] = { NULL, NULL, NULL };

	if (text.len > REVOKED_ENTRY_MAX)
		return report(r, JWT_TOKEN_MALFORMED,
			"revocation entry: longer than %d bytes",
			REVOKED_ENTRY_MAX);
	JWT_TRY(json_parse_object(text, "revocation entry", &doc, r));
	root = json_root(&doc);
	JWT_TRY(get_time(root, "until", &until, r));
	JWT_TRY(get_time(root, "when", &when, r));
	if (json_member(root, "before") != NULL)
		JWT_TRY(get_time(root, "before", &before, r));
	if (!get_words(root, "by", &words[0]) ||
		!get_words(root, "why", &words[1]) ||
		!get_words(root, "what", &words[2])) {
		for (size_t i = 0; i < JWT_COUNT(words); i++)
			free(words[i]);
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	}
	out->until = until;
	out->when = when;
	out->before = before;
	out->by = words[0];
	out->why = words[1];
	out->what = words[2];
	return JWT_OK;
}

enum jwt_reason
entry_format(const struct revocation_entry *entry, struct buffer *out,
	struct report *r)
{
	JWT_AUTO(json) root = NULL;
	char text[REVOKED_ENTRY_MAX];
	size_t len;

	root = json_pack("{s:I, s:I, s:s*, s:s*, s:s*}", "until",
		(json_int_t)entry->until, "when", (json_int_t)entry->when, "by",
		entry->by, "why", entry->why, "what", entry->what);
	if (root == NULL)
		return report(r, JWT_INTERNAL_ERROR,
			"a revocation's words are not UTF-8");
	if (entry->kind == REVOKED_SUB && entry->before != REVOKED_ALL_BEFORE &&
		json_object_set_new(
			root, "before", json_integer(entry->before)) != 0)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	len = json_dumpb(root, text, sizeof(text), JSON_COMPACT);
	if (len == 0 || len > sizeof(text))
		return report(r, JWT_INTERNAL_ERROR,
			"a revocation's words are longer than %d bytes",
			REVOKED_ENTRY_MAX);
	if (!buffer_append(out, text, len))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	return JWT_OK;
}

static void
swap_words(char **a, char **b)
{
	char *words = *a;

	*a = *b;
	*b = words;
}

void
entry_widen(struct revocation_entry *entry, struct revocation_entry *older)
{
	entry->was_until = older->until;
	entry->was_when = older->when;
	entry->was_before = older->before;
	if (older->until < entry->when)
		return; /* it was over, and hit nothing any more */
	/* Whoever made it last so long is whom to ask about it. */
	if (older->until > entry->until) {
		entry->until = older->until;
		entry->when = older->when;
		swap_words(&entry->by, &older->by);
		swap_words(&entry->what, &older->what);
	}
	if (older->before > entry->before)
		entry->before = older->before;
	if (entry->why == NULL)
		entry->why = JWT_TAKE(older->why);
}

void
entry_widen_by_json(
	struct revocation_entry *entry, enum found found, struct slice json)
{
	struct revocation_entry older = { .kind = entry->kind };

	if (found == FOUND_NOTHING)
		return;
	if (found == FOUND_ENTRY && entry_parse(json, &older, NULL) == JWT_OK) {
		entry_widen(entry, &older);
		revocation_entry_clear(&older);
		return;
	}
	entry->until = entry->was_until = ENTRY_TIME_MAX;
	entry->before = entry->was_before = REVOKED_ALL_BEFORE;
}

bool
entry_covers(enum found found, struct slice json,
	const struct revocation_entry *entry)
{
	struct revocation_entry there = { .kind = entry->kind };
	bool covers;

	/* What can't be read counts as revoked, and for ever. */
	if (found != FOUND_ENTRY || entry_parse(json, &there, NULL) != JWT_OK)
		return found != FOUND_NOTHING;
	covers = there.until >= entry->until &&
		 (entry->kind != REVOKED_SUB || there.before >= entry->before);
	revocation_entry_clear(&there);
	return covers;
}

enum jwt_reason
entry_expect(const struct revocation_entry *entry, enum found found,
	struct slice json, struct report *r)
{
	struct revocation_entry there = { .kind = entry->kind };
	bool same;

	if (entry->was_until == 0 || found == FOUND_NOTHING)
		return JWT_OK;
	if (found != FOUND_ENTRY || entry_parse(json, &there, NULL) != JWT_OK)
		same = entry->was_until == INT64_MAX;
	else
		same = there.until == entry->was_until &&
		       there.when == entry->was_when &&
		       there.before == entry->was_before;
	revocation_entry_clear(&there);
	if (!same)
		return report(r, JWT_INTERNAL_ERROR,
			"it was revoked again meanwhile; look at it, and "
			"repeat");
	return JWT_OK;
}

bool
entry_hits(const struct revocation_entry *entry, bool has_iat, int64_t iat,
	int64_t now)
{
	if (entry->until < now)
		return false;
	if (entry->kind != REVOKED_SUB)
		return true;
	/* A token that hides its age is not spared. */
	return !has_iat || iat < entry->before;
}
