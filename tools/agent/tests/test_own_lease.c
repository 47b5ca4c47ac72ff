// SPDX-License-Identifier: GPL-2.0
/* A node's own lease against a registry that answers what the test wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "network/own_lease.h"

#define NAME "10.5.7.0-24"

/* A registry with room for one answer on its way. */
struct fake {
	struct registry reg;
	struct loop *loop;
	struct loop_timer timer;
	registry_fn done;
	void *ctx;
	char name[SUBNET_KEY_LEN];
	char value[200];

	/* What it answers, and what it was asked. */
	enum registry_result claim_results[4];
	enum registry_result renew_result;
	uint64_t ttl;
	unsigned int claims, renewals, releases;
	int64_t last_version;
	uint64_t last_ttl;
	struct registry_answer answer;
};

static struct fake *to_fake(struct registry *reg)
{
	return container_of(reg, struct fake, reg);
}

static void deliver(void *ctx)
{
	struct fake *f = ctx;

	f->done(f->ctx, &f->answer);
}

static void answer_soon(struct fake *f, registry_fn done, void *ctx)
{
	assert_false(f->timer.armed);
	f->done = done;
	f->ctx = ctx;
	loop_timer_set(f->loop, &f->timer, 1, deliver, f);
}

static void fake_claim(struct registry *reg, const char *name,
		       const char *value, int64_t version, int64_t lease,
		       uint64_t ttl, registry_fn done, void *ctx)
{
	struct fake *f = to_fake(reg);

	snprintf(f->name, sizeof(f->name), "%s", name);
	snprintf(f->value, sizeof(f->value), "%s", value);
	f->last_version = version;
	f->last_ttl = ttl;
	f->answer = (struct registry_answer){
		.result = f->claims < ARRAY_SIZE(f->claim_results) ?
			  f->claim_results[f->claims] : REGISTRY_OK,
		.error = "no luck",
		.ttl = ttl ? f->ttl : 0,
		.entry = { .name = f->name, .value = f->value,
			   .value_len = strlen(f->value), .version = 10,
			   .lease = ttl ? 1 : 0 },
	};
	if (f->answer.result == REGISTRY_CONFLICT) {
		f->answer.entry.value = "{\"PublicIP\":\"192.0.2.9\"}";
		f->answer.entry.value_len = strlen(f->answer.entry.value);
	}
	f->claims++;
	answer_soon(f, done, ctx);
}

static void fake_renew(struct registry *reg, const char *name, int64_t lease,
		       registry_fn done, void *ctx)
{
	struct fake *f = to_fake(reg);

	assert_string_equal(name, f->name);
	assert_int_equal(lease, 1);
	f->renewals++;
	f->answer = (struct registry_answer){
		.result = f->renew_result, .ttl = f->ttl, .error = "no luck",
	};
	answer_soon(f, done, ctx);
}

static void fake_release(struct registry *reg, const char *name,
			 int64_t version, registry_fn done, void *ctx)
{
	struct fake *f = to_fake(reg);

	f->releases++;
	f->answer = (struct registry_answer){ .result = REGISTRY_OK };
	answer_soon(f, done, ctx);
}

static const struct registry_ops fake_ops = {
	.claim = fake_claim,
	.renew = fake_renew,
	.release = fake_release,
};

/* A registry that says which subnet a node has; NULL: none yet. */
static const char *set_apart;

static bool fake_assigned(struct registry *reg, struct subnets *out)
{
	return set_apart && subnet_key_parse(out, set_apart);
}

static const struct registry_ops assigning_ops = {
	.claim = fake_claim,
	.renew = fake_renew,
	.release = fake_release,
	.assigned = fake_assigned,
};

/* The node */

struct node {
	struct fake fake;
	struct loop *loop;
	struct loop_timer timer;
	struct options opt;
	struct netconf conf;
	struct flc_addr public4, public6;
	struct peers *peers;
	struct own_lease *own;
	unsigned int acquired, moved, impossible, macs_taken;
	struct subnets subnets;
};

static void on_acquired(void *ctx, const struct subnets *subnets, bool moved)
{
	struct node *node = ctx;

	node->acquired++;
	node->moved += moved;
	node->subnets = *subnets;
}

static void on_impossible(void *ctx, const char *why)
{
	((struct node *)ctx)->impossible++;
}

