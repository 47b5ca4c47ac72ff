// SPDX-License-Identifier: GPL-2.0
/* Leases that must not be believed, and the few that only look odd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/loop.h"
#include "base/util.h"
#include "dataplane/troubles.h"
#include "dataplane/usable.h"
#include "network/allocate.h"

static void ignore(void *ctx, const struct peer *peer)
{
}

static const struct peers_ops peers_ops = {
	.changed = ignore,
	.removed = ignore,
};

static struct netconf config(const char *json)
{
	char error[NETCONF_ERROR_LEN];
	struct netconf conf = { 0 };

	if (!netconf_parse(&conf, json, strlen(json), error))
		fail_msg("%s: %s", json, error);
	return conf;
}

static void put(struct peers *peers, const char *name, const char *value)
{
	struct registry_entry entry = {
		.name = name, .value = value, .value_len = strlen(value),
		.version = 1, .lease = 1,
	};

	peers_events.put(peers, &entry);
}

struct world {
	struct netconf conf;
	struct subnets own;
	struct underlay underlay;
	struct flc_prefix near[2];
	struct peers *peers;
};

static void make_world(struct world *w, const char *json, const char *own,
		       const char *near)
{
	memset(w, 0, sizeof(*w));
	w->conf = config(json);
	assert_true(subnet_key_parse(&w->own, own));
	assert_true(flc_prefix_parse(&w->near[0], near));
	assert_true(flc_prefix_parse(&w->near[1], "2001:db8::1/64"));
	w->underlay.local4 = w->near[0].addr;
	w->underlay.local6 = w->near[1].addr;
	w->underlay.public4 = w->underlay.local4;
	w->underlay.public6 = w->underlay.local6;
	w->peers = peers_new(&peers_ops, NULL);
}

/* The verdict on the lease @name of the node @ip */
static const char *verdict_of(struct world *w, const char *name, int family,
			      const char *value)
{
	struct usable_env env = {
		.conf = &w->conf, .own = &w->own, .underlay = &w->underlay,
		.near = w->near, .near_count = 2, .peers = w->peers,
	};

	put(w->peers, name, value);
	return usable_label(usable_check(&env, peers_find_name(w->peers, name),
					 family));
}

static const char *verdict(struct world *w, const char *name, const char *ip)
{
	char value[128];

	snprintf(value, sizeof(value),
		 strchr(ip, ':') ? "{\"PublicIPv6\":\"%s\"}" : "{\"PublicIP\":\"%s\"}",
		 ip);
	return verdict_of(w, name, strchr(name, '&') ? AF_INET6 : AF_INET, value);
}

struct hostile {
	const char *name, *ip, *verdict;
};

static void check_all(struct world *w, const struct hostile *cases, size_t n)
{
	const char *seen;
	size_t i;

	for (i = 0; i < n; i++) {
		seen = verdict(w, cases[i].name, cases[i].ip);
		if (strcmp(seen, cases[i].verdict))
			fail_msg("%s by %s: expected %s, seen %s",
				 cases[i].name, cases[i].ip, cases[i].verdict,
				 seen);
	}
	peers_free(w->peers);
}

#define DUAL "{\"Network\":\"10.244.0.0/16\",\"EnableIPv6\":true," \
	     "\"IPv6Network\":\"fd00:10:244::/48\",\"Backend\":{\"Type\":\"vxlan\"}}"

static void test_subnets(void **state)
{
	static const struct hostile cases[] = {
		{ "10.244.2.0-24", "192.0.2.2", "none" },
		/* Nobody is given it, but kube-flannel's first node has it. */
		{ "10.244.0.0-24", "192.0.2.3", "none" },
		{ "10.245.2.0-24", "192.0.2.2", "network" },
		{ "192.0.2.0-24", "192.0.2.2", "network" },
		{ "0.0.0.0-1", "192.0.2.2", "network" },
		{ "128.0.0.0-1", "192.0.2.2", "network" },
		{ "224.0.0.0-4", "192.0.2.2", "network" },
		{ "127.0.0.0-8", "192.0.2.2", "network" },
		{ "10.0.0.0-8", "192.0.2.2", "network" },
		{ "10.244.0.0-16", "192.0.2.2", "length" },
		{ "10.244.2.128-25", "192.0.2.2", "length" },
		{ "10.244.1.0-24", "192.0.2.2", "own" },
		{ "10.244.3.0-24&fd00:10:244:3::-64", "192.0.2.2", "none" },
		{ "10.244.4.0-24&fd00:10:245:3::-64", "192.0.2.2", "network" },
		{ "10.244.4.0-24&8000::-1", "192.0.2.2", "network" },
		{ "10.244.4.0-24&ff00::-8", "192.0.2.2", "network" },
		{ "10.244.4.0-24&fd00:10:244:3::-96", "192.0.2.2", "length" },
		{ "10.244.4.0-24&fd00:10:244:1::-64", "192.0.2.2", "own" },
	};
	struct world w;

	make_world(&w, DUAL, "10.244.1.0-24&fd00:10:244:1::-64",
		   "192.0.2.1/24");
	check_all(&w, cases, ARRAY_SIZE(cases));
}

