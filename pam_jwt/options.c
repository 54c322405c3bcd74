/* SPDX-License-Identifier: ISC */
/* A table of options; each has one small function. */
#include "options.h"

#include <string.h>

/* value is NULL for an option without "=". False: not understood. */
typedef bool (*option_fn)(struct options *options, const char *value);

static bool
set_role(struct options *options, const char *value)
{
	for (unsigned role = 0; role < ROLE_COUNT; role++)
		if (strcmp(value, role_name((enum role)role)) == 0) {
			options->role = (enum role)role;
			return true;
		}
	return false;
}

static bool
set_exempt(struct options *options, const char *value)
{
	if (*value == '\0' || options->exempt_count == EXEMPT_LISTS_MAX)
		return false;
	options->exempt[options->exempt_count++] = value;
	return true;
}

static bool
set_deadline(struct options *options, const char *value)
{
	unsigned ms = 0;

	for (const char *p = value; *p != '\0'; p++) {
		if (*p < '0' || *p > '9' || ms > DEADLINE_MAX_MS)
			return false;
		ms = ms * 10 + (unsigned)(*p - '0');
	}
	if (ms < DEADLINE_MIN_MS || ms > DEADLINE_MAX_MS)
		return false;
	options->deadline_ms = ms;
	return true;
}

static bool
set_mode(struct options *options, const char *value)
{
	options->observe = strcmp(value, "observe") == 0;
	return options->observe;
}

static bool
set_ssh(struct options *options, const char *value)
{
	(void)value;
	options->ssh = true;
	return true;
}

static bool
set_try_first_pass(struct options *options, const char *value)
{
	(void)value;
	options->try_first_pass = true;
	return true;
}

static const struct option {
	const char *name;
	bool has_value;
	option_fn set;
} table[] = {
	{ "role", true, set_role },
	{ "ssh", false, set_ssh },
	{ "exempt", true, set_exempt },
	{ "deadline", true, set_deadline },
	{ "mode", true, set_mode },
	{ "try_first_pass", false, set_try_first_pass },
};

static const struct option *
find(const char *text, const char **value)
{
	size_t len = strcspn(text, "=");

	*value = text[len] == '=' ? text + len + 1 : NULL;
	for (size_t i = 0; i < JWT_COUNT(table); i++)
		if (strlen(table[i].name) == len &&
			memcmp(table[i].name, text, len) == 0)
			return &table[i];
	return NULL;
}

void
options_parse(int argc, const char *const *argv, struct options *out,
	struct report *r)
{
	bool has_role = false;

	/* verify touches no session: the role that can do the least harm. */
	*out = (struct options){
		.role = ROLE_VERIFY,
		.deadline_ms = DEADLINE_DEFAULT_MS,
	};
	for (int i = 0; i < argc; i++) {
		const char *value;
		const struct option *option = find(argv[i], &value);

		if (!option || option->has_value != (value != NULL) ||
			!option->set(out, value)) {
			out->broken = true;
			report(r, JWT_CONFIG_ERROR,
				"option \"%s\" is not understood", argv[i]);
		} else if (option->set == set_role) {
			has_role = true;
		}
	}
	if (!has_role) {
		out->broken = true;
		report(r, JWT_CONFIG_ERROR,
			"role=login, role=elevate or role=verify is missing");
	}
}

static bool
list_has(const char *list, const char *user, size_t user_len)
{
	while (*list != '\0') {
		size_t len = strcspn(list, ",");

		if (len == user_len && memcmp(list, user, len) == 0)
			return true;
		list += len;
		list += *list == ',';
	}
	return false;
}

bool
options_exempts(const struct options *options, const char *user)
{
	size_t len = strlen(user);

	for (size_t i = 0; len > 0 && i < options->exempt_count; i++)
		if (list_has(options->exempt[i], user, len))
			return true;
	return false;
}
