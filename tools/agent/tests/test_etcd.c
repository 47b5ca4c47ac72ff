// SPDX-License-Identifier: GPL-2.0
/* The etcd client and registry against a real etcd server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "etcd_server.h"
#include "store_client.h"
#include "store_etcd.h"
#include "util.h"

#define PREFIX "/coreos.com/network"

static struct etcd_server server;

static void connect_to(struct client *c, const char *endpoints)
{
	struct etcd_config config = { .endpoints = endpoints };
	char error[200];
	struct etcd *etcd;

	memset(c, 0, sizeof(*c));
	c->loop = loop_new();
	etcd = etcd_new(c->loop, &config, error, sizeof(error));
	if (!etcd)
		fail_msg("%s", error);
	c->reg = store_etcd_new(etcd, PREFIX);
}

static void disconnect(struct client *c)
{
	c->reg->ops->free(c->reg);
	loop_free(c->loop);
}

static int ctl(const char *cmd)
{
	return run("ETCDCTL_API=3 etcdctl --endpoints %s %s >/dev/null 2>&1",
		   server.url, cmd);
}

static int start_server(void **state)
{
	(void)state;
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
	(void)state;
	etcd_end(&server);
	return 0;
}

static int empty_server(void **state)
{
	(void)state;
	ctl("del --prefix ''");
	return 0;
}

static void test_config(void **state)
{
	struct client c;

	(void)state;
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

	(void)state;
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

static bool one_snapshot(struct client *c)
{
	return c->snapshots >= 1;
}

static bool two_snapshots(struct client *c)
{
	return c->snapshots >= 2;
}

static bool is_online(struct client *c)
{
	return c->online;
}

static bool is_offline(struct client *c)
{
	return !c->online;
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

static void start_following(struct client *c)
{
	connect_to(c, server.url);
	c->reg->ops->follow(c->reg, &client_events, c);
	c->online = true;
	assert_true(wait_for(c, one_snapshot, 5000));
}

static void test_follow(void **state)
{
	struct client c;

	(void)state;
	ctl("put " PREFIX "/subnets/10.1.2.0-24 x");
	ctl("put " PREFIX "/subnetsX y");
	start_following(&c);
	assert_int_equal(c.puts, 1);
	assert_string_equal(c.last_put, "10.1.2.0-24");
	assert_int_equal(c.last_put_lease, 0);

	ctl("put " PREFIX "/subnets/10.1.8.0-24 y");
	assert_true(wait_for(&c, saw_8, 1000));
	ctl("del " PREFIX "/subnets/10.1.2.0-24");
	assert_true(wait_for(&c, saw_removal, 1000));
	assert_string_equal(c.last_removed, "10.1.2.0-24");
	disconnect(&c);
}

/* More leases than a page holds, and a value that is far too large. */
static void test_follow_many(void **state)
{
	struct client c;

	(void)state;
	assert_int_equal(run("for i in $(seq 0 4); do for j in $(seq 0 249); do printf 'put %s/subnets/10.%%d.%%d.0-24 {}\\n' $i $j; done; done | split -l 100 - %s/txn; for f in %s/txn*; do { echo; cat $f; echo; echo; } | ETCDCTL_API=3 etcdctl --endpoints %s txn >/dev/null || exit 1; done",
			     PREFIX, server.dir, server.dir, server.url), 0);
	start_following(&c);
	assert_int_equal(c.puts, 1250);
	disconnect(&c);
}

static void test_survives_restart(void **state)
{
	struct client c;

	(void)state;
	start_following(&c);
	etcd_kill(&server);
	assert_true(wait_for(&c, is_offline, 5000));
	assert_non_null(strstr(c.why, server.url));
	etcd_start(&server, "");
	assert_true(wait_for(&c, is_online, 10000));
	ctl("put " PREFIX "/subnets/10.1.7.0-24 z");
	assert_true(wait_for(&c, saw_7, 1000));
	/* Resumed, not read anew. */
	assert_int_equal(c.snapshots, 1);
	disconnect(&c);
}

