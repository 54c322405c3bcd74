/* SPDX-License-Identifier: ISC */
/* pam_jwt: the format of records, and what /proc says of a process. */
#include "record.h"
#include "session.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
fill(struct record *record)
{
	record_init(record);
	CU_ASSERT_FATAL(frame_set_text(record->service, "sshd"));
	CU_ASSERT_FATAL(frame_set_text(record->user, "alice"));
	record->uid = 1000;
	record->leader = 4711;
	record->leader_start = 0x1122334455667788;
	strcpy(record->boot_id, "01234567-89ab-cdef-0123-456789abcdef");
	record->login.kind = JWT_CARRIER_PROMPT;
	CU_ASSERT_FATAL(buffer_append(&record->login.bytes, "a\0b", 3));
	CU_ASSERT_FATAL(buffer_append_string(&record->login.proved_key, "key"));
	record->last.kind = JWT_CARRIER_PASSWORD;
	CU_ASSERT_FATAL(buffer_append_string(&record->last.bytes, "tok2"));
}

static bool
decodes(const void *data, size_t len)
{
	JWT_AUTO(record) out;

	record_init(&out);
	return record_decode(slice_of(data, len), &out, NULL);
}

static void
a_record_survives_both_directions(void)
{
	JWT_AUTO(record) in;
	JWT_AUTO(record) out;
	JWT_AUTO(buffer) bytes = BUFFER(RECORD_MAX);

	fill(&in);
	record_init(&out);
	CU_ASSERT_TRUE_FATAL(record_encode(&in, &bytes));
	CU_ASSERT_TRUE_FATAL(record_decode(buffer_slice(&bytes), &out, NULL));
	CU_ASSERT_STRING_EQUAL(out.service, "sshd");
	CU_ASSERT_STRING_EQUAL(out.user, "alice");
	CU_ASSERT_EQUAL(out.uid, 1000);
	CU_ASSERT_EQUAL(out.leader, 4711);
	CU_ASSERT_EQUAL(out.leader_start, 0x1122334455667788);
	CU_ASSERT_STRING_EQUAL(out.boot_id, in.boot_id);
	CU_ASSERT_EQUAL(out.login.kind, JWT_CARRIER_PROMPT);
	CU_ASSERT(slice_equal(
		buffer_slice(&out.login.bytes), slice_of("a\0b", 3)));
	CU_ASSERT_STRING_EQUAL(buffer_string(&out.login.proved_key), "key");
	CU_ASSERT_EQUAL(out.last.kind, JWT_CARRIER_PASSWORD);
	CU_ASSERT_STRING_EQUAL(buffer_string(&out.last.bytes), "tok2");
	CU_ASSERT_EQUAL(out.last.proved_key.len, 0);
}

static void
a_record_without_carriers_is_one_too(void)
{
	JWT_AUTO(record) in;
	JWT_AUTO(buffer) bytes = BUFFER(RECORD_MAX);

	fill(&in);
	presented_clear(&in.login);
	presented_clear(&in.last);
	CU_ASSERT_TRUE(record_encode(&in, &bytes));
	CU_ASSERT_TRUE(decodes(bytes.data, bytes.len));
}

static void
a_torn_or_longer_record_is_none(void)
{
	JWT_AUTO(record) in;
	JWT_AUTO(buffer) bytes = BUFFER(RECORD_MAX);

	fill(&in);
	CU_ASSERT_TRUE_FATAL(record_encode(&in, &bytes));
	for (size_t cut = 0; cut < bytes.len; cut++)
		CU_ASSERT_FALSE(decodes(bytes.data, cut));
	CU_ASSERT_FALSE(decodes(NULL, 0));
	CU_ASSERT_TRUE_FATAL(buffer_append(&bytes, "x", 1));
	CU_ASSERT_FALSE(decodes(bytes.data, bytes.len));
	CU_ASSERT_TRUE_FATAL(buffer_append(&bytes, "\0\0\0\0", 4));
	CU_ASSERT_FALSE(decodes(bytes.data, bytes.len));
}

static void
no_changed_byte_is_read_beyond_the_end(void)
{
	JWT_AUTO(record) in;
	JWT_AUTO(buffer) bytes = BUFFER(RECORD_MAX);
	unsigned good = 0;

	fill(&in);
	CU_ASSERT_TRUE_FATAL(record_encode(&in, &bytes));
	for (size_t at = 0; at < bytes.len; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			bytes.data[at] ^= (uint8_t)(1u << bit);
			good += decodes(bytes.data, bytes.len);
			/* The head and the version allow no change. */
			if (at < 5)
				CU_ASSERT_EQUAL(good, 0);
			bytes.data[at] ^= (uint8_t)(1u << bit);
		}
	CU_ASSERT_TRUE(decodes(bytes.data, bytes.len));
}

