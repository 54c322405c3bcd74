/* SPDX-License-Identifier: ISC */
/*
 * PAM's entry points: options, the exempt user before anything that can
 * fail, then the phase, and its situation turned into PAM's answer.
 */
#include "module.h"

#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

typedef enum situation (*phase_fn)(struct call *call);

static const phase_fn phases[PHASE_COUNT] = {
	[PHASE_AUTH] = auth_phase,
	[PHASE_ACCOUNT] = account_phase,
	[PHASE_OPEN_SESSION] = open_session_phase,
	[PHASE_CLOSE_SESSION] = close_session_phase,
	[PHASE_SETCRED] = setcred_phase,
};

static bool
is_name(const char *text)
{
	size_t len = text ? strlen(text) : 0;

	return len > 0 && len <= FRAME_NAME_MAX;
}

static bool
who_and_where(struct call *call)
{
	const void *service = NULL;
	const char *user = NULL;

	/* Asks for the name where the program doesn't know it yet. */
	if (pam_get_user(call->pamh, &user, NULL) != PAM_SUCCESS ||
		pam_get_item(call->pamh, PAM_SERVICE, &service) != PAM_SUCCESS)
		return false;
	call->user = user;
	call->service = service;
	return is_name(call->user) && is_name(call->service);
}

/*
 * The user learns that it was denied, and what to ask about. A session that
 * can't be recorded is no refusal: sshd goes on with the login.
 */
static void
tell(const struct call *call, int result)
{
	if ((call->phase != PHASE_AUTH && call->phase != PHASE_ACCOUNT) ||
		result == PAM_SUCCESS || result == PAM_IGNORE || call->silent ||
		call->id[0] == '\0')
		return;
	pam_error(call->pamh, "denied (id %s)", call->id);
}

static enum situation
situation_of(struct call *call, const struct report *broken)
{
	enum situation situation;

	if (!who_and_where(call)) {
		pam_syslog(call->pamh, LOG_ERR, "no user's or service's name");
		return SITUATION_INTERNAL;
	}
	if (options_exempts(&call->options, call->user))
		return SITUATION_EXEMPT;
	if (call->options.broken)
		pam_syslog(call->pamh, LOG_ERR, "%s", broken->text);
	situation = phases[call->phase](call);
	return call->options.observe ? SITUATION_OBSERVED : situation;
}

static int
run(pam_handle_t *pamh, enum phase phase, int flags, int argc,
	const char **argv)
{
	struct report broken = { "" };
	struct call call = {
		.pamh = pamh,
		.phase = phase,
		.uid = JWT_NO_UID,
		.silent = ((unsigned)flags & PAM_SILENT) != 0,
	};
	enum situation situation;
	int result;

	options_parse(argc, argv, &call.options, &broken);
	situation = situation_of(&call, &broken);
	result = answer(phase, call.options.role, situation);
	tell(&call, result);
	return result;
}

JWTCORE_EXPORT int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return run(pamh, PHASE_AUTH, flags, argc, argv);
}

JWTCORE_EXPORT int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return run(pamh, PHASE_SETCRED, flags, argc, argv);
}

JWTCORE_EXPORT int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return run(pamh, PHASE_ACCOUNT, flags, argc, argv);
}

JWTCORE_EXPORT int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return run(pamh, PHASE_OPEN_SESSION, flags, argc, argv);
}

JWTCORE_EXPORT int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return run(pamh, PHASE_CLOSE_SESSION, flags, argc, argv);
}
