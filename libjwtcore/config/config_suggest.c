/* SPDX-License-Identifier: ISC */
/*
 * The edit distance with swaps (optimal string alignment), in three rows.
 */
#include "config/suggest.h"

#include <string.h>

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* One row of the table: the distances of a[0..i] to every prefix of b. */
static void
next_row(size_t rows[3][SUGGEST_NAME_MAX + 1], const char *a, size_t i,
	const char *b, size_t b_len)
{
	size_t *row = rows[i % 3];
	const size_t *above = rows[(i + 2) % 3], *twice = rows[(i + 1) % 3];

	row[0] = i;
	for (size_t j = 1; j <= b_len; j++) {
		size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;

		row[j] = least(
			least(above[j], row[j - 1]) + 1, above[j - 1] + cost);
		if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			a[i - 2] == b[j - 1])
			row[j] = least(row[j], twice[j - 2] + 1);
	}
}

static size_t
edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][SUGGEST_NAME_MAX + 1] = { { 0 } };

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++)
		next_row(rows, a, i, b, b_len);
	return rows[a_len % 3][b_len];
}

void
suggestion_offer(struct suggestion *s, const char *name)
{
	size_t word_len = strlen(s->word), name_len = strlen(name);
	size_t distance;

	if (word_len > SUGGEST_NAME_MAX || name_len > SUGGEST_NAME_MAX)
		return;
	distance = edit_distance(s->word, word_len, name, name_len);
	/* One edit of a short word is still a typo: "sh" for "ssh". */
	if (distance > (word_len + 2) / 3)
		return;
	if (s->best == NULL || distance < s->distance) {
		s->best = name;
		s->distance = distance;
	}
}
