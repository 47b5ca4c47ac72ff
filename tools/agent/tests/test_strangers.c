// SPDX-License-Identifier: GPL-2.0
/* Which addresses and routes of our devices are somebody else's; told once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/rtnetlink.h>

#include "base/log.h"
#include "base/util.h"
#include "dataplane/strangers.h"

#define OURS 7

static bool has_link(const struct dataplane *dp, int ifindex)
{
	return ifindex == OURS;
}

static const struct dataplane_ops ops = { .has_link = has_link };

static struct netconf conf;
static const struct dataplane_env env = { .conf = &conf };
static const struct dataplane dp = { .ops = &ops, .env = &env };
static struct subnets own;
static FILE *told;

static struct flc_ipaddr address(int ifindex, const char *text)
{
	struct flc_ipaddr a = { .ifindex = ifindex };

	assert_true(flc_prefix_parse(&a.addr, text));
	return a;
}

static struct flc_route route_to(const char *dst, int oif, uint8_t protocol)
{
	struct flc_route route = { .oif = oif, .protocol = protocol };

	assert_true(flc_prefix_parse(&route.dst, dst));
	return route;
}

/* How often each line with @what was told. */
static unsigned int count(const char *what)
{
	unsigned int n = 0;
	char line[1024];

	rewind(told);
	while (fgets(line, sizeof(line), told))
		n += !!strstr(line, what);
	return n;
}

static void test_addresses(void **state)
{
	struct strangers *s = strangers_new(&dp);
	struct flc_ipaddr addrs[] = {
		address(OURS, "10.244.3.0/32"),
		address(OURS, "fd00:10:244:3::/128"),
		address(OURS, "fe80::1234/64"),
		address(OURS, "169.254.33.7/16"),
		address(OURS, "198.51.100.125/24"),
		address(2, "198.51.100.1/24"),
	};
	struct flc_ipaddr_list list = {
		.items = addrs, .n = ARRAY_SIZE(addrs),
	};

	strangers_see(s, &list, &own);
	strangers_see(s, &list, &own);
	assert_int_equal(count("has the address"), 2);
	assert_int_equal(count("169.254.33.7/16, which was not"), 1);
	assert_int_equal(count("198.51.100.125/24, which was not"), 1);
	strangers_free(s);
}

static void test_routes(void **state)
{
	struct strangers *s = strangers_new(&dp);
	const struct flc_route routes[] = {
		route_to("0.0.0.0/0", OURS, RTPROT_DHCP),
		route_to("198.51.100.0/24", OURS, RTPROT_BOOT),
		route_to("198.51.100.0/24", OURS, RTPROT_KERNEL),
		route_to("192.0.2.0/24", OURS, ROUTES_PROTOCOL),
		route_to("10.244.9.0/24", OURS, RTPROT_STATIC),
		route_to("10.0.0.0/8", 2, RTPROT_STATIC),
	};
	size_t i;

	for (i = 0; i < 2 * ARRAY_SIZE(routes); i++)
		strangers_see_route(s, &routes[i % ARRAY_SIZE(routes)]);
	assert_int_equal(count("a route to"), 2);
	assert_int_equal(count("a route to everywhere points"), 1);
	assert_int_equal(count("a route to 198.51.100.0/24 points"), 1);
	strangers_free(s);
}

/* Somebody who adds one after the other is not told of for ever. */
static void test_many(void **state)
{
	struct strangers *s = strangers_new(&dp);
	char text[32];
	struct flc_ipaddr a;
	struct flc_ipaddr_list list = { .items = &a, .n = 1 };
	unsigned int i, before = count("has the address");

	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "192.0.%u.%u/32", i / 250, i % 250);
		a = address(OURS, text);
		strangers_see(s, &list, &own);
	}
	assert_in_range(count("has the address") - before, 10, 64);
	strangers_free(s);
}

/* The log, which is stderr, goes into a file. */
static int take_log(void **state)
{
	told = tmpfile();
	if (!told || dup2(fileno(told), STDERR_FILENO) < 0)
		return -1;
	log_setup(0);
	return !flc_prefix_parse(&conf.v4.network, "10.244.0.0/16") ||
	       !flc_prefix_parse(&own.v4, "10.244.3.0/24") ||
	       !flc_prefix_parse(&own.v6, "fd00:10:244:3::/64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, take_log, NULL);
}
