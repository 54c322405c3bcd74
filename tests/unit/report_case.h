/* SPDX-License-Identifier: ISC */
/* Inputs, and what the report says of each. */
#ifndef JWT_TESTS_REPORT_CASE_H
#define JWT_TESTS_REPORT_CASE_H

#include "base/report.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

struct said {
	const char *input, *text;
};

/* Each input's text; an empty one: there is none, and all is well. */
static inline void
each_says(const struct said *cases, size_t count,
	enum jwt_reason (*run)(const char *input, struct report *r))
{
	for (size_t i = 0; i < count; i++) {
		struct report r = { 0 };
		enum jwt_reason reason = run(cases[i].input, &r);

		if (strcmp(r.text, cases[i].text) != 0)
			printf("%s\n  said: %s\n", cases[i].input, r.text);
		CU_ASSERT_STRING_EQUAL(r.text, cases[i].text);
		CU_ASSERT((reason == JWT_OK) == (cases[i].text[0] == '\0'));
	}
}

#endif
