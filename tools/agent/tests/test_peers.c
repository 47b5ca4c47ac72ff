// SPDX-License-Identifier: GPL-2.0
/* The peers and the choice of a subnet, small and with 65,536 leases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/util.h"
#include "network/allocate.h"
#include "network/peers.h"

static unsigned int changed, removed, completed;

static void count_changed(void *ctx, const struct peer *peer)
{
	changed++;
}

static void count_removed(void *ctx, const struct peer *peer)
{
	removed++;
}

static void count_complete(void *ctx)
{
	completed++;
}

static const struct peers_ops ops = {
	.changed = count_changed,
	.removed = count_removed,
	.complete = count_complete,
};

static void put(struct peers *peers, const char *name, const char *ip,
		int64_t version)
{
	char value[80];
	struct registry_entry e = { .name = name, .value = value,
				    .version = version, .lease = 1 };

	snprintf(value, sizeof(value), "{\"PublicIP\":\"%s\"}", ip);
	e.value_len = strlen(value);
	peers_events.put(peers, &e);
}

static const char *owner(struct peers *peers, const char *address)
{
	const struct peer *peer;
	struct flc_addr addr;

	assert_true(flc_addr_parse(&addr, address));
	peer = peers_find_address(peers, &addr);
	return peer ? peer->name : "none";
}

static int setup(void **state)
{
	changed = 0;
	removed = 0;
	completed = 0;
	*state = peers_new(&ops, NULL);
	return 0;
}

static int teardown(void **state)
{
	peers_free(*state);
	return 0;
}

static void test_snapshot_diff(void **state)
{
	struct peers *peers = *state;

	peers_events.snapshot_begin(peers);
	put(peers, "10.1.1.0-24", "10.0.0.1", 1);
	put(peers, "10.1.2.0-24", "10.0.0.2", 2);
	peers_events.snapshot_end(peers);
	assert_int_equal(changed, 2);
	assert_int_equal(completed, 1);

	/* The same again, one gone, one changed, one new. */
	peers_events.snapshot_begin(peers);
	put(peers, "10.1.1.0-24", "10.0.0.9", 5);
	put(peers, "10.1.3.0-24", "10.0.0.3", 6);
	peers_events.snapshot_end(peers);
	assert_int_equal(changed, 4);
	assert_int_equal(removed, 1);
	assert_int_equal(peers_count(peers), 2);

	/* A renewal is no change. */
	put(peers, "10.1.1.0-24", "10.0.0.9", 7);
	assert_int_equal(changed, 4);
	assert_int_equal(peers_find_name(peers, "10.1.1.0-24")->version, 7);

	peers_events.removed(peers, "10.1.1.0-24");
	peers_events.removed(peers, "10.1.1.0-24");
	assert_int_equal(removed, 2);
	assert_string_equal(owner(peers, "10.1.1.7"), "none");
	assert_string_equal(owner(peers, "10.1.3.7"), "10.1.3.0-24");
}

static void test_longest_prefix(void **state)
{
	struct peers *peers = *state;

	put(peers, "10.1.0.0-16&fc00::-48", "10.0.0.1", 1);
	put(peers, "10.1.2.0-24&fc00:0:0:2::-64", "10.0.0.2", 1);
	assert_string_equal(owner(peers, "10.1.2.3"),
			    "10.1.2.0-24&fc00:0:0:2::-64");
	assert_string_equal(owner(peers, "10.1.3.3"), "10.1.0.0-16&fc00::-48");
	assert_string_equal(owner(peers, "fc00:0:0:2::1"),
			    "10.1.2.0-24&fc00:0:0:2::-64");
	assert_string_equal(owner(peers, "fc00:0:0:3::1"),
			    "10.1.0.0-16&fc00::-48");
	assert_string_equal(owner(peers, "10.2.0.1"), "none");
	peers_events.removed(peers, "10.1.2.0-24&fc00:0:0:2::-64");
	assert_string_equal(owner(peers, "10.1.2.3"), "10.1.0.0-16&fc00::-48");
}

