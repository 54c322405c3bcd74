/* SPDX-License-Identifier: ISC */
/*
 * All suites in one program, a process a test, with one mutant turned on:
 *
 *	runner map COUNT          each test alone, and which mutants it reaches
 *	runner try MUTANT TEST... until one of these tests fails
 *
 * A line of "map": test, exit status, CPU time in microseconds, the suite and
 * its name, the mutants; tab-separated. "try" prints the test that failed.
 */
#include "mutant.h"
#include "suite.h"

#include <CUnit/TestRun.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define TESTS_MAX   2048
#define CPU_MAX	    30	/* seconds of a test; a mutant that goes on is caught */
#define WALL_MAX    120 /* the same, where it waits */
#define MEMORY_MAX  ((rlim_t)4 << 30) /* bytes */
#define STATUS_FAIL 1

extern int (*const mutant_suites[])(int, char **);
extern const size_t mutant_suites_count;

unsigned mutant_on;
static unsigned char unmapped[MUTANTS_MAX];
volatile unsigned char *mutant_reached = unmapped;

static struct {
	const char *suite;
	struct unit_test test;
} tests[TESTS_MAX];
static size_t tests_count;

/* Instead of suite.c's: the main of a suite brings its tests, no more. */
int
suite_run(const char *name, const struct unit_test *more, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (tests_count == TESTS_MAX)
			abort();
		tests[tests_count].suite = name;
		tests[tests_count++].test = more[i];
	}
	return EXIT_SUCCESS;
}

static bool
add(CU_pSuite suite, const struct unit_test *test)
{
	return suite != NULL &&
	       CU_add_test(suite, test->name, test->run) != NULL;
}

/* A suite's first test that is called "start" sets up what others need. */
static int
run_alone(size_t index)
{
	CU_pSuite suite;
	size_t first = index;

	while (first > 0 && tests[first - 1].suite == tests[index].suite)
		first--;
	if (CU_initialize_registry() != CUE_SUCCESS)
		return STATUS_FAIL;
	suite = CU_add_suite(tests[index].suite, NULL, NULL);
	if (first != index && strcmp(tests[first].test.name, "start") == 0 &&
		!add(suite, &tests[first].test))
		return STATUS_FAIL;
	if (!add(suite, &tests[index].test))
		return STATUS_FAIL;
	CU_run_all_tests();
	return CU_get_number_of_failures() > 0 ||
	       CU_get_number_of_asserts() == 0;
}

static void
limit(int resource, rlim_t most)
{
	const struct rlimit both = { most, most };

	if (setrlimit(resource, &both) != 0)
		abort();
}

static int
in_child(size_t index)
{
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	setsid(); /* a test may ask the terminal */
	limit(RLIMIT_CPU, CPU_MAX);
	limit(RLIMIT_AS, MEMORY_MAX);
	limit(RLIMIT_CORE, 0);
	alarm(WALL_MAX);
	return run_alone(index);
}

/* What became of one test, 0 if it passed. */
static int
run_test(size_t index, long *microseconds)
{
	struct rusage used;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(in_child(index));
	if (wait4(pid, &status, 0, &used) != pid)
		abort();
	*microseconds =
		(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000L +
		used.ru_utime.tv_usec + used.ru_stime.tv_usec;
	return status;
}

static void
map(unsigned count)
{
	unsigned char *shared = mmap(NULL, MUTANTS_MAX, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED || count >= MUTANTS_MAX)
		abort();
	mutant_reached = shared;
	for (size_t i = 0; i < tests_count; i++) {
		long microseconds;
		int status;

		memset(shared, 0, MUTANTS_MAX);
		status = run_test(i, &microseconds);
		printf("%zu\t%d\t%ld\t%s %s\t", i, status, microseconds,
			tests[i].suite, tests[i].test.name);
		for (unsigned j = 1; j <= count; j++)
			if (shared[j])
				printf("%u ", j);
		putchar('\n');
	}
}

static void
try(char **wanted, int count)
{
	long microseconds;

	for (int i = 0; i < count; i++) {
		size_t index = strtoul(wanted[i], NULL, 10);

		if (run_test(index, &microseconds) != 0) {
			printf("%s %s\n", tests[index].suite,
				tests[index].test.name);
			return;
		}
	}
}

int
main(int argc, char **argv)
{
	char *none[] = { argv[0], NULL };

	for (size_t i = 0; i < mutant_suites_count; i++)
		mutant_suites[i](1, none);
	if (argc == 3 && strcmp(argv[1], "map") == 0) {
		map((unsigned)atoi(argv[2]));
	} else if (argc > 2 && strcmp(argv[1], "try") == 0) {
		mutant_on = (unsigned)atoi(argv[2]);
		try(argv + 3, argc - 3);
	} else {
		return 2;
	}
	return 0;
}
