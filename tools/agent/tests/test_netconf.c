// SPDX-License-Identifier: GPL-2.0
/* The network config: defaults, and flanneld's verdict on each bad one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "network/netconf.h"

static void assert_prefix(const struct flc_prefix *p, const char *text)
{
	char buf[FLC_PREFIX_STRLEN];

	assert_string_equal(flc_prefix_text(p, buf), text);
}

static void parse_good(struct netconf *conf, const char *json)
{
	char error[NETCONF_ERROR_LEN] = "";

	if (!netconf_parse(conf, json, strlen(json), error))
		fail_msg("%s refused: %s", json, error);
}

static void test_defaults(void **state)
{
	struct netconf conf;

	parse_good(&conf, "{\"Network\":\"10.244.3.0/16\",\"Backend\":{\"Type\":\"vxlan\"}}");
	assert_prefix(&conf.v4.network, "10.244.0.0/16");
	assert_int_equal(conf.v4.subnet_len, 24);
	assert_prefix(&conf.v4.min, "10.244.1.0/24");
	assert_prefix(&conf.v4.max, "10.244.255.0/24");
	assert_false(flc_prefix_is_set(&conf.v6.network));
	assert_int_equal(conf.backend, BACKEND_VXLAN);
	assert_int_equal(conf.vni, 1);
	assert_int_equal(conf.port, 0);
}

static void test_names_in_any_case(void **state)
{
	struct netconf conf;

	parse_good(&conf, "{\"network\":\"10.1.0.0/16\",\"SUBNETLEN\":26,\"extra\":[1],\"backend\":{\"type\":\"VXLAN\",\"vni\":5,\"port\":4789,\"learning\":true,\"GBP\":true,\"directrouting\":true,\"mtu\":9000,\"PSK\":\"x\"}}");
	assert_int_equal(conf.v4.subnet_len, 26);
	assert_prefix(&conf.v4.min, "10.1.0.64/26");
	assert_prefix(&conf.v4.max, "10.1.255.192/26");
	assert_int_equal(conf.vni, 5);
	assert_int_equal(conf.port, 4789);
	assert_int_equal(conf.mtu, 9000);
	assert_true(conf.learning && conf.gbp && conf.direct_routing);
}

static void test_small_network(void **state)
{
	struct netconf conf;

	parse_good(&conf, "{\"Network\":\"10.1.0.0/22\",\"Backend\":{\"Type\":\"host-gw\"}}");
	assert_int_equal(conf.v4.subnet_len, 24);
	assert_int_equal(conf.backend, BACKEND_HOST_GW);
	parse_good(&conf, "{\"Network\":\"10.1.0.0/23\",\"Backend\":{\"Type\":\"alloc\"}}");
	assert_int_equal(conf.v4.subnet_len, 25);
	assert_int_equal(conf.backend, BACKEND_ALLOC);
	parse_good(&conf, "{\"Network\":\"10.1.0.16/28\",\"Backend\":{\"Type\":\"alloc\"}}");
	assert_int_equal(conf.v4.subnet_len, 30);
	assert_prefix(&conf.v4.min, "10.1.0.20/30");
	assert_prefix(&conf.v4.max, "10.1.0.28/30");
}

static void test_bounds(void **state)
{
	struct netconf conf;

	parse_good(&conf, "{\"Network\":\"10.0.0.0/8\",\"SubnetLen\":20,\"SubnetMin\":\"10.10.0.0\",\"SubnetMax\":\"10.99.0.0\",\"Backend\":{\"Type\":\"vxlan\"}}");
	assert_prefix(&conf.v4.min, "10.10.0.0/20");
	assert_prefix(&conf.v4.max, "10.99.0.0/20");
}

/* What is routed to the overlay: no more than can be leased. */
static void test_ranges(void **state)
{
	static const struct {
		const char *json, *ranges;
	} cases[] = {
		{ "{\"Network\":\"10.244.0.0/16\"}", "10.244.0.0/16" },
		{ "{\"Network\":\"10.244.0.0/16\",\"SubnetMin\":\"10.244.1.0\"}",
		  "10.244.0.0/16" },
		{ "{\"Network\":\"10.0.0.0/8\",\"SubnetLen\":20,\"SubnetMin\":\"10.10.0.0\",\"SubnetMax\":\"10.99.0.0\"}",
		  "10.10.0.0/15 10.12.0.0/14 10.16.0.0/12 10.32.0.0/11 10.64.0.0/11 10.96.0.0/15 10.98.0.0/16 10.99.0.0/20" },
		{ "{\"Network\":\"10.244.0.0/16\",\"SubnetMin\":\"10.244.7.0\",\"SubnetMax\":\"10.244.7.0\"}",
		  "10.244.7.0/24" },
		{ "{\"Network\":\"10.244.0.0/16\",\"SubnetMin\":\"10.244.8.0\",\"SubnetMax\":\"10.244.7.0\"}",
		  "" },
		{ "{\"Network\":\"0.0.0.0/0\",\"SubnetMin\":\"10.10.0.0\",\"SubnetMax\":\"10.10.255.0\"}",
		  "10.10.0.0/16" },
		{ "{\"Network\":\"0.0.0.0/0\",\"SubnetMin\":\"223.255.255.0\",\"SubnetMax\":\"223.255.255.0\"}",
		  "223.255.255.0/24" },
		{ "{\"Network\":\"240.0.0.0/4\"}", "240.0.0.0/4" },
	};
	struct flc_prefix ranges[NETCONF_RANGES];
	char seen[1024], buf[FLC_PREFIX_STRLEN];
	struct netconf conf;
	size_t i, k, n;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		parse_good(&conf, cases[i].json);
		n = netconf_ranges(&conf.v4, ranges);
		seen[0] = '\0';
		for (k = 0; k < n; k++)
			snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen),
				 "%s%s", k ? " " : "",
				 flc_prefix_text(&ranges[k], buf));
		assert_string_equal(seen, cases[i].ranges);
	}
	assert_int_equal(netconf_ranges(&conf.v6, ranges), 0);
	parse_good(&conf, "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fd00::/8\",\"IPv6SubnetLen\":126,\"IPv6SubnetMin\":\"fd00::8\",\"IPv6SubnetMax\":\"fdff:ffff:ffff:ffff:ffff:ffff:ffff:fff8\"}");
	n = netconf_ranges(&conf.v6, ranges);
	assert_in_range(n, 200, NETCONF_RANGES);
	assert_prefix(&ranges[0], "fd00::8/125");
	assert_prefix(&ranges[n - 1], "fdff:ffff:ffff:ffff:ffff:ffff:ffff:fff8/126");
}