static void test_same_subnet_twice(void **state)
{
	struct peers *peers = *state;

	put(peers, "10.1.2.0-24", "10.0.0.1", 1);
	put(peers, "10.1.2.0-24&fc00:0:0:2::-64", "10.0.0.2", 1);
	assert_string_equal(owner(peers, "10.1.2.3"), "10.1.2.0-24");
	peers_events.removed(peers, "10.1.2.0-24");
	assert_string_equal(owner(peers, "10.1.2.3"),
			    "10.1.2.0-24&fc00:0:0:2::-64");
}

static void test_malformed(void **state)
{
	struct registry_entry bad = { .name = "10.1.1.0-24", .value = "{x",
				      .value_len = 2, .version = 1 };
	struct peers *peers = *state;

	peers_events.put(peers, &bad);
	bad.name = "rubbish";
	peers_events.put(peers, &bad);
	put(peers, "10.1.2.0-24", "10.0.0.2", 1);
	assert_int_equal(peers_malformed(peers), 2);
	/* Its value is rubbish, but the subnet is taken. */
	assert_int_equal(peers_count(peers), 2);
	assert_string_equal(owner(peers, "10.1.2.1"), "10.1.2.0-24");
}

static void parse_conf(struct netconf *conf, const char *json)
{
	char error[NETCONF_ERROR_LEN];

	if (!netconf_parse(conf, json, strlen(json), error))
		fail_msg("%s: %s", json, error);
}

static void test_allocate(void **state)
{
	struct peers *peers = *state;
	struct netconf conf;
	struct subnets s;
	char error[160], buf[SUBNET_KEY_LEN];

	parse_conf(&conf, "{\"Network\":\"10.1.0.0/22\",\"SubnetLen\":24,\"Backend\":{\"Type\":\"vxlan\"},\"EnableIPv6\":true,\"IPv6Network\":\"fc00::/62\"}");
	assert_true(allocate_subnets(&s, &conf, peers, error));
	assert_true(allocate_fits(&s, &conf));

	put(peers, "10.1.1.0-24", "10.0.0.1", 1);
	put(peers, "10.1.3.128-25&fc00::-63", "10.0.0.1", 1);
	assert_true(allocate_subnets(&s, &conf, peers, error));
	assert_string_equal(strtok((char *)subnet_key_format(&s, buf), "&"),
			    "10.1.2.0-24");
	assert_true(s.v6.addr.bytes[7] == 2 || s.v6.addr.bytes[7] == 3);

	put(peers, "10.1.2.0-24", "10.0.0.1", 1);
	assert_false(allocate_subnets(&s, &conf, peers, error));
	assert_non_null(strstr(error, "out of subnets"));
}

/* A full /8 of /24s but for one. */
static void test_allocate_full(void **state)
{
	struct peers *peers = *state;
	char name[40], error[160], buf[SUBNET_KEY_LEN];
	struct netconf conf;
	struct subnets s;
	unsigned int i;
	clock_t start;

	parse_conf(&conf, "{\"Network\":\"10.0.0.0/8\",\"SubnetLen\":24,\"Backend\":{\"Type\":\"vxlan\"}}");
	for (i = 0; i < 65536; i++) {
		snprintf(name, sizeof(name), "10.%u.%u.0-24", i >> 8, i & 255);
		if (i != 54321)
			put(peers, name, "192.168.0.1", i);
	}
	/* In processor time: others may be at work, too. */
	start = clock();
	assert_true(allocate_subnets(&s, &conf, peers, error));
	start = clock() - start;
	print_message("one free subnet of 65536 found in %ld ms\n",
		      start * 1000 / CLOCKS_PER_SEC);
	assert_true(start < CLOCKS_PER_SEC);
	assert_string_equal(subnet_key_format(&s, buf), "10.212.49.0-24");

	put(peers, "10.212.49.0-24", "192.168.0.1", 1);
	assert_false(allocate_subnets(&s, &conf, peers, error));

	start = clock();
	for (i = 0; i < 65536; i++) {
		snprintf(name, sizeof(name), "10.%u.%u.9", i >> 8, i & 255);
		assert_string_not_equal(owner(peers, name), "none");
	}
	print_message("65536 lookups in %ld ms\n",
		      (clock() - start) * 1000 / CLOCKS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_snapshot_diff, setup, teardown),
		cmocka_unit_test_setup_teardown(test_longest_prefix, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_subnet_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_malformed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_allocate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_allocate_full, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
