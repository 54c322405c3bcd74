/* SPDX-License-Identifier: ISC */
/*
 * The cache on a disk that is full, out of inodes or read-only: the old
 * content stays, the error has its name, and nothing is left behind. As root,
 * on small file systems in a mount namespace of its own.
 */
#include "cache_pair.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define SKIPPED 77 /* what automake takes for "could not run" */

static char dir[] = "/tmp/jwtauth-disk-XXXXXX";
static struct cache_pair pair;
static struct report why;

static void
mount_small(const char *options)
{
	if (mount("tmpfs", dir, "tmpfs", MS_NODEV | MS_NOSUID, options) != 0 ||
		!cache_pair_make(dir, &pair))
		abort();
	why = (struct report){ 0 };
}

static void
unmount(void)
{
	cache_pair_clear(&pair);
	if (umount(dir) != 0)
		abort();
}

static char *
in_dir(const char *name)
{
	static char path[sizeof(dir) + 32];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* Refused with that error, named to the reader, and the old set serves. */
static void
store_fails_with(int error, unsigned others)
{
	CU_ASSERT_FALSE(cache_pair_store(dir, &pair, 1, &why));
	CU_ASSERT_EQUAL(errno, error);
	CU_ASSERT_PTR_NOT_NULL(strstr(why.text, strerror(error)));
	CU_ASSERT_PTR_NOT_NULL(strstr(why.text, PAIR_NAME ".json"));
	CU_ASSERT_EQUAL(cache_pair_which(dir, &pair, &why), 0);
	CU_ASSERT_EQUAL(cache_pair_others(dir), others);
}

static void
store_works_again(void)
{
	CU_ASSERT(cache_pair_store(dir, &pair, 1, &why));
	CU_ASSERT_EQUAL(cache_pair_which(dir, &pair, &why), 1);
	CU_ASSERT_EQUAL(cache_pair_others(dir), 0);
}

/* Leaves left bytes free: none, or too few for the long content. */
static void
fill_but(off_t left)
{
	static const char block[4096];
	int fd = open(in_dir("filler"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	off_t size;

	if (fd < 0)
		abort();
	while (write(fd, block, sizeof(block)) > 0)
		continue;
	size = lseek(fd, 0, SEEK_END);
	if (errno != ENOSPC || ftruncate(fd, size - left) != 0)
		abort();
	close(fd);
}

static void
full_disk_keeps_the_old_content(void)
{
	mount_small("size=128k");
	fill_but(0);
	store_fails_with(ENOSPC, 1);
	unlink(in_dir("filler"));
	store_works_again();
	unmount();
}

/* The first page fits: the temporary file is there, and cut. */
static void
disk_that_fills_up_while_writing_keeps_the_old_content(void)
{
	mount_small("size=128k");
	fill_but(4096);
	store_fails_with(ENOSPC, 1);
	unlink(in_dir("filler"));
	store_works_again();
	unmount();
}

static void
disk_without_inodes_keeps_the_old_content(void)
{
	mount_small("size=1m,nr_inodes=3");
	fill_but(1024);
	store_fails_with(ENOSPC, 1);
	unlink(in_dir("filler"));
	store_works_again();
	unmount();
}

static void
read_only_disk_keeps_the_old_content(void)
{
	mount_small("size=128k");
	if (mount(NULL, dir, NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0)
		abort();
	store_fails_with(EROFS, 0);
	if (mount(NULL, dir, NULL, MS_REMOUNT, NULL) != 0)
		abort();
	store_works_again();
	unmount();
}

static const struct unit_test tests[] = {
	UNIT_TEST(full_disk_keeps_the_old_content),
	UNIT_TEST(disk_that_fills_up_while_writing_keeps_the_old_content),
	UNIT_TEST(disk_without_inodes_keeps_the_old_content),
	UNIT_TEST(read_only_disk_keeps_the_old_content),
};

int
main(void)
{
	int status;

	if (unshare(CLONE_NEWNS) != 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
		printf("disk_faults: skipped, no mount namespace: %s\n",
			strerror(errno));
		return SKIPPED;
	}
	if (mkdtemp(dir) == NULL)
		abort();
	status = suite_run("disk_faults", tests, JWT_COUNT(tests));
	rmdir(dir);
	return status;
}
