/* SPDX-License-Identifier: ISC */
/*
 * The copy as its readers see it, by the code that reads the embedded store.
 */
#include "revocation/copy.h"

#include "jose/json.h"
#include "jose/json_write.h"

#include <stdio.h>
#include <string.h>

#define STATE_VERSION  1
#define RAW_PREFIX     "raw-"
#define CLOCK_SKEW_MAX 300 /* seconds that a clock may be corrected by */

static bool
get_count(const struct json_node *root, const char *name, uint64_t *out)
{
	int64_t value;

	if (!json_get_integer(root, name, &value) || value < 0)
		return false;
	*out = (uint64_t)value;
	return true;
}

static bool
get_text(const struct json_node *root, const char *name, char *out, size_t size)
{
	struct slice text;

	if (!json_get_string(root, name, &text) || text.len >= size)
		return false;
	memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return true;
}

enum jwt_reason
copy_state_parse(struct slice text, struct copy_state *out, struct report *r)
{
	JWT_AUTO(json_doc) doc = { 0 };
	struct copy_state state = { 0 };
	const struct json_node *root;
	int64_t version;

	JWT_TRY(json_parse_object(text, "state of the copy", &doc, r));
	root = json_root(&doc);
	if (!json_get_integer(root, "version", &version) ||
		version != STATE_VERSION ||
		!json_get_integer(root, "synced_at", &state.synced_at) ||
		!json_get_integer(root, "scanned_at", &state.scanned_at) ||
		!get_count(root, "entries", &state.entries) ||
		!get_count(root, "raw", &state.raw) ||
		!get_text(root, "stream", state.stream, COPY_STREAM_MAX) ||
		!get_text(root, "problem", state.problem, COPY_PROBLEM_MAX))
		return report(r, JWT_TOKEN_MALFORMED,
			"state of the copy: a member is missing or wrong");
	*out = state;
	return JWT_OK;
}

enum jwt_reason
copy_state_format(
	const struct copy_state *state, struct buffer *out, struct report *r)
{
	JWT_AUTO(json)
	root = json_pack("{s:i, s:I, s:I, s:I, s:I, s:s, s:s}", "version",
		STATE_VERSION, "synced_at", (json_int_t)state->synced_at,
		"scanned_at", (json_int_t)state->scanned_at, "entries",
		(json_int_t)state->entries, "raw", (json_int_t)state->raw,
		"stream", state->stream, "problem", state->problem);
	char text[COPY_STATE_MAX];
	size_t len;

	len = root != NULL ? json_dumpb(root, text, sizeof(text), JSON_COMPACT)
			   : 0;
	if (len == 0 || len > sizeof(text) || !buffer_append(out, text, len) ||
		!buffer_append(out, "\n", 1))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	return JWT_OK;
}

void
copy_raw_name(const char *hex, char out[ENTRY_NAME_MAX])
{
	snprintf(out, ENTRY_NAME_MAX, RAW_PREFIX "%.*s", REVOKED_HEX_LEN, hex);
}

bool
copy_raw_from_name(struct slice name, char hex[REVOKED_HEX_LEN + 1])
{
	struct slice kind;

	if (!slice_cut(&name, '-', &kind) ||
		!slice_equals_string(kind, "raw") || !entry_is_hex(name))
		return false;
	memcpy(hex, name.data, REVOKED_HEX_LEN);
	hex[REVOKED_HEX_LEN] = '\0';
	return true;
}

void
copy_clear(struct copy *copy)
{
	lookup_answer_clear(&copy->answer);
}

static enum jwt_reason
read_state(const struct embedded_folder *folder, struct copy *out,
	struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(COPY_STATE_MAX);

	JWT_TRY(embedded_read(
		folder, COPY_STATE, COPY_STATE_MAX, &out->found, &text, r));
	if (out->found == FOUND_ENTRY && copy_state_parse(buffer_slice(&text),
						 &out->state, NULL) != JWT_OK)
		out->found = FOUND_DAMAGED;
	return JWT_OK;
}

