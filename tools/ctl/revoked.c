/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl revoked init, accept-store and sweep.
 */
#include "revoked.h"

#include "aside.h"
#include "base/clock.h"
#include "privileges.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum ctl_exit
ctl_revoked_init(int argc, char **argv)
{
	JWT_AUTO(ctl_store) s = { 0 };
	JWT_AUTO(buffer) where = BUFFER(512);
	struct revoked_options o;
	struct report r = { "" };
	bool created = false;
	enum jwt_reason reason;
	enum ctl_exit status = revoked_parse_options(argc, argv, "ea", 0, &o);

	if (status == CTL_YES)
		status = ctl_store_open(
			&s, STORE_WRITE, o.config_path, o.embedded);
	if (status != CTL_YES)
		return status;
	reason = o.anew ? revocation_init_anew(s.store, &created, &r)
			: revocation_init(s.store, &created, &r);
	if (reason != JWT_OK)
		return revoked_fail(reason, &r);
	ctl_store_describe(&s, &where);
	printf("%s: %s\n", buffer_string(&where),
		created ? "ready" : "was ready before, left as it is");
	return CTL_YES;
}

static enum ctl_exit
accept_mark(const void *arg, struct buffer *out)
{
	const struct revoked_options *o = arg;
	JWT_AUTO(ctl_store) s = { 0 };
	struct report r = { "" };
	enum jwt_reason reason;
	enum ctl_exit status =
		ctl_store_open(&s, STORE_READ, o->config_path, false);

	if (status != CTL_YES)
		return status;
	reason = revocation_accept(s.store, &r);
	if (reason != JWT_OK)
		return revoked_fail(reason, &r);
	ctl_store_describe(&s, out);
	return CTL_YES;
}

/* Has anything been revoked from here? Else there is no journal to tell. */
static bool
keeps_journal(void)
{
	static const char *const paths[] = { JWT_STATE_DIR "/journal/embedded",
		JWT_STATE_DIR "/journal/redis" };
	bool any = false;
	struct stat st;

	for (size_t i = 0; i < JWT_COUNT(paths); i++)
		any = any || (stat(paths[i], &st) == 0 && st.st_size > 0);
	return any;
}

static enum ctl_exit
accept_journal(const void *arg, struct buffer *out)
{
	const struct revoked_options *o = arg;
	JWT_AUTO(ctl_store) s = { 0 };
	struct report r = { "" };
	enum jwt_reason reason;
	enum ctl_exit status;

	(void)out;
	if (!keeps_journal())
		return CTL_YES;
	status = ctl_store_open(&s, STORE_WRITE, o->config_path, false);
	if (status != CTL_YES)
		return status;
	reason = revocation_accept_journal(s.store, &r);
	return reason == JWT_OK ? CTL_YES : revoked_fail(reason, &r);
}

/* A host's mark is the checker's, its journal the writer's. */
enum ctl_exit
ctl_revoked_accept(int argc, char **argv)
{
	JWT_AUTO(buffer) where = BUFFER(512);
	JWT_AUTO(buffer) nothing = BUFFER(16);
	struct revoked_options o;
	enum ctl_exit status = revoked_parse_options(argc, argv, "", 0, &o);

	if (status == CTL_YES)
		status = ctl_aside(USER_CHECK, accept_mark, &o, &where);
	if (status == CTL_YES)
		status = ctl_aside(USER_REVOKE, accept_journal, &o, &nothing);
	if (status != CTL_YES)
		return status;
	printf("%s: this host takes it as it is now. What the store lost is "
	       "not revoked: it comes back with \"revoked restore\" where it "
	       "was revoked, or has to be revoked again.\n",
		buffer_string(&where));
	return CTL_YES;
}

enum ctl_exit
ctl_revoked_sweep(int argc, char **argv)
{
	JWT_AUTO(ctl_store) s = { 0 };
	struct revoked_options o;
	struct report r = { "" };
	enum jwt_reason reason, compacted;
	size_t removed = 0, lines = 0;
	enum ctl_exit status = revoked_parse_options(argc, argv, "", 0, &o);

	/* A host that only reads Redis has nothing to sweep there, but may
	 * have used the embedded store before. */
	if (status != CTL_YES)
		return status;
	if (ctl_store_open(&s, STORE_WRITE, o.config_path, true) != CTL_YES)
		return CTL_FAILED;
	reason = revocation_sweep(s.store, clock_now(), &removed, &r);
	/* One that fails keeps nothing from the other. */
	compacted = revocation_compact(&s.places, clock_now(), &lines, &r);
	if (reason != JWT_OK || compacted != JWT_OK)
		return revoked_fail(reason != JWT_OK ? reason : compacted, &r);
	printf("%zu removed, and %zu lines of the journal\n", removed, lines);
	return CTL_YES;
}