static void on_mac_taken(void *ctx)
{
	((struct node *)ctx)->macs_taken++;
}

static const struct own_lease_ops own_ops = {
	.mac_taken = on_mac_taken,
	.acquired = on_acquired,
	.impossible = on_impossible,
};

static void peer_changed(void *ctx, const struct peer *peer)
{
	struct node *node = ctx;

	if (node->own)
		own_lease_changed(node->own, peer);
}

static void peer_removed(void *ctx, const struct peer *peer)
{
	struct node *node = ctx;

	if (node->own)
		own_lease_removed(node->own, peer);
}

static void complete(void *ctx)
{
}

static const struct peers_ops peers_ops = {
	.changed = peer_changed,
	.removed = peer_removed,
	.complete = complete,
};

static void stop(void *ctx)
{
	loop_quit(ctx, 0);
}

static void run_for(struct node *node, unsigned int ms)
{
	loop_timer_set(node->loop, &node->timer, ms, stop, node->loop);
	loop_run(node->loop);
}

static void put(struct node *node, const char *name, const char *value,
		int64_t version, int64_t lease)
{
	struct registry_entry entry = {
		.name = name, .value = value, .value_len = strlen(value),
		.version = version, .lease = lease,
	};

	peers_events.put(node->peers, &entry);
}

static int setup(void **state)
{
	struct node *node = xcalloc(1, sizeof(*node));
	static const char conf[] = "{\"Network\":\"10.5.0.0/16\",\"SubnetMin\":\"10.5.7.0\",\"SubnetMax\":\"10.5.8.0\",\"Backend\":{\"Type\":\"alloc\"}}";
	char error[NETCONF_ERROR_LEN];
	struct own_lease_env env;

	node->loop = loop_new();
	node->fake.reg.ops = &fake_ops;
	node->fake.loop = node->loop;
	node->fake.ttl = 86400;
	node->opt.subnet_file = "/nonexistent/subnet.env";
	node->opt.subnet_lease_renew_margin = 60;
	assert_true(netconf_parse(&node->conf, conf, strlen(conf), error));
	assert_true(flc_addr_parse(&node->public4, "192.0.2.1"));
	node->peers = peers_new(&peers_ops, node);
	env = (struct own_lease_env){
		.loop = node->loop, .registry = &node->fake.reg,
		.peers = node->peers, .opt = &node->opt, .conf = &node->conf,
		.public4 = &node->public4, .public6 = &node->public6,
		.ops = &own_ops, .ctx = node,
	};
	node->own = own_lease_new(&env);
	*state = node;
	return 0;
}

static int teardown(void **state)
{
	struct node *node = *state;

	own_lease_free(node->own);
	node->own = NULL;
	peers_free(node->peers);
	loop_timer_cancel(node->loop, &node->fake.timer);
	loop_free(node->loop);
	free(node);
	return 0;
}

static void publish(struct node *node)
{
	struct lease_value value = { .public4 = node->public4 };

	own_lease_publish(node->own, &value);
}

static void test_claim(void **state)
{
	struct node *node = *state;

	publish(node);
	run_for(node, 50);
	assert_int_equal(node->fake.claims, 1);
	assert_int_equal(node->fake.last_version, 0);
	assert_int_equal(node->fake.last_ttl, 86400);
	assert_string_equal(node->fake.value,
			    "{\"PublicIP\":\"192.0.2.1\",\"PublicIPv6\":null}");
	assert_int_equal(node->acquired, 1);
	assert_int_equal(node->moved, 1);
	assert_true(own_lease_held(node->own));
}

/* It waits for the subnet, and takes no other; addresses say nothing of whose it is. */
static void test_assigned(void **state)
{
	struct node *node = *state;
	const struct peer *last;

	set_apart = NULL;
	node->fake.reg.ops = &assigning_ops;
	put(node, "10.5.8.0-24", "{\"PublicIP\":\"192.0.2.1\"}", 1, 1);
	publish(node);
	run_for(node, 100);
	assert_int_equal(node->fake.claims, 0);
	assert_int_equal(node->impossible, 0);
	assert_null(own_lease_last(node->own));

	put(node, NAME, "{\"PublicIP\":\"192.0.2.99\"}", 2, 1);
	set_apart = NAME;
	last = own_lease_last(node->own);
	assert_non_null(last);
	assert_string_equal(last->name, NAME);
	run_for(node, 2000);
	assert_int_equal(node->acquired, 1);
	assert_string_equal(node->fake.name, NAME);
	assert_int_equal(node->fake.releases, 0);

	/* Another one, which is not in Network, and then one that is. */
	set_apart = "10.9.0.0-24";
	peers_events.removed(node->peers, NAME);
	run_for(node, 1500);
	assert_int_equal(node->fake.claims, 1);
	set_apart = "10.5.8.0-24";
	run_for(node, 2000);
	assert_int_equal(node->fake.claims, 2);
	assert_string_equal(node->fake.name, "10.5.8.0-24");
	assert_int_equal(node->moved, 2);
}