static void test_addresses(void **state)
{
	static const struct hostile cases[] = {
		{ "10.244.2.0-24", "192.0.2.2", "none" },
		{ "10.244.3.0-24", "192.0.2.1", "ours" },
		{ "10.244.4.0-24", "2001:db8::1", "ours" },
		{ "10.244.5.0-24", "127.0.0.1", "address" },
		{ "10.244.6.0-24", "224.0.0.5", "address" },
		{ "10.244.7.0-24", "255.255.255.255", "address" },
		{ "10.244.8.0-24", "0.1.2.3", "address" },
		{ "10.244.9.0-24", "::1", "address" },
		{ "10.244.10.0-24", "ff02::1", "address" },
		{ "10.244.11.0-24", "::ffff:192.0.2.2", "address" },
		/* A pod of this node, of another one, and of none */
		{ "10.244.12.0-24", "10.244.1.5", "inside" },
		{ "10.244.13.0-24", "10.244.2.5", "inside" },
		{ "10.244.14.0-24", "fd00:10:244:1::5", "inside" },
		{ "10.244.15.0-24", "10.244.200.5", "none" },
		/* In the tunnel to itself */
		{ "10.244.16.0-24", "10.244.16.5", "inside" },
	};
	struct world w;

	make_world(&w, DUAL, "10.244.1.0-24&fd00:10:244:1::-64",
		   "192.0.2.1/24");
	check_all(&w, cases, ARRAY_SIZE(cases));
}

/* The underlay within Network, as in an example of flannel's documentation */
static void test_underlay_within(void **state)
{
	static const struct hostile wide[] = {
		{ "10.2.0.0-24", "10.1.1.2", "none" },
		{ "10.1.1.0-24", "10.1.1.2", "underlay" },
		/* A subnet over the nodes themselves harms none of them. */
		{ "10.1.2.0-24", "10.1.1.2", "none" },
		{ "10.5.5.0-24", "10.1.2.9", "none" },
		/* In its own tunnel, and in ours */
		{ "10.5.6.0-24", "10.5.6.9", "inside" },
		{ "10.5.7.0-24", "10.3.3.9", "inside" },
	};
	static const struct hostile narrow[] = {
		{ "10.10.0.0-20", "10.1.1.2", "none" },
		{ "10.99.0.0-20", "10.1.1.3", "none" },
		{ "10.99.16.0-20", "10.1.1.4", "network" },
		{ "10.1.0.0-20", "10.1.1.4", "network" },
		{ "10.9.240.0-20", "10.1.1.4", "network" },
	};
	struct world w;

	make_world(&w, "{\"Network\":\"10.0.0.0/8\"}", "10.3.3.0-24",
		   "10.1.1.1/24");
	check_all(&w, wide, ARRAY_SIZE(wide));
	make_world(&w, "{\"Network\":\"10.0.0.0/8\",\"SubnetLen\":20,\"SubnetMin\":\"10.10.0.0\",\"SubnetMax\":\"10.99.0.0\"}",
		   "10.14.112.0-20", "10.1.1.1/24");
	check_all(&w, narrow, ARRAY_SIZE(narrow));
}

/* Network carved out of the underlay's: legal, but for this node's own place. */
static void test_underlay_around(void **state)
{
	static const struct hostile cases[] = {
		{ "10.244.2.0-24", "10.0.0.2", "none" },
		{ "10.244.9.0-24", "10.0.0.2", "underlay" },
	};
	struct world w;

	make_world(&w, "{\"Network\":\"10.244.0.0/16\"}", "10.244.1.0-24",
		   "10.244.9.1/8");
	check_all(&w, cases, ARRAY_SIZE(cases));
}

