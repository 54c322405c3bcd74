/* SPDX-License-Identifier: ISC */
/*
 * What every target is made of. A target is LLVMFuzzerTestOneInput and its
 * oracles: what must hold for any input whatever, said with REQUIRE.
 *
 * Built two ways: with libFuzzer (./configure --enable-fuzzing), or with
 * driver.c, whose main runs the kept corpus and lets each allocation and each
 * call of a library fail in turn (faults.c).
 */
#ifndef JWT_TESTS_FUZZ_H
#define JWT_TESTS_FUZZ_H

#include "base/bytes.h"
#include "base/report.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                           \
	do {                                                         \
		if (!(condition))                                    \
			fuzz_failed(__FILE__, __LINE__, #condition); \
	} while (0)

void fuzz_failed(const char *file, int line, const char *condition)
	__attribute__((noreturn));

extern char fuzz_input[512]; /* what runs, where the driver does */

/*
 * The call that is tested: the only place where faults strike, so that the
 * oracles need not survive them. Yields what the call yields.
 */
#define UNDER_TEST(call)                           \
	({                                         \
		faults_on();                       \
		__typeof__(call) result_ = (call); \
		faults_off();                      \
		result_;                           \
	})

#ifdef FUZZ_LIBFUZZER
#define faults_on()    ((void)0)
#define faults_off()   ((void)0)
#define fault_struck() false
#else
void faults_on(void);
void faults_off(void);
/* Did a call of this input fail on purpose? Then it must have been denied. */
bool fault_struck(void);

/* The driver's: the next input's call number n fails; 0: none does. */
void faults_arm(unsigned n);
/* Allocations of the tested code that it has not given back. */
long faults_balance(void);
#endif

/* Takes bytes off the front of an input; fewer if there are fewer. */
struct slice fuzz_take(struct slice *input, size_t len);
/* One byte; 0 at the end. */
uint8_t fuzz_byte(struct slice *input);
/* Up to the first separator, which goes too; all where there is none. */
struct slice fuzz_part(struct slice *input, uint8_t separator);

/* In memory, if the machine has such a place; removed at the end by that. */
#define FUZZ_FOLDER_MAX 64
void fuzz_make_folder(char out[FUZZ_FOLDER_MAX], void (*remove)(void));

/* A copy in memory of just its size: a byte read behind it is seen. */
struct slice fuzz_copy(struct slice s);
void fuzz_copy_free(struct slice copy);

#endif
