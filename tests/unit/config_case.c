/* SPDX-License-Identifier: ISC */
#include "config_case.h"
#include "suite.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX 8192

void
case_begin(struct config_case *c)
{
	memset(c, 0, sizeof(*c));
	snprintf(c->folder, sizeof(c->folder), "/tmp/test-config.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(c->folder));
	snprintf(c->path, sizeof(c->path), "%s/main.conf", c->folder);
}

void
case_write(const struct config_case *c, const char *name, const char *text,
	size_t len, unsigned mode)
{
	char path[CASE_PATH_MAX * 2];
	struct report report = { "" };

	if (strncmp(name, "conf.d/", 7) == 0) {
		snprintf(path, sizeof(path), "%s/conf.d", c->folder);
		mkdir(path, 0755);
	}
	snprintf(path, sizeof(path), "%s/%s", c->folder, name);
	CU_ASSERT_TRUE_FATAL(file_write(path, slice_of(text, len), mode,
		(uid_t)-1, (gid_t)-1, &report));
}

void
case_load(struct config_case *c)
{
	c->reason = config_load(c->path, &c->config, &c->error);
}

void
case_end(struct config_case *c)
{
	char command[CASE_PATH_MAX + 16];

	config_free(c->config);
	snprintf(command, sizeof(command), "rm -rf %s", c->folder);
	CU_ASSERT_EQUAL(system(command), 0);
}

void
case_of_text(struct config_case *c, const char *text)
{
	case_begin(c);
	case_write(c, "main.conf", text, strlen(text), 0644);
	case_load(c);
}

bool
case_refused(const struct config_case *c, const char *rest)
{
	char expected[CONFIG_ERROR_MAX + CASE_PATH_MAX];

	snprintf(expected, sizeof(expected), "%s:%s", c->path, rest);
	if (c->reason == JWT_CONFIG_ERROR && c->config == NULL &&
		strcmp(c->error.text, expected) == 0)
		return true;
	printf("       got      %s\n       expected %s\n",
		c->reason == JWT_OK ? "no error" : c->error.text, expected);
	return false;
}

bool
refuses(const char *text, const char *rest)
{
	JWT_AUTO(config_case) c;

	case_of_text(&c, text);
	return case_refused(&c, rest);
}

bool
accepts(const char *text)
{
	JWT_AUTO(config_case) c;

	case_of_text(&c, text);
	if (c.reason != JWT_OK)
		printf("       got      %s\n", c.error.text);
	return c.reason == JWT_OK && c.config != NULL &&
	       c.error.text[0] == '\0';
}

const char *
issuer_with(const char *setting, const char *value)
{
	static const struct {
		const char *name, *value;
	} lines[] = {
		{ "name", "\"corp\"" },
		{ "issuer", "\"https://idp.example.com\"" },
		{ "algorithms", "[ \"RS256\" ]" },
		{ "audience", "[ \"ssh://a\" ]" },
		{ "accounts", "( { claim = \"sub\"; } )" },
	};
	static char text[TEXT_MAX];
	size_t len = (size_t)snprintf(text, sizeof(text), "issuers = ( {\n");
	bool placed = setting == NULL;

	for (size_t i = 0; i < JWT_COUNT(lines); i++) {
		bool here = !placed && strcmp(setting, lines[i].name) == 0;
		const char *put = here ? value : lines[i].value;

		placed = placed || here;
		len += (size_t)snprintf(text + len, sizeof(text) - len,
			put != NULL ? "%s = %s;\n" : "\n", lines[i].name, put);
	}
	snprintf(text + len, sizeof(text) - len,
		placed ? "} );\n" : "%s = %s;\n} );\n", setting, value);
	return text;
}
