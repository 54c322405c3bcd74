/* SPDX-License-Identifier: ISC */
/*
 * Which files change when a service is enabled or disabled. A file is
 * included only once it is there, and goes only when nothing includes it:
 * PAM refuses everybody where an @include finds nothing.
 */
#include "enable.h"

#include "pam_snippet.h"
#include "pam_stack.h"
#include "text_lines.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static bool
has_pam_file(const struct enable *e, size_t i)
{
	char path[PATH_MAX];

	return i < PAM_FILES_MAX && e->service->pam_files[i] != NULL &&
	       host_path(e, path, PAM_FOLDER "/%s", e->service->pam_files[i]) &&
	       access(path, F_OK) == 0;
}

/* ---- snippets */

struct snippet {
	char path[128]; /* as the host sees it */
	struct buffer template, text;
	struct snippet_choice choice;
	bool there, edited;
};

static inline void
jwt_auto_snippet(struct snippet *s)
{
	buffer_free(&s->template);
	buffer_free(&s->text);
}
typedef struct snippet jwt_auto_snippet_t;

static bool
snippet_load(const struct enable *e, const char *service, enum pam_phase phase,
	struct snippet *s, struct report *r)
{
	const char *phase_name = pam_phase_name(phase);
	char template[PATH_MAX];
	enum file_status status;

	*s = (struct snippet){
		.template = BUFFER(CHANGE_FILE_MAX),
		.text = BUFFER(CHANGE_FILE_MAX),
	};
	snprintf(s->path, sizeof(s->path), PAM_FOLDER "/jwtauth-%s-%s", service,
		phase_name);
	status = read_host(e, s->path, &s->text, NULL);
	if (status != FILE_OK && status != FILE_MISSING)
		return read_host(e, s->path, &s->text, r) == FILE_OK;
	s->there = status == FILE_OK;
	snprintf(template, sizeof(template),
		JWT_DATA_DIR "/pam.d/jwtauth-%s-%s", service, phase_name);
	if (read_host(e, template, &s->template, r) != FILE_OK)
		return false;
	s->edited = s->there && !snippet_recognize(buffer_slice(&s->template),
					buffer_slice(&s->text), &s->choice);
	return true;
}

static bool
plan_snippet(struct enable *e, const char *service, enum pam_phase phase,
	struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(CHANGE_FILE_MAX);
	JWT_AUTO(snippet) s;
	char path[PATH_MAX];

	if (!snippet_load(e, service, phase, &s, r) ||
		!host_path(e, path, "%s", s.path))
		return false;
	if (e->tokens_only && phase == PAM_PHASE_AUTH)
		s.choice.tokens_only = true;
	if (e->exempt != NULL)
		snprintf(s.choice.exempt, sizeof(s.choice.exempt), "%s",
			e->exempt);
	/* What somebody has edited stays, but for the accounts asked for. */
	if (s.edited)
		s.choice.tokens_only = false;
	return snippet_render(buffer_slice(s.edited ? &s.text : &s.template),
		       &s.choice, &text) &&
	       change_write(&e->changes, path, buffer_slice(&text), r);
}

static bool
is_included_elsewhere(
	const struct enable *e, const char *service, enum pam_phase phase)
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *folder;

	if (!host_path(e, path, PAM_FOLDER) || (folder = opendir(path)) == NULL)
		return true;
	while (!found && (entry = readdir(folder)) != NULL) {
		JWT_AUTO(buffer) text = BUFFER(CHANGE_FILE_MAX);

		if (strcmp(entry->d_name, service) == 0)
			continue;
		snprintf(path, sizeof(path), PAM_FOLDER "/%s", entry->d_name);
		if (read_host(e, path, &text, NULL) == FILE_OK)
			found = pam_stack_has(
				buffer_slice(&text), service, phase);
	}
	closedir(folder);
	return found;
}

static bool
plan_snippet_removal(struct enable *e, const char *service,
	enum pam_phase phase, struct report *r)
{
	JWT_AUTO(snippet) s;
	char path[PATH_MAX];

