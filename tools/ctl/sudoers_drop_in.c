/* SPDX-License-Identifier: ISC */
/* sudoers.d/20-jwtauth: the package's template as it stands. */
#include "enable.h"

#include <stdio.h>

#define TEMPLATE JWT_DATA_DIR "/sudoers.d/20-jwtauth"
#define MODE	 0440 /* what visudo wants */

/* FILE_MISSING is no failure: *out stays empty. */
static bool
read_there(const struct enable *e, struct buffer *out, struct report *r)
{
	struct report why = { .text = "" };
	enum file_status status = read_host(e, SUDOERS_DROP_IN, out, &why);

	if (status == FILE_OK || status == FILE_MISSING)
		return true;
	report(r, JWT_CONFIG_ERROR, "%s", why.text);
	return false;
}

bool
sudoers_plan(struct enable *e, struct report *r)
{
	JWT_AUTO(buffer) template = BUFFER(CHANGE_FILE_MAX);
	JWT_AUTO(buffer) there = BUFFER(CHANGE_FILE_MAX);
	char path[PATH_MAX];

	if (!host_has(e, SUDOERS_FOLDER))
		return true;
	if (read_host(e, TEMPLATE, &template, r) != FILE_OK ||
		!read_there(e, &there, r))
		return false;
	if (there.len > 0 &&
		!slice_equal(buffer_slice(&there), buffer_slice(&template))) {
		printf("kept     %s: it was edited\n", SUDOERS_DROP_IN);
		return true;
	}
	return host_path(e, path, "%s", SUDOERS_DROP_IN) &&
	       change_create(
		       &e->changes, path, buffer_slice(&template), MODE, r);
}

bool
sudoers_plan_removal(struct enable *e, struct report *r)
{
	JWT_AUTO(buffer) template = BUFFER(CHANGE_FILE_MAX);
	JWT_AUTO(buffer) there = BUFFER(CHANGE_FILE_MAX);
	char path[PATH_MAX], kept[PATH_MAX];

	if (!read_there(e, &there, r) ||
		!host_path(e, path, "%s", SUDOERS_DROP_IN) ||
		!host_path(e, kept, "%s.disabled", SUDOERS_DROP_IN))
		return false;
	/* sudo reads no file with a dot in its name. */
	if (there.len > 0 &&
		(read_host(e, TEMPLATE, &template, NULL) != FILE_OK ||
			!slice_equal(buffer_slice(&there),
				buffer_slice(&template))) &&
		!change_create(
			&e->changes, kept, buffer_slice(&there), MODE, r))
		return false;
	return change_remove(&e->changes, path, r);
}
