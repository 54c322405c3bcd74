/* SPDX-License-Identifier: ISC */
/* pam_jwt: the rule for tokens in parts, and sshd's variable. */
#include "conversation.h"
#include "sshinfo.h"
#include "suite.h"

#include <string.h>

/* len times the same character; the part's number makes parts differ. */
static const char *
part_of(size_t len, char c)
{
	static char text[2][40000];
	static unsigned turn;
	char *out = text[turn++ % 2];

	memset(out, c, len);
	out[len] = '\0';
	return out;
}

struct row {
	const char *replies[5];
	enum part end;
	const char *token; /* NULL: don't look */
};

static void
check(const struct row *row)
{
	JWT_AUTO(parts) parts;
	enum part part = PART_MORE;
	size_t i = 0;

	parts_init(&parts);
	while (part == PART_MORE && row->replies[i])
		part = parts_add(&parts, row->replies[i++]);
	CU_ASSERT_EQUAL(part, row->end);
	CU_ASSERT_PTR_NULL(row->replies[i]);
	if (row->token)
		CU_ASSERT_STRING_EQUAL(buffer_string(&parts.token), row->token);
}

static void
a_short_reply_is_the_whole_token(void)
{
	check(&(struct row){ { "a.b.c" }, PART_LAST, "a.b.c" });
}

static void
an_empty_reply_is_no_token(void)
{
	check(&(struct row){ { "" }, PART_LAST, "" });
	check(&(struct row){ { " \t" }, PART_LAST, "" });
	check(&(struct row){ { "+", "" }, PART_LAST, "" });
}

static void
white_space_is_dropped_wherever_it_stands(void)
{
	check(&(struct row){ { " a.\tb\r\n.c\n" }, PART_LAST, "a.b.c" });
}

static void
a_plus_at_the_end_asks_for_more_and_is_not_kept(void)
{
	check(&(struct row){ { "a.+", "b.+", "c" }, PART_LAST, "a.b.c" });
	check(&(struct row){ { "a.+\n", "b" }, PART_LAST, "a.b" });
	check(&(struct row){ { "a.+", "" }, PART_LAST, "a." });
	/* One elsewhere is kept, for the helper to refuse. */
	check(&(struct row){ { "a+b" }, PART_LAST, "a+b" });
}

static void
a_reply_of_a_length_that_programs_cut_at_goes_on(void)
{
	for (size_t len = 500; len < 1100; len++) {
		JWT_AUTO(parts) parts;
		bool cut = len == 511 || len == 1023;

		parts_init(&parts);
		CU_ASSERT_EQUAL(parts_add(&parts, part_of(len, 'a')),
			cut ? PART_MORE : PART_LAST);
		CU_ASSERT_EQUAL(parts.token.len, len);
	}
}

static void
the_length_is_taken_as_received(void)
{
	JWT_AUTO(parts) parts;
	char reply[512];

	/* 511 bytes with a blank in it are 510 of the token. */
	memcpy(reply, part_of(511, 'a'), 512);
	reply[100] = ' ';
	parts_init(&parts);
	CU_ASSERT_EQUAL(parts_add(&parts, reply), PART_MORE);
	CU_ASSERT_EQUAL(parts.token.len, 510);
}

static void
the_prompt_says_where_to_go_on(void)
{
	JWT_AUTO(parts) parts;
	char prompt[64];

	parts_init(&parts);
	parts_prompt(&parts, prompt, sizeof(prompt));
	CU_ASSERT_STRING_EQUAL(prompt, "Token: ");
	CU_ASSERT_EQUAL(parts_add(&parts, part_of(511, 'a')), PART_MORE);
	parts_prompt(&parts, prompt, sizeof(prompt));
	CU_ASSERT_STRING_EQUAL(prompt, "Token (from byte 511): ");
	/* White space and the plus are not counted. */
	CU_ASSERT_EQUAL(parts_add(&parts, "b b+ "), PART_MORE);
	parts_prompt(&parts, prompt, sizeof(prompt));
	CU_ASSERT_STRING_EQUAL(prompt, "Token (from byte 513): ");
}

static void
the_same_part_again_is_an_error(void)
{
	JWT_AUTO(parts) parts;

	parts_init(&parts);
	CU_ASSERT_EQUAL(parts_add(&parts, part_of(1023, 'a')), PART_MORE);
	CU_ASSERT_EQUAL(parts_add(&parts, part_of(1023, 'a')), PART_REPEATED);
	check(&(struct row){ { "a+", "a+" }, PART_REPEATED, NULL });
	check(&(struct row){ { "a+", "b+", "a+", "" }, PART_LAST, "aba" });
}

