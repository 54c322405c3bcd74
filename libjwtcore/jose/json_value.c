/* SPDX-License-Identifier: ISC */
/* What a parsed text says: members, elements, integers, dates. */
#include "jose/json_text.h"

#include <stdlib.h>
#include <string.h>

/* Up to here each name is compared with each: cheaper than sorting. */
#define FEW_MEMBERS 16

bool
json_is(const struct json_node *node, enum json_kind kind)
{
	return node != NULL && node->kind == kind;
}

/* Behind a name stands its value, and behind that the next name. */
static const struct json_node *
next_name(const struct json_node *name)
{
	return name + 1 + name[1].span;
}

/* Lengths and first bytes tell most names apart without a call. */
const struct json_node *
json_find(const struct json_node *object, struct slice wanted)
{
	const struct json_node *name, *end;

	if (!json_is(object, JSON_KIND_OBJECT))
		return NULL;
	end = object + object->span;
	for (name = object + 1; name < end; name = next_name(name)) {
		if (name->text.len != wanted.len)
			continue;
		if (wanted.len == 0 ||
			(name->text.data[0] == wanted.data[0] &&
				memcmp(name->text.data, wanted.data,
					wanted.len) == 0))
			return name + 1;
	}
	return NULL;
}

const struct json_node *
json_first(const struct json_node *array)
{
	if (!json_is(array, JSON_KIND_ARRAY) || array->count == 0)
		return NULL;
	return array + 1;
}

const struct json_node *
json_next(const struct json_node *array, const struct json_node *element)
{
	const struct json_node *next = element + element->span;

	return next < array + array->span ? next : NULL;
}

static int
compare_names(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->data, y->data, x->len);
}

static bool
few_differ(const struct json_node *object)
{
	const struct json_node *name = object + 1;

	for (uint32_t i = 0; i < object->count; i++) {
		const struct json_node *other = object + 1;

		for (uint32_t j = 0; j < i; j++) {
			if (slice_equal(name->text, other->text))
				return false;
			other = next_name(other);
		}
		name = next_name(name);
	}
	return true;
}

/* Sorted, since a stranger chooses the names: never n times n. */
static bool
many_differ(const struct json_node *object, struct slice *names)
{
	const struct json_node *name = object + 1;

	for (uint32_t i = 0; i < object->count; i++) {
		names[i] = name->text;
		name = next_name(name);
	}
	qsort(names, object->count, sizeof(*names), compare_names);
	for (uint32_t i = 1; i < object->count; i++)
		if (compare_names(&names[i - 1], &names[i]) == 0)
			return false;
	return true;
}

bool
json_check_names(struct json_cursor *at, const struct json_node *object)
{
	struct slice *names;
	bool differ;

	if (object->count <= FEW_MEMBERS) {
		differ = few_differ(object);
	} else {
		names = malloc(object->count * sizeof(*names));
		if (names == NULL)
			return json_no_memory(at);
		differ = many_differ(object, names);
		free(names);
	}
	return differ || json_fail(at, "a member stands twice");
}

bool
json_get_string(
	const struct json_node *object, const char *name, struct slice *out)
{
	const struct json_node *value = json_member(object, name);

	if (!json_is(value, JSON_KIND_STRING))
		return false;
	*out = value->text;
	return true;
}

bool
json_get_integer(const struct json_node *object, const char *name, int64_t *out)
{
	const struct json_node *value = json_member(object, name);
	bool negative;
	int64_t sum = 0;

	if (!json_is(value, JSON_KIND_NUMBER))
		return false;
	negative = value->text.data[0] == '-';
	for (size_t i = negative; i < value->text.len; i++) {
		int digit = value->text.data[i] - '0';

		if (digit < 0 || digit > 9) /* '.', 'e', 'E' */
			return false;
		/* Downwards, where there is room for INT64_MIN too. */
		if (__builtin_mul_overflow(sum, 10, &sum) ||
			__builtin_sub_overflow(sum, digit, &sum))
			return false;
	}
	if (!negative && __builtin_sub_overflow(0, sum, &sum))
		return false;
	*out = sum;
	return true;
}

/* A number's digits without point and sign, and where the point stands. */
struct decimal {
	struct slice whole, fraction;
	int64_t exponent; /* capped: what is beyond can't matter */
};

#define EXPONENT_CAP 100000 /* above the digits that a text can hold */

static struct decimal
split_decimal(struct slice number)
{
	struct decimal d = { .whole = number };
	struct slice rest = number;
	bool minus;

	for (size_t i = 0; i < number.len; i++) {
		if ((number.data[i] | 0x20) != 'e')
			continue;
		rest = slice_of(number.data + i + 1, number.len - i - 1);
		d.whole.len = i;
		minus = rest.data[0] == '-';
		for (size_t j = 0; j < rest.len; j++)
			if (rest.data[j] >= '0' && d.exponent < EXPONENT_CAP)
				d.exponent =
					d.exponent * 10 + rest.data[j] - '0';
		d.exponent = minus ? -d.exponent : d.exponent;
		break;
	}
	rest = d.whole;
	if (slice_cut(&rest, '.', &d.whole))
		d.fraction = rest;
	return d;
}

/* Digit number i counted from the first of the whole part; 0 behind all. */
static int
digit_at(const struct decimal *d, size_t i)
{
	if (i < d->whole.len)
		return d->whole.data[i] - '0';
	i -= d->whole.len;
	return i < d->fraction.len ? d->fraction.data[i] - '0' : 0;
}

bool
json_seconds(const struct json_node *number, int64_t max, int64_t *out)
{
	struct decimal d;
	int64_t sum = 0, digits;

	if (!json_is(number, JSON_KIND_NUMBER) || number->text.data[0] == '-')
		return false;
	d = split_decimal(number->text);
	digits = (int64_t)d.whole.len + d.exponent;
	for (int64_t i = 0; i < digits; i++) {
		/* Behind the last digit a zero stays zero. */
		if (sum == 0 && (size_t)i >= d.whole.len + d.fraction.len)
			break;
		if (__builtin_mul_overflow(sum, 10, &sum) ||
			__builtin_add_overflow(
				sum, digit_at(&d, (size_t)i), &sum) ||
			sum > max)
			return false;
	}
	*out = sum;
	return true;
}
