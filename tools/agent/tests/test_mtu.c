// SPDX-License-Identifier: GPL-2.0
/* How large packets may be, by the interface and the network config. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/mtu.h"

static struct netconf conf = { .backend = BACKEND_VXLAN };
static struct underlay under = { .name = "eth7" };
static const struct dataplane_env env = { .conf = &conf, .underlay = &under };

static int mtu_with(unsigned int asked, unsigned int has, unsigned int overhead,
		    unsigned int *mtu, struct flc_error *err)
{
	conf.mtu = asked;
	under.mtu = has;
	return mtu_of_device(&env, overhead, mtu, err);
}

static void test_limits(void **state)
{
	static const struct {
		unsigned int asked, has, overhead, mtu;
	} cases[] = {
		{ 0, 1500, 50, 1450 },
		{ 0, 9000, 70, 8930 },
		{ 1400, 1500, 50, 1350 },
		/* More than the interface has is not to be had. */
		{ 9000, 1500, 50, 1450 },
		{ 0, 118, 50, 68 },
		{ 0, 138, 70, 68 },
	};
	unsigned int mtu;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(mtu_with(cases[i].asked, cases[i].has,
					  cases[i].overhead, &mtu, NULL), 0);
		assert_int_equal(mtu, cases[i].mtu);
	}
}

/* Less than the overlay takes itself: an error, not four billion bytes. */
static void test_too_small(void **state)
{
	static const unsigned int small[] = { 0, 1, 49, 50, 69, 100, 117 };
	unsigned int mtu;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(small) / sizeof(*small); i++) {
		struct flc_error err = { 0 };

		mtu = 7;
		assert_int_equal(mtu_with(0, small[i], 50, &mtu, &err), -EINVAL);
		assert_int_equal(mtu, 7);
		assert_non_null(strstr(err.text, "interface eth7 is too small"));
	}
	assert_int_equal(mtu_with(0, 137, 70, &mtu, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_too_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
