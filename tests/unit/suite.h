/* SPDX-License-Identifier: ISC */
/*
 * A suite of CUnit tests as one program: the last line it prints is
 * "NAME: N passed, N failed", and it exits 1 if any failed.
 *
 * To add a suite: write test_NAME.c beside this file,
 *
 *	static void rejects_a_token_of_two_parts(void) { CU_ASSERT(...); }
 *	static const struct unit_test tests[] = {
 *		UNIT_TEST(rejects_a_token_of_two_parts),
 *	};
 *	UNIT_SUITE("jws", tests)
 *
 * and add "NAME" to local.mk. A test that asserts nothing fails.
 */
#ifndef JWT_TESTS_SUITE_H
#define JWT_TESTS_SUITE_H

#include <CUnit/CUnit.h>
#include <stddef.h>

struct unit_test {
	const char *name;
	void (*run)(void);
};

#define UNIT_TEST(function)         \
	{                           \
#function, function \
	}
#define UNIT_SUITE(name, tests)                                           \
	int main(void)                                                    \
	{                                                                 \
		return suite_run(                                         \
			name, tests, sizeof(tests) / sizeof((tests)[0])); \
	}

int suite_run(const char *name, const struct unit_test *tests, size_t count);

#endif