static void test_lost_race(void **state)
{
	struct node *node = *state;

	node->fake.claim_results[0] = REGISTRY_CONFLICT;
	publish(node);
	run_for(node, 100);
	assert_int_equal(node->fake.claims, 2);
	assert_int_equal(node->acquired, 1);
	/* Both subnets are taken now: the other node's is known. */
	assert_int_equal(peers_count(node->peers), 1);
}

static void test_error_is_tried_again(void **state)
{
	struct node *node = *state;

	node->fake.claim_results[0] = REGISTRY_ERROR;
	publish(node);
	run_for(node, 400);
	assert_int_equal(node->acquired, 0);
	run_for(node, 1400);
	assert_int_equal(node->acquired, 1);
}

static void test_out_of_subnets(void **state)
{
	struct node *node = *state;

	put(node, "10.5.7.0-24", "{\"PublicIP\":\"192.0.2.7\"}", 1, 1);
	put(node, "10.5.8.0-24", "{\"PublicIP\":\"192.0.2.8\"}", 1, 1);
	publish(node);
	run_for(node, 50);
	assert_int_equal(node->impossible, 1);
	assert_int_equal(node->fake.claims, 0);
}

static void test_reservation(void **state)
{
	struct node *node = *state;

	put(node, NAME, "{\"PublicIP\":\"192.0.2.1\"}", 5, 0);
	publish(node);
	run_for(node, 50);
	assert_string_equal(node->fake.name, NAME);
	assert_int_equal(node->fake.last_version, 5);
	assert_int_equal(node->fake.last_ttl, 0);
	run_for(node, 50);
	assert_int_equal(node->fake.renewals, 0);
}

/* Half of a time to live that is shorter than the margin */
static void test_renewal(void **state)
{
	struct node *node = *state;

	node->fake.ttl = 2;
	publish(node);
	run_for(node, 800);
	assert_int_equal(node->fake.renewals, 0);
	run_for(node, 400);
	assert_int_equal(node->fake.renewals, 1);
	run_for(node, 1000);
	assert_int_equal(node->fake.renewals, 2);
	assert_int_equal(node->fake.claims, 1);

	/* It has expired: claimed again, under the same name. */
	node->fake.renew_result = REGISTRY_NOT_FOUND;
	run_for(node, 1000);
	assert_int_equal(node->fake.claims, 2);
	assert_int_equal(node->acquired, 2);
	assert_int_equal(node->moved, 1);
}

static void test_removed(void **state)
{
	struct node *node = *state;
	char name[SUBNET_KEY_LEN];

	publish(node);
	run_for(node, 50);
	put(node, node->fake.name, node->fake.value, 10, 1);
	snprintf(name, sizeof(name), "%s", node->fake.name);
	peers_events.removed(node->peers, name);
	run_for(node, 50);
	assert_int_equal(node->fake.claims, 2);
	assert_string_equal(node->fake.name, name);
	assert_int_equal(node->moved, 1);
}

/* The renewal succeeds, but the key has gone meanwhile. */
static void test_removed_during_renewal(void **state)
{
	struct node *node = *state;
	char name[SUBNET_KEY_LEN];

	node->fake.ttl = 1;
	publish(node);
	run_for(node, 50);
	put(node, node->fake.name, node->fake.value, 10, 1);
	snprintf(name, sizeof(name), "%s", node->fake.name);
	while (!node->fake.renewals || !node->fake.timer.armed)
		run_for(node, 1);
	node->fake.ttl = 86400;
	peers_events.removed(node->peers, name);
	run_for(node, 50);
	assert_int_equal(node->fake.claims, 2);
	assert_string_equal(node->fake.name, name);
	assert_int_equal(node->fake.last_version, 0);
	assert_int_equal(node->moved, 1);
}

