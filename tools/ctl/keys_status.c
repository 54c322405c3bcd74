/* SPDX-License-Identifier: ISC */
/* What the fetcher says of an issuer: lines of "name value". */
#include "keys_common.h"

#include <stdio.h>
#include <string.h>

/* Digits, and not too many. 0 for anything else: it is for a person to read. */
static int64_t
number(struct slice value)
{
	int64_t sum = 0;

	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] < '0' || value.data[i] > '9' || i > 15)
			return 0;
		sum = sum * 10 + (value.data[i] - '0');
	}
	return sum;
}

static void
take_line(struct slice line, struct fetcher_said *out)
{
	struct report text = { "" };
	struct slice name;

	if (!slice_cut(&line, ' ', &name))
		return;
	if (slice_equals_string(name, "failures"))
		out->failures = number(line);
	else if (slice_equals_string(name, "fetching"))
		out->fetching = number(line) != 0;
	else if (slice_equals_string(name, "tried_at"))
		out->tried_at = number(line);
	else if (slice_equals_string(name, "next_try"))
		out->next_try = number(line);
	else if (slice_equals_string(name, "problem")) {
		/* A report again, for what it does to strange characters. */
		report(&text, JWT_OK, "%.*s", (int)line.len,
			(const char *)line.data);
		memcpy(out->problem, text.text, sizeof(out->problem));
	}
}

void
keys_ask_status(const char *socket, const char *name, struct fetcher_said *out)
{
	JWT_AUTO(buffer) answer = BUFFER(KEYS_REFRESH_MAX);
	char question[128];
	struct slice rest, line;

	*out = (struct fetcher_said){ 0 };
	snprintf(question, sizeof(question), "status %s", name);
	out->answered = keys_ask_fetcher(
		socket, question, KEYS_STATUS_MS, &answer, &out->error);
	rest = buffer_slice(&answer);
	while (out->answered && slice_cut(&rest, '\n', &line))
		take_line(line, out);
}