static void
a_carrier_without_bytes_or_kind_is_refused(void)
{
	JWT_AUTO(record) in;
	JWT_AUTO(buffer) bytes = BUFFER(RECORD_MAX);

	fill(&in);
	in.login.kind = 0;
	CU_ASSERT_TRUE(record_encode(&in, &bytes));
	CU_ASSERT_FALSE(decodes(bytes.data, bytes.len));
	buffer_clear(&bytes);
	in.login.kind = 4;
	CU_ASSERT_TRUE(record_encode(&in, &bytes));
	CU_ASSERT_FALSE(decodes(bytes.data, bytes.len));
	buffer_clear(&bytes);
	in.login.kind = JWT_CARRIER_PROMPT;
	buffer_clear(&in.login.bytes);
	CU_ASSERT_TRUE(record_encode(&in, &bytes));
	CU_ASSERT_FALSE(decodes(bytes.data, bytes.len));
}

static void
the_largest_carriers_fit(void)
{
	JWT_AUTO(record) in;
	JWT_AUTO(buffer) bytes = BUFFER(RECORD_MAX);

	fill(&in);
	buffer_clear(&in.login.bytes);
	CU_ASSERT_PTR_NOT_NULL(
		buffer_extend(&in.login.bytes, FRAME_REQUEST_MAX));
	CU_ASSERT_PTR_NOT_NULL(buffer_extend(&in.last.proved_key,
		FRAME_REQUEST_MAX - in.last.proved_key.len));
	CU_ASSERT_TRUE(record_encode(&in, &bytes));
	CU_ASSERT_TRUE(decodes(bytes.data, bytes.len));
}

static void
a_process_cannot_forge_its_stat_line_by_its_name(void)
{
	struct process p = { 0 };

	CU_ASSERT_TRUE(process_parse_stat(
		"7 (a) R 1 2 3) S 42 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 "
		"20 21 2222 23 24\n",
		&p));
	CU_ASSERT_EQUAL(p.parent, 42);
	CU_ASSERT_EQUAL(p.start, 2222);
	CU_ASSERT_FALSE(process_parse_stat("7 (a) S 42 5 6", &p));
	CU_ASSERT_FALSE(process_parse_stat("", &p));
	CU_ASSERT_FALSE(process_parse_stat("7 a S 42", &p));
}

static void
proc_tells_parent_and_start(void)
{
	struct process self, parent;
	char boot[BOOT_ID_LEN + 1];

	CU_ASSERT_TRUE(process_read(getpid(), &self));
	CU_ASSERT_EQUAL(self.parent, getppid());
	CU_ASSERT_TRUE(process_read(getppid(), &parent));
	CU_ASSERT(parent.start <= self.start);
	CU_ASSERT_TRUE(boot_id_read(boot));
	CU_ASSERT_EQUAL(strlen(boot), BOOT_ID_LEN);
}

static void
a_process_that_is_gone_is_not_read(void)
{
	struct process p;
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	/* Dead, and still there for its parent. */
	CU_ASSERT_EQUAL(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	CU_ASSERT_FALSE(process_read(pid, &p));
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
	CU_ASSERT_FALSE(process_read(pid, &p));
}

static void
names_of_records_are_those_of_the_design(void)
{
	char name[SESSION_NAME_MAX], closed[SESSION_NAME_MAX];

	session_name_audit(4294967294u, name);
	CU_ASSERT_STRING_EQUAL(name, "4294967294");
	session_name_closed(name, closed);
	CU_ASSERT_STRING_EQUAL(closed, "4294967294.closed");
	session_name_leader(2147483647, UINT64_MAX, name);
	CU_ASSERT_STRING_EQUAL(name, "pid-2147483647-18446744073709551615");
	session_name_closed(name, closed);
	CU_ASSERT_STRING_EQUAL(
		closed, "pid-2147483647-18446744073709551615.closed");
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_record_survives_both_directions),
	UNIT_TEST(a_record_without_carriers_is_one_too),
	UNIT_TEST(a_torn_or_longer_record_is_none),
	UNIT_TEST(no_changed_byte_is_read_beyond_the_end),
	UNIT_TEST(a_carrier_without_bytes_or_kind_is_refused),
	UNIT_TEST(the_largest_carriers_fit),
	UNIT_TEST(a_process_cannot_forge_its_stat_line_by_its_name),
	UNIT_TEST(proc_tells_parent_and_start),
	UNIT_TEST(a_process_that_is_gone_is_not_read),
	UNIT_TEST(names_of_records_are_those_of_the_design),
};
UNIT_SUITE("pam_record", tests)