/* The address changes while a claim is under way: the next one says so. */
static void test_published_during_claim(void **state)
{
	struct node *node = *state;

	publish(node);
	while (!node->fake.claims)
		run_for(node, 0);
	assert_true(node->fake.timer.armed);
	assert_true(flc_addr_parse(&node->public4, "192.0.2.11"));
	publish(node);
	run_for(node, 50);
	assert_int_equal(node->fake.claims, 2);
	assert_non_null(strstr(node->fake.value, "192.0.2.11"));
}

static void test_given_to_another(void **state)
{
	struct node *node = *state;
	char name[SUBNET_KEY_LEN];
	int i;

	publish(node);
	run_for(node, 50);
	snprintf(name, sizeof(name), "%s", node->fake.name);
	put(node, name, "{\"PublicIP\":\"192.0.2.9\"}", 11, 1);
	assert_false(own_lease_held(node->own));
	/* About a second, but nobody says how long that takes. */
	for (i = 0; i < 100 && node->fake.claims < 2; i++)
		run_for(node, 100);
	assert_int_equal(node->fake.claims, 2);
	assert_string_not_equal(node->fake.name, name);
	assert_int_equal(node->moved, 2);
}

/* The address of the node changes: the same lease says so. */
static void test_new_address(void **state)
{
	struct node *node = *state;
	char name[SUBNET_KEY_LEN];

	publish(node);
	run_for(node, 50);
	snprintf(name, sizeof(name), "%s", node->fake.name);
	put(node, name, node->fake.value, 10, 1);
	assert_true(flc_addr_parse(&node->public4, "192.0.2.11"));
	publish(node);
	run_for(node, 50);
	assert_int_equal(node->fake.claims, 2);
	assert_string_equal(node->fake.name, name);
	assert_int_equal(node->fake.last_version, 10);
	assert_non_null(strstr(node->fake.value, "192.0.2.11"));
	assert_int_equal(node->moved, 1);
}

/*
 * It changes once more before the peers have heard of the first change, as the
 * connection to etcd had the old address: the lease is no one else's.
 */
static void test_new_address_twice(void **state)
{
	static const char *const others[] = { "192.0.2.11", "192.0.2.12" };
	struct node *node = *state;
	char name[SUBNET_KEY_LEN];
	size_t i;

	publish(node);
	run_for(node, 50);
	snprintf(name, sizeof(name), "%s", node->fake.name);
	put(node, name, node->fake.value, 9, 1);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		assert_true(flc_addr_parse(&node->public4, others[i]));
		publish(node);
		run_for(node, 50);
		assert_string_equal(node->fake.name, name);
		assert_non_null(strstr(node->fake.value, others[i]));
	}
	assert_int_equal(node->fake.claims, 3);
	assert_int_equal(node->moved, 1);
}

static void test_former_leases_are_dropped(void **state)
{
	struct node *node = *state;

	put(node, "10.5.99.0-24", "{\"PublicIP\":\"192.0.2.1\"}", 5, 1);
	publish(node);
	run_for(node, 50);
	assert_int_equal(node->acquired, 1);
	assert_int_equal(node->fake.releases, 1);
}

#define VTEP(ip, mac, agent) "{\"PublicIP\":\"" ip "\",\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"" mac "\"}" agent "}"
#define ANOTHER ",\"FlannelAgent\":{\"Node\":\"bb\",\"Run\":\"2\"}"
#define SAME ",\"FlannelAgent\":{\"Node\":\"aa\",\"Run\":\"0\"}"

static void as_machine_aa(struct node *node)
{
	struct own_lease_env env = {
		.loop = node->loop, .registry = &node->fake.reg,
		.peers = node->peers, .opt = &node->opt, .conf = &node->conf,
		.public4 = &node->public4, .public6 = &node->public6,
		.ops = &own_ops, .ctx = node,
		.agent = { .node = "aa", .run = "1" },
	};

	own_lease_free(node->own);
	node->own = own_lease_new(&env);
}

static void publish_mac(struct node *node, const char *mac)
{
	struct lease_value value = {
		.public4 = node->public4, .type = "vxlan",
		.vtep4 = { .vni = 1, .has_vni = true, .has_mac = true },
	};

	assert_true(flc_mac_parse(&value.vtep4.mac, mac));
	own_lease_publish(node->own, &value);
}