static void test_one_family(void **state)
{
	struct world w;

	make_world(&w, "{\"Network\":\"10.244.0.0/16\"}", "10.244.1.0-24",
		   "192.0.2.1/24");
	assert_string_equal(verdict_of(&w, "10.244.2.0-24&fd00::-64", AF_INET6,
				       "{\"PublicIP\":\"192.0.2.2\"}"),
			    "family");
	assert_string_equal(verdict_of(&w, "10.244.2.0-24&fd00::-64", AF_INET,
				       "{\"PublicIP\":\"192.0.2.2\"}"),
			    "none");
	peers_free(w.peers);
}

/* What is not used is taken all the same, and so is where the nodes are. */
static void test_taken(void **state)
{
	struct netconf conf = config("{\"Network\":\"10.0.0.0/22\",\"SubnetLen\":24,\"SubnetMin\":\"10.0.0.0\",\"Backend\":{\"Type\":\"alloc\"}}");
	struct peers *peers = peers_new(&peers_ops, NULL);
	char error[160], name[SUBNET_KEY_LEN];
	struct flc_prefix near;
	struct subnets found;

	assert_true(flc_prefix_parse(&near, "10.0.1.7/24"));
	peers_avoid(peers, &near, 1);
	put(peers, "192.168.0.0-24", "{\"PublicIP\":\"10.0.3.9\"}");
	put(peers, "10.0.0.128-25", "{\"PublicIP\":\"127.0.0.1\"}");
	assert_true(allocate_subnets(&found, &conf, peers, error));
	assert_string_equal(subnet_key_format(&found, name), "10.0.2.0-24");
	peers_free(peers);
}

static struct flc_prefix prefix(const char *text)
{
	struct flc_prefix p;

	assert_true(flc_prefix_parse(&p, text));
	return p;
}

static bool has(struct troubles *troubles, const char *line)
{
	struct text text = { 0 };
	bool found;

	troubles_metrics(troubles, &text);
	found = strstr(text.data, line);
	text_free(&text);
	return found;
}

/* Each alone: one that fails again does not keep another from being over. */
static void test_troubles(void **state)
{
	struct flc_prefix a = prefix("10.244.2.0/24"), b = prefix("10.244.3.0/24");
	struct troubles *troubles = troubles_new();
	struct flc_error err = { .text = "no" };
	struct flc_prefix *due;
	uint64_t first, since;
	size_t n;

	assert_int_equal(troubles_due(troubles), 0);
	since = loop_now();
	troubles_begin(troubles, true);
	troubles_usable(troubles, &a);
	troubles_failed(troubles, &a, &err);
	troubles_failed(troubles, &b, &err);
	troubles_end(troubles);
	assert_true(has(troubles, "flannel_leases_failing 2\n"));
	first = troubles_due(troubles);
	assert_in_range(first, since + 500, loop_now() + 1500);
	due = troubles_take_due(troubles, loop_now() + 1500, &n);
	assert_int_equal(n, 2);
	free(due);

	since = loop_now();
	troubles_begin(troubles, false);
	troubles_usable(troubles, &a);
	troubles_usable(troubles, &b);
	troubles_failed(troubles, &b, &err);
	troubles_end(troubles);
	assert_true(has(troubles, "flannel_leases_failing 1\n"));
	assert_true(has(troubles, "flannel_lease_failures_total 3\n"));
	assert_in_range(troubles_due(troubles), since + 1000, loop_now() + 3000);

	troubles_unusable(troubles, &b, "10.244.3.0-24", UNUSABLE_OURS, "x");
	assert_true(has(troubles, "flannel_leases_failing 0\n"));
	assert_true(has(troubles, "flannel_leases_unusable{reason=\"ours\"} 1\n"));
	troubles_begin(troubles, true);
	troubles_end(troubles);
	assert_true(has(troubles, "flannel_leases_unusable{reason=\"ours\"} 0\n"));
	troubles_free(troubles);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_subnets),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_underlay_within),
		cmocka_unit_test(test_underlay_around),
		cmocka_unit_test(test_one_family),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_troubles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
