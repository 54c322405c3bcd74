/* SPDX-License-Identifier: ISC */
/*
 * Tools for verifying, kept for the next token. A slot holds a tool or
 * nothing; whoever swaps nothing in owns what comes out, so that no two
 * threads have one tool, and nobody looks at a tool that it doesn't own.
 */
#include "jose/evp.h"

#include <stdatomic.h>
#include <stdlib.h>

struct evp_tool *
evp_tool_new(const struct jws_alg_info *alg)
{
	struct evp_tool *tool = calloc(1, sizeof(*tool));

	if (tool != NULL)
		tool->alg = alg;
	return tool;
}

void
evp_tool_free(struct evp_tool *tool)
{
	if (tool == NULL)
		return;
	EVP_MD_CTX_free(tool->md);
	EVP_PKEY_CTX_free(tool->pkey);
	EVP_MAC_CTX_free(tool->mac);
	free(tool);
}

static struct evp_tool *
swap_out(struct evp_pool *pool, size_t slot)
{
	/* Empty slots are passed without writing to memory that others read. */
	if (atomic_load_explicit(&pool->tools[slot], memory_order_relaxed) ==
		NULL)
		return NULL;
	return atomic_exchange_explicit(
		&pool->tools[slot], NULL, memory_order_acquire);
}

static bool
swap_in(struct evp_pool *pool, size_t slot, struct evp_tool *tool)
{
	struct evp_tool *empty = NULL;

	return atomic_compare_exchange_strong_explicit(&pool->tools[slot],
		&empty, tool, memory_order_release, memory_order_relaxed);
}

struct evp_tool *
evp_pool_take(struct evp_pool *pool, const struct jws_alg_info *alg)
{
	for (size_t i = 0; i < EVP_POOL_SIZE; i++) {
		struct evp_tool *tool = swap_out(pool, i);

		if (tool == NULL)
			continue;
		if (tool->alg == alg)
			return tool;
		if (!swap_in(pool, i, tool)) /* another thread's by now */
			evp_tool_free(tool);
	}
	return NULL;
}

void
evp_pool_give(struct evp_pool *pool, struct evp_tool *tool)
{
	for (size_t i = 0; i < EVP_POOL_SIZE; i++)
		if (swap_in(pool, i, tool))
			return;
	evp_tool_free(tool);
}

void
evp_pool_clear(struct evp_pool *pool)
{
	for (size_t i = 0; i < EVP_POOL_SIZE; i++)
		evp_tool_free(swap_out(pool, i));
}
