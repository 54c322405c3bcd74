/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl config check [FILE]: reads the configuration as every program
 * does, and says what it found. The files are root's own: no attacker's
 * byte is parsed here.
 */
#include "ctl.h"

#include "config/config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Files are believed by absolute path only. */
static bool
make_absolute(const char *path, char *out, size_t size)
{
	char here[PATH_MAX];
	int len;

	if (path[0] == '/')
		len = snprintf(out, size, "%s", path);
	else if (getcwd(here, sizeof(here)) != NULL)
		len = snprintf(out, size, "%s/%s", here, path);
	else
		return false;
	return len >= 0 && (size_t)len < size;
}

static void
print_services(const struct jwt_config *config)
{
	if (config->service_count == 0)
		printf("none");
	for (size_t i = 0; i < config->service_count; i++) {
		const struct service_config *service = &config->service[i];

		printf("%s%s", i > 0 ? ", " : "", service->name);
		for (size_t j = 0; j < service->also.count; j++)
			printf("%s%s", j > 0 ? ", " : " (also ",
				service->also.item[j]);
		if (service->also.count > 0)
			printf(")");
	}
}

/* Right in form, but surely not what was meant. */
static void
print_warnings(const char *path, const struct jwt_config *config)
{
	if (config->issuer_count == 0)
		fprintf(stderr, "%s: no issuer: every token is denied\n", path);
	for (size_t i = 0; i < config->service_count; i++)
		if (!config->service[i].has_rule)
			fprintf(stderr,
				"%s: service \"%s\" has no rule of its own "
				"(scope_any, acr_any, users, max_auth_age): "
				"every token is denied\n",
				path, config->service[i].name);
}

enum ctl_exit
ctl_config_check(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : CONFIG_DEFAULT_PATH;
	JWT_AUTO(config) config = NULL;
	struct config_error error;
	char absolute[PATH_MAX];

	if (argc > 2 || path[0] == '-')
		return ctl_usage("config check takes one file, or none");
	if (!make_absolute(path, absolute, sizeof(absolute)))
		return ctl_fail(CTL_USAGE, "%s: the path is too long", path);
	if (config_load(absolute, &config, &error) != JWT_OK) {
		fprintf(stderr, "%s\n", error.text);
		return CTL_USAGE;
	}
	printf("%s: ok, %zu issuer%s, services: ", absolute,
		config->issuer_count, config->issuer_count == 1 ? "" : "s");
	print_services(config);
	printf("\n");
	print_warnings(absolute, config);
	return CTL_YES;
}
