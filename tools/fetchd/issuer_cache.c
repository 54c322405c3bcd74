/* SPDX-License-Identifier: ISC */
/* An issuer's cache file as the fetcher sees it, and the clock's jumps. */
#include "issuer_state.h"

#include "base/clock.h"
#include "log.h"
#include "schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/* How long a clock that was set back may take to be put right. */
#define FUTURE_PATIENCE_MS (60 * 60 * 1000)

static void
path_of(const struct issuer *issuer, char out[PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%s/%s.json", issuer->cache_dir,
		issuer->config->name);
}

/* Before it is read: what is written meanwhile must show as another. */
static struct stat
look_at_file(const struct issuer *issuer)
{
	char path[PATH_MAX];
	struct stat st;

	path_of(issuer, path);
	return lstat(path, &st) == 0 ? st : (struct stat){ 0 };
}

static bool
same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* The file, its owner and its mode are as they were when it was read. */
static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino != 0 && a->st_ino == b->st_ino &&
	       a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       same_time(a->st_mtim, b->st_mtim) &&
	       same_time(a->st_ctim, b->st_ctim);
}

/*
 * Is the file gone, or can the reason be that we lack descriptors or memory?
 * Then a newer file may well be there.
 */
static bool
is_spoiled(const struct issuer *issuer)
{
	char path[PATH_MAX];
	int fd, error;

	path_of(issuer, path);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	error = errno;
	if (fd >= 0)
		close(fd);
	return fd >= 0 || error == ENOENT || error == ELOOP || error == EACCES;
}

static enum jwt_reason
read_file(const struct issuer *issuer, struct renewed *out, bool *spoiled,
	struct report *r)
{
	const struct issuer_config *config = issuer->config;
	JWT_AUTO(renewed) disk = { 0 };
	enum jwt_reason reason = key_cache_load(issuer->cache_dir, config->name,
		config->issuer, geteuid(), &disk.cache, r);

	*spoiled = reason != JWT_OK && is_spoiled(issuer);
	if (reason != JWT_OK)
		return reason;
	JWT_TRY(usable_keys(
		config, disk.cache.jwks, &disk.keys, &disk.skipped, r));
	*out = disk;
	disk = (struct renewed){ 0 };
	return JWT_OK;
}

void
issuer_load(struct issuer *issuer, int64_t now)
{
	struct stat seen = look_at_file(issuer);
	struct report why = { 0 };
	bool spoiled;

	if (read_file(issuer, &issuer->last, &spoiled, &why) != JWT_OK) {
		log_line(LOG_NOTICE, "%s: starting without keys: %s",
			issuer->config->name, why.text);
		return;
	}
	issuer->seen = seen;
	issuer->due_ms = clock_boot_ms() +
			 refresh_delay_ms(issuer->last.cache.fresh_until - now,
				 issuer_random());
}

/* Within one second the time alone would not tell. */
static bool
is_another(const struct key_cache *a, const struct key_cache *b)
{
	return a->fetched_at != b->fetched_at ||
	       a->fresh_until != b->fresh_until ||
	       a->stale_until != b->stale_until || a->jwks == NULL ||
	       b->jwks == NULL || !slice_equal(a->jwks->text, b->jwks->text);
}

/*
 * The file is what checkers see: it counts, not our memory, which takes over
 * what another wrote. Read only if it changed: many may ask, and it may be
 * large. False: there is no file to be read, or it can't be taken over now.
 */
static bool
file_is_ours(struct issuer *issuer, bool *spoiled, struct report *why)
{
	struct stat now = look_at_file(issuer);
	JWT_AUTO(renewed) disk = { 0 };

	*spoiled = false;
	if (same_file(&now, &issuer->seen))
		return true;
	if (read_file(issuer, &disk, spoiled, why) != JWT_OK)
		return false;
	if (is_another(&disk.cache, &issuer->last.cache)) {
		/* A 304 on its way speaks of what we remember. */
		if (issuer_busy(issuer))
			return false;
		renewed_clear(&issuer->last);
		issuer->last = disk;
		disk = (struct renewed){ 0 };
	}
	issuer->seen = now;
	return true;
}

