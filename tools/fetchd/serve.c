/* SPDX-License-Identifier: ISC */
/* The daemon's loop: what it waits for, and what it tells systemd. */
#include "fetcher_state.h"

#include "base/clock.h"
#include "log.h"
#include "notify.h"
#include "schedule.h"
#include "sweep.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* The wall clock may be set meanwhile, or the host sleep, which a wait does
 * not count: look now and then. */
#define LOOK_AGAIN_MS 60000
/* Hosts get a new config, or the right time, all at once. */
#define SPREAD_MS 10000
#define SLEEP_MIN 60   /* seconds; what is shorter changes no network */
#define READY_MS  3000 /* how long a start may wait for the keys */

/* The one whose keys end first, if any are not fresh; and when. */
static const struct issuer *
worst(const struct fetcher *f, int64_t now, int64_t *left)
{
	const struct issuer *found = NULL;

	*left = INT64_MAX;
	for (size_t i = 0; i < f->count; i++) {
		int64_t own = issuer_time_left(f->issuer[i], now);

		if (own > 0 && own < *left && !issuer_good(f->issuer[i]) &&
			!issuer_busy(f->issuer[i])) {
			found = f->issuer[i];
			*left = own;
		}
	}
	return found;
}

static void
tell_status(const struct fetcher *f, const char *more)
{
	char left_text[LOG_SPAN_SIZE], end[LOG_SPAN_SIZE + 128] = "";
	char addresses[NAMES_STATUS_MAX];
	int64_t now = clock_now(), left;
	const struct issuer *first = worst(f, now, &left);
	size_t have = 0, failing = 0;

	for (size_t i = 0; i < f->count; i++) {
		have += issuer_has_keys(f->issuer[i], now);
		failing += !issuer_busy(f->issuer[i]) &&
			   !issuer_good(f->issuer[i]) &&
			   issuer_problem(f->issuer[i])[0] != '\0';
	}
	if (first != NULL)
		snprintf(end, sizeof(end), "; those of %s end in %s",
			issuer_name(first), log_span(left, left_text));
	names_status(f->names, addresses);
	notify_send("%sSTATUS=keys of %zu of %zu issuers, %zu failing%s%s",
		more, have, f->count, failing, end, addresses);
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
	notify_reloading();
	if (!fetcher_take_config(f, config)) {
		f->stop = f->failed = true; /* so that systemd starts it anew */
		return;
	}
	log_line(
		LOG_INFO, "read the config again: %zu to fetch from", f->count);
	for (size_t i = 0; i < f->count; i++)
		issuer_make_due_within(f->issuer[i], SPREAD_MS);
	if (f->ready)
		tell_status(f, "READY=1\n");
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

/* Longer than a round lasts, so that a loop that hangs is noticed. */
static void
tell_alive(struct fetcher *f)
{
	int64_t now_ms = clock_boot_ms();

	if (notify_watchdog_ms() == 0 ||
		(f->alive_ms != 0 &&
			now_ms - f->alive_ms < notify_watchdog_ms() / 3))
		return;
	f->alive_ms = now_ms;
	notify_send("WATCHDOG=1");
}

/* Was it set? Corrections by little are no news. */
static bool
clock_was_set(struct fetcher *f, int64_t now)
{
	int64_t skew = now - clock_boot_ms() / 1000;
	int64_t by = skew - f->clock_skew;
	bool set =
		f->clock_skew != 0 && (by > CLOCK_SLACK || by < -CLOCK_SLACK);
	char span[LOG_SPAN_SIZE];

	f->clock_skew = skew;
	if (set)
		log_line(LOG_WARNING, "the clock went %s by %s",
			by > 0 ? "forward" : "back",
			log_span(by > 0 ? by : -by, span));
	return set;
}

static bool
host_slept(struct fetcher *f)
{
	int64_t slept = (clock_boot_ms() - clock_monotonic_ms()) / 1000;
	int64_t by = slept - f->slept;

	f->slept = slept;
	return by > SLEEP_MIN;
}

static void
look_at_clock(struct fetcher *f)
{
	int64_t now = clock_now();
	bool set = clock_was_set(f, now);
	bool slept = host_slept(f);

	for (size_t i = 0; i < f->count; i++) {
		issuer_look_at_clock(f->issuer[i], now);
		if (set || slept)
			issuer_look_again(f->issuer[i], SPREAD_MS);
	}
}

static void
wait_and_serve(struct fetcher *f)
{
	struct curl_waitfd fds[REFRESH_FDS + 2];
	int64_t until = clock_boot_ms() + LOOK_AGAIN_MS;
	unsigned count = refresh_socket_poll(f->socket, fds, &until);

	fds[count] = (struct curl_waitfd){ .fd = f->signal_fd,
		.events = CURL_WAIT_POLLIN };
	fds[count + 1] = (struct curl_waitfd){ .fd = names_wake_fd(f->names),
		.events = CURL_WAIT_POLLIN };
	if (names_due_ms(f->names) < until)
		until = names_due_ms(f->names);
	if (fetcher_next_start(f) < until)
		until = fetcher_next_start(f);
	if (notify_watchdog_ms() != 0 &&
		f->alive_ms + notify_watchdog_ms() / 3 < until)
		until = f->alive_ms + notify_watchdog_ms() / 3;
	if (!f->ready && f->ready_by < until)
		until = f->ready_by;
	curl_multi_poll(
		f->multi, fds, count + 2, clock_boot_left_ms(until), NULL);
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

/* Whoever starts us wants the keys and Redis next, but boot waits for no
 * issuer. */
static bool
is_settled(const struct fetcher *f)
{
	return fetcher_busy(f) == 0 &&
	       fetcher_next_start(f) > clock_boot_ms() &&
	       names_settled(f->names);
}

static void
tell_ready(struct fetcher *f)
{
	if (f->ready || (!is_settled(f) && clock_boot_ms() < f->ready_by))
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
	f->names = names_new(f->places->names_dir);
	if (f->names == NULL) {
		report(r, JWT_INTERNAL_ERROR, "eventfd: %s", strerror(errno));
		return false;
	}
	names_take_config(f->names, &f->config->revocation);
	sweep_temporary_files(f->places->cache_dir);
	sweep_temporary_files(f->places->names_dir);
	f->ready_by = clock_boot_ms() + READY_MS;
	while (!f->stop) {
		/* What failed by the old time must be seen as failed before
		 * the new time is. */
		if (fetcher_run_transfers(f) && f->ready)
			tell_status(f, "");
		look_at_clock(f);
		if (names_work(f->names, clock_now()) && f->ready)
			tell_status(f, "");
		fetcher_start_due(f);
		tell_ready(f);
		tell_alive(f);
		refresh_socket_settle(f->socket, clock_now());
		wait_and_serve(f);
		if (f->reload)
			reload(f);
	}
	notify_send("STOPPING=1");
	if (f->failed)
		report(r, JWT_INTERNAL_ERROR, "out of memory");
	return !f->failed;
}
