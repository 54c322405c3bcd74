/* SPDX-License-Identifier: ISC */
#include "sweep.h"

#include "base/clock.h"
#include "log.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TAIL	".json."
#define RANDOM	6 /* characters that mkostemp(3) puts for the X */
#define OLD_AGE 60

static bool
is_temporary(const char *name)
{
	size_t len = strlen(name);

	return len > sizeof(TAIL) - 1 + RANDOM &&
	       strncmp(name + len - RANDOM - (sizeof(TAIL) - 1), TAIL,
		       sizeof(TAIL) - 1) == 0;
}

void
sweep_temporary_files(const char *dir)
{
	DIR *folder = opendir(dir);
	time_t now = (time_t)clock_now();
	struct dirent *entry;
	struct stat st;

	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (is_temporary(entry->d_name) &&
			fstatat(dirfd(folder), entry->d_name, &st,
				AT_SYMLINK_NOFOLLOW) == 0 &&
			S_ISREG(st.st_mode) && st.st_mtime < now - OLD_AGE &&
			unlinkat(dirfd(folder), entry->d_name, 0) == 0)
			log_line(LOG_NOTICE, "removed %s/%s, left half-written",
				dir, entry->d_name);
	if (folder != NULL)
		closedir(folder);
}
