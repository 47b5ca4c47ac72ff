// SPDX-License-Identifier: GPL-2.0
/* Addresses, prefixes and MACs: parsing, errors, and text output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/addr.h"

static struct flc_addr addr(const char *text)
{
	struct flc_addr result;

	if (!flc_addr_parse(&result, text))
		fail_msg("%s is no address", text);
	return result;
}

static struct flc_prefix prefix(const char *text)
{
	struct flc_prefix result;

	if (!flc_prefix_parse(&result, text))
		fail_msg("%s is no subnet", text);
	return result;
}

static void test_addr_text(void **state)
{
	static const char *const good[] = {
		"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1",
		"2001:db8::1", "fe80::1:2:3:4",
	};
	static const char *const bad[] = {
		"", "192.0.2", "192.0.2.256", "192.0.2.1 ", " 192.0.2.1",
		"0x1.2.3.4", "1.2.3.4.5", "2001:db8:::1", "::g", "fe80::1%eth0",
		"node1",
	};
	struct flc_addr result, before;
	char buf[FLC_ADDR_STRLEN];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		result = addr(good[i]);
		assert_string_equal(flc_addr_text(&result, buf), good[i]);
	}
	memset(&result, 0x5a, sizeof(result));
	before = result;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (flc_addr_parse(&result, bad[i]))
			fail_msg("\"%s\" was taken for an address", bad[i]);
	assert_memory_equal(&result, &before, sizeof(result));
	memset(&result, 0, sizeof(result));
	assert_string_equal(flc_addr_text(&result, buf), "none");
	assert_false(flc_addr_from_len(&result, "12345", 5));
	assert_true(flc_addr_from_len(&result, "\xc0\0\2\1", 4));
	assert_string_equal(flc_addr_text(&result, buf), "192.0.2.1");
}

static void test_addr_kinds(void **state)
{
	struct flc_addr none = { 0 }, a;

	assert_false(flc_addr_is_any(&none));
	a = addr("0.0.0.0");
	assert_true(flc_addr_is_any(&a));
	a = addr("::");
	assert_true(flc_addr_is_any(&a));
	a = addr("239.1.1.1");
	assert_true(flc_addr_is_multicast(&a));
	a = addr("240.1.1.1");
	assert_false(flc_addr_is_multicast(&a));
	a = addr("ff02::1");
	assert_true(flc_addr_is_multicast(&a));
	a = addr("127.9.9.9");
	assert_true(flc_addr_is_loopback(&a));
	a = addr("::1");
	assert_true(flc_addr_is_loopback(&a));
	a = addr("::2");
	assert_false(flc_addr_is_loopback(&a));
	a = addr("169.254.1.1");
	assert_true(flc_addr_is_link_local(&a));
	a = addr("febf::1");
	assert_true(flc_addr_is_link_local(&a));
	a = addr("fec0::1");
	assert_false(flc_addr_is_link_local(&a));
}

static void test_addr_order(void **state)
{
	static const char *const order[] = {
		"0.0.0.0", "9.9.9.9", "10.0.0.0", "255.0.0.0", "::", "::1",
		"a00::", "ff00::",
	};
	struct flc_addr none = { 0 };
	size_t i, j;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct flc_addr a = addr(order[i]);

		assert_true(flc_addr_cmp(&none, &a) < 0);
		for (j = 0; j < sizeof(order) / sizeof(order[0]); j++) {
			struct flc_addr b = addr(order[j]);
			int cmp = flc_addr_cmp(&a, &b);

			assert_true(i < j ? cmp < 0 : i > j ? cmp > 0 : !cmp);
		}
	}
}

static void test_prefix_text(void **state)
{
	static const char *const bad[] = {
		"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8x", "10.0.0.0/ 8",
		"10.0.0.0/8/8", "::/129", "10.0.0/8", "/8",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb/64",
	};
	struct flc_prefix p;
	char buf[FLC_PREFIX_STRLEN];
	size_t i;

	p = prefix("10.244.0.0/16");
	assert_string_equal(flc_prefix_text(&p, buf), "10.244.0.0/16");
	p = prefix("0.0.0.0/0");
	assert_string_equal(flc_prefix_text(&p, buf), "0.0.0.0/0");
	p = prefix("192.0.2.1");
	assert_int_equal(p.len, 32);
	p = prefix("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128");
	assert_string_equal(flc_prefix_text(&p, buf),
			    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (flc_prefix_parse(&p, bad[i]))
			fail_msg("\"%s\" was taken for a prefix", bad[i]);
}

static void test_prefix_bits(void **state)
{
	struct flc_prefix p = prefix("10.244.77.88/13"), q;
	struct flc_addr last;
	char buf[FLC_PREFIX_STRLEN];

	assert_true(flc_prefix_has_host_bits(&p));
	p = flc_prefix_masked(&p);
	assert_string_equal(flc_prefix_text(&p, buf), "10.240.0.0/13");
	assert_false(flc_prefix_has_host_bits(&p));
	last = flc_prefix_last(&p);
	assert_string_equal(flc_addr_text(&last, buf), "10.247.255.255");
	assert_true(flc_prefix_contains(&p, &last));
	last = addr("10.248.0.0");
	assert_false(flc_prefix_contains(&p, &last));

	p = prefix("fd00:1:2:3ff0::/60");
	last = flc_prefix_last(&p);
	assert_string_equal(flc_addr_text(&last, buf),
			    "fd00:1:2:3fff:ffff:ffff:ffff:ffff");
	last = addr("10.0.0.1");
	assert_false(flc_prefix_contains(&p, &last));

	p = prefix("0.0.0.0/0");
	assert_true(flc_prefix_contains(&p, &last));
	q = prefix("::/0");
	assert_false(flc_prefix_overlaps(&p, &q));
	q = prefix("10.0.0.0/8");
	assert_true(flc_prefix_overlaps(&p, &q));
	assert_true(flc_prefix_overlaps(&q, &p));
	p = prefix("11.0.0.0/16");
	assert_false(flc_prefix_overlaps(&p, &q));
	q = prefix("11.0.0.0/8");
	assert_true(flc_prefix_cmp(&q, &p) < 0);
	assert_false(flc_prefix_equal(&p, &q));
}

static void test_prefix_next(void **state)
{
	static const char *const next[][2] = {
		{ "10.1.0.0/24", "10.1.1.0/24" },
		{ "10.1.255.0/24", "10.2.0.0/24" },
		{ "10.127.255.254/31", "10.128.0.0/31" },
		{ "fd00:ffff::/32", "fd01::/32" },
		{ "255.255.255.0/24", NULL },
		{ "0.0.0.0/0", NULL },
	};
	struct flc_prefix p, want;
	size_t i;

	for (i = 0; i < sizeof(next) / sizeof(*next); i++) {
		assert_true(flc_prefix_parse(&p, next[i][0]));
		want = p;
		assert_int_equal(flc_prefix_next(&p), !!next[i][1]);
		if (next[i][1])
			assert_true(flc_prefix_parse(&want, next[i][1]));
		assert_true(flc_prefix_equal(&p, &want));
	}
}

static void test_mac(void **state)
{
	static const char *const bad[] = {
		"", "02:00:00:00:00", "02:00:00:00:00:01:", "2:0:0:0:0:1",
		"02-00-00-00-00-01", "02:00:00:00:00:0g", "02:00:00:00:00:0",
		"02:00:00:00:00:001",
	};
	struct flc_mac mac;
	char buf[FLC_MAC_STRLEN];
	size_t i;

	assert_true(flc_mac_parse(&mac, "0A:58:0a:F4:07:00"));
	assert_string_equal(flc_mac_text(&mac, buf), "0a:58:0a:f4:07:00");
	assert_true(flc_mac_is_valid(&mac));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (flc_mac_parse(&mac, bad[i]))
			fail_msg("\"%s\" was taken for a MAC", bad[i]);
	assert_true(flc_mac_parse(&mac, "00:00:00:00:00:00"));
	assert_true(flc_mac_is_zero(&mac));
	assert_false(flc_mac_is_valid(&mac));
	assert_true(flc_mac_parse(&mac, "01:00:5e:00:00:01"));
	assert_false(flc_mac_is_valid(&mac));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addr_text),
		cmocka_unit_test(test_addr_kinds),
		cmocka_unit_test(test_addr_order),
		cmocka_unit_test(test_prefix_text),
		cmocka_unit_test(test_prefix_bits),
		cmocka_unit_test(test_prefix_next),
		cmocka_unit_test(test_mac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