/* The subnet and MAC of a lease are those of the machine that wrote it. */
static void test_whose_lease(void **state)
{
	struct node *node = *state;

	as_machine_aa(node);
	put(node, NAME, VTEP("192.0.2.1", "02:00:00:00:00:01", ANOTHER), 5, 1);
	assert_null(own_lease_last(node->own));
	put(node, NAME, VTEP("192.0.2.1", "02:00:00:00:00:01", SAME), 6, 1);
	assert_non_null(own_lease_last(node->own));
	/* Stock flannel, or an older agent, did not say. */
	put(node, NAME, VTEP("192.0.2.1", "02:00:00:00:00:01", ""), 7, 1);
	assert_non_null(own_lease_last(node->own));
}

/* A machine that has the address already is asked, and nothing else is written. */
static void test_rival_is_asked(void **state)
{
	struct node *node = *state;

	as_machine_aa(node);
	put(node, NAME, VTEP("192.0.2.1", "02:00:00:00:00:01", ANOTHER), 5, 1);
	publish_mac(node, "02:00:00:00:00:02");
	run_for(node, 50);
	assert_int_equal(node->fake.claims, 1);
	assert_int_equal(node->fake.last_version, 5);
	assert_non_null(strstr(node->fake.value, "\"VtepMAC\":\"02:00:00:00:00:01\""));
	assert_non_null(strstr(node->fake.value, "\"Node\":\"bb\""));
	assert_non_null(strstr(node->fake.value, "\"Probe\":\"1\""));
	assert_false(own_lease_contested(node->own));
	put(node, NAME, node->fake.value, 10, 1);
	assert_false(own_lease_contested(node->own));
	/* It answers: it writes its lease anew. */
	put(node, NAME, VTEP("192.0.2.1", "02:00:00:00:00:01", ANOTHER), 11, 1);
	assert_true(own_lease_contested(node->own));
	assert_false(own_lease_held(node->own));
	run_for(node, 300);
	assert_int_equal(node->fake.claims, 1);
	assert_int_equal(node->acquired, 0);
}

/* Of two nodes with one MAC the one that came later takes another one. */
static void test_one_mac(void **state)
{
	struct node *node = *state;

	as_machine_aa(node);
	publish_mac(node, "02:00:00:00:00:01");
	run_for(node, 50);
	assert_int_equal(node->acquired, 1);
	put(node, "10.5.99.0-24", VTEP("192.0.2.9", "02:00:00:00:00:01", ANOTHER),
	    20, 2);
	assert_int_equal(node->macs_taken, 0);
	put(node, "10.5.98.0-24", VTEP("192.0.2.8", "02:00:00:00:00:01", ANOTHER),
	    5, 3);
	assert_int_equal(node->macs_taken, 1);
	put(node, "10.5.97.0-24", VTEP("192.0.2.7", "02:00:00:00:00:03", ANOTHER),
	    6, 4);
	assert_int_equal(node->macs_taken, 1);
}

/* Somebody who writes over the lease again and again: not as often as he does. */
static void test_no_fight(void **state)
{
	struct node *node = *state;
	char name[SUBNET_KEY_LEN];
	int i;

	publish(node);
	run_for(node, 50);
	snprintf(name, sizeof(name), "%s", node->fake.name);
	put(node, name, node->fake.value, 10, 1);
	for (i = 0; i < 30; i++) {
		put(node, name, VTEP("192.0.2.1", "02:00:00:00:00:09", ""),
		    100 + 2 * i, 1);
		run_for(node, 100);
		put(node, name, node->fake.value, 101 + 2 * i, 1);
	}
	assert_true(node->fake.claims <= 3);
	assert_true(own_lease_contested(node->own));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_claim),
		TEST(test_assigned),
		TEST(test_lost_race),
		TEST(test_error_is_tried_again),
		TEST(test_out_of_subnets),
		TEST(test_reservation),
		TEST(test_renewal),
		TEST(test_removed),
		TEST(test_removed_during_renewal),
		TEST(test_published_during_claim),
		TEST(test_given_to_another),
		TEST(test_new_address),
		TEST(test_new_address_twice),
		TEST(test_former_leases_are_dropped),
		TEST(test_whose_lease),
		TEST(test_rival_is_asked),
		TEST(test_one_mac),
		TEST(test_no_fight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
