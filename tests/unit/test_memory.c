/* SPDX-License-Identifier: ISC */
/*
 * Calls that fail, each in turn: a token is then refused, for no fault of
 * its own, nothing is leaked and nothing crashes. What our code calls fails
 * by faults.c; what OpenSSL allocates for itself, by its hook.
 */
#include "../fuzz/fuzz.h"
#include "fault_scenarios.h"
#include "suite.h"

#include <openssl/crypto.h>
#include <stdlib.h>

/* Counts down to the allocation that fails; negative: none will. */
static long openssls = -1;

static bool
openssl_fails(void)
{
	return openssls >= 0 && openssls-- == 0;
}

/* Memory of OpenSSL's, which isn't counted as ours. */
void *__real_malloc(size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *old);

static void *
openssl_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return openssl_fails() ? NULL : __real_malloc(size);
}

static void *
openssl_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return openssl_fails() ? NULL : __real_realloc(old, size);
}

static void
openssl_free(void *old, const char *file, int line)
{
	(void)file;
	(void)line;
	__real_free(old);
}

/* Before main: OpenSSL takes a hook only until its first allocation. */
__attribute__((constructor)) static void
hook_openssl(void)
{
	if (CRYPTO_set_mem_functions(
		    openssl_malloc, openssl_realloc, openssl_free) != 1)
		abort();
}

#define MOST_CALLS 20000

static void
start(void)
{
	scenarios_start();
	CU_PASS("made");
}

/* Runs with the nth call failing; false: there is none. */
static bool
fails_well(const struct scenario *scenario, unsigned nth)
{
	long before = faults_balance();
	enum jwt_reason reason;
	bool struck;

	faults_arm(nth);
	reason = UNDER_TEST(scenario->run());
	struck = fault_struck();
	faults_arm(0);
	CU_ASSERT_EQUAL(faults_balance(), before);
	if (struck && scenario->of_an_issuer && reason == JWT_TOKEN_MALFORMED)
		return true;
	CU_ASSERT_EQUAL(reason, struck ? JWT_INTERNAL_ERROR : JWT_OK);
	return struck;
}

/* Before all others: some calls are made once in the life of a process. */
static void
no_failed_call_is_a_fault_of_the_token(void)
{
	for (size_t i = 0; i < scenarios_count; i++) {
		unsigned nth = 1;

		while (fails_well(&scenarios[i], nth) && nth < MOST_CALLS)
			nth++;
		CU_ASSERT(nth > 1 && nth < MOST_CALLS);
	}
}

/*
 * OpenSSL can do without some of what it asks for, and a failed import or
 * verification has its own reason: but none of them may be a crash.
 */
static void
survives_when_openssls_memory_runs_out(void)
{
	/* OpenSSL sets itself up once, and never again where that failed. */
	for (size_t i = 0; i < scenarios_count; i++)
		CU_ASSERT_EQUAL(scenarios[i].run(), JWT_OK);
	for (size_t i = 0; i < scenarios_count; i++) {
		long nth = 0, refused = 0;
		bool failed;

		if (scenarios[i].slow)
			continue;
		do {
			openssls = nth++;
			if (scenarios[i].run() != JWT_OK)
				refused++;
			failed = openssls < 0;
			openssls = -1;
		} while (failed && nth < MOST_CALLS);
		CU_ASSERT_FALSE(failed);
		CU_ASSERT(nth == 1 || refused > 0);
		CU_ASSERT_EQUAL(scenarios[i].run(), JWT_OK);
	}
}

static void
finish(void)
{
	scenarios_finish();
	CU_PASS("freed");
}

static const struct unit_test tests[] = {
	UNIT_TEST(start),
	UNIT_TEST(no_failed_call_is_a_fault_of_the_token),
	UNIT_TEST(survives_when_openssls_memory_runs_out),
	UNIT_TEST(finish),
};
UNIT_SUITE("memory", tests)
