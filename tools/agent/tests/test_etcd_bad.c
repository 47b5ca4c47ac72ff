// SPDX-License-Identifier: GPL-2.0
/*
 * An etcd that is none, or that goes bad: nonsense, silence, too much. Neither a
 * call nor the watch hangs or grows for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <sys/resource.h>

#include "base/util.h"
#include "etcd_client.h"
#include "etcd_server.h"

#define MEGABYTE (1 << 20)

struct bad_text {
	const char *bytes;
	size_t len;
};

/* What is said in place of an answer: @text, @times over; 0 is silence. */
struct bad_answer {
	const char *name;
	struct bad_text text;
	int times;
	bool to_watch;	/* try it there, too: it takes 4 s to give up */
};

static char zeros[MEGABYTE];

#define TEXT(s) { (s), sizeof(s) - 1 }

static const struct bad_answer bad_answers[] = {
	{ "another server",
	  TEXT("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), 1, false },
	{ "nonsense", TEXT("\0\1\2\3nonsense nonsense nonsense"), 1, true },
	/* An empty SETTINGS frame, then DATA for a stream that has no headers. */
	{ "broken HTTP/2",
	  TEXT("\0\0\0\4\0\0\0\0\0" "\0\0\5\0\0\0\0\0\1hello"), 1, false },
	{ "ten megabytes", { zeros, MEGABYTE }, 10, true },
	{ "silence", { "", 0 }, 0, true },
};

static int listen_on(int port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 5))
		abort();
	return fd;
}

/* In the process of the server; a silent connection stays open. */
static void answer_badly(int conn, const struct bad_answer *bad)
{
	char buf[4096];
	int i;

	if (read(conn, buf, sizeof(buf)) < 0)
		_exit(1);
	for (i = 0; i < bad->times; i++)
		if (write(conn, bad->text.bytes, bad->text.len) < 0)
			break;
	if (bad->times)
		close(conn);
}

static void copy(int from, int to)
{
	char buf[65536];
	ssize_t n = read(from, buf, sizeof(buf));

	if (n <= 0 || write(to, buf, n) != n)
		_exit(0);
}

/* A connection to the real etcd, in a process of its own. */
static void relay(int conn, int port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct pollfd fds[2] = { { .fd = conn, .events = POLLIN },
				 { .events = POLLIN } };

	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fds[1].fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fds[1].fd, (struct sockaddr *)&addr, sizeof(addr)))
		_exit(1);
	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents)
			copy(conn, fds[1].fd);
		if (fds[1].revents)
			copy(fds[1].fd, conn);
	}
	_exit(0);
}

/*
 * A server on @port that answers badly, if @etcd_port is 0; else one that hands on
 * to etcd, but for its second connection.
 */
static pid_t serve(int port, const struct bad_answer *bad, int etcd_port)
{
	int fd = listen_on(port), conn, n = 0;
	pid_t pid = fork();

	if (pid) {
		close(fd);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	while ((conn = accept(fd, NULL, NULL)) >= 0) {
		if (etcd_port && ++n != 2) {
			relay(conn, etcd_port);
			close(conn);
		} else {
			answer_badly(conn, bad);
		}
	}
	_exit(0);
}

static long peak_kb(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static void test_calls(void **state)
{
	const struct bad_answer *bad;
	char endpoint[64];
	struct client c;
	uint64_t start;
	long before;
	size_t i;
	pid_t pid;
	int port;

	for (i = 0; i < ARRAY_SIZE(bad_answers); i++) {
		bad = &bad_answers[i];
		port = free_port();
		pid = serve(port, bad, 0);
		snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%d", port);
		before = peak_kb();
		connect_to(&c, endpoint);
		start = loop_now();
		assert_int_equal(get_config(&c), REGISTRY_ERROR);
		print_message("%s: %s\n", bad->name, c.error);
		assert_non_null(strstr(c.error, endpoint));
		/* Silence is waited for, as far as a call may last: 8 s. */
		assert_true(loop_now() - start < (bad->times ? 8000 : 30000));
		assert_true(peak_kb() - before < 8192);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		disconnect(&c);
	}
}

static bool saw_5(struct client *c)
{
	return !strcmp(c->last_put, "10.1.5.0-24");
}

/* Connections: the first for the listing, the second for the watch. */
static void test_watch(void **state)
{
	const struct bad_answer *bad;
	struct etcd_server server;
	char endpoint[64];
	struct client c;
	long before;
	size_t i;
	pid_t pid;
	int port;

	if (!have_etcd()) {
		print_message("etcd-server and etcd-client are needed\n");
		skip();
	}
	etcd_init(&server, "http");
	etcd_start(&server, "");
	for (i = 0; i < ARRAY_SIZE(bad_answers); i++) {
		bad = &bad_answers[i];
		if (!bad->to_watch)
			continue;
		port = free_port();
		pid = serve(port, bad, server.port);
		snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%d", port);
		before = peak_kb();
		start_following(&c, endpoint);
		assert_true(wait_for(&c, is_offline, SOON_MS));
		print_message("%s: %s\n", bad->name, c.why);
		/* The third connection is a good one. */
		assert_true(wait_for(&c, is_online, SOON_MS));
		assert_int_equal(run("ETCDCTL_API=3 etcdctl --endpoints %s put " PREFIX "/subnets/10.1.5.0-24 x >/dev/null",
				     server.url), 0);
		assert_true(wait_for(&c, saw_5, SOON_MS));
		/* Resumed: a bad answer is no reason to read all anew. */
		assert_int_equal(c.snapshots, 1);
		assert_true(peak_kb() - before < 8192);
		disconnect(&c);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		run("ETCDCTL_API=3 etcdctl --endpoints %s del --prefix '' >/dev/null",
		    server.url);
	}
	etcd_end(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_watch),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
