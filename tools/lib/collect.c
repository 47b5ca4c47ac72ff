// SPDX-License-Identifier: GPL-2.0
/* An array that grows while a dump is received, and sorting it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/collect.h"

#define FLC_COLLECT_FIRST	16

/* The array is full if it has 0, 16, 32, 64, ... items. */
static int flc_collect_grow(struct flc_collect *collect)
{
	size_t n = collect->n, room;
	void *items;

	if (n && (n < FLC_COLLECT_FIRST || (n & (n - 1))))
		return 0;
	room = n ? 2 * n : FLC_COLLECT_FIRST;
	items = reallocarray(collect->items, room, collect->size);
	if (!items)
		return -ENOMEM;
	collect->items = items;
	return 0;
}

int flc_collect_add(struct flc_collect *collect, const void *item,
		    struct flc_error *err)
{
	if (flc_collect_grow(collect))
		return flc_error_set(err, ENOMEM, "no memory for more than %zu entries",
				     collect->n);
	memcpy((char *)collect->items + collect->n * collect->size, item,
	       collect->size);
	collect->n++;
	return 0;
}

void flc_collect_reset(void *ctx)
{
	struct flc_collect *collect = ctx;

	free(collect->items);
	collect->items = NULL;
	collect->n = 0;
}

void flc_sort(void *items, size_t n, size_t size,
	      int (*compare)(const void *a, const void *b))
{
	if (n)
		qsort(items, n, size, compare);
}
