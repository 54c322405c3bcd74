/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl revoked restore: what a store lost, from this host's journal.
 */
#include "revoked.h"

#include "base/clock.h"
#include "revocation/epoch.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

static const char *const loss_word[] = {
	[LOSS_NONE] = "none",
	[LOSS_EMPTY] = "empty",
	[LOSS_ANOTHER] = "another",
	[LOSS_WENT_BACK] = "went_back",
};

static json_t *
result_to_json(const struct revoked_options *o,
	const struct restore_result *result, const char *where)
{
	return json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:b, s:I, s:I}",
		"store", where, "loss", loss_word[result->loss], "dry_run",
		(int)o->dry_run, "in_force", (json_int_t)result->in_force,
		"missing", (json_int_t)result->lacked, "others",
		(json_int_t)result->others, "damaged_lines",
		(json_int_t)result->damaged, "lifted", (int)result->lifted,
		"counter_before", (json_int_t)result->before, "counter_after",
		(json_int_t)(result->lifted || result->loss == LOSS_NONE
				     ? result->after
				     : result->before));
}

static void
log_result(const struct revoked_options *o, const struct restore_result *result,
	const char *where, const char *by)
{
	JWT_AUTO(json) line = result_to_json(o, result, where);
	char *text;

	if (line == NULL ||
		json_object_set_new(line, "event", json_string("restore")) !=
			0 ||
		json_object_set_new(line, "by", json_string(by)) != 0)
		return;
	text = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (text != NULL)
		syslog(LOG_AUTHPRIV | LOG_NOTICE, "%s", text);
	free(text);
}

static void
print_loss(const struct restore_result *result)
{
	switch (result->loss) {
	case LOSS_EMPTY:
		printf("It lost its data: it has no epoch.\n");
		break;
	case LOSS_ANOTHER:
		printf("It is not the store that this host's journal knows: "
		       "somebody began it anew, with %" PRIu64
		       " revocations since.\n",
			result->before);
		break;
	case LOSS_WENT_BACK:
		printf("It lost data: it went back to %" PRIu64
		       " revocations.\n",
			result->before);
		break;
	case LOSS_NONE:
		break;
	}
}

static void
print_lift(const struct revoked_options *o, const struct restore_result *result)
{
	if (result->lifted) {
		printf("Its epoch %s back, with %" PRIu64
		       " revocations: every host that has seen no more takes "
		       "the store again by itself.\n",
			o->dry_run ? "would be" : "is", result->after);
		return;
	}
	printf("The denial (revocation_lost) %s:\n",
		o->dry_run ? "would stay" : "stays");
	if (result->shared)
		printf("  Other hosts may have revoked in this store, too.\n");
	if (result->others > 0)
		printf("  %" PRIu64
		       " revocations of this store are not in this journal: "
		       "other hosts made them, or they are older.\n",
			result->others);
	if (result->damaged > 0)
		printf("  %zu lines of this journal can't be read.\n",
			result->damaged);
	if (result->loss == LOSS_ANOTHER)
		printf("  With --lift the life that this journal knows goes "
		       "on; hosts that took the new one (accept-store) have "
		       "to take that again.\n");
	printf("Run \"jwtauthctl revoked restore\" on each host that revokes, "
	       "and on the last of them once more with --lift.\n");
}

static void
print_result(const struct revoked_options *o,
	const struct restore_result *result, const char *where)
{
	printf("%s\n", where);
	print_loss(result);
	printf("%zu revocations of this host's journal are in force; ",
		result->in_force);
	if (result->lacked == 0)
		printf("none of them is missing.\n");
	else
		printf("%zu of them %s missing%s.\n", result->lacked,
			o->dry_run ? "are" : "were",
			o->dry_run ? "" : ", and stand there again");
	if (result->loss != LOSS_NONE)
		print_lift(o, result);
	else if (result->lacked > 0)
		printf("The store's epoch tells of no loss: it evicted them, "
		       "or they were undone on another host.\n");
}

static enum ctl_exit
restore(const struct ctl_store *s, const struct revoked_options *o,
	struct slice mark, const char *by)
{
	enum restore_how how = o->dry_run ? RESTORE_DRY
			       : o->lift  ? RESTORE_LIFT
					  : RESTORE_REPLAY;
	JWT_AUTO(buffer) where = BUFFER(512);
	struct restore_result result;
	struct report r = { "" };
	enum jwt_reason reason = revocation_restore(
		s->store, clock_now(), how, mark, &result, &r);
	enum ctl_exit status = CTL_YES;

	if (reason != JWT_OK)
		return revoked_fail(reason, &r);
	ctl_store_describe(s, &where);
	if (!o->dry_run)
		log_result(o, &result, buffer_string(&where), by);
	if (o->json)
		status = revoked_print_json(
			result_to_json(o, &result, buffer_string(&where)));
	else
		print_result(o, &result, buffer_string(&where));
	if (status == CTL_YES && result.loss != LOSS_NONE && !result.lifted)
		status = CTL_NO;
	return status;
}

enum ctl_exit
ctl_revoked_restore(int argc, char **argv)
{
	JWT_AUTO(ctl_store) s = { 0 };
	JWT_AUTO(buffer) mark = BUFFER(EPOCH_TEXT_MAX);
	struct revoked_options o;
	struct report r = { "" };
	char by[LOGIN_NAME_MAX + 1];
	enum ctl_exit status = revoked_parse_options(argc, argv, "jld", 0, &o);

	if (status == CTL_YES && o.lift && o.dry_run)
		return ctl_usage("revoked restore: --lift or --dry-run, not "
				 "both");
	if (status != CTL_YES)
		return status;
	openlog("jwtauthctl", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
	ctl_login_name(by, sizeof(by));
	status = ctl_store_open(&s, STORE_WRITE, o.config_path, false);
	if (status == CTL_YES && revocation_seen(s.store, &mark, &r) != JWT_OK)
		status = ctl_fail(CTL_FAILED, "%s", r.text);
	if (status != CTL_YES)
		return status;
	return restore(&s, &o, buffer_slice(&mark), by);
}
