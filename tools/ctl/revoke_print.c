/* SPDX-License-Identifier: ISC */
/*
 * What revoke tells a person: what is revoked, and until when.
 */
#include "revoke.h"

#include "revoke_write.h"

#include <stdio.h>
#include <string.h>

static void
print_entry(const struct revocation_entry *entry, int64_t now)
{
	char until[CTL_TIME_MAX], before[CTL_TIME_MAX], was[CTL_TIME_MAX];

	printf("  %s %.16s...  until %s", revoked_kind_name(entry->kind),
		entry->hex, ctl_time(entry->until, until));
	if (entry->kind == REVOKED_SUB)
		printf(", tokens issued before %s",
			ctl_time(entry->before, before));
	if (entry->was_until >= now)
		printf("  (was revoked before, until %s)",
			ctl_time(entry->was_until, was));
	printf("\n");
}

enum ctl_exit
revoke_print_result(const struct revoke_request *request,
	const struct ctl_store *s, const struct revoke_order *order,
	const struct revoke_result *result)
{
	JWT_AUTO(buffer) where = BUFFER(512);
	const char *last = "";

	for (size_t i = 0; i < result->done; i++) {
		const struct revocation_entry *entry = &order->entry[i];
		const char *what = entry->what != NULL ? entry->what : "?";

		if (strcmp(what, last) != 0)
			printf("%s: %s\n",
				revoke_was_before(entry, request->now)
					? "was revoked before"
					: "revoked",
				what);
		last = what;
		print_entry(entry, request->now);
	}
	if (result->reason != JWT_OK)
		return ctl_fail(CTL_FAILED, "not revoked: %s: %s: %s",
			order->entry[result->done].what != NULL
				? order->entry[result->done].what
				: "?",
			jwt_reason_name(result->reason), result->report.text);
	ctl_store_describe(s, &where);
	printf("in %s\n", buffer_string(&where));
	return CTL_YES;
}
