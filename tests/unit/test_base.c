/* SPDX-License-Identifier: ISC */
/* base: bytes, base64, files, reports. */
#include "base/base64.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/ids.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
decodes(const char *text, const char *expected)
{
	JWT_AUTO(buffer) out = BUFFER(1024);

	return base64url_decode(slice_of_string(text), &out) &&
	       slice_equals_string(buffer_slice(&out), expected);
}

static void
base64url_decodes_rfc4648_vectors(void)
{
	CU_ASSERT(decodes("", ""));
	CU_ASSERT(decodes("Zg", "f"));
	CU_ASSERT(decodes("Zm8", "fo"));
	CU_ASSERT(decodes("Zm9v", "foo"));
	CU_ASSERT(decodes("Zm9vYg", "foob"));
	CU_ASSERT(decodes("Zm9vYmE", "fooba"));
	CU_ASSERT(decodes("Zm9vYmFy", "foobar"));
}

static void
base64url_refuses_what_is_not_canonical(void)
{
	static const char *const bad[] = { "Z", "Zg==", "Zg=", "Zh", "Zm9",
		"Zm+v", "Zm/v", "Zm9v\n", " Zm9v", "Zm9vY", "Zm9v!g" };

	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		JWT_AUTO(buffer) out = BUFFER(1024);

		CU_ASSERT_FALSE(
			base64url_decode(slice_of_string(bad[i]), &out));
		CU_ASSERT_EQUAL(out.len, 0);
	}
}

static void
base64_takes_exactly_the_right_padding(void)
{
	static const char *const bad[] = { "Zg", "Zg=", "Zg===", "====", "Zm8",
		"Zm9v=", "Zm9v====", "Z===", "Zh==", "Zm-v", "=Zg=" };
	JWT_AUTO(buffer) out = BUFFER(1024);

	CU_ASSERT(base64_decode(slice_of_string("Zm8="), &out));
	CU_ASSERT(slice_equals_string(buffer_slice(&out), "fo"));
	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_FALSE(base64_decode(slice_of_string(bad[i]), &out));
	CU_ASSERT_EQUAL(out.len, 2);
}

static void
base64_round_trips_every_length(void)
{
	uint8_t data[67];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 37 + 200);
	for (size_t n = 0; n <= sizeof(data); n++) {
		struct slice in = slice_of(data, n);
		JWT_AUTO(buffer) text = BUFFER(1024), back = BUFFER(1024);
		JWT_AUTO(buffer) url = BUFFER(1024), url_back = BUFFER(1024);

		CU_ASSERT(base64_encode(in, &text));
		CU_ASSERT(base64_decode(buffer_slice(&text), &back));
		CU_ASSERT(slice_equal(buffer_slice(&back), in));
		CU_ASSERT(base64url_encode(in, &url));
		CU_ASSERT(base64url_decode(buffer_slice(&url), &url_back));
		CU_ASSERT(slice_equal(buffer_slice(&url_back), in));
	}
}

static void
buffer_refuses_to_grow_beyond_its_max(void)
{
	JWT_AUTO(buffer) b = BUFFER(8);

	CU_ASSERT(buffer_append_string(&b, "12345678"));
	CU_ASSERT_FALSE(buffer_append_string(&b, "9"));
	CU_ASSERT_STRING_EQUAL(buffer_string(&b), "12345678");
	CU_ASSERT_PTR_NULL(buffer_extend(&b, SIZE_MAX));
}

static void
buffer_wipes_what_it_held(void)
{
	struct buffer b = BUFFER(64);
	uint8_t *data;

	CU_ASSERT(buffer_append_string(&b, "secret"));
	data = b.data;
	buffer_clear(&b);
	CU_ASSERT_EQUAL(data[0] | data[5], 0);
	buffer_free(&b);
	CU_ASSERT_PTR_NULL(b.data);
}

static void
report_keeps_the_first_detail_in_printable_ascii(void)
{
	struct report r = { 0 };

	CU_ASSERT_EQUAL(
		report(&r, JWT_EXPIRED, "one\n%d\xc2\x9b", 1), JWT_EXPIRED);
	CU_ASSERT_EQUAL(report(&r, JWT_REVOKED, "two"), JWT_REVOKED);
	CU_ASSERT_STRING_EQUAL(r.text, "one?1??");
	CU_ASSERT_EQUAL(report(NULL, JWT_REVOKED, "x"), JWT_REVOKED);
}

static void
every_reason_has_a_name_of_its_own(void)
{
	for (unsigned i = 0; i < JWT_REASON_COUNT; i++)
		for (unsigned j = 0; j < i; j++)
			CU_ASSERT_STRING_NOT_EQUAL(
				jwt_reason_name((enum jwt_reason)i),
				jwt_reason_name((enum jwt_reason)j));
	CU_ASSERT_STRING_EQUAL(
		jwt_reason_name((enum jwt_reason)999), "internal_error");
}