bool
issuer_file_has_kid(struct issuer *issuer, struct slice kid, int64_t now)
{
	const char *name = issuer->config->name;
	struct report why = { 0 }, failure = { 0 };
	bool spoiled;

	if (!file_is_ours(issuer, &spoiled, &why)) {
		if (!spoiled || issuer->last.keys == NULL)
			return false;
		if (!key_cache_store(issuer->cache_dir, name,
			    &issuer->last.cache, &failure)) {
			log_line(LOG_ERR, "%s: %s", name, failure.text);
			return false;
		}
		log_line(LOG_WARNING, "%s: put back, since it was spoiled: %s",
			name, why.text);
	}
	return issuer_has_kid(issuer, kid, now);
}

/* ---- keys from the future */

static void
notice_future(struct issuer *issuer, int64_t now)
{
	char by[LOG_SPAN_SIZE];

	issuer->future_ms = clock_boot_ms();
	issuer_make_due(issuer);
	log_line(LOG_WARNING,
		"%s: the keys were fetched %s from now: the clock was set "
		"back, or stood wrong then; see: timedatectl (the keys serve, "
		"and are fetched again)",
		issuer->config->name,
		log_span(issuer->last.cache.fetched_at - now, by));
}

/* Not over what somebody else wrote meanwhile. */
static bool
may_write(struct issuer *issuer)
{
	struct report why = { 0 };
	bool spoiled;
	int64_t known = issuer->last.cache.fetched_at;

	return file_is_ours(issuer, &spoiled, &why)
		       ? issuer->last.cache.fetched_at == known
		       : spoiled;
}

static void
write_times(struct issuer *issuer)
{
	struct report why = { 0 };

	if (key_cache_store(issuer->cache_dir, issuer->config->name,
		    &issuer->last.cache, &why))
		return;
	/* The file is not what is remembered: who asks next has it read. */
	issuer->seen = (struct stat){ 0 };
	log_line(LOG_ERR, "%s: %s", issuer->config->name, why.text);
}

/* Nobody mended the clock and the issuer does not answer: from now on they
 * grow old as others do, or keys of any age would serve for ever. */
static void
end_future(struct issuer *issuer, int64_t now)
{
	struct key_cache *cache = &issuer->last.cache;
	char until[LOG_TIME_SIZE];

	issuer->future_ms = 0;
	if (!may_write(issuer))
		return; /* the next round looks at it */
	cache_count_from_now(cache, issuer->config->fetch.max_stale, now);
	write_times(issuer);
	log_line(LOG_ERR,
		"%s: the keys count as fetched now, since the clock stays set "
		"back; they serve until %s",
		issuer->config->name, log_time(cache->stale_until, until));
}

static void
take_times_back(struct issuer *issuer, int64_t now)
{
	char until[LOG_TIME_SIZE];

	if (issuer->last.cache.aside_fetched_at > now + CLOCK_SLACK ||
		!may_write(issuer) ||
		!cache_take_times_back(&issuer->last.cache, now))
		return;
	write_times(issuer);
	log_line(LOG_NOTICE,
		"%s: the clock was mended: the keys serve until %s",
		issuer->config->name,
		log_time(issuer->last.cache.stale_until, until));
}

void
issuer_look_at_clock(struct issuer *issuer, int64_t now)
{
	if (issuer->last.cache.aside_fetched_at != 0 && !issuer_busy(issuer))
		take_times_back(issuer, now);
	if (issuer->last.keys == NULL ||
		!cache_from_the_future(&issuer->last.cache, now)) {
		issuer->future_ms = 0;
		return;
	}
	if (issuer->future_ms == 0)
		notice_future(issuer, now);
	else if (!issuer_busy(issuer) &&
		 clock_boot_ms() - issuer->future_ms > FUTURE_PATIENCE_MS)
		end_future(issuer, now);
}
