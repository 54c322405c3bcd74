/* SPDX-License-Identifier: ISC */
/* What mutate.py writes into the sources. */
#ifndef JWT_TESTS_MUTANT_H
#define JWT_TESTS_MUTANT_H

#define MUTANTS_MAX 4096

extern unsigned mutant_on; /* the number of one, or 0 */
extern volatile unsigned char *mutant_reached;

/* Is it on? Notes that the check has failed something, on or not. */
#define MUTANT(n) (mutant_reached[n] = 1, mutant_on == (n))

#endif