/* A file of our own in a fresh folder, removed by the caller. */
static void
make_file(char folder[64], char path[96], const char *content, mode_t mode)
{
	struct report r = { 0 };

	strcpy(folder, "/tmp/jwtauth-test-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	snprintf(path, 96, "%s/file", folder);
	CU_ASSERT_FATAL(file_write(path, slice_of_string(content), mode,
		(uid_t)-1, (gid_t)-1, &r));
}

static void
file_read_returns_what_file_write_wrote(void)
{
	const struct file_trust trust = { .owner = getuid() };
	char folder[64], path[96];
	JWT_AUTO(buffer) out = BUFFER(64);

	make_file(folder, path, "hello", 0600);
	CU_ASSERT_EQUAL(file_read(path, &trust, &out, NULL), FILE_OK);
	CU_ASSERT_STRING_EQUAL(buffer_string(&out), "hello");
	unlink(path);
	CU_ASSERT_EQUAL(rmdir(folder), 0); /* no temporary file is left */
}

static void
file_read_refuses_what_others_could_have_written(void)
{
	const struct file_trust trust = { .owner = getuid() };
	const struct file_trust secret = { .owner = getuid(), .secret = true };
	char folder[64], path[96], link[128];
	struct report r = { 0 };
	JWT_AUTO(buffer) out = BUFFER(64);

	make_file(folder, path, "hello", 0620);
	CU_ASSERT_EQUAL(file_read(path, &trust, &out, &r), FILE_UNTRUSTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, path));
	CU_ASSERT_EQUAL(chmod(path, 0644), 0);
	CU_ASSERT_EQUAL(file_read(path, &secret, &out, NULL), FILE_UNTRUSTED);
	snprintf(link, sizeof(link), "%s.link", path);
	CU_ASSERT_EQUAL(symlink(path, link), 0);
	CU_ASSERT_EQUAL(file_read(link, &trust, &out, NULL), FILE_UNTRUSTED);
	CU_ASSERT_EQUAL(file_read(folder, &trust, &out, NULL), FILE_UNTRUSTED);
	CU_ASSERT_EQUAL(out.len, 0);
	unlink(link);
	unlink(path);
	rmdir(folder);
}

static void
file_read_refuses_a_file_above_the_cap(void)
{
	const struct file_trust trust = { .owner = getuid() };
	char folder[64], path[96];
	JWT_AUTO(buffer) out = BUFFER(4);

	make_file(folder, path, "hello", 0600);
	CU_ASSERT_EQUAL(file_read(path, &trust, &out, NULL), FILE_TOO_LARGE);
	CU_ASSERT_EQUAL(out.len, 0);
	unlink(path);
	rmdir(folder);
	CU_ASSERT_EQUAL(file_read(path, &trust, &out, NULL), FILE_MISSING);
}

static void
file_read_does_not_hang_on_a_fifo(void)
{
	const struct file_trust trust = { .any_owner = true };
	char folder[64], path[96];
	JWT_AUTO(buffer) out = BUFFER(4);

	make_file(folder, path, "", 0600);
	unlink(path);
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	CU_ASSERT_EQUAL(file_read(path, &trust, &out, NULL), FILE_UNTRUSTED);
	unlink(path);
	rmdir(folder);
}

static void
a_deadline_that_has_passed_leaves_no_time(void)
{
	CU_ASSERT_EQUAL(clock_left_ms(clock_monotonic_ms() - 5), 0);
	CU_ASSERT(clock_left_ms(clock_monotonic_ms() + 60000) > 50000);
	CU_ASSERT(clock_now() > 1700000000);
}

/* Does ids_load take a root-owned file with this text? */
static bool
ids_loads(const char *text, struct ids *ids)
{
	char folder[64], path[96];
	bool loaded;

	make_file(folder, path, text, 0644);
	loaded = ids_load(path, ids, NULL);
	unlink(path);
	rmdir(folder);
	return loaded;
}

static void
ids_are_numbers_and_never_root(void)
{
	static const char *const bad[] = { "", "\n", "100\n", "0 101\n",
		"100 0\n", "100 101 0\n", "-1 101\n", "100 101 x\n",
		"4294967295 101\n", "100  101\n", "100 101\n\n",
		"100 99999999999999999999\n" };
	struct ids ids = { 0 };

	if (getuid() != 0)
		CU_FAIL_FATAL("run as root: the file must be root's");
	CU_ASSERT(ids_loads("100 101 102 103\n", &ids));
	CU_ASSERT_EQUAL(ids.uid, 100);
	CU_ASSERT_EQUAL(ids.gid, 101);
	CU_ASSERT_EQUAL(ids.group_count, 2);
	CU_ASSERT_EQUAL(ids.group[1], 103);
	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_FALSE(ids_loads(bad[i], &ids));
}

static void
text_is_cut_between_characters(void)
{
	/* Of one, two, three and four bytes, and a last one. */
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
	static const size_t lengths[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11,
		11 };
	const struct slice whole = slice_of_string(text);

	for (size_t max = 0; max < JWT_COUNT(lengths); max++) {
		struct slice cut = slice_cut_text(whole, max);

		CU_ASSERT_PTR_EQUAL(cut.data, whole.data);
		CU_ASSERT_EQUAL(cut.len, lengths[max]);
	}
	CU_ASSERT_EQUAL(slice_cut_text(slice_of(NULL, 0), 5).len, 0);
	CU_ASSERT_EQUAL(slice_cut_text(slice_of("\x80\x80", 2), 1).len, 0);
}

static const struct unit_test tests[] = {
	UNIT_TEST(base64url_decodes_rfc4648_vectors),
	UNIT_TEST(base64url_refuses_what_is_not_canonical),
	UNIT_TEST(base64_takes_exactly_the_right_padding),
	UNIT_TEST(base64_round_trips_every_length),
	UNIT_TEST(text_is_cut_between_characters),
	UNIT_TEST(buffer_refuses_to_grow_beyond_its_max),
	UNIT_TEST(buffer_wipes_what_it_held),
	UNIT_TEST(report_keeps_the_first_detail_in_printable_ascii),
	UNIT_TEST(every_reason_has_a_name_of_its_own),
	UNIT_TEST(file_read_returns_what_file_write_wrote),
	UNIT_TEST(file_read_refuses_what_others_could_have_written),
	UNIT_TEST(file_read_refuses_a_file_above_the_cap),
	UNIT_TEST(file_read_does_not_hang_on_a_fifo),
	UNIT_TEST(ids_are_numbers_and_never_root),
	UNIT_TEST(a_deadline_that_has_passed_leaves_no_time),
};
UNIT_SUITE("base", tests)
