// SPDX-License-Identifier: GPL-2.0
/* An array that grows while a dump comes in, and its order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/collect.h"

#define FL_COLLECT_FIRST	16

/* The array is full whenever it has 0, 16, 32, 64, ... items. */
static int fl_collect_grow(struct fl_collect *collect)
{
	size_t n = collect->n, room;
	void *items;

	if (n && (n < FL_COLLECT_FIRST || (n & (n - 1))))
		return 0;
	room = n ? 2 * n : FL_COLLECT_FIRST;
	items = reallocarray(collect->items, room, collect->size);
	if (!items)
		return -ENOMEM;
	collect->items = items;
	return 0;
}

int fl_collect_add(struct fl_collect *collect, const void *item,
		   struct fl_error *err)
{
	if (fl_collect_grow(collect))
		return fl_error_set(err, ENOMEM, "no memory for more than %zu entries",
				    collect->n);
	memcpy((char *)collect->items + collect->n * collect->size, item,
	       collect->size);
	collect->n++;
	return 0;
}

void fl_collect_reset(void *ctx)
{
	struct fl_collect *collect = ctx;

	free(collect->items);
	collect->items = NULL;
	collect->n = 0;
}

void fl_sort(void *items, size_t n, size_t size,
	     int (*compare)(const void *a, const void *b))
{
	if (n)
		qsort(items, n, size, compare);
}
