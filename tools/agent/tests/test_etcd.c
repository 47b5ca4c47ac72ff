// SPDX-License-Identifier: GPL-2.0
/* The etcd client and registry against a real etcd server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "etcd/etcd_history.h"
#include "etcd_client.h"
#include "etcd_server.h"

static struct etcd_server server;

static int ctl(const char *cmd)
{
	return run("ETCDCTL_API=3 etcdctl --endpoints %s %s >/dev/null 2>&1",
		   server.url, cmd);
}

static int start_server(void **state)
{
	if (!have_etcd()) {
		fprintf(stderr, "etcd-server and etcd-client are needed\n");
		return -1;
	}
	etcd_init(&server, "http");
	etcd_start(&server, "");
	return 0;
}

static int end_server(void **state)
{
	etcd_end(&server);
	return 0;
}

static int empty_server(void **state)
{
	ctl("del --prefix ''");
	return 0;
}

static void test_config(void **state)
{
	struct client c;

	connect_to(&c, server.url);
	assert_int_equal(get_config(&c), REGISTRY_NOT_FOUND);
	assert_int_equal(ctl("put " PREFIX "/config '{\"Network\":\"10.1.0.0/16\"}'"), 0);
	if (get_config(&c) != REGISTRY_OK)
		fail_msg("%s", c.error);
	assert_string_equal(c.config, "{\"Network\":\"10.1.0.0/16\"}");
	disconnect(&c);
}

static void test_claim(void **state)
{
	int64_t version, lease;
	struct client c;

	connect_to(&c, server.url);
	assert_int_equal(claim(&c, "10.1.1.0-24", "{\"a\":1}", 0, 0, 86400),
			 REGISTRY_OK);
	assert_int_equal(c.ttl, 86400);
	version = c.version;
	lease = c.lease;
	assert_true(version > 0 && lease != 0);

	/* Somebody else wants it. */
	assert_int_equal(claim(&c, "10.1.1.0-24", "{\"b\":1}", 0, 0, 86400),
			 REGISTRY_CONFLICT);
	assert_string_equal(c.value, "{\"a\":1}");
	assert_int_equal(c.version, version);
	assert_int_equal(c.lease, lease);

	/* The owner comes back: the same lease goes on. */
	assert_int_equal(claim(&c, "10.1.1.0-24", "{\"a\":2}", version, lease,
			       86400), REGISTRY_OK);
	assert_true(c.version > version);
	assert_int_equal(c.lease, lease);
	version = c.version;

	assert_int_equal(renew(&c, "10.1.1.0-24", lease), REGISTRY_OK);
	assert_int_equal(c.ttl, 86400);
	assert_int_equal(renew(&c, "10.1.1.0-24", lease + 1),
			 REGISTRY_NOT_FOUND);

	assert_int_equal(release(&c, "10.1.1.0-24", version - 1),
			 REGISTRY_CONFLICT);
	assert_int_equal(release(&c, "10.1.1.0-24", version), REGISTRY_OK);
	assert_int_equal(release(&c, "10.1.1.0-24", version),
			 REGISTRY_NOT_FOUND);
	assert_int_equal(claim(&c, "10.1.1.0-24", "{\"a\":3}", version, lease,
			       86400), REGISTRY_NOT_FOUND);

	/* A reservation stays one. */
	assert_int_equal(claim(&c, "10.1.9.0-24", "{\"r\":1}", 0, 0, 0),
			 REGISTRY_OK);
	assert_int_equal(c.lease, 0);
	assert_int_equal(c.ttl, 0);
	disconnect(&c);
}

static int etcd_leases(void)
{
	return run("exit $(ETCDCTL_API=3 etcdctl --endpoints %s lease list | grep -cE '^[0-9a-f]+$')",
		   server.url);
}

/* Soon there are as many; what the client has still to do is done meanwhile. */
static void assert_leases(struct client *c, int count)
{
	int i;

	for (i = 0; i < SOON_MS / 100 && etcd_leases() != count; i++)
		wait_for(c, NULL, 100);
	assert_int_equal(etcd_leases(), count);
}

static int one_more(const char *name)
{
	return run("ETCDCTL_API=3 etcdctl --endpoints %s put %s/subnets/%s '{}' >/dev/null",
		   server.url, PREFIX, name);
}