/* As with other entries: one that can't be read counts. */
static enum jwt_reason
ask_raw(const struct embedded_folder *folder, struct slice token, int64_t now,
	struct lookup_answer *answer, struct report *r)
{
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	struct revocation_entry entry = { .kind = REVOKED_SIG };
	char name[ENTRY_NAME_MAX];
	enum found found;

	if (!revocation_hex(REVOKED_SIG, slice_of(NULL, 0), token, entry.hex))
		return report(r, JWT_INTERNAL_ERROR, "SHA-256 failed");
	copy_raw_name(entry.hex, name);
	JWT_TRY(embedded_read(
		folder, name, REVOKED_ENTRY_MAX, &found, &json, r));
	if (found == FOUND_NOTHING)
		return JWT_OK;
	if (found == FOUND_DAMAGED ||
		entry_parse(buffer_slice(&json), &entry, NULL) != JWT_OK ||
		entry_hits(&entry, false, 0, now))
		answer->raw_found = true;
	revocation_entry_clear(&entry);
	return JWT_OK;
}

static enum jwt_reason
ask_folder(const struct embedded_folder *folder, const struct lookup *lookup,
	int64_t now, struct copy *out, struct report *r)
{
	/* The state first: its writer writes it last. */
	JWT_TRY(read_state(folder, out, r));
	JWT_TRY(embedded_ask_folder(folder, lookup, &out->answer, r));
	for (size_t i = 0; i < lookup->raw_count; i++)
		JWT_TRY(ask_raw(folder, lookup->raw[i], now, &out->answer, r));
	return JWT_OK;
}

enum jwt_reason
copy_ask(const struct revocation_store *store, const struct lookup *lookup,
	int64_t now, struct copy *out, struct report *r)
{
	const struct revocation_store folder_store = {
		.places.revoked_dir = store->places.copy_dir,
	};
	struct embedded_folder folder;
	enum jwt_reason reason;

	memset(out, 0, sizeof(*out));
	JWT_TRY(embedded_open(&folder_store, &folder, r));
	reason = ask_folder(&folder, lookup, now, out, r);
	close(folder.fd);
	if (reason != JWT_OK)
		out->found = FOUND_DAMAGED;
	return reason;
}

int64_t
copy_age(const struct revocation_config *config, const struct copy_state *state,
	int64_t now)
{
	int64_t since = state->synced_at;

	if (config->redis.raw_tokens && state->scanned_at < since)
		since = state->scanned_at;
	return now - since;
}

bool
copy_decides(const struct revocation_config *config, const struct copy *copy,
	const struct epoch *mark, int64_t now, struct report *r)
{
	const int64_t age = copy_age(config, &copy->state, now);
	struct report loss = { "" };

	if (copy->found != FOUND_ENTRY)
		report(r, JWT_REVOCATION_LOST,
			"this host's copy is not whole; see jwtauth-followd");
	else if (copy->state.synced_at == 0 || age == now)
		report(r, JWT_REVOCATION_LOST,
			"this host's copy is not whole yet");
	else if (copy->state.problem[0] != '\0')
		report(r, JWT_REVOCATION_LOST, "this host's copy: %s",
			copy->state.problem);
	else if (age > config->max_age)
		report(r, JWT_REVOCATION_LOST,
			"this host's copy is %lld s old, max_age is %lld",
			(long long)age, (long long)config->max_age);
	else if (age < -CLOCK_SKEW_MAX)
		report(r, JWT_REVOCATION_LOST,
			"this host's copy is of %lld s from now",
			(long long)-age);
	else if (copy->answer.epoch_found != FOUND_ENTRY)
		report(r, JWT_REVOCATION_LOST, "this host's copy has no epoch");
	else if (mark != NULL &&
		 mark_compare(mark, &copy->answer.epoch, &loss) != JWT_OK)
		report(r, JWT_REVOCATION_LOST,
			"this host's copy, %lld s old, has less than this "
			"host has seen",
			(long long)age);
	else
		return true;
	return false;
}
