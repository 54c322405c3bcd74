/* SPDX-License-Identifier: ISC */
/*
 * Where our lines stand in a PAM service file.
 */
#include "pam_stack.h"

#include "text_lines.h"

#include <stdio.h>

/* "@include jwtauth-SERVICE-PHASE", SERVICE a name that we chose. */
#define INCLUDE_MAX 128

static const char *const phase_names[PAM_PHASES] = {
	[PAM_PHASE_AUTH] = "auth",
	[PAM_PHASE_ACCOUNT] = "account",
	[PAM_PHASE_SESSION] = "session",
};

/* Debian's shared files of a phase, as a service includes them. */
static const char *const common_files[PAM_PHASES][2] = {
	[PAM_PHASE_AUTH] = { "common-auth", "common-auth" },
	[PAM_PHASE_ACCOUNT] = { "common-account", "common-account" },
	[PAM_PHASE_SESSION] = { "common-session",
		"common-session-noninteractive" },
};

const char *
pam_phase_name(enum pam_phase phase)
{
	return phase_names[phase];
}

static void
include_name(const char *service, enum pam_phase phase, char out[INCLUDE_MAX])
{
	snprintf(
		out, INCLUDE_MAX, "jwtauth-%s-%s", service, phase_names[phase]);
}

static bool
includes(struct slice line, const char *file)
{
	struct slice word;

	return word_next(&line, "", &word) && word_is(word, "@include") &&
	       word_next(&line, "", &word) && slice_equals_string(word, file);
}

static bool
is_of_phase(struct slice line, enum pam_phase phase)
{
	struct slice word;

	if (!word_next(&line, "", &word))
		return false;
	/* "-session": the same, silent if the module is missing. */
	if (word.data[0] == '-')
		word = slice_of(word.data + 1, word.len - 1);
	return word_is(word, phase_names[phase]);
}

static bool
names_module(struct slice line, const char *module)
{
	struct slice word;

	while (word_next(&line, "", &word))
		if (slice_equals_string(word, module))
			return true;
	return false;
}

/* Offsets into the text; SIZE_MAX: there is none. */
struct places {
	size_t after_loginuid, common, first;
};

static struct places
find_places(struct slice text, enum pam_phase phase)
{
	struct places found = { SIZE_MAX, SIZE_MAX, SIZE_MAX };
	struct slice rest = text, line;

	while (line_next_joined(&rest, &line)) {
		size_t start = (size_t)(line.data - text.data);

		if (found.common == SIZE_MAX &&
			(includes(line, common_files[phase][0]) ||
				includes(line, common_files[phase][1])))
			found.common = start;
		if (!is_of_phase(line, phase))
			continue;
		if (found.first == SIZE_MAX)
			found.first = start;
		if (phase == PAM_PHASE_SESSION &&
			names_module(line, "pam_loginuid.so"))
			found.after_loginuid = start + line.len;
	}
	return found;
}

static size_t
choose_place(struct places found)
{
	if (found.after_loginuid != SIZE_MAX)
		return found.after_loginuid;
	return found.common != SIZE_MAX ? found.common : found.first;
}

bool
pam_stack_has(struct slice text, const char *service, enum pam_phase phase)
{
	char name[INCLUDE_MAX];
	struct slice line;

	include_name(service, phase, name);
	while (line_next_joined(&text, &line))
		if (includes(line, name))
			return true;
	return false;
}

bool
pam_stack_add(struct slice text, const char *service, enum pam_phase phase,
	struct buffer *out, struct report *r)
{
	char name[INCLUDE_MAX];
	size_t place = choose_place(find_places(text, phase));
	/* At the end of a text without a last newline, the line borrows one. */
	bool at_end = place == text.len && text.data[text.len - 1] != '\n';

	if (pam_stack_has(text, service, phase))
		return buffer_append_slice(out, text);
	include_name(service, phase, name);
	if (place == SIZE_MAX) {
		report(r, JWT_CONFIG_ERROR,
			"no %s line was found to put ours before: add "
			"\"@include %s\" where it belongs",
			phase_names[phase], name);
		return false;
	}
	return buffer_append(out, text.data, place) &&
	       buffer_append_format(
		       out, at_end ? "\n@include %s" : "@include %s\n", name) &&
	       buffer_append(out, text.data + place, text.len - place);
}

bool
pam_stack_drop(struct slice text, const char *service, enum pam_phase phase,
	struct buffer *out)
{
	char name[INCLUDE_MAX];
	struct slice line;

	include_name(service, phase, name);
	while (line_next_joined(&text, &line)) {
		if (!includes(line, name)) {
			if (!buffer_append_slice(out, line))
				return false;
			continue;
		}
		/* Gives back the newline that pam_stack_add borrowed. */
		if (line.data[line.len - 1] != '\n' && out->len > 0 &&
			out->data[out->len - 1] == '\n')
			out->data[--out->len] = '\0';
	}
	return true;
}
