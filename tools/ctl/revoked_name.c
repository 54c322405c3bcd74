/* SPDX-License-Identifier: ISC */
/*
 * From the words of a command line to entries that are in the store.
 */
#include "revoked.h"

#include "base/clock.h"
#include "revocation/entry.h"

#include <string.h>

#define BEGINNING_MIN 8 /* hex digits */

/* "KIND-HEX", or a beginning of it: *len digits, in entry->hex. */
static bool
parse_name(const char *word, struct revocation_entry *entry, size_t *len)
{
	char kind[8];
	size_t dash = strcspn(word, "-:");

	if (word[dash] == '\0' || dash >= sizeof(kind))
		return false;
	memcpy(kind, word, dash);
	kind[dash] = '\0';
	word += dash + 1;
	*len = strlen(word);
	if (!revoked_kind_from_name(kind, &entry->kind) ||
		*len > REVOKED_HEX_LEN || *len < BEGINNING_MIN ||
		strspn(word, "0123456789abcdef") != *len)
		return false;
	memcpy(entry->hex, word, *len + 1);
	return true;
}

/* The only one in the store that begins so: hex becomes whole. */
static enum ctl_exit
complete_name(const struct ctl_store *s, const char *word, size_t len,
	struct revocation_entry *entry)
{
	JWT_AUTO(revoked_list) all = { 0 };
	struct report r = { "" };
	size_t hits = 0, last = 0;
	enum jwt_reason reason = revocation_list(
		s->store, clock_now(), revoked_list_add, &all, &r);

	if (reason != JWT_OK)
		return revoked_fail(reason, &r);
	revoked_list_order(&all); /* Redis may name one twice */
	for (size_t i = 0; i < all.count; i++)
		if (all.at[i].kind == entry->kind &&
			strncmp(all.at[i].hex, entry->hex, len) == 0 &&
			(hits == 0 ||
				strcmp(all.at[i].hex, all.at[last].hex) != 0)) {
			hits++;
			last = i;
		}
	if (hits == 0)
		return ctl_fail(
			CTL_NO, "%s: nothing is revoked by that name", word);
	if (hits > 1)
		return ctl_fail(CTL_USAGE,
			"%s: %zu entries begin so; \"revoked list --json\" "
			"shows them whole",
			word, hits);
	memcpy(entry->hex, all.at[last].hex, sizeof(entry->hex));
	return CTL_YES;
}

static enum ctl_exit
add_found(const struct ctl_store *s, const char *word,
	struct revocation_entry *entry, struct revoked_list *out)
{
	struct report r = { "" };
	bool found = false;
	enum jwt_reason reason = revocation_find(s->store, entry, &found, &r);

	if (reason != JWT_OK)
		return revoked_fail(reason, &r);
	if (!found)
		return ctl_fail(
			CTL_NO, "%s: nothing is revoked by that name", word);
	reason = revoked_list_add(out, entry);
	revocation_entry_clear(entry);
	return reason == JWT_OK ? CTL_YES
				: ctl_fail(CTL_FAILED, "out of memory");
}

static enum ctl_exit
add_word(const struct ctl_store *s, const char *word, struct revoked_list *out)
{
	struct revocation_entry entry = { 0 };
	enum ctl_exit status = CTL_YES;
	size_t len;

	if (!parse_name(word, &entry, &len))
		return ctl_usage("revoked: %s: expected KIND-HEX, or its "
				 "beginning, as \"revoked list\" shows it",
			word);
	if (len < REVOKED_HEX_LEN)
		status = complete_name(s, word, len, &entry);
	return status == CTL_YES ? add_found(s, word, &entry, out) : status;
}

static enum ctl_exit
add_value(const struct ctl_store *s, const struct revoked_options *o,
	enum revoked_kind kind, struct revoked_list *out)
{
	const struct issuer_config *issuer = NULL;
	struct revocation_entry entry = { .kind = kind };

	if (o->issuer != NULL)
		issuer = config_issuer_by_name(s->config, o->issuer);
	else if (s->config->issuer_count == 1)
		issuer = &s->config->issuer[0];
	if (issuer == NULL && o->issuer != NULL)
		return ctl_fail(CTL_USAGE,
			"the config has no issuer with the name \"%s\"",
			o->issuer);
	if (issuer == NULL)
		return ctl_usage("revoked: --issuer NAME is missing: the "
				 "config has %zu issuers",
			s->config->issuer_count);
	if (!revocation_hex(kind, slice_of_string(issuer->issuer),
		    slice_of_string(o->value[kind]), entry.hex))
		return ctl_fail(CTL_FAILED, "SHA-256 failed");
	return add_found(s, o->value[kind], &entry, out);
}

enum ctl_exit
revoked_named(const struct ctl_store *s, const struct revoked_options *o,
	struct revoked_list *out)
{
	enum ctl_exit status = CTL_YES;

	for (int i = 0; i < o->count && status == CTL_YES; i++)
		status = add_word(s, o->words[i], out);
	for (size_t i = 0; i < REVOKED_KIND_COUNT && status == CTL_YES; i++)
		if (o->value[i] != NULL)
			status = add_value(s, o, (enum revoked_kind)i, out);
	if (status == CTL_YES && out->count == 0)
		return ctl_usage("revoked: a name is missing: KIND-HEX, or "
				 "--jti, --sid, --sub, --kid VALUE");
	return status;
}
