/* SPDX-License-Identifier: ISC */
/*
 * Runs a target over files instead of libFuzzer: those named on the command
 * line, else the target's corpus. Each file is one test: as it is, then
 * again and again with the first, second, third... call failing that may
 * fail (faults.c), until none is left.
 */
#include "fuzz.h"
#include "base/file.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define INPUT_MAX  (1024 * 1024) /* bytes of a file */
#define FAULTS_MAX 20000	 /* calls of one input: more is a loop */

static const char *target;
static size_t passed, faults;

static void
run_one(const char *path)
{
	const struct file_trust trust = { .any_owner = true };
	JWT_AUTO(buffer) text = BUFFER(INPUT_MAX);
	struct report r = { 0 };
	unsigned n = 0;

	if (file_read(path, &trust, &text, &r) != FILE_OK) {
		fprintf(stderr, "%s: %s\n", path, r.text);
		exit(1);
	}
	do {
		long before = faults_balance();

		snprintf(fuzz_input, sizeof(fuzz_input),
			"%s with call %u failing", path, n);
		faults_arm(n++);
		LLVMFuzzerTestOneInput(text.data, text.len);
		if (faults_balance() != before || n > FAULTS_MAX) {
			fprintf(stderr, "%s: with call %u failing: %ld %s\n",
				path, n - 1, faults_balance() - before,
				"allocations not given back, or no end");
			exit(1);
		}
		faults += fault_struck();
	} while (n == 1 || fault_struck());
	faults_arm(0);
	passed++;
}

/* Sorted, so that two runs are alike. */
static void
run_folder(const char *folder)
{
	struct dirent **names = NULL;
	int count = scandir(folder, &names, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		JWT_AUTO(buffer) path = BUFFER(PATH_MAX);

		if (!buffer_append_format(
			    &path, "%s/%s", folder, names[i]->d_name))
			abort();
		if (names[i]->d_name[0] != '.')
			run_one(buffer_string(&path));
		free(names[i]);
	}
	free(names);
	if (passed == 0) {
		fprintf(stderr, "%s: no corpus\n", folder);
		exit(1);
	}
}

/* "fuzz_jwk" of "/a/b/fuzz_jwk". */
static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir"); /* automake's */
	char folder[PATH_MAX];

	target = base_name(argv[0]);
	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
		srcdir != NULL ? srcdir : ".",
		strncmp(target, "fuzz_", 5) == 0 ? target + 5 : target);
	/* What a target makes once and keeps is made now. */
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++)
		run_one(argv[i]);
	if (argc == 1)
		run_folder(folder);
	printf("%s: each of %zu calls failed once\n", target, faults);
	printf("%s: %zu passed, 0 failed\n", target, passed);
	return 0;
}
