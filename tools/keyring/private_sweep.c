/* SPDX-License-Identifier: ISC */
/*
 * What nothing names goes: the file of a key that was dropped, and what a
 * killed run left behind. Only names that we give are touched.
 */
#include "private.h"

#include "base/base64.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define LINK_NEW	 PRIVATE_SIGNING ".new"
#define TEMPORARY_SUFFIX 7 /* ".XXXXXX" of file_write */

static inline void
close_folder(DIR *folder)
{
	if (folder != NULL)
		closedir(folder);
}
JWT_AUTO_TYPE(folder, DIR *, close_folder);

static enum jwt_reason
system_failure(const char *what, struct report *r)
{
	return report(r, JWT_INTERNAL_ERROR, "%s: %s", what, strerror(errno));
}

/* KID.pem, KID.secret */
static bool
is_private_name(const char *name, size_t len)
{
	size_t kid = 0;

	while (kid < len && base64url_is_char((uint8_t)name[kid]))
		kid++;
	return kid > 0 &&
	       ((len - kid == 4 && memcmp(name + kid, ".pem", 4) == 0) ||
		       (len - kid == 7 &&
			       memcmp(name + kid, ".secret", 7) == 0));
}

static bool
is_temporary(const char *name, size_t len)
{
	size_t base = len - TEMPORARY_SUFFIX;

	if (len <= TEMPORARY_SUFFIX || name[base] != '.')
		return false;
	return is_private_name(name, base) ||
	       (base == strlen(KEYRING_FILE) &&
		       memcmp(name, KEYRING_FILE, base) == 0);
}

static bool
is_needed(const struct keyring *keyring, const char *name)
{
	for (size_t i = 0; i < keyring->count; i++) {
		char wanted[PRIVATE_NAME_MAX];

		private_name(&keyring->keys[i], wanted);
		if (strcmp(name, wanted) == 0)
			return true;
	}
	return false;
}

/*
 * A service that signs by itself, or systemd's LoadCredential=, finds the
 * current key by this name.
 */
static enum jwt_reason
point_link(struct keyring *keyring, bool *changed, struct report *r)
{
	const struct keyring_key *current = keyring_current(keyring);
	char wanted[PRIVATE_NAME_MAX], found[PRIVATE_NAME_MAX + 1];
	ssize_t len;

	private_name(current, wanted);
	len = readlinkat(
		keyring->fd, PRIVATE_SIGNING, found, sizeof(found) - 1);
	if (len >= 0) {
		found[len] = '\0';
		if (strcmp(found, wanted) == 0)
			return JWT_OK;
	}
	*changed = true;
	unlinkat(keyring->fd, LINK_NEW, 0); /* of a killed run, or none */
	if (symlinkat(wanted, keyring->fd, LINK_NEW) != 0 ||
		renameat(keyring->fd, LINK_NEW, keyring->fd, PRIVATE_SIGNING) !=
			0)
		return system_failure(PRIVATE_SIGNING, r);
	return JWT_OK;
}

static enum jwt_reason
remove_needless(struct keyring *keyring, bool *changed, struct report *r)
{
	int fd = openat(keyring->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	JWT_AUTO(folder) folder = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (folder == NULL) {
		enum jwt_reason reason = system_failure(keyring->dir, r);

		if (fd >= 0)
			close(fd);
		return reason;
	}
	while ((entry = readdir(folder)) != NULL) {
		const char *name = entry->d_name;
		size_t len = strlen(name);

		if (!is_temporary(name, len) && !is_private_name(name, len))
			continue;
		if (is_needed(keyring, name))
			continue;
		if (unlinkat(keyring->fd, name, 0) != 0 && errno != ENOENT)
			return system_failure(name, r);
		*changed = true;
	}
	return JWT_OK;
}

enum jwt_reason
private_sweep(struct keyring *keyring, struct report *r)
{
	bool changed = false;

	JWT_TRY(point_link(keyring, &changed, r));
	JWT_TRY(remove_needless(keyring, &changed, r));
	if (changed && fsync(keyring->fd) != 0)
		return system_failure(keyring->dir, r);
	return JWT_OK;
}
