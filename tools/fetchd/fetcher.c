/* SPDX-License-Identifier: ISC */
#include "fetcher_state.h"

#include "base/clock.h"
#include "fetch.h"
#include "log.h"

#include <stdlib.h>
#include <unistd.h>

/*
 * Fetches by the clock at the same time: memory, and threads of resolvers
 * that hang. Those that somebody waits for come on top.
 */
#define AT_ONCE_MAX 8
/* All together, some 70 KiB each; others wait in curl, their time runs. */
#define CONNECTIONS_MAX 12

static void
drop_issuers(struct fetcher *f)
{
	for (size_t i = 0; i < f->count; i++)
		issuer_free(f->issuer[i]);
	free(f->issuer);
	f->issuer = NULL;
	f->count = 0;
}

/* Out of the old ones, if its config did not change; else a new one. */
static struct issuer *
issuer_for(struct fetcher *f, const struct issuer_config *config)
{
	struct issuer *issuer;

	for (size_t i = 0; i < f->count; i++)
		if (f->issuer[i] != NULL &&
			issuer_take_config(f->issuer[i], config)) {
			issuer = f->issuer[i];
			f->issuer[i] = NULL;
			return issuer;
		}
	issuer = issuer_new(config, f->multi, f->places->cache_dir);
	if (issuer != NULL)
		issuer_load(issuer, clock_now());
	return issuer;
}

bool
fetcher_take_config(struct fetcher *f, struct jwt_config *config)
{
	struct issuer **issuers =
		calloc(config->issuer_count + 1, sizeof(struct issuer *));
	size_t count = 0;
	bool done = issuers != NULL;

	for (size_t i = 0; done && i < config->issuer_count; i++) {
		if (!issuer_is_fetched(&config->issuer[i]))
			continue;
		issuers[count] = issuer_for(f, &config->issuer[i]);
		done = issuers[count] != NULL;
		count += done;
	}
	for (size_t i = 0; i < f->count; i++)
		if (f->issuer[i] != NULL)
			refresh_socket_abandon(f->socket, f->issuer[i]);
	drop_issuers(f);
	config_free(f->config);
	f->config = config;
	f->issuer = issuers;
	f->count = count;
	if (f->names != NULL)
		names_take_config(f->names, &config->revocation);
	return done;
}

struct fetcher *
fetcher_new(const struct places *places, struct config_error *error)
{
	JWT_AUTO(fetcher) f = calloc(1, sizeof(*f));
	struct jwt_config *config = NULL;

	*error = (struct config_error){ "out of memory" };
	if (f == NULL)
		return NULL;
	f->places = places;
	f->signal_fd = -1;
	f->multi = curl_multi_init();
	if (f->multi == NULL ||
		curl_multi_setopt(f->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
			(long)CONNECTIONS_MAX) != CURLM_OK)
		return NULL;
	if (config_load(places->config, &config, error) != JWT_OK)
		return NULL;
	return fetcher_take_config(f, config) ? JWT_TAKE(f) : NULL;
}

void
fetcher_free(struct fetcher *f)
{
	if (f == NULL)
		return;
	refresh_socket_close(f->socket);
	names_free(f->names);
	drop_issuers(f);
	curl_multi_cleanup(f->multi);
	config_free(f->config);
	if (f->signal_fd >= 0)
		close(f->signal_fd);
	free(f);
}

struct issuer *
fetcher_find(const struct fetcher *f, struct slice name)
{
	for (size_t i = 0; i < f->count; i++)
		if (slice_equals_string(name, issuer_name(f->issuer[i])))
			return f->issuer[i];
	return NULL;
}

/* ---- transfers */

size_t
fetcher_busy(const struct fetcher *f)
{
	size_t count = 0;

	for (size_t i = 0; i < f->count; i++)
		count += issuer_busy(f->issuer[i]);
	return count;
}

static size_t
busy_by_clock(const struct fetcher *f)
{
	size_t count = 0;

	for (size_t i = 0; i < f->count; i++)
		count += issuer_busy_by_clock(f->issuer[i]);
	return count;
}

static bool
may_start(const struct issuer *issuer, size_t busy)
{
	return busy < AT_ONCE_MAX || issuer_wanted(issuer);
}

void
fetcher_start_due(struct fetcher *f)
{
	size_t busy = busy_by_clock(f);

	for (size_t i = 0; i < f->count; i++) {
		struct issuer *issuer = f->issuer[i];

		if (may_start(issuer, busy) &&
			issuer_due_ms(issuer, clock_now()) <= clock_boot_ms()) {
			issuer_start(issuer);
			busy += issuer_busy_by_clock(issuer);
		}
	}
}

int64_t
fetcher_next_start(const struct fetcher *f)
{
	size_t busy = busy_by_clock(f);
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < f->count; i++) {
		int64_t due = issuer_due_ms(f->issuer[i], clock_now());

		if (due < next && may_start(f->issuer[i], busy))
			next = due;
	}
	return next;
}

bool
fetcher_run_transfers(struct fetcher *f)
{
	struct fetch *done;
	bool any = false;
	void *owner;
	int running;

	curl_multi_perform(f->multi, &running);
	while ((done = fetch_next_done(f->multi, &owner)) != NULL) {
		issuer_continue(owner, done, clock_now());
		any = true;
	}
	return any;
}

bool
fetcher_once(struct fetcher *f)
{
	size_t next = 0;
	bool good = true;

	while (next < f->count || fetcher_busy(f) > 0) {
		while (next < f->count && fetcher_busy(f) < AT_ONCE_MAX)
			issuer_start(f->issuer[next++]);
		fetcher_run_transfers(f);
		if (fetcher_busy(f) > 0)
			curl_multi_poll(
				f->multi, NULL, 0, FETCH_TOTAL_MS, NULL);
	}
	for (size_t i = 0; i < f->count; i++)
		good = issuer_good(f->issuer[i]) && good;
	if (f->count == 0)
		log_line(LOG_INFO, "no issuer's keys are to be fetched");
	return good;
}
