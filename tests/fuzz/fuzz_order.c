/* SPDX-License-Identifier: ISC */
/*
 * An order to the writer of revocations, which holds the credential: what
 * parses is written again and parses to the same; what is cut off anywhere is
 * none; what passes the receiver's limits shuts nobody out.
 */
#include "fuzz.h"
#include "bounds.h"

#define NOW   1800000000
#define AHEAD 31

static void
check_cuts(struct slice input)
{
	for (size_t len = 0; len < input.len; len++) {
		struct slice part = fuzz_copy(slice_of(input.data, len));
		JWT_AUTO(revoke_order) order;

		REQUIRE(!revoke_order_parse(part, &order));
		fuzz_copy_free(part);
	}
}

static void
check_limits(const struct revoke_order *order)
{
	struct report r = { 0 };

	if (limits_check(order, NOW, AHEAD, &r) != JWT_OK) {
		REQUIRE(r.text[0] != '\0');
		return;
	}
	REQUIRE(order->count <= LOGOUT_ENTRIES_MAX);
	for (size_t i = 0; i < order->count; i++) {
		const struct revocation_entry *e = &order->entry[i];

		REQUIRE(e->kind == REVOKED_SID || e->kind == REVOKED_SUB);
		REQUIRE(e->until <= NOW + LOGOUT_LASTS_MAX);
		REQUIRE(e->kind != REVOKED_SUB || e->before <= NOW + AHEAD);
	}
}

static bool
is_twice(const struct revoke_order *order, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (order->entry[i].kind == order->entry[index].kind &&
			slice_equals_string(
				slice_of_string(order->entry[i].hex),
				order->entry[index].hex))
			return true;
	return false;
}

static void
check_written_again(const struct revoke_order *order)
{
	JWT_AUTO(buffer) lines = BUFFER(2 * REVOKE_ORDER_MAX);
	JWT_AUTO(revoke_order) again;
	size_t count = 0;

	for (size_t i = 0; i < order->count; i++) {
		/* Control characters take more room when they are written. */
		if (!revoke_order_add(&lines, &order->entry[i]))
			return;
		if (!is_twice(order, i))
			count++;
	}
	REQUIRE(buffer_append_string(&lines, REVOKE_END));
	REQUIRE(revoke_order_parse(buffer_slice(&lines), &again));
	REQUIRE(again.count == count);
	REQUIRE(again.entry[0].until == order->entry[0].until);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = fuzz_copy(slice_of(data, size));
	JWT_AUTO(revoke_order) order;
	bool parsed = UNDER_TEST(revoke_order_parse(input, &order));

	if (fault_struck())
		REQUIRE(!parsed);
	if (parsed) {
		REQUIRE(order.count > 0 && order.count <= REVOKE_NAMES_MAX);
		check_limits(&order);
		check_written_again(&order);
		if (input.len < 1024)
			check_cuts(input);
	}
	fuzz_copy_free(input);
	return 0;
}