/* Whatever becomes of a claim, no etcd lease is left that nothing hangs on. */
static void test_no_lease_is_left(void **state)
{
	int before = etcd_leases();
	struct client c;
	int64_t lease;

	connect_to(&c, server.url);
	/* Another node is faster. */
	assert_int_equal(one_more("10.1.1.0-24"), 0);
	assert_int_equal(claim(&c, "10.1.1.0-24", "{\"a\":1}", 0, 0, 86400),
			 REGISTRY_CONFLICT);
	/* It is revoked beside it. */
	assert_leases(&c, before);

	/* The key is deleted and claimed again: it hangs on the lease of before. */
	assert_int_equal(claim(&c, "10.1.2.0-24", "{\"a\":1}", 0, 0, 86400),
			 REGISTRY_OK);
	lease = c.lease;
	ctl("del " PREFIX "/subnets/10.1.2.0-24");
	assert_int_equal(claim(&c, "10.1.2.0-24", "{\"a\":1}", 0, 0, 86400),
			 REGISTRY_OK);
	assert_int_equal(c.lease, lease);
	assert_leases(&c, before + 1);

	/* The subnet changes: both keys hang on it until one is given back. */
	assert_int_equal(claim(&c, "10.1.3.0-24", "{\"a\":1}", 0, 0, 86400),
			 REGISTRY_OK);
	assert_int_equal(ctl("del " PREFIX "/subnets/10.1.2.0-24"), 0);
	assert_leases(&c, before + 1);
	assert_int_equal(release(&c, "10.1.3.0-24", c.version), REGISTRY_OK);
	assert_leases(&c, before);
	disconnect(&c);
}

/*
 * A connection that ends before the answer of the grant: it may have been carried
 * out, and the next try finds it.
 */
static void test_lost_answer(void **state)
{
	int before = etcd_leases(), i, result;
	struct client c;

	connect_to(&c, server.url);
	for (i = 0; i < 3; i++) {
		/* It has the request when it goes on, and nobody hears its answer. */
		etcd_pause(&server);
		result = claim(&c, "10.1.4.0-24", "{\"a\":1}", 0, 0, 86400);
		kill(server.pid, SIGCONT);
		assert_int_equal(result, REGISTRY_ERROR);
		assert_int_equal(run("ETCDCTL_API=3 etcdctl --endpoints %s --command-timeout 30s get x >/dev/null",
				     server.url), 0);
	}
	/* A server that has just been let go may still be too slow for one try. */
	for (i = 0; i < 10; i++) {
		result = claim(&c, "10.1.4.0-24", "{\"a\":1}", 0, 0, 86400);
		if (result != REGISTRY_ERROR)
			break;
	}
	assert_int_equal(result, REGISTRY_OK);
	assert_leases(&c, before + 1);
	assert_int_equal(release(&c, "10.1.4.0-24", c.version), REGISTRY_OK);
	assert_leases(&c, before);
	disconnect(&c);
}

static bool two_snapshots(struct client *c)
{
	return c->snapshots >= 2;
}

static bool saw_removal(struct client *c)
{
	return c->removes >= 1;
}

static bool saw_8(struct client *c)
{
	return !strcmp(c->last_put, "10.1.8.0-24");
}

static bool saw_7(struct client *c)
{
	return !strcmp(c->last_put, "10.1.7.0-24");
}

static void test_follow(void **state)
{
	struct client c;

	ctl("put " PREFIX "/subnets/10.1.2.0-24 x");
	ctl("put " PREFIX "/subnetsX y");
	start_following(&c, server.url);
	assert_int_equal(c.puts, 1);
	assert_string_equal(c.last_put, "10.1.2.0-24");
	assert_int_equal(c.last_put_lease, 0);

	ctl("put " PREFIX "/subnets/10.1.8.0-24 y");
	assert_true(wait_for(&c, saw_8, SOON_MS));
	ctl("del " PREFIX "/subnets/10.1.2.0-24");
	assert_true(wait_for(&c, saw_removal, SOON_MS));
	assert_string_equal(c.last_removed, "10.1.2.0-24");
	disconnect(&c);
}

/* A zero byte in a key: not the lease whose name is before it. */
static void test_zero_in_key(void **state)
{
	struct client c;

	start_following(&c, server.url);
	/* "/coreos.com/network/subnets/10.1.6.0-24\0x" */
	assert_int_equal(run("curl -sfo /dev/null %s/v3/kv/put -d '{\"key\":\"'$(printf '%s/subnets/10.1.6.0-24\\0x' | base64 -w 0)'\",\"value\":\"eA==\"}'",
			     server.url, PREFIX), 0);
	ctl("put " PREFIX "/subnets/10.1.8.0-24 y");
	assert_true(wait_for(&c, saw_8, SOON_MS));
	assert_int_equal(c.puts, 1);
	assert_int_equal(run("curl -sfo /dev/null %s/v3/kv/deleterange -d '{\"key\":\"'$(printf '%s/subnets/10.1.6.0-24\\0x' | base64 -w 0)'\"}'",
			     server.url, PREFIX), 0);
	ctl("put " PREFIX "/subnets/10.1.7.0-24 y");
	assert_true(wait_for(&c, saw_7, SOON_MS));
	assert_int_equal(c.removes, 0);
	disconnect(&c);
}

