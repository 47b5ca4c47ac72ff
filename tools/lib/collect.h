/* SPDX-License-Identifier: GPL-2.0 */
/* An array that grows while a dump is received, and sorting it. */
#ifndef LIBFLANNEL_COLLECT_H
#define LIBFLANNEL_COLLECT_H

#include <stddef.h>

#include "lib/error.h"

/**
 * struct flc_collect - an array that grows
 * @items: array
 * @n: items in it
 * @size: of an item
 * @filter: of the caller: what to accept
 */
struct flc_collect {
	void *items;
	size_t n;
	size_t size;
	const void *filter;
};

/**
 * flc_collect_add - append a copy of an item
 * @collect: array
 * @item: item
 * @err: error
 *
 * Return: 0 or -ENOMEM.
 */
int flc_collect_add(struct flc_collect *collect, const void *item,
		    struct flc_error *err);

/* Remove all items. The argument is a struct flc_collect. */
void flc_collect_reset(void *collect);

/**
 * flc_sort - qsort() that also accepts an empty array
 * @items: array; may be NULL if it is empty, which qsort() must not get
 * @n: items in it
 * @size: of an item, in bytes
 * @compare: compares two items, as for qsort()
 */
void flc_sort(void *items, size_t n, size_t size,
	      int (*compare)(const void *a, const void *b));

#endif
