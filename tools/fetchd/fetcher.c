/* SPDX-License-Identifier: ISC */
#include "fetcher.h"

#include "base/clock.h"
#include "fetch.h"
#include "log.h"
#include "notify.h"
#include "refresh_socket.h"
#include "sweep.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

/* The wall clock may be set meanwhile: look at it now and then. */
#define LOOK_AGAIN_MS 60000
#define READY_MS      3000 /* how long a start may wait for the keys */

struct fetcher {
	const struct places *places;
	struct jwt_config *config;
	CURLM *multi;
	struct issuer **issuer;
	size_t count;
	struct refresh_socket *socket;
	int signal_fd;
	bool stop, reload;
	bool ready;	  /* systemd was told */
	int64_t ready_by; /* ... and is at this time, whatever comes */
};

static void
drop_issuers(struct fetcher *f)
{
	for (size_t i = 0; i < f->count; i++)
		issuer_free(f->issuer[i]);
	free(f->issuer);
	f->issuer = NULL;
	f->count = 0;
}

/* Takes the config over. */
static bool
take_config(struct fetcher *f, struct jwt_config *config)
{
	drop_issuers(f);
	config_free(f->config);
	f->config = config;
	f->issuer = calloc(config->issuer_count + 1, sizeof(*f->issuer));
	for (size_t i = 0; f->issuer != NULL && i < config->issuer_count; i++) {
		const struct issuer_config *one = &config->issuer[i];
		struct issuer *issuer;

		if (!issuer_is_fetched(one))
			continue;
		issuer = issuer_new(one, f->multi, f->places->cache_dir);
		if (issuer == NULL)
			return false;
		f->issuer[f->count++] = issuer;
		issuer_load(issuer, clock_now());
	}
	return f->issuer != NULL;
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
	if (f->multi == NULL)
		return NULL;
	if (config_load(places->config, &config, error) != JWT_OK)
		return NULL;
	return take_config(f, config) ? JWT_TAKE(f) : NULL;
}

void
fetcher_free(struct fetcher *f)
{
	if (f == NULL)
		return;
	refresh_socket_close(f->socket);
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

static bool
any_busy(const struct fetcher *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (issuer_busy(f->issuer[i]))
			return true;
	return false;
}

/* Lets curl work, and issuers go on whose transfer is done. */
static bool
run_transfers(struct fetcher *f)
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
	bool good = true;

	for (size_t i = 0; i < f->count; i++)
		issuer_start(f->issuer[i]);
	while (any_busy(f)) {
		run_transfers(f);
		if (any_busy(f))
			curl_multi_poll(
				f->multi, NULL, 0, FETCH_TOTAL_MS, NULL);
	}
	for (size_t i = 0; i < f->count; i++)
		good = issuer_good(f->issuer[i]) && good;
	if (f->count == 0)
		log_line(LOG_INFO, "no issuer's keys are to be fetched");
	return good;
}

/* ---- serving */

static void
tell_status(const struct fetcher *f, const char *more)
{
	int64_t now = clock_now();
	size_t have = 0, failing = 0;

	for (size_t i = 0; i < f->count; i++) {
		have += issuer_has_keys(f->issuer[i], now);
		failing += !issuer_busy(f->issuer[i]) &&
			   !issuer_good(f->issuer[i]);
	}
	notify_send("%sSTATUS=keys of %zu of %zu issuers, %zu failing", more,
		have, f->count, failing);
}

static void
start_all(struct fetcher *f)
{
	for (size_t i = 0; i < f->count; i++)
		issuer_start(f->issuer[i]);
}

static void
reload(struct fetcher *f)
{
	struct jwt_config *config = NULL;
	struct config_error error = { "" };

	f->reload = false;
	if (config_load(f->places->config, &config, &error) != JWT_OK) {
		log_line(LOG_ERR, "the old config stays: %s", error.text);
		return;
	}
	refresh_socket_abandon(f->socket);
	if (!take_config(f, config)) {
		log_line(LOG_CRIT, "out of memory");
		f->stop = true;
		return;
	}
	log_line(
		LOG_INFO, "read the config again: %zu to fetch from", f->count);
	start_all(f);
}

static void
take_signals(struct fetcher *f)
{
	struct signalfd_siginfo info;

	while (read(f->signal_fd, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGHUP)
			f->reload = true;
		else
			f->stop = true;
}

static void
start_due(struct fetcher *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (issuer_due_ms(f->issuer[i], clock_now()) <=
			clock_monotonic_ms())
			issuer_start(f->issuer[i]);
}

static void
wait_and_serve(struct fetcher *f)
{
	struct curl_waitfd fds[REFRESH_FDS + 1];
	int64_t until = clock_monotonic_ms() + LOOK_AGAIN_MS;
	unsigned count = refresh_socket_poll(f->socket, fds, &until);

	fds[count] = (struct curl_waitfd){ .fd = f->signal_fd,
		.events = CURL_WAIT_POLLIN };
	for (size_t i = 0; i < f->count; i++) {
		int64_t due = issuer_due_ms(f->issuer[i], clock_now());

		if (due < until)
			until = due;
	}
	if (!f->ready && f->ready_by < until)
		until = f->ready_by;
	curl_multi_poll(f->multi, fds, count + 1, clock_left_ms(until), NULL);
	take_signals(f);
	refresh_socket_serve(f->socket, fds, count, f, clock_now());
}

static bool
catch_signals(struct fetcher *f, struct report *r)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	/* Before curl's resolver threads begin, which inherit the mask. */
	if (sigprocmask(SIG_BLOCK, &set, NULL) == 0)
		f->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (f->signal_fd < 0)
		report(r, JWT_INTERNAL_ERROR, "signalfd: %s", strerror(errno));
	return f->signal_fd >= 0;
}

/* Whoever starts us wants the keys next, but boot waits for no issuer. */
static bool
is_settled(const struct fetcher *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (issuer_busy(f->issuer[i]))
			return false;
	return true;
}

static void
tell_ready(struct fetcher *f)
{
	if (f->ready || (!is_settled(f) && clock_monotonic_ms() < f->ready_by))
		return;
	f->ready = true;
	tell_status(f, "READY=1\n");
}

bool
fetcher_serve(struct fetcher *f, struct report *r)
{
	if (!catch_signals(f, r))
		return false;
	f->socket =
		refresh_socket_open(f->places->socket, f->places->socket_fd, r);
	if (f->socket == NULL)
		return false;
	sweep_temporary_files(f->places->cache_dir);
	f->ready_by = clock_monotonic_ms() + READY_MS;
	while (!f->stop) {
		start_due(f);
		if (run_transfers(f) && f->ready)
			tell_status(f, "");
		tell_ready(f);
		refresh_socket_settle(f->socket, clock_now());
		wait_and_serve(f);
		if (f->reload)
			reload(f);
	}
	notify_send("STOPPING=1");
	return true;
}
