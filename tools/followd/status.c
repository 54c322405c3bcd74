/* SPDX-License-Identifier: ISC */
#include "status.h"

#include "base/clock.h"
#include "log.h"

#include <inttypes.h>
#include <stdio.h>

static void
print_copy(const struct revocation_config *config, const struct copy *copy,
	int64_t now)
{
	char time[LOG_TIME_SIZE];

	if (copy->found != FOUND_ENTRY)
		return;
	printf("synced:   %s\n", log_time(copy->state.synced_at, time));
	if (config->redis.raw_tokens)
		printf("searched: %s for raw tokens\n",
			log_time(copy->state.scanned_at, time));
	printf("age:      %" PRId64 " s, max_age is %" PRId64 "\n",
		copy_age(config, &copy->state, now), config->max_age);
	printf("holds:    %" PRIu64 " revocations, %" PRIu64 " raw tokens\n",
		copy->state.entries, copy->state.raw);
	if (copy->answer.epoch_found == FOUND_ENTRY)
		printf("epoch:    %s %" PRIu64 "\n", copy->answer.epoch.id,
			copy->answer.epoch.counter);
	printf("stream:   %s\n", copy->state.stream);
}

bool
status_print(const struct follower_options *options,
	const struct revocation_config *config)
{
	const struct revocation_store store = {
		.places.copy_dir = options->copy_dir,
	};
	const struct lookup nothing = { 0 };
	const int64_t now = clock_now();
	struct report why = { "" };
	struct copy copy;
	bool decides = false;

	if (config->on_unreachable != UNREACHABLE_LAST_KNOWN)
		report(&why, JWT_CONFIG_ERROR,
			"on_unreachable is not \"last_known\"");
	else if (copy_ask(&store, &nothing, now, &copy, &why) == JWT_OK) {
		decides = copy_decides(config, &copy, NULL, now, &why);
		print_copy(config, &copy, now);
		copy_clear(&copy);
	}
	if (decides)
		puts("state:    decides while Redis is away");
	else
		printf("state:    decides nothing: %s\n", why.text);
	return decides;
}
