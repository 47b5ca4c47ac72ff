// SPDX-License-Identifier: GPL-2.0
/* The log: printable, one line each, bounded, and never waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

static int reader;

/* What came since the last call, without waiting for more. */
static const char *come(void)
{
	static char buf[1 << 17];
	ssize_t n, len = 0;

	while ((n = read(reader, buf + len, sizeof(buf) - 1 - len)) > 0)
		len += n;
	buf[len] = '\0';
	return buf;
}

static unsigned int lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void test_printable(void **state)
{
	const char *seen;

	log_warning("key \"%s\"", "x\n<0>kernel panic\x1b[2J\xff\x7f");
	seen = come();
	assert_int_equal(lines(seen), 1);
	assert_non_null(strstr(seen, "warning: key \"x\\x0a<0>kernel panic\\x1b[2J\\xff\\x7f\"\n"));

	log_warning("nft says: %s", "no such table\n\n");
	assert_non_null(strstr(come(), "nft says: no such table\n"));
}

static void test_long(void **state)
{
	static char text[10000];
	const char *seen;

	memset(text, '\x01', sizeof(text) - 1);
	log_warning("long: %s", text);
	seen = come();
	assert_int_equal(lines(seen), 1);
	assert_true(strlen(seen) < 4096);
}

static void test_place_is_bounded(void **state)
{
	unsigned int i, n;
	const char *seen;

	for (i = 0; i < 10000; i++)
		log_warning("lease %u is ignored", i);
	log_warning("another place has lines of its own");
	seen = come();
	n = lines(seen);
	/* Those at once, and a few in case that the machine is slow. */
	assert_in_range(n, 21, 40);
	assert_non_null(strstr(seen, "another place"));
	assert_in_range(log_left_out(), 10000 - 40, 10000 - 20);
	for (i = 0; i < 100; i++)
		log_debug("asked for");
	assert_int_equal(lines(come()), 100);
}

static void test_due(void **state)
{
	struct log_trouble trouble = { 0 };
	char text[64];
	unsigned int i, n = 0;

	assert_false(log_over(&trouble));
	assert_true(log_due(&trouble, "http://10.0.0.1:2379: timed out after 3010 milliseconds"));
	assert_false(log_due(&trouble, "http://10.0.0.1:2379: timed out after 2999 milliseconds"));
	/* Several at once, in turn */
	assert_true(log_due(&trouble, "http://10.0.0.2:2379: timed out after 3001 milliseconds"));
	assert_false(log_due(&trouble, "http://10.0.0.1:2379: timed out after 3 milliseconds"));
	assert_false(log_due(&trouble, "http://10.0.0.2:2379: timed out after 3 milliseconds"));
	assert_true(log_due(&trouble, "connection refused"));
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "trouble no%u", i);
		n += log_due(&trouble, text);
	}
	assert_int_equal(n, LOG_TROUBLES - 3);
	assert_true(log_over(&trouble));
	assert_false(log_over(&trouble));
	assert_true(log_due(&trouble, "connection refused"));
}

/* Nobody reads: a second has to do for what would wait for ever. */
static void test_not_waited_for(void **state)
{
	unsigned int i;

	alarm(60);
	for (i = 0; i < 20000; i++)
		log_debug("line %u that nobody reads", i);
	assert_true(log_lost() > 1000);
	come();
	log_debug("the first that somebody reads");
	assert_non_null(strstr(come(), "lines of the log were lost: nobody read them\n"));
	alarm(0);
}

static int into_pipe(void **state)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) || dup2(fds[1], STDERR_FILENO) < 0)
		return -1;
	close(fds[1]);
	reader = fds[0];
	fcntl(reader, F_SETFL, O_NONBLOCK);
	log_setup(1);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_place_is_bounded),
		cmocka_unit_test(test_due),
		cmocka_unit_test(test_not_waited_for),
	};
	int fds[2], saved = dup(STDERR_FILENO), err;

	/* The journal's end is a socket: the same once more, in a new process. */
	if (getenv("LOG_SOCKET")) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
			return 1;
		reader = fds[0];
		fcntl(reader, F_SETFL, O_NONBLOCK);
		dup2(fds[1], STDERR_FILENO);
		log_setup(1);
		return cmocka_run_group_tests_name("socket", tests, NULL, NULL);
	}
	err = cmocka_run_group_tests_name("pipe", tests, into_pipe, NULL);
	if (err)
		return err;
	dup2(saved, STDERR_FILENO);
	setenv("LOG_SOCKET", "1", 1);
	execv("/proc/self/exe", argv);
	return 1;
}