static void
there_are_at_most_32_parts(void)
{
	for (unsigned last = 31; last <= 32; last++) {
		JWT_AUTO(parts) parts;
		enum part part = PART_MORE;

		parts_init(&parts);
		for (unsigned i = 0; i < last; i++) {
			char reply[3] = { (char)('a' + i % 2), '+', '\0' };

			part = parts_add(&parts, reply);
		}
		if (last == 32) {
			CU_ASSERT_EQUAL(part, PART_TOO_LARGE);
			continue;
		}
		CU_ASSERT_EQUAL(part, PART_MORE);
		CU_ASSERT_EQUAL(parts_add(&parts, "c"), PART_LAST);
		CU_ASSERT_EQUAL(parts.token.len, 32);
	}
}

static void
a_token_ends_at_16_kib(void)
{
	JWT_AUTO(parts) parts;

	parts_init(&parts);
	CU_ASSERT_EQUAL(
		parts_add(&parts, part_of(JWT_TOKEN_MAX, 'a')), PART_LAST);
	parts_clear(&parts);
	parts_init(&parts);
	CU_ASSERT_EQUAL(parts_add(&parts, part_of(JWT_TOKEN_MAX + 1, 'a')),
		PART_TOO_LARGE);
	parts_clear(&parts);
	parts_init(&parts);
	for (int i = 0; i < 16; i++)
		CU_ASSERT_EQUAL(
			parts_add(&parts, part_of(1023, i % 2 ? 'a' : 'b')),
			PART_MORE);
	/* 16 * 1023 = 16368, 16 to go. */
	CU_ASSERT_EQUAL(parts_add(&parts, part_of(17, 'c')), PART_TOO_LARGE);
	parts_clear(&parts);
	parts_init(&parts);
	CU_ASSERT_EQUAL(parts_add(&parts, part_of(39000, ' ')), PART_TOO_LARGE);
}

static void
the_key_is_the_publickey_line_without_its_end(void)
{
	static const char text[] = "password\npublickey ssh-rsa AAAA\n"
				   "keyboard-interactive/pam\n";
	struct slice key = sshinfo_find_key(slice_of_string(text));

	CU_ASSERT(slice_equals_string(key, "publickey ssh-rsa AAAA"));
	CU_ASSERT_FALSE(sshinfo_is_certificate(key));
	key = sshinfo_find_key(slice_of_string("publickey ssh-rsa BBBB"));
	CU_ASSERT(slice_equals_string(key, "publickey ssh-rsa BBBB"));
	CU_ASSERT_EQUAL(
		sshinfo_find_key(slice_of_string("xpublickey a b\n")).len, 0);
	CU_ASSERT_EQUAL(sshinfo_find_key(slice_of(NULL, 0)).len, 0);
}

static void
a_certificate_goes_before_a_plain_key(void)
{
	static const char cert[] =
		"publickey ecdsa-sha2-nistp256-cert-v01@openssh.com CCCC";
	static const char text[] =
		"publickey ssh-rsa AAAA\n"
		"publickey ecdsa-sha2-nistp256-cert-v01@openssh.com CCCC\n";
	struct slice key = sshinfo_find_key(slice_of_string(text));

	CU_ASSERT(slice_equals_string(key, cert));
	CU_ASSERT_TRUE(sshinfo_is_certificate(key));
}

static void
only_the_type_makes_a_certificate(void)
{
	static const char *const not [] = { "", "publickey",
		"publickey -cert-v01@openssh.com AAAA",
		"publickey ssh-rsa AAAA-cert-v01@openssh.com",
		"publickey ssh-rsa-cert-v01@openssh.com" };

	for (size_t i = 0; i < sizeof(not ) / sizeof(not [0]); i++)
		CU_ASSERT_FALSE(
			sshinfo_is_certificate(slice_of_string(not [i])));
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_short_reply_is_the_whole_token),
	UNIT_TEST(an_empty_reply_is_no_token),
	UNIT_TEST(white_space_is_dropped_wherever_it_stands),
	UNIT_TEST(a_plus_at_the_end_asks_for_more_and_is_not_kept),
	UNIT_TEST(a_reply_of_a_length_that_programs_cut_at_goes_on),
	UNIT_TEST(the_length_is_taken_as_received),
	UNIT_TEST(the_prompt_says_where_to_go_on),
	UNIT_TEST(the_same_part_again_is_an_error),
	UNIT_TEST(there_are_at_most_32_parts),
	UNIT_TEST(a_token_ends_at_16_kib),
	UNIT_TEST(the_key_is_the_publickey_line_without_its_end),
	UNIT_TEST(a_certificate_goes_before_a_plain_key),
	UNIT_TEST(only_the_type_makes_a_certificate),
};
UNIT_SUITE("pam_parts", tests)