/* More leases than a page holds, and a value that is far too large. */
static void test_follow_many(void **state)
{
	struct client c;

	assert_int_equal(run("for i in $(seq 0 4); do for j in $(seq 0 249); do printf 'put %s/subnets/10.%%d.%%d.0-24 {}\\n' $i $j; done; done | split -l 100 - %s/txn; for f in %s/txn*; do { echo; cat $f; echo; echo; } | ETCDCTL_API=3 etcdctl --endpoints %s txn >/dev/null || exit 1; done",
			     PREFIX, server.dir, server.dir, server.url), 0);
	start_following(&c, server.url);
	assert_int_equal(c.puts, 1250);
	disconnect(&c);
}

static void test_survives_restart(void **state)
{
	struct client c;

	start_following(&c, server.url);
	etcd_kill(&server);
	assert_true(wait_for(&c, is_offline, SOON_MS));
	assert_non_null(strstr(c.why, server.url));
	etcd_start(&server, "");
	assert_true(wait_for(&c, is_online, SOON_MS));
	ctl("put " PREFIX "/subnets/10.1.7.0-24 z");
	assert_true(wait_for(&c, saw_7, SOON_MS));
	/* Resumed, not read anew. */
	assert_int_equal(c.snapshots, 1);
	disconnect(&c);
}

static void test_survives_compaction(void **state)
{
	struct client c;

	start_following(&c, server.url);
	etcd_pause(&server);
	assert_true(wait_for(&c, is_offline, SOON_MS));
	kill(server.pid, SIGCONT);
	/* While nobody listens, the changes in between are compacted away. */
	assert_int_equal(ctl("put " PREFIX "/subnets/10.1.7.0-24 a"), 0);
	assert_int_equal(ctl("put " PREFIX "/subnets/10.1.8.0-24 b"), 0);
	assert_int_equal(run("ETCDCTL_API=3 etcdctl --endpoints %s compact $(ETCDCTL_API=3 etcdctl --endpoints %s get x -w json | sed 's/.*revision\":\\([0-9]*\\).*/\\1/') >/dev/null",
			     server.url, server.url), 0);
	assert_true(wait_for(&c, two_snapshots, SOON_MS));
	assert_true(wait_for(&c, is_online, SOON_MS));
	disconnect(&c);
}

static int64_t revision(struct client *c)
{
	int64_t version;

	assert_int_equal(claim(c, "10.1.250.0-24", "{}", 0, 0, 0), REGISTRY_OK);
	version = c->version;
	assert_int_equal(release(c, "10.1.250.0-24", version), REGISTRY_OK);
	return version;
}

/* Put another etcd, which has counted further, in the place of @old. */
static void replace_server(struct etcd_server *old, const char *more)
{
	struct etcd_server new;
	struct client c;
	int64_t before;

	connect_to(&c, old->url);
	before = revision(&c);
	disconnect(&c);
	etcd_kill(old);
	etcd_init(&new, "http");
	etcd_start(&new, more);
	connect_to(&c, new.url);
	while (revision(&c) < before + 100)
		;
	disconnect(&c);
	etcd_kill(&new);
	assert_int_equal(run("rm -rf %s/data && mv %s/data %s/data && rm -rf %s",
			     old->dir, new.dir, old->dir, new.dir), 0);
	etcd_start(old, "");
}

/*
 * One that was made anew has counted on. Its id comes from names, URLs and a token,
 * and may be the same, and its term is higher, for it was restarted: only this
 * node's lease tells it apart.
 */
static void test_replaced_same_cluster(void **state)
{
	struct client c;

	start_following(&c, server.url);
	assert_int_equal(claim(&c, "10.1.1.0-24", "{}", 0, 0, 86400),
			 REGISTRY_OK);
	replace_server(&server, "");
	assert_true(wait_for(&c, two_snapshots, SOON_MS));
	disconnect(&c);
}

/* Another cluster is known by its id, by those, too, who have no lease there. */
static void test_replaced_other_cluster(void **state)
{
	struct client c;

	start_following(&c, server.url);
	replace_server(&server, "--initial-cluster-token another");
	assert_true(wait_for(&c, two_snapshots, SOON_MS));
	disconnect(&c);
}

