/* SPDX-License-Identifier: ISC */
#include "names.h"

#include "base/clock.h"
#include "issuer_state.h"
#include "log.h"
#include "look_up.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ADDRESSES_TEXT (REDIS_NAMED_MAX * (REDIS_NUMERIC_MAX + 2) + 1)

/* What is being done about the name of the same index in the file. */
struct work {
	struct look_up *look_up; /* NULL: none goes on */
	int64_t due_ms;		 /* clock_boot_ms */
	unsigned failures;	 /* since the last answer */
	bool settled;		 /* was looked up, well or not */
};

struct names {
	const char *dir;
	int wake_fd;
	struct redis_names known;
	struct work work[REDIS_NAMES_MAX];
	bool unwritten; /* the file is not as it should be */
	bool complained;
};

struct names *
names_new(const char *dir)
{
	struct names *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->dir = dir;
	n->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (n->wake_fd >= 0)
		return n;
	free(n);
	return NULL;
}

/* wake_fd stays open: a look-up that hangs will write to it. */
void
names_free(struct names *n)
{
	for (size_t i = 0; n != NULL && i < n->known.count; i++)
		look_up_free(n->work[i].look_up);
	free(n);
}

static bool
write_file(struct names *n, struct report *r)
{
	char path[PATH_MAX];

	if (n->known.count > 0)
		return redis_names_store(n->dir, &n->known, r);
	snprintf(path, sizeof(path), "%s/" REDIS_NAMES_FILE, n->dir);
	if (unlink(path) == 0 || errno == ENOENT)
		return true;
	report(r, JWT_INTERNAL_ERROR, "%s: %s", path, strerror(errno));
	return false;
}

/* Tried again with the next look-up; said once. */
static void
put_file(struct names *n)
{
	struct report why = { "" };

	n->unwritten = !write_file(n, &why);
	if (n->unwritten && !n->complained)
		log_line(LOG_ERR, "%s", why.text);
	n->complained = n->unwritten;
}

/* ---- the config */

/* What is known of it, and what goes on; it is due all the same. */
static void
take_over(struct names *n, size_t to, struct names *old, size_t from)
{
	n->known.at[to] = old->known.at[from];
	n->work[to] = old->work[from];
	n->work[to].due_ms = 0;
	old->work[from].look_up = NULL;
}

static void
find_in(struct names *n, size_t to, struct names *old,
	const struct redis_names *file)
{
	struct redis_named *named = &n->known.at[to];
	const struct redis_named *written = redis_names_find(file, named->name);

	for (size_t i = 0; i < old->known.count; i++)
		if (strcmp(old->known.at[i].name, named->name) == 0) {
			take_over(n, to, old, i);
			return;
		}
	if (written != NULL)
		*named = *written;
}

void
names_take_config(struct names *n, const struct revocation_config *config)
{
	struct redis_names file = { .count = 0 };
	struct names old = *n;

	memset(n->work, 0, sizeof(n->work));
	n->known.count = 0;
	if (config->store == REVOCATION_REDIS)
		redis_names_of(&config->redis, &n->known);
	/* Of the daemon before this one. */
	if (n->known.count > 0)
		(void)!redis_names_load(n->dir, &file, NULL);
	for (size_t i = 0; i < n->known.count; i++)
		find_in(n, i, &old, &file);
	for (size_t i = 0; i < old.known.count; i++)
		look_up_free(old.work[i].look_up);
	put_file(n);
}

/* ---- look-ups */

static const char *
list(const struct redis_named *named, char out[ADDRESSES_TEXT])
{
	out[0] = '\0';
	for (size_t i = 0; i < named->count; i++) {
		if (i > 0)
			strcat(out, ", ");
		strcat(out, named->address[i]);
	}
	return out;
}

/* In whatever order: answers come in turn. */
static bool
same_addresses(const struct redis_named *a, const struct redis_named *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (!redis_named_has(b, a->address[i]))
			return false;
	return a->count == b->count;
}

static int64_t
jittered(int64_t ms)
{
	return ms * 9 / 10 +
	       (int64_t)((uint64_t)(ms / 5) * issuer_random() >> 32);
}

static void
note_answer(struct work *work, const struct redis_named *before,
	const struct redis_named *named)
{
	char text[ADDRESSES_TEXT];

	if (work->failures > 0 || !same_addresses(before, named))
		log_line(LOG_INFO, "%s: %s", named->name, list(named, text));
	work->failures = 0;
	work->due_ms = clock_boot_ms() + jittered(NAMES_EVERY_MS);
}

static void
note_failure(struct work *work, const struct redis_named *named)
{
	int64_t pause = NAMES_RETRY_MS;
	char text[ADDRESSES_TEXT];

	for (unsigned i = 0; i < work->failures && pause < NAMES_EVERY_MS; i++)
		pause *= 2;
	if (pause > NAMES_EVERY_MS)
		pause = NAMES_EVERY_MS;
	work->due_ms = clock_boot_ms() + jittered(pause);
	if (work->failures++ > 0)
		return;
	if (named->count > 0)
		log_line(LOG_WARNING,
			"%s: not looked up: %s (the addresses of before stay: "
			"%s)",
			named->name, named->trouble, list(named, text));
	else
		log_line(LOG_ERR,
			"%s: no address, so Redis can't be asked there: %s",
			named->name, named->trouble);
}

static void
take_done(struct names *n, size_t i, int64_t now)
{
	struct redis_named *named = &n->known.at[i], before = *named;
	struct work *work = &n->work[i];

	work->settled = true;
	n->unwritten = true;
	if (look_up_take(work->look_up, named)) {
		named->answered_at = now;
		note_answer(work, &before, named);
	} else {
		note_failure(work, named);
	}
	look_up_free(work->look_up);
	work->look_up = NULL;
}

static void
start(struct names *n, size_t i)
{
	struct redis_named *named = &n->known.at[i];
	struct work *work = &n->work[i];

	work->look_up = look_up_start(named->name, n->wake_fd);
	if (work->look_up != NULL)
		return;
	snprintf(named->trouble, sizeof(named->trouble), "no thread for it");
	note_failure(work, named);
}

bool
names_work(struct names *n, int64_t now)
{
	bool any = false;
	uint64_t count;

	(void)!read(n->wake_fd, &count, sizeof(count));
	for (size_t i = 0; i < n->known.count; i++)
		if (n->work[i].look_up != NULL &&
			look_up_is_done(n->work[i].look_up)) {
			take_done(n, i, now);
			any = true;
		}
	if (any)
		put_file(n);
	for (size_t i = 0; i < n->known.count; i++)
		if (n->work[i].look_up == NULL &&
			n->work[i].due_ms <= clock_boot_ms())
			start(n, i);
	return any;
}

int64_t
names_due_ms(const struct names *n)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < n->known.count; i++)
		if (n->work[i].look_up == NULL && n->work[i].due_ms < due)
			due = n->work[i].due_ms;
	return due;
}

int
names_wake_fd(const struct names *n)
{
	return n->wake_fd;
}

bool
names_settled(const struct names *n)
{
	for (size_t i = 0; i < n->known.count; i++)
		if (!n->work[i].settled)
			return false;
	return true;
}

void
names_status(const struct names *n, char out[NAMES_STATUS_MAX])
{
	size_t have = 0;

	for (size_t i = 0; i < n->known.count; i++)
		have += n->known.at[i].count > 0;
	out[0] = '\0';
	if (n->known.count > 0)
		snprintf(out, NAMES_STATUS_MAX,
			"; addresses of %zu of %zu host names", have,
			n->known.count);
}
