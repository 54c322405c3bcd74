/* SPDX-License-Identifier: ISC */
/* What targets share: failing, and inputs taken apart. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

char fuzz_input[512];

void
fuzz_failed(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	if (fuzz_input[0] != '\0')
		fprintf(stderr, "input: %s\n", fuzz_input);
	abort();
}

struct slice
fuzz_take(struct slice *input, size_t len)
{
	struct slice head =
		slice_of(input->data, len < input->len ? len : input->len);

	if (head.len > 0)
		*input =
			slice_of(input->data + head.len, input->len - head.len);
	return head;
}

uint8_t
fuzz_byte(struct slice *input)
{
	struct slice head = fuzz_take(input, 1);

	return head.len > 0 ? head.data[0] : 0;
}

struct slice
fuzz_part(struct slice *input, uint8_t separator)
{
	struct slice head;

	if (!slice_cut(input, separator, &head))
		head = fuzz_take(input, input->len);
	return head;
}

void
fuzz_make_folder(char out[FUZZ_FOLDER_MAX], void (*remove)(void))
{
	strcpy(out, "/dev/shm/jwtauth-fuzz-XXXXXX");
	if (mkdtemp(out) == NULL) {
		strcpy(out, "/tmp/jwtauth-fuzz-XXXXXX");
		REQUIRE(mkdtemp(out) != NULL);
	}
	atexit(remove);
}

struct slice
fuzz_copy(struct slice s)
{
	uint8_t *copy = malloc(s.len > 0 ? s.len : 1);

	if (copy == NULL)
		abort();
	if (s.len > 0)
		memcpy(copy, s.data, s.len);
	return slice_of(copy, s.len);
}

void
fuzz_copy_free(struct slice copy)
{
	free((void *)(uintptr_t)copy.data);
}
