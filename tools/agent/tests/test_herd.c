// SPDX-License-Identifier: GPL-2.0
/*
 * Two hundred nodes in one process beside a real etcd: what they ask of it while
 * nothing happens, after a restart, and after a compaction that cuts them all off.
 * etcd itself counts: see "Load on etcd" in Documentation/agent.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "etcd_client.h"
#include "etcd_server.h"

#define NODES	200
#define IDLE_MS	25000

static struct etcd_server server;
static struct loop *loop;
static struct client nodes[NODES];
static struct client witness;	/* has the timer */

static bool (*all_of_them)(struct client *c);

static bool all(struct client *c)
{
	int i;

	for (i = 0; i < NODES; i++)
		if (!all_of_them(&nodes[i]))
			return false;
	return true;
}

static void look(void *ctx)
{
	struct client *c = ctx;

	if (all(NULL))
		loop_quit(loop, 0);
	else if (loop_now() > c->ttl)
		loop_quit(loop, 1);
	else
		loop_timer_set(loop, &c->timer, 20, look, c);
}

/* Until @until holds for every node. */
static bool wait_all(bool (*until)(struct client *c), unsigned int ms)
{
	all_of_them = until;
	witness.ttl = loop_now() + ms;
	loop_timer_set(loop, &witness.timer, 0, look, &witness);
	return !loop_run(loop);
}

static void over(void *ctx)
{
	loop_quit(loop, 0);
}

static void run_for(unsigned int ms)
{
	loop_timer_set(loop, &witness.timer, ms, over, NULL);
	loop_run(loop);
}

/* The sum of a counter of etcd's, of one method or, "", of all. */
static long counted(const char *counter, const char *method)
{
	char cmd[400], line[64] = "";
	FILE *out;

	snprintf(cmd, sizeof(cmd),
		 "curl -s %s/metrics | awk '/^%s/ && /grpc_method=\"%s/ { n += $2 } END { print n + 0 }'",
		 server.url, counter, method);
	out = popen(cmd, "r");
	if (!out || !fgets(line, sizeof(line), out))
		fail_msg("%s", cmd);
	pclose(out);
	return atol(line);
}

#define MESSAGES "grpc_server_msg_received_total"
#define STARTED "grpc_server_started_total"

static bool is_twice(struct client *c)
{
	return c->snapshots >= 2 && c->online;
}

static bool saw_it(struct client *c)
{
	return !strcmp(c->last_put, "10.9.9.0-24");
}

static int put_it(void)
{
	return run("ETCDCTL_API=3 etcdctl --endpoints %s put " PREFIX "/subnets/10.9.9.0-24 x >/dev/null",
		   server.url);
}

static void forget(void)
{
	int i;

	for (i = 0; i < NODES; i++)
		nodes[i].last_put[0] = '\0';
}

static int start_nodes(void **state)
{
	char error[200];
	int i;

	if (!have_etcd()) {
		fprintf(stderr, "etcd-server and etcd-client are needed\n");
		return -1;
	}
	etcd_init(&server, "http");
	etcd_start(&server, "");
	if (run("for j in $(seq 0 99); do printf 'put %s/subnets/10.1.%%d.0-24 {}\\n' $j; done >%s/one; sed s/10.1/10.2/ %s/one >%s/two; for f in one two; do { echo; cat %s/$f; echo; echo; } | ETCDCTL_API=3 etcdctl --endpoints %s txn >/dev/null || exit 1; done",
		PREFIX, server.dir, server.dir, server.dir, server.dir,
		server.url))
		return -1;
	loop = loop_new();
	for (i = 0; i < NODES; i++) {
		struct etcd_config config = { .endpoints = server.url };
		struct etcd *etcd = etcd_new(loop, &config, error,
					     sizeof(error));

		nodes[i].loop = loop;
		nodes[i].reg = registry_etcd_new(etcd, PREFIX);
		nodes[i].reg->ops->follow(nodes[i].reg, &client_events,
					  &nodes[i]);
		nodes[i].online = true;
	}
	return wait_all(one_snapshot, 60000) ? 0 : -1;
}

static int end_nodes(void **state)
{
	int i;

	for (i = 0; i < NODES; i++)
		nodes[i].reg->ops->free(nodes[i].reg);
	loop_free(loop);
	etcd_end(&server);
	return 0;
}

/* A question every five seconds of each would be a thousand. */
static void test_idle(void **state)
{
	long before, asked;

	before = counted(MESSAGES, "");
	run_for(IDLE_MS);
	asked = counted(MESSAGES, "") - before;
	print_message("idle: %ld messages in %d s: %.1f a second\n", asked,
		      IDLE_MS / 1000, asked * 1000.0 / IDLE_MS);
	assert_true(asked < 250);
	/* They live all the same. */
	assert_int_equal(put_it(), 0);
	assert_true(wait_all(saw_it, 60000));
}

/* Each comes back with one stream or a few, and reads nothing anew. */
static void test_restart(void **state)
{
	long streams, reads;

	etcd_kill(&server);
	assert_true(wait_all(is_offline, 60000));
	etcd_start(&server, "");
	assert_true(wait_all(is_online, 60000));
	streams = counted(STARTED, "Watch");
	reads = counted(STARTED, "Range");
	print_message("restart: %ld streams, %ld readings\n", streams, reads);
	assert_true(streams < 2 * NODES);
	assert_int_equal(reads, 0);
	forget();
	assert_int_equal(put_it(), 0);
	assert_true(wait_all(saw_it, 60000));
}

/* Each reads all leases once; the streams that were cut off come back. */
static void test_compaction(void **state)
{
	struct etcd_server aside = server;
	long streams, reads;
	int i;

	etcd_kill(&server);
	assert_true(wait_all(is_offline, 60000));
	/* It goes on where they do not see it. */
	aside.port = free_port();
	snprintf(aside.url, sizeof(aside.url), "http://127.0.0.1:%d",
		 aside.port);
	etcd_start(&aside, "");
	assert_int_equal(run("for i in 1 2 3; do ETCDCTL_API=3 etcdctl --endpoints %s put x y >/dev/null || exit 1; done; ETCDCTL_API=3 etcdctl --endpoints %s compact $(ETCDCTL_API=3 etcdctl --endpoints %s get x -w json | sed 's/.*revision\":\\([0-9]*\\).*/\\1/') >/dev/null",
			     aside.url, aside.url, aside.url), 0);
	etcd_kill(&aside);
	for (i = 0; i < NODES; i++)
		nodes[i].snapshots = 1;
	etcd_start(&server, "");
	assert_true(wait_all(is_twice, 60000));
	streams = counted(STARTED, "Watch");
	reads = counted(STARTED, "Range");
	print_message("compaction: %ld streams, %ld readings\n", streams,
		      reads);
	assert_true(reads >= NODES && reads < NODES + NODES / 4);
	assert_true(streams < 5 * NODES);
	forget();
	assert_int_equal(put_it(), 0);
	assert_true(wait_all(saw_it, 60000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_compaction),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, start_nodes, end_nodes);
}