static void test_dual_stack(void **state)
{
	struct netconf conf;

	parse_good(&conf, "{\"Network\":\"10.1.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fc00::/48\",\"Backend\":{\"Type\":\"vxlan\"}}");
	assert_int_equal(conf.v6.subnet_len, 64);
	assert_prefix(&conf.v6.network, "fc00::/48");
	assert_prefix(&conf.v6.min, "fc00:0:0:1::/64");
	assert_prefix(&conf.v6.max, "fc00:0:0:ffff::/64");
}

static void test_ipv6_only(void **state)
{
	struct netconf conf;

	parse_good(&conf, "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fc00::/120\",\"Backend\":{\"Type\":\"vxlan\"}}");
	assert_false(flc_prefix_is_set(&conf.v4.network));
	assert_int_equal(conf.v6.subnet_len, 122);
}

static void test_backend_left_out_is_vxlan(void **state)
{
	struct netconf conf;

	parse_good(&conf, "{\"Network\":\"10.1.0.0/16\"}");
	assert_int_equal(conf.backend, BACKEND_VXLAN);
}

#define VX "\"Backend\":{\"Type\":\"vxlan\"}"

static void test_bad(void **state)
{
	static const struct {
		const char *json, *error;
	} cases[] = {
		{ "", "not valid JSON" },
		{ "{\"Network\":", "not valid JSON" },
		{ "[]", "must be a JSON object, not an array" },
		{ "{}", "please define a correct Network parameter in the flannel config" },
		{ "{\"Network\":\"10.1.0.0\"," VX "}", "is not an IPv4 network" },
		{ "{\"Network\":\"fc00::/48\"," VX "}", "is not an IPv4 network" },
		{ "{\"Network\":7," VX "}", "Network must be a string, not a number" },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetLen\":\"24\"," VX "}", "SubnetLen must be a number of 0 or more, not a string" },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetLen\":-1," VX "}", "not a negative number" },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetLen\":31," VX "}", "SubnetLen must be less than /31" },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetLen\":17," VX "}", "network must be able to accommodate at least four subnets" },
		{ "{\"Network\":\"0.0.0.0/0\"," VX "}", "set SubnetMin and SubnetMax to leave it out" },
		{ "{\"Network\":\"127.0.0.0/8\"," VX "}", "which no host may have" },
		{ "{\"Network\":\"224.0.0.0/8\"," VX "}", "which no host may have" },
		{ "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"::/0\"," VX "}", "set IPv6SubnetMin and IPv6SubnetMax" },
		{ "{\"Network\":\"10.1.0.0/29\"," VX "}", "network is too small. Minimum useful network prefix is /28" },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetMin\":\"10.2.0.0\"," VX "}", "SubnetMin is not in the range of the Network" },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetMin\":\"10.1.1.1\"," VX "}", "SubnetMin is not on a SubnetLen boundary: 10.1.1.1" },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetMax\":\"10.2.0.0\"," VX "}", "SubnetMax is not in the range of the Network" },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetMax\":\"10.1.1.9\"," VX "}", "SubnetMax is not on a SubnetLen boundary: 10.1.1.9" },
		{ "{\"Network\":\"10.1.0.0/16\",\"SubnetMax\":\"x\"," VX "}", "SubnetMax \"x\" is not an IPv4 address" },
		{ "{\"EnableIPv4\":false," VX "}", "none defined stack" },
		{ "{\"EnableIPv4\":false,\"EnableIPv6\":true," VX "}", "please define a correct IPv6Network parameter in the flannel config" },
		{ "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fc00::/125\"," VX "}", "IPv6Network is too small. Minimum useful network prefix is /124" },
		{ "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fc00::/48\",\"IPv6SubnetLen\":127," VX "}", "SubnetLen must be less than /127" },
		{ "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fc00::/48\",\"IPv6SubnetMin\":\"fd00::\"," VX "}", "IPv6SubnetMin is not in the range of the IPv6Network" },
		{ "{\"Network\":\"10.1.0.0/16\",\"Backend\":\"vxlan\"}", "Backend must be an object, not a string" },
		{ "{\"Network\":\"10.1.0.0/16\",\"Backend\":{}}", "unknown backend type: " },
		{ "{\"Network\":\"10.1.0.0/16\",\"Backend\":{\"Type\":\"udp\"}}", "unknown backend type: udp" },
		{ "{\"Network\":\"10.1.0.0/16\",\"Backend\":{\"Type\":\"vxlan\",\"VNI\":16777216}}", "Backend.VNI 16777216 is out of range" },
		{ "{\"Network\":\"10.1.0.0/16\",\"Backend\":{\"Type\":\"vxlan\",\"Port\":65536}}", "Backend.Port 65536 is out of range" },
		{ "{\"Network\":\"10.1.0.0/16\",\"Backend\":{\"Type\":\"vxlan\",\"MTU\":100}}", "Backend.MTU 100 is out of range" },
	};
	char error[NETCONF_ERROR_LEN];
	struct netconf conf, before;
	size_t i;

	memset(&conf, 0x5a, sizeof(conf));
	before = conf;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		error[0] = '\0';
		if (netconf_parse(&conf, cases[i].json, strlen(cases[i].json),
				  error))
			fail_msg("accepted: %s", cases[i].json);
		if (!strstr(error, cases[i].error))
			fail_msg("%s: expected \"%s\", seen \"%s\"",
				 cases[i].json, cases[i].error, error);
		assert_memory_equal(&conf, &before, sizeof(conf));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_names_in_any_case),
		cmocka_unit_test(test_small_network),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_dual_stack),
		cmocka_unit_test(test_ipv6_only),
		cmocka_unit_test(test_backend_left_out_is_vxlan),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
