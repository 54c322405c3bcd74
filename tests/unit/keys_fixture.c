/* SPDX-License-Identifier: ISC */
#include "keys_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char dir[64], sock[80];
char name[] = "corp", iss[] = ISSUER;
struct issuer_config issuer = { .name = name, .issuer = iss };
struct report why;

static const struct keys_places places = { .cache_dir = dir,
	.fetch_socket = sock };

void
fresh_folder(void)
{
	snprintf(dir, sizeof(dir), "/tmp/jwtauth-keys-XXXXXX");
	if (mkdtemp(dir) == NULL)
		abort();
	snprintf(sock, sizeof(sock), "%s/s", dir);
	why = (struct report){ 0 };
}

void
remove_folder(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	rmdir(dir);
}

char *
put(const char *file, const char *text, mode_t mode)
{
	static char path[4][PATH_MAX];
	static unsigned turn;
	char *p = path[turn++ % 4];

	snprintf(p, PATH_MAX, "%s/%s", dir, file);
	if (!file_write(
		    p, slice_of_string(text), mode, (uid_t)-1, (gid_t)-1, NULL))
		abort();
	return p;
}

enum jwt_reason
keys(const char *kid, int64_t now, struct jwks **out)
{
	why = (struct report){ 0 };
	return keys_for_token(
		&issuer, &places, slice_of_string(kid), now, out, &why);
}
