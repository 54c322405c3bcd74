/* SPDX-License-Identifier: ISC */
/* What a follower finds when it starts: the copy of the one before it. */
#include "follower.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define COUNT_FIRST 64 /* keys that Redis looks at in the first step */

/* Of a raw token's file only its end is of interest. */
static enum jwt_reason
load_raw(
	struct follower *f, const char *name, const char *hex, struct report *r)
{
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	struct revocation_entry entry = { .until = ENTRY_TIME_MAX };
	uint8_t hash[INDEX_HASH];
	struct index_slot *slot;
	enum found found;

	for (size_t i = 0; i < INDEX_HASH; i++) {
		unsigned byte = 0;

		(void)sscanf(hex + 2 * i, "%2x", &byte);
		hash[i] = (uint8_t)byte;
	}
	JWT_TRY(embedded_read(
		&f->folder.at, name, REVOKED_ENTRY_MAX, &found, &json, r));
	if (found == FOUND_NOTHING)
		return JWT_OK;
	(void)!entry_parse(buffer_slice(&json), &entry, NULL);
	slot = index_add(&f->index, hash);
	if (slot == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	slot->until = entry.until;
	revocation_entry_clear(&entry);
	return JWT_OK;
}

static enum jwt_reason
load_file(void *arg, struct folder *folder, const char *name, struct report *r)
{
	struct follower *f = arg;
	struct revocation_entry entry;
	char hex[REVOKED_HEX_LEN + 1];

	(void)folder;
	follower_alive(f);
	if (entry_from_name(slice_of_string(name), '-', &entry))
		f->state.entries++;
	else if (copy_raw_from_name(slice_of_string(name), hex))
		return load_raw(f, name, hex, r);
	return JWT_OK;
}

/* With no state, or no epoch, whatever is there is a beginning. */
static enum jwt_reason
load_state(struct follower *f, struct report *r)
{
	const struct revocation_store store = {
		.places.copy_dir = f->options->copy_dir,
	};
	const struct lookup nothing = { 0 };
	struct copy copy;

	JWT_TRY(copy_ask(&store, &nothing, clock_now(), &copy, r));
	if (copy.found == FOUND_ENTRY)
		f->state = copy.state;
	f->epoch = copy.answer.epoch;
	f->has_epoch = copy.found == FOUND_ENTRY &&
		       copy.answer.epoch_found == FOUND_ENTRY;
	copy_clear(&copy);
	if (!f->has_epoch)
		follower_begin_anew(f);
	else if (f->state.synced_at == 0)
		follower_missed(f);
	f->state.entries = 0; /* counted again */
	return JWT_OK;
}

enum jwt_reason
follower_start(struct follower *f, struct report *r)
{
	f->folder.lock = f->folder.at.fd = -1;
	f->scan_count = COUNT_FIRST;
	f->scan_most = SCAN_MOST;
	JWT_TRY(folder_open(f->options->copy_dir, &f->folder, r));
	JWT_TRY(load_state(f, r));
	return folder_each(&f->folder, load_file, f, r);
}

void
follower_end(struct follower *f)
{
	folder_close(&f->folder);
	index_clear(&f->index);
	revocation_close(f->store);
}
