// SPDX-License-Identifier: GPL-2.0
/* The array that grows, and sorting: many items, one, and none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/collect.h"

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void test_nothing(void **state)
{
	struct flc_collect collect = { .size = sizeof(int) };

	/* There is no array yet: the sanitiser would report a plain qsort(). */
	assert_null(collect.items);
	flc_sort(collect.items, collect.n, collect.size, compare);
	assert_null(collect.items);
}

static void test_order(void **state)
{
	struct flc_collect collect = { .size = sizeof(int) };
	int i;

	for (i = 0; i < 100; i++) {
		int item = i * 37 % 100;

		assert_int_equal(flc_collect_add(&collect, &item, NULL), 0);
	}
	flc_sort(collect.items, collect.n, collect.size, compare);
	for (i = 0; i < 100; i++)
		assert_int_equal(((int *)collect.items)[i], i);
	flc_collect_reset(&collect);
	assert_null(collect.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
