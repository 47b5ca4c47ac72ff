// SPDX-License-Identifier: GPL-2.0
/* From leases of all kinds of nodes to the paths of their subnets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "dataplane/path.h"

#define MAC4 "\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:04\"}"
#define MAC6 "\"BackendV6Data\":{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:06\"}"

static struct peer make_peer(const char *name, const char *json)
{
	char error[LEASE_VALUE_ERROR_LEN];
	struct peer peer = { .name = (char *)name };

	assert_true(subnet_key_parse(&peer.subnets, name));
	if (!lease_value_parse(&peer.value, json, strlen(json), error))
		fail_msg("%s: %s", json, error);
	return peer;
}

static struct underlay make_underlay(const char *addr4, const char *addr6)
{
	struct underlay u = { .ifindex = 2, .name = "eth0", .mtu = 1500 };

	if (addr4)
		assert_true(flc_addr_parse(&u.local4, addr4));
	if (addr6)
		assert_true(flc_addr_parse(&u.local6, addr6));
	u.public4 = u.local4;
	u.public6 = u.local6;
	return u;
}

/* "remote mac" of the path, or why there is none */
static const char *path_of(const struct peer *peer, int family,
			   enum backend_type backend,
			   const struct underlay *underlay)
{
	char remote[FLC_ADDR_STRLEN], mac[FLC_MAC_STRLEN];
	static char text[128];
	struct path path;
	const char *why;

	if (!path_make(&path, peer, family, backend, underlay, &why))
		return why;
	assert_null(why);
	assert_false(flc_addr_is_set(&path.remote4) &&
		     flc_addr_is_set(&path.remote6));
	snprintf(text, sizeof(text), "%s %s",
		 flc_addr_text(flc_addr_is_set(&path.remote4) ? &path.remote4 :
							      &path.remote6,
			       remote),
		 path.tunnel ? flc_mac_text(&path.mac, mac) : "direct");
	return text;
}

/* A stock node of both families has two devices. */
static void test_dual_stack(void **state)
{
	struct peer peer = make_peer("10.5.2.0-24&fc00:0:0:2::-64",
		"{\"PublicIP\":\"192.0.2.2\",\"PublicIPv6\":\"2001:db8::2\",\"BackendType\":\"vxlan\"," MAC4 "," MAC6 "}");
	struct underlay both = make_underlay("192.0.2.1", "2001:db8::1");
	struct underlay only4 = make_underlay("192.0.2.1", NULL);
	struct underlay only6 = make_underlay(NULL, "2001:db8::1");

	assert_string_equal(path_of(&peer, AF_INET, BACKEND_VXLAN, &both),
			    "192.0.2.2 02:00:00:00:00:04");
	assert_string_equal(path_of(&peer, AF_INET6, BACKEND_VXLAN, &both),
			    "2001:db8::2 02:00:00:00:00:06");
	/* Over the family that both have, to the device that listens there */
	assert_string_equal(path_of(&peer, AF_INET6, BACKEND_VXLAN, &only4),
			    "192.0.2.2 02:00:00:00:00:04");
	assert_string_equal(path_of(&peer, AF_INET, BACKEND_VXLAN, &only6),
			    "2001:db8::2 02:00:00:00:00:06");
}

static void test_old_and_foreign(void **state)
{
	struct underlay u = make_underlay("192.0.2.1", NULL);
	static const struct {
		const char *json, *path;
	} cases[] = {
		{ "{\"PublicIP\":\"192.0.2.2\",\"BackendType\":\"vxlan\",\"BackendData\":{\"VtepMAC\":\"02:00:00:00:00:04\"}}",
		  "192.0.2.2 02:00:00:00:00:04" },
		{ "{\"PublicIP\":\"192.0.2.2\",\"BackendType\":\"vxlan\"}",
		  "it has no VtepMAC" },
		{ "{\"PublicIP\":\"192.0.2.2\",\"BackendType\":\"host-gw\"}",
		  "its backend type differs" },
		{ "{\"PublicIP\":\"192.0.2.2\"}",
		  "its backend type differs" },
		{ "{\"PublicIP\":\"192.0.2.1\",\"BackendType\":\"vxlan\"," MAC4 "}",
		  "its address is this node's" },
		{ "{\"PublicIPv6\":\"2001:db8::2\",\"BackendType\":\"vxlan\"," MAC6 "}",
		  "this node has no address of the family of its address" },
		{ "{\"BackendType\":\"vxlan\"," MAC4 "}", "it has no address" },
	};
	struct peer peer;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		peer = make_peer("10.5.2.0-24", cases[i].json);
		assert_string_equal(path_of(&peer, AF_INET, BACKEND_VXLAN, &u),
				    cases[i].path);
	}
	peer = make_peer("10.5.2.0-24",
			 "{\"PublicIP\":\"192.0.2.2\",\"BackendType\":\"host-gw\"}");
	assert_string_equal(path_of(&peer, AF_INET, BACKEND_HOST_GW, &u),
			    "192.0.2.2 direct");
	assert_non_null(strstr(path_of(&peer, AF_INET, BACKEND_ALLOC, &u),
			       "does not forward"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dual_stack),
		cmocka_unit_test(test_old_and_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