/* What nothing gives away is found by reading all anew. */
static void test_relist(void **state)
{
	struct client c;

	connect_to(&c, server.url);
	registry_etcd_relist(c.reg, 500);
	c.reg->ops->follow(c.reg, &client_events, &c);
	c.online = true;
	assert_true(wait_for(&c, one_snapshot, SOON_MS));
	assert_true(wait_for(&c, two_snapshots, SOON_MS));
	/* The watch goes on from there. */
	assert_int_equal(ctl("put " PREFIX "/subnets/10.1.8.0-24 y"), 0);
	assert_true(wait_for(&c, saw_8, SOON_MS));
	assert_true(c.online);
	disconnect(&c);
}

static void test_history(void **state)
{
	Etcd__ResponseHeader header = ETCD__RESPONSE_HEADER__INIT;
	struct etcd_history history = { 0 };

	assert_null(etcd_history_check(&history, NULL));
	header.cluster_id = 7;
	header.raft_term = 3;
	assert_null(etcd_history_check(&history, &header));
	header.raft_term = 5;
	assert_null(etcd_history_check(&history, &header));
	header.raft_term = 4;
	assert_non_null(strstr(etcd_history_check(&history, &header), "term"));
	header.raft_term = 6;
	header.cluster_id = 8;
	assert_non_null(strstr(etcd_history_check(&history, &header),
			       "a different etcd cluster"));
	/* What was refused was not taken up. */
	header.cluster_id = 7;
	header.raft_term = 5;
	assert_null(etcd_history_check(&history, &header));
}

static void test_failover(void **state)
{
	char endpoints[200];
	struct client c;

	snprintf(endpoints, sizeof(endpoints), "http://127.0.0.1:%d,%s",
		 free_port(), server.url);
	connect_to(&c, endpoints);
	assert_int_equal(get_config(&c), REGISTRY_NOT_FOUND);
	assert_int_equal(claim(&c, "10.1.1.0-24", "{}", 0, 0, 86400),
			 REGISTRY_OK);
	disconnect(&c);
}

/* A socket of this host. etcd 3.4 wants a port in its name. */
static void test_unix_socket(void **state)
{
	char endpoint[100], more[160], error[200];
	struct etcd_config config = { 0 };
	struct client c;

	snprintf(endpoint, sizeof(endpoint), "unix://%s/sock:1", server.dir);
	etcd_kill(&server);
	/* It makes the file in its folder, and takes no further "/". */
	snprintf(more, sizeof(more), "--listen-client-urls %s,unix://sock:1",
		 server.url);
	assert_int_equal(chdir(server.dir), 0);
	etcd_start(&server, more);
	assert_int_equal(chdir("/"), 0);
	connect_to(&c, endpoint);
	if (claim(&c, "10.1.1.0-24", "{}", 0, 0, 86400) != REGISTRY_OK)
		fail_msg("%s", c.error);
	disconnect(&c);
	start_following(&c, endpoint);
	assert_int_equal(c.puts, 1);
	ctl("put " PREFIX "/subnets/10.1.8.0-24 y");
	assert_true(wait_for(&c, saw_8, SOON_MS));
	disconnect(&c);

	config.endpoints = "unix://";
	assert_null(etcd_new(NULL, &config, error, sizeof(error)));
	assert_non_null(strstr(error, "path of a socket"));
	config.endpoints = "unix:///0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678";
	assert_null(etcd_new(NULL, &config, error, sizeof(error)));
	assert_non_null(strstr(error, "1 to 107 bytes"));
}

static void test_nobody_there(void **state)
{
	char endpoint[64];
	struct client c;

	snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%d",
		 free_port());
	connect_to(&c, endpoint);
	assert_int_equal(get_config(&c), REGISTRY_ERROR);
	assert_non_null(strstr(c.error, endpoint));
	disconnect(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_config, empty_server),
		cmocka_unit_test_setup(test_claim, empty_server),
		cmocka_unit_test_setup(test_no_lease_is_left, empty_server),
		cmocka_unit_test_setup(test_lost_answer, empty_server),
		cmocka_unit_test_setup(test_follow, empty_server),
		cmocka_unit_test_setup(test_survives_restart, empty_server),
		cmocka_unit_test_setup(test_survives_compaction, empty_server),
		cmocka_unit_test_setup(test_zero_in_key, empty_server),
		cmocka_unit_test_setup(test_follow_many, empty_server),
		cmocka_unit_test_setup(test_relist, empty_server),
		cmocka_unit_test_setup(test_replaced_same_cluster, empty_server),
		cmocka_unit_test_setup(test_replaced_other_cluster,
				       empty_server),
		cmocka_unit_test(test_history),
		cmocka_unit_test_setup(test_failover, empty_server),
		cmocka_unit_test_setup(test_unix_socket, empty_server),
		cmocka_unit_test(test_nobody_there),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, start_server, end_server);
}
