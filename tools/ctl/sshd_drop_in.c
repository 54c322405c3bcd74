/* SPDX-License-Identifier: ISC */
/*
 * sshd_config.d/20-jwtauth.conf: the package's template, with the prompt for
 * tokens or without it.
 */
#include "enable.h"

#include "text_lines.h"

#include <stdio.h>
#include <string.h>

#define TEMPLATE       JWT_DATA_DIR "/sshd_config.d/20-jwtauth.conf"
#define KEPT	       SSHD_DROP_IN ".disabled" /* no name that sshd reads */
#define PROMPT_SETTING "KbdInteractiveAuthentication"

static bool
is_setting(struct slice line, const char *setting)
{
	struct slice word;

	return word_next(&line, "\"=", &word) && word_is(word, setting);
}

/* The template, without the prompt's paragraph where nothing shall prompt. */
static bool
render(struct slice template, bool prompt, struct buffer *out)
{
	struct slice line;
	size_t paragraph = 0;

	while (line_next(&template, &line)) {
		if (!buffer_append_slice(out, line))
			return false;
		if (line.data[0] == '\n')
			paragraph = out->len - 1;
		if (!prompt && is_setting(line, PROMPT_SETTING))
			out->len = paragraph;
	}
	return true;
}

struct drop_in {
	struct buffer template, text;
	bool there, edited;
};

static inline void
jwt_auto_drop_in(struct drop_in *d)
{
	buffer_free(&d->template);
	buffer_free(&d->text);
}
typedef struct drop_in jwt_auto_drop_in_t;

static bool
is_rendered(const struct drop_in *d, bool prompt)
{
	JWT_AUTO(buffer) text = BUFFER(CHANGE_FILE_MAX);

	return render(buffer_slice(&d->template), prompt, &text) &&
	       slice_equal(buffer_slice(&text), buffer_slice(&d->text));
}

static bool
drop_in_load(const struct enable *e, struct drop_in *d, struct report *r)
{
	enum file_status status;

	*d = (struct drop_in){
		.template = BUFFER(CHANGE_FILE_MAX),
		.text = BUFFER(CHANGE_FILE_MAX),
	};
	status = read_host(e, SSHD_DROP_IN, &d->text, r);
	if (status != FILE_OK && status != FILE_MISSING)
		return false;
	r->text[0] = '\0';
	d->there = status == FILE_OK;
	if (read_host(e, TEMPLATE, &d->template, r) != FILE_OK)
		return false;
	d->edited = d->there && !is_rendered(d, true) && !is_rendered(d, false);
	return true;
}

bool
drop_in_prompts(const struct enable *e)
{
	JWT_AUTO(buffer) text = BUFFER(CHANGE_FILE_MAX);
	struct slice rest, line;

	if (read_host(e, SSHD_DROP_IN, &text, NULL) != FILE_OK)
		return false;
	rest = buffer_slice(&text);
	while (line_next(&rest, &line))
		if (is_setting(line, PROMPT_SETTING))
			return true;
	return false;
}

bool
drop_in_plan(struct enable *e, struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(CHANGE_FILE_MAX);
	JWT_AUTO(drop_in) d;
	char path[PATH_MAX];

	if (!drop_in_load(e, &d, r))
		return false;
	if (d.edited) {
		printf("kept     %s: it was edited\n", SSHD_DROP_IN);
		return true;
	}
	return host_path(e, path, "%s", SSHD_DROP_IN) &&
	       render(buffer_slice(&d.template), e->prompt != PROMPT_NO,
		       &text) &&
	       change_write(&e->changes, path, buffer_slice(&text), r);
}

bool
drop_in_plan_removal(struct enable *e, struct report *r)
{
	JWT_AUTO(drop_in) d;
	char path[PATH_MAX], kept[PATH_MAX];

	if (!drop_in_load(e, &d, r))
		return false;
	if (!host_path(e, path, "%s", SSHD_DROP_IN) ||
		!host_path(e, kept, "%s", KEPT))
		return false;
	if (d.edited &&
		!change_write(&e->changes, kept, buffer_slice(&d.text), r))
		return false;
	return change_remove(&e->changes, path, r);
}
