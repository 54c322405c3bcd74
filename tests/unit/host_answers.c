/* SPDX-License-Identifier: ISC */
/*
 * For LD_PRELOAD in tests: getaddrinfo() by a file that the test writes, a
 * line a name: "NAME ADDRESS...", or "NAME hang", until the line says
 * something else. A name that isn't there does not exist.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*getaddrinfo_fn)(const char *node, const char *service,
	const struct addrinfo *hints, struct addrinfo **out);

static char *path; /* NULL: as ever */

/* Before main, which empties the environment. */
__attribute__((constructor)) static void
keep_path(void)
{
	const char *given = getenv("HOST_ANSWERS");

	path = given != NULL ? strdup(given) : NULL;
}

/* The rest of the name's line; false: it has none. */
static int
find_line(const char *node, char *rest, size_t size)
{
	FILE *file = fopen(path, "re");
	char line[1024];
	size_t len = strlen(node);
	int found = 0;

	while (file != NULL && !found &&
		fgets(line, (int)sizeof(line), file) != NULL)
		if (strncmp(line, node, len) == 0 && line[len] == ' ') {
			line[strcspn(line, "\n")] = '\0';
			snprintf(rest, size, "%s", line + len);
			found = 1;
		}
	if (file != NULL)
		fclose(file);
	return found;
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **out)
{
	getaddrinfo_fn real =
		(getaddrinfo_fn)(void (*)(void))dlsym(RTLD_NEXT, "getaddrinfo");
	struct addrinfo numeric = { .ai_flags = AI_NUMERICHOST };
	char rest[1024], *word, *at;

	if (path == NULL || node == NULL)
		return real(node, service, hints, out);
	*out = NULL;
	do {
		if (!find_line(node, rest, sizeof(rest)))
			return EAI_NONAME;
	} while (strcmp(rest, " hang") == 0 && usleep(10000) == 0);
	numeric.ai_socktype = SOCK_STREAM;
	for (word = strtok_r(rest, " ", &at); word != NULL;
		word = strtok_r(NULL, " ", &at)) {
		int error = real(word, service, &numeric, out);

		if (error != 0)
			return error;
		while (*out != NULL)
			out = &(*out)->ai_next;
	}
	return 0;
}