static void test_survives_compaction(void **state)
{
	struct client c;

	(void)state;
	start_following(&c);
	kill(server.pid, SIGSTOP);
	assert_true(wait_for(&c, is_offline, 15000));
	kill(server.pid, SIGCONT);
	/* While nobody listens, the changes in between are compacted away. */
	assert_int_equal(ctl("put " PREFIX "/subnets/10.1.7.0-24 a"), 0);
	assert_int_equal(ctl("put " PREFIX "/subnets/10.1.8.0-24 b"), 0);
	assert_int_equal(run("ETCDCTL_API=3 etcdctl --endpoints %s compact $(ETCDCTL_API=3 etcdctl --endpoints %s get x -w json | sed 's/.*revision\":\\([0-9]*\\).*/\\1/') >/dev/null",
			     server.url, server.url), 0);
	assert_true(wait_for(&c, two_snapshots, 15000));
	assert_true(wait_for(&c, is_online, 5000));
	disconnect(&c);
}

static void test_failover(void **state)
{
	char endpoints[200];
	struct client c;

	(void)state;
	snprintf(endpoints, sizeof(endpoints), "http://127.0.0.1:%d,%s",
		 free_port(), server.url);
	connect_to(&c, endpoints);
	assert_int_equal(get_config(&c), REGISTRY_NOT_FOUND);
	assert_int_equal(claim(&c, "10.1.1.0-24", "{}", 0, 0, 86400),
			 REGISTRY_OK);
	disconnect(&c);
}

static void test_nobody_there(void **state)
{
	char endpoint[64];
	struct client c;

	(void)state;
	snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%d",
		 free_port());
	connect_to(&c, endpoint);
	assert_int_equal(get_config(&c), REGISTRY_ERROR);
	assert_non_null(strstr(c.error, endpoint));
	disconnect(&c);
}

/* A server on the endpoint that says @text to everybody, @times over. */
static pid_t impostor(int port, const char *text, size_t len, int times)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0), conn, i;
	char buf[4096];
	pid_t pid;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 5))
		abort();
	pid = fork();
	if (pid) {
		close(fd);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	while ((conn = accept(fd, NULL, NULL)) >= 0) {
		if (read(conn, buf, sizeof(buf)) < 0)
			_exit(1);
		for (i = 0; i < times; i++)
			if (write(conn, text, len) < 0)
				break;
		if (times)
			close(conn);
	}
	_exit(0);
}

static void try_impostor(const char *text, size_t len, int times,
			 unsigned int limit_ms)
{
	int port = free_port();
	char endpoint[64];
	struct client c;
	uint64_t start;
	pid_t pid;

	pid = impostor(port, text, len, times);
	snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%d", port);
	connect_to(&c, endpoint);
	start = loop_now();
	assert_int_equal(get_config(&c), REGISTRY_ERROR);
	print_message("%s\n", c.error);
	assert_true(c.error[0]);
	assert_true(loop_now() - start < limit_ms);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	disconnect(&c);
}

static void test_impostors(void **state)
{
	static const char http[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
	static const char nonsense[] = "\0\1\2\3nonsense nonsense nonsense";
	/* An empty SETTINGS frame, then DATA for a stream that has no headers. */
	static const char h2[] = "\0\0\0\4\0\0\0\0\0" "\0\0\5\0\0\0\0\0\1hello";
	char *big;

	(void)state;
	try_impostor(http, sizeof(http) - 1, 1, 4000);
	try_impostor(nonsense, sizeof(nonsense) - 1, 1, 4000);
	try_impostor(h2, sizeof(h2) - 1, 1, 4000);
	big = xcalloc(1, 1 << 20);
	try_impostor(big, 1 << 20, 10, 4000);
	free(big);
	/* One that never says a word. */
	try_impostor("", 0, 0, 12000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_config, empty_server),
		cmocka_unit_test_setup(test_claim, empty_server),
		cmocka_unit_test_setup(test_follow, empty_server),
		cmocka_unit_test_setup(test_survives_restart, empty_server),
		cmocka_unit_test_setup(test_survives_compaction, empty_server),
		cmocka_unit_test_setup(test_follow_many, empty_server),
		cmocka_unit_test_setup(test_failover, empty_server),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_impostors),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, start_server, end_server);
}