	/*
	 * What an administrator chose outlives "disable", as a conffile would.
	 * Without its template it can't be told from an edited one.
	 */
	if (!snippet_load(e, service, phase, &s, NULL) || s.edited ||
		s.choice.exempt[0] != '\0') {
		if (s.there)
			printf("kept     %s, for the next \"enable\": %s\n",
				s.path,
				s.edited ? "it was edited"
					 : "it names exempt accounts");
		return true;
	}
	if (s.there && is_included_elsewhere(e, service, phase)) {
		printf("kept     %s: another service includes it\n", s.path);
		return true;
	}
	return host_path(e, path, "%s", s.path) &&
	       change_remove(&e->changes, path, r);
}

static bool
for_each_snippet(struct enable *e, struct report *r,
	bool (*plan)(
		struct enable *, const char *, enum pam_phase, struct report *))
{
	for (size_t i = 0; i < PAM_FILES_MAX; i++) {
		if (!has_pam_file(e, i))
			continue;
		for (int phase = 0; phase < PAM_PHASES; phase++)
			if (!plan(e, e->service->pam_files[i],
				    (enum pam_phase)phase, r))
				return false;
	}
	return true;
}

/* ---- the service's own file */

static bool
edit_includes(const struct enable *e, const char *service, bool add,
	struct buffer *text, struct report *r)
{
	for (int phase = 0; phase < PAM_PHASES; phase++) {
		struct buffer next = BUFFER(CHANGE_FILE_MAX);
		/* Nothing prompts: sshd's password method stays as it is. */
		bool wanted = add && (phase != PAM_PHASE_AUTH ||
					     e->prompt != PROMPT_NO);
		bool good = wanted ? pam_stack_add(buffer_slice(text), service,
					     (enum pam_phase)phase, &next, r)
				   : pam_stack_drop(buffer_slice(text), service,
					     (enum pam_phase)phase, &next);

		buffer_free(text);
		*text = next;
		if (!good)
			return false;
	}
	return true;
}

static bool
plan_pam_files(struct enable *e, bool add, struct report *r)
{
	for (size_t i = 0; i < PAM_FILES_MAX; i++) {
		JWT_AUTO(buffer) text = BUFFER(CHANGE_FILE_MAX);
		struct report detail = { .text = "" };
		char path[PATH_MAX];

		if (!has_pam_file(e, i))
			continue;
		snprintf(path, sizeof(path), PAM_FOLDER "/%s",
			e->service->pam_files[i]);
		if (read_host(e, path, &text, r) != FILE_OK)
			return false;
		if (!edit_includes(
			    e, e->service->pam_files[i], add, &text, &detail)) {
			report(r, JWT_CONFIG_ERROR, "%s: %s", path,
				detail.text);
			return false;
		}
		if (!host_path(e, path, PAM_FOLDER "/%s",
			    e->service->pam_files[i]) ||
			!change_write(
				&e->changes, path, buffer_slice(&text), r))
			return false;
	}
	return true;
}

bool
service_is_enabled(const struct enable *e)
{
	if (host_has(e, e->service->is_sshd ? SSHD_DROP_IN : SUDOERS_DROP_IN))
		return true;
	for (size_t i = 0; i < PAM_FILES_MAX; i++) {
		JWT_AUTO(buffer) text = BUFFER(CHANGE_FILE_MAX);
		char path[PATH_MAX];

		if (!has_pam_file(e, i))
			continue;
		snprintf(path, sizeof(path), PAM_FOLDER "/%s",
			e->service->pam_files[i]);
		if (read_host(e, path, &text, NULL) != FILE_OK)
			continue;
		for (int phase = 0; phase < PAM_PHASES; phase++)
			if (pam_stack_has(buffer_slice(&text),
				    e->service->pam_files[i],
				    (enum pam_phase)phase))
				return true;
	}
	return false;
}

bool
enable_plan(struct enable *e, struct report *r)
{
	return for_each_snippet(e, r, plan_snippet) &&
	       (e->service->is_sshd ? drop_in_plan(e, r)
				    : sudoers_plan(e, r)) &&
	       plan_pam_files(e, true, r);
}

bool
disable_plan(struct enable *e, struct report *r)
{
	return plan_pam_files(e, false, r) &&
	       (e->service->is_sshd ? drop_in_plan_removal(e, r)
				    : sudoers_plan_removal(e, r)) &&
	       for_each_snippet(e, r, plan_snippet_removal);
}
