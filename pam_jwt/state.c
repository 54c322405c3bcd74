/* SPDX-License-Identifier: ISC */
/* The data that hangs on PAM's handle, wiped when the handle ends. */
#include "state.h"

#include <stdlib.h>
#include <string.h>

#define STATE_NAME "jwtauth_state"

struct state {
	enum outcome outcome;
	char user[FRAME_NAME_MAX + 1];
	struct presented accepted;
};

static void
state_free(struct state *state)
{
	if (!state)
		return;
	presented_clear(&state->accepted);
	free(state);
}

static void
on_end(pam_handle_t *pamh, void *data, int error_status)
{
	(void)pamh;
	(void)error_status;
	state_free(data);
}

static const struct state *
get(const struct call *call)
{
	const void *data = NULL;
	const struct state *state;

	if (pam_get_data(call->pamh, STATE_NAME, &data) != PAM_SUCCESS || !data)
		return NULL;
	state = data;
	return strcmp(state->user, call->user) == 0 ? state : NULL;
}

enum outcome
state_outcome(const struct call *call)
{
	const struct state *state = get(call);

	return state ? state->outcome : OUTCOME_NONE;
}

const struct presented *
state_accepted(const struct call *call)
{
	const struct state *state = get(call);

	return state && state->outcome == OUTCOME_ACCEPTED ? &state->accepted
							   : NULL;
}

bool
state_set(const struct call *call, enum outcome outcome,
	const struct presented *presented)
{
	struct state *state = calloc(1, sizeof(*state));

	if (!state)
		return false;
	state->outcome = outcome;
	presented_init(&state->accepted);
	if (frame_set_text(state->user, call->user) &&
		(!presented || presented_copy(&state->accepted, presented)) &&
		pam_set_data(call->pamh, STATE_NAME, state, on_end) ==
			PAM_SUCCESS)
		return true;
	state_free(state);
	return false;
}
