/* SPDX-License-Identifier: ISC */
/* Entries that are over leave the copy, now and then. */
#include "follower.h"

#include "base/clock.h"

#define SWEEP_MS (60 * 60 * 1000)

/* Raw tokens' files are left to the scan, which knows their ends. */
static enum jwt_reason
sweep_file(void *arg, struct folder *folder, const char *name, struct report *r)
{
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	struct follower *f = arg;
	struct revocation_entry entry = { .until = ENTRY_TIME_MAX };
	bool over, removed = false;
	enum found found;

	follower_alive(f);
	if (!entry_from_name(slice_of_string(name), '-', &entry))
		return JWT_OK;
	JWT_TRY(embedded_read(
		&folder->at, name, REVOKED_ENTRY_MAX, &found, &json, r));
	over = found == FOUND_ENTRY &&
	       entry_parse(buffer_slice(&json), &entry, NULL) == JWT_OK &&
	       entry.until < f->clock.wall;
	revocation_entry_clear(&entry);
	if (over)
		JWT_TRY(folder_remove(folder, name, &removed, r));
	if (removed && f->state.entries > 0)
		f->state.entries--;
	return JWT_OK;
}

enum jwt_reason
follower_sweep(struct follower *f, struct report *r)
{
	if (clock_monotonic_ms() < f->sweep_due_ms || f->need_list)
		return JWT_OK;
	JWT_TRY(follower_commit(f, r)); /* by the clock that removes */
	JWT_TRY(folder_each(&f->folder, sweep_file, f, r));
	f->sweep_due_ms = clock_monotonic_ms() + SWEEP_MS;
	return folder_sync(&f->folder, r);
}
