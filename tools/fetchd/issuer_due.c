/* SPDX-License-Identifier: ISC */
/* When an issuer is asked: by the clock, for a kid, for a person. */
#include "issuer_state.h"

#include "base/clock.h"

#include <string.h>

int64_t
issuer_due_ms(const struct issuer *issuer, int64_t now)
{
	if (issuer_busy(issuer))
		return INT64_MAX;
	if (issuer->wanted)
		return issuer->renewal_ms;
	/* The clock of the day was set forward, or stood wrong before. */
	if (issuer->failures == 0 && issuer->last.keys != NULL &&
		now >= issuer->last.cache.fresh_until)
		return issuer->earliest_ms;
	return issuer->due_ms > issuer->earliest_ms ? issuer->due_ms
						    : issuer->earliest_ms;
}

static void
bring_forward(struct issuer *issuer, int64_t span_ms)
{
	int64_t at = clock_boot_ms() +
		     (int64_t)((uint64_t)span_ms * issuer_random() >> 32);

	if (issuer->due_ms < at)
		return;
	issuer->due_ms = at > issuer->obey_ms ? at : issuer->obey_ms;
	issuer->earliest_ms = 0;
}

void
issuer_make_due_within(struct issuer *issuer, int64_t span_ms)
{
	if (issuer->failures == 0)
		bring_forward(issuer, span_ms);
}

void
issuer_look_again(struct issuer *issuer, int64_t span_ms)
{
	issuer->eager = EAGER_TRIES;
	if (issuer->failures > 0)
		bring_forward(issuer, span_ms);
}

void
issuer_make_due(struct issuer *issuer)
{
	issuer->due_ms = issuer->obey_ms;
	issuer->earliest_ms = 0;
}

const char *
issuer_ask_for_kid(struct issuer *issuer, struct slice kid)
{
	int64_t now_ms = clock_boot_ms();

	if (issuer_busy(issuer))
		return NULL;
	if (now_ms < issuer->cooldown_ms || now_ms < issuer->obey_ms)
		return "cooldown";
	if (missed_recently(&issuer->missed, kid, now_ms))
		return "key_unknown";
	if (kid.len > 0) /* callers checked that it isn't too long */
		memcpy(issuer->kid, kid.data, kid.len);
	issuer->kid_len = kid.len;
	issuer->asked = true;
	issuer_start(issuer);
	return NULL;
}

void
issuer_ask_for_renewal(struct issuer *issuer, unsigned long *ticket)
{
	*ticket = issuer->begun;
	issuer->wanted = issuer_put_off(issuer) == 0;
}

enum renewal
issuer_renewal(const struct issuer *issuer, unsigned long ticket)
{
	if (issuer->begun == ticket)
		return issuer->wanted ? RENEWAL_WAITS : RENEWAL_PUT_OFF;
	if (issuer_busy(issuer))
		return RENEWAL_WAITS;
	return issuer->good ? RENEWAL_GOOD : RENEWAL_FAILED;
}

int64_t
issuer_put_off(const struct issuer *issuer)
{
	int64_t left = issuer->obey_ms - clock_boot_ms();

	return left > 0 ? (left + 999) / 1000 : 0;
}

bool
issuer_wanted(const struct issuer *issuer)
{
	return issuer->wanted && !issuer_busy(issuer);
}

bool
issuer_busy_by_clock(const struct issuer *issuer)
{
	return issuer_busy(issuer) && !issuer->asked && !issuer->renewal;
}

/* Seconds since the epoch of a time since boot. */
static int64_t
wall_time(int64_t boot_ms, int64_t now)
{
	int64_t left = boot_ms - clock_boot_ms();

	return left > 0 ? now + (left + 999) / 1000 : now;
}

bool
issuer_status(const struct issuer *issuer, int64_t now, struct buffer *out)
{
	if (!buffer_append_format(out, "failures %u\nfetching %d\n",
		    issuer->failures, issuer_busy(issuer)))
		return false;
	if (issuer->tried_at != 0 &&
		!buffer_append_format(
			out, "tried_at %lld\n", (long long)issuer->tried_at))
		return false;
	if (!issuer_busy(issuer) &&
		!buffer_append_format(out, "next_try %lld\n",
			(long long)wall_time(issuer_due_ms(issuer, now), now)))
		return false;
	return issuer_problem(issuer)[0] == '\0' ||
	       buffer_append_format(
		       out, "problem %s\n", issuer_problem(issuer));
}
