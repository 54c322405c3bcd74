/* SPDX-License-Identifier: ISC */
/* Runs one suite, a line a failure, and counts tests, not assertions. */
#include "suite.h"

#include <CUnit/Automated.h>
#include <CUnit/TestRun.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned passed, failed;

static void
test_done(const CU_pTest test, const CU_pSuite suite,
	const CU_pFailureRecord failures)
{
	static unsigned asserts_before;
	unsigned asserts = CU_get_number_of_asserts();

	(void)suite;
	if (failures == NULL && asserts != asserts_before) {
		passed++;
		printf("ok     %s\n", test->pName);
	} else {
		failed++;
		printf("FAILED %s%s\n", test->pName,
			failures == NULL ? " (it asserts nothing)" : "");
	}
	for (CU_pFailureRecord f = failures; f != NULL; f = f->pNext)
		printf("       %s:%u: %s\n", f->strFileName, f->uiLineNumber,
			f->strCondition);
	asserts_before = asserts;
	fflush(stdout);
}

int
suite_run(const char *name, const struct unit_test *tests, size_t count)
{
	CU_pSuite suite;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return EXIT_FAILURE;
	suite = CU_add_suite(name, NULL, NULL);
	for (size_t i = 0; suite != NULL && i < count; i++)
		if (CU_add_test(suite, tests[i].name, tests[i].run) == NULL)
			suite = NULL;
	if (suite == NULL) {
		fprintf(stderr, "%s: %s\n", name, CU_get_error_msg());
		return EXIT_FAILURE;
	}
	CU_set_test_complete_handler(test_done);
	CU_run_all_tests();
	CU_cleanup_registry();
	printf("%s: %u passed, %u failed\n", name, passed, failed);
	return failed == 0 && passed == count ? EXIT_SUCCESS : EXIT_FAILURE;
}
