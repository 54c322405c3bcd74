/* SPDX-License-Identifier: ISC */
/*
 * doctor, as jwtauth: what a login on this host would find.
 */
#include "doctor.h"

#include "base/clock.h"
#include "base/ids.h"
#include "keys_common.h"
#include "privileges.h"
#include "revocation/redis_client.h"
#include "revocation/redis_health.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SLOW_MS 100 /* of a login's patience with a store */

void
doctor_config(const struct doctor *d)
{
	JWT_AUTO(config) config = NULL;
	struct config_error error;
	size_t idle = 0;

	if (config_load(d->config_path, &config, &error) != JWT_OK) {
		doctor_say(d, DOCTOR_ERROR, "see: jwtauthctl config check",
			"%s", error.text);
		return;
	}
	for (size_t i = 0; i < config->service_count; i++)
		idle += !config->service[i].has_rule;
	if (config->issuer_count == 0)
		doctor_say(d, DOCTOR_WARNING, "",
			"no issuer is configured: "
			"every token is denied");
	if (idle > 0)
		doctor_say(d, DOCTOR_WARNING, "see: jwtauthctl config check",
			"services without a rule, where every token is "
			"denied: %zu",
			idle);
	doctor_say(d, DOCTOR_OK, "", "issuers: %zu, services: %zu",
		config->issuer_count, config->service_count);
}

void
doctor_ids(const struct doctor *d)
{
	struct report r = { "" };
	struct ids ids;

	if (!ids_load(IDS_PATH, &ids, &r))
		doctor_say(d, DOCTOR_ERROR,
			"run: systemctl restart jwtauth-ids", "%s", r.text);
	else if (ids.uid != geteuid())
		doctor_say(d, DOCTOR_ERROR,
			"run: systemctl restart jwtauth-ids",
			"%s has uid %u, but %s is %u", IDS_PATH,
			(unsigned)ids.uid, USER_CHECK, (unsigned)geteuid());
	else
		doctor_say(d, DOCTOR_OK, "", "%s is right", IDS_PATH);
}

void
doctor_keys(const struct doctor *d)
{
	JWT_AUTO(config) config = NULL;
	struct config_error error;

	if (config_load(d->config_path, &config, &error) != JWT_OK)
		return; /* doctor_config says it */
	for (size_t i = 0; i < config->issuer_count; i++) {
		struct keys_shown shown = { .issuer = &config->issuer[i],
			.now = d->now };
		const char *name = config->issuer[i].name, *warning;

		keys_read(JWT_CACHE_DIR, &shown);
		warning = keys_warning(&shown);
		if (!keys_usable(&shown))
			doctor_say(d, DOCTOR_ERROR, "see: jwtauthctl keys show",
				"%s: %s: %s", name, keys_state(&shown),
				shown.report.text);
		else if (warning != NULL)
			doctor_say(d, DOCTOR_WARNING,
				"see: jwtauthctl keys show", "%s: %s", name,
				warning);
		else
			doctor_say(d, DOCTOR_OK, "", "%s: keys are %s", name,
				keys_state(&shown));
		keys_shown_clear(&shown);
	}
}

void
doctor_socket(const struct doctor *d)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX,
		.sun_path = JWT_RUN_DIR "/check.sock" };
	JWT_AUTO(fd) fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address,
			      sizeof(address)) != 0)
		doctor_say(d, DOCTOR_ERROR,
			"run: systemctl restart jwtauth-check.socket", "%s: %s",
			address.sun_path, strerror(errno));
	else
		doctor_say(d, DOCTOR_OK, "", "%s takes questions",
			address.sun_path);
}

/* What this host's logins saw of the store before. */
static void
look_at_mark(const struct doctor *d, const struct ctl_store *s,
	const struct epoch *epoch)
{
	struct report r = { "" };
	struct epoch mark;
	bool known = false;
	enum jwt_reason reason = mark_read(
		s->places.seen_dir, s->store->class->name, &mark, &known, &r);

	if (reason == JWT_OK && known)
		reason = mark_compare(&mark, epoch, &r);
	if (reason != JWT_OK)
		doctor_say_failed(d,
			"every token is denied here; first of all run, on a "
			"host that revokes: jwtauthctl revoked restore",
			reason, &r);
	else
		doctor_say(d, DOCTOR_OK, "",
			"lost nothing that this host knows of: it counts "
			"%" PRIu64 " revocations, this host has seen %" PRIu64,
			epoch->counter, known ? mark.counter : 0);
}

static void
look_at_epoch(const struct doctor *d, const struct ctl_store *s)
{
	JWT_AUTO(buffer) where = BUFFER(512);
	int64_t started = clock_monotonic_ms(), took;
	struct report r = { "" }, lost = { "" };
	struct epoch epoch;
	enum found found;
	enum jwt_reason reason = store_read_epoch(s->store, &found, &epoch, &r);

	took = clock_monotonic_ms() - started;
	ctl_store_describe(s, &where);
	if (reason != JWT_OK) {
		doctor_say_failed(d,
			"tokens are judged by on_unreachable until it answers",
			reason, &r);
		return;
	}
	if (s->store->redis != NULL && s->store->redis->evicts)
		doctor_say_failed(d, "every token is denied until then",
			eviction_lost(&r), &r);
	doctor_say(d, took > SLOW_MS ? DOCTOR_WARNING : DOCTOR_OK, "",
		"%s answers in %lld ms", buffer_string(&where),
		(long long)took);
	if (found != FOUND_ENTRY)
		doctor_say_failed(d, "every token is denied until then",
			epoch_lost(found, &lost), &lost);
	else
		look_at_mark(d, s, &epoch);
}

void
doctor_store(const struct doctor *d)
{
	JWT_AUTO(ctl_store) s = { 0 };
	struct report r = { "" };
	enum jwt_reason reason =
		ctl_store_try(&s, STORE_READ, d->config_path, false, &r);

	if (reason != JWT_OK)
		doctor_say_failed(d, "", reason, &r);
	else if (s.chosen.store == REVOCATION_NONE)
		doctor_say(d, DOCTOR_WARNING, "set revocation.store",
			"no store: a token can't be revoked");
	else
		look_at_epoch(d, &s);
}

static bool
is_single_use(const struct jwt_config *config)
{
	bool any = false;

	for (size_t i = 0; i < config->service_count; i++)
		any = any || config->service[i].single_use;
	return any;
}

void
doctor_host_rights(const struct doctor *d)
{
	static const char acl[] = "see jwtauth.acl, the user jwtauth-host";
	struct redis_host_rights rights;
	JWT_AUTO(ctl_store) s = { 0 };
	struct report r = { "" };

	if (ctl_store_try(&s, STORE_READ, d->config_path, false, &r) !=
			JWT_OK ||
		s.chosen.store != REVOCATION_REDIS ||
		redis_try_host(s.store, &rights, &r) != JWT_OK)
		return; /* doctor_store says it */
	if (rights.may_list)
		doctor_say(d, DOCTOR_ERROR, acl,
			"this host's credential may list all keys, and with "
			"them the tokens that applications keep there");
	if (rights.may_delete)
		doctor_say(d, DOCTOR_ERROR, acl,
			"this host's credential may delete revocations");
	if (!rights.may_mark_used && is_single_use(s.config))
		doctor_say(d, DOCTOR_ERROR, acl,
			"this host's credential may not write used:*, which "
			"single_use needs");
	if (!rights.may_list && !rights.may_delete)
		doctor_say(d, DOCTOR_OK, "",
			"this host's credential reads names that it knows, "
			"and no more");
}
