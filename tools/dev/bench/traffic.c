// SPDX-License-Identifier: GPL-2.0
/*
 * Traffic between two network namespaces, both ends in one program: one TCP
 * connection, and one UDP datagram in each direction. Prints what was sent, what
 * was delivered and how long that took.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHUNK		(1024 * 1024)
#define MEGABYTE	1000000ULL
#define PATIENCE	30	/* seconds until an end gives up */
#define ROUNDS		10	/* a measurement is the median of this number */

/* The warm-up before the measurement: caches fill, windows open. */
#define WARM_RR		200
#define WARM_STREAM	(20 * MEGABYTE)

static char chunk[CHUNK];

static void __attribute__((format(printf, 1, 2), noreturn))
die(const char *format, ...)
{
	va_list args;

	fputs("traffic: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static void enter(const char *netns)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		die("cannot enter network namespace %s: %s", netns,
		    strerror(errno));
	close(fd);
}

static unsigned long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int socket_with_timeout(int type)
{
	struct timeval patience = { .tv_sec = PATIENCE };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("no socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

static struct sockaddr_in address_of(const char *text, unsigned int port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};

	if (inet_pton(AF_INET, text, &addr.sin_addr) != 1)
		die("%s is no IPv4 address", text);
	return addr;
}

static void bind_to(int fd, const char *text, unsigned int port)
{
	struct sockaddr_in addr = address_of(text, port);
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die("cannot bind to %s:%u: %s", text, port, strerror(errno));
}

static void connect_to(int fd, const char *text, unsigned int port)
{
	struct sockaddr_in addr = address_of(text, port);

	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die("cannot connect to %s:%u: %s", text, port,
		    strerror(errno));
}

static void no_delay(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void send_bytes(int fd, unsigned long long left)
{
	ssize_t n;

	while (left) {
		n = send(fd, chunk, left < CHUNK ? left : CHUNK, MSG_NOSIGNAL);
		if (n <= 0)
			die("sending stopped, %llu bytes early: %s", left,
			    strerror(errno));
		left -= n;
	}
}

/* Return: how many of the requested bytes arrived before the end of the stream. */
static unsigned long long receive_bytes(int fd, unsigned long long wanted)
{
	unsigned long long got = 0;
	ssize_t n;

	while (got < wanted) {
		n = recv(fd, chunk,
			 wanted - got < CHUNK ? wanted - got : CHUNK, 0);
		if (n <= 0)
			break;
		got += n;
	}
	return got;
}

/* An end serves or asks. Both know the expected data. */
struct work {
	const char *name;
	void (*serve)(int fd, unsigned long long count);
	unsigned long long (*ask)(int fd, unsigned long long count);
	unsigned long long warm;
	unsigned long long unit;	/* bytes or transactions of one count */
};

static void serve_rr(int fd, unsigned long long count)
{
	while (count--) {
		if (receive_bytes(fd, 1) != 1)
			return;
		send_bytes(fd, 1);
	}
}

static unsigned long long ask_rr(int fd, unsigned long long count)
{
	unsigned long long i;

	for (i = 0; i < count; i++) {
		send_bytes(fd, 1);
		if (receive_bytes(fd, 1) != 1)
			break;
	}
	return i;
}

static void serve_stream(int fd, unsigned long long count)
{
	unsigned long long got = receive_bytes(fd, count);

	send(fd, &got, sizeof(got), MSG_NOSIGNAL);
}

static unsigned long long ask_stream(int fd, unsigned long long count)
{
	unsigned long long got = 0;

	send_bytes(fd, count);
	recv(fd, &got, sizeof(got), MSG_WAITALL);
	return got;
}

static const struct work works[] = {
	{ "rr", serve_rr, ask_rr, WARM_RR, 1 },
	{ "stream", serve_stream, ask_stream, WARM_STREAM, MEGABYTE },
};

static void tcp_server(const struct work *work, const char *address,
		       unsigned int port, unsigned long long count, int ready)
{
	int listener = socket_with_timeout(SOCK_STREAM);
	int fd, i;

	bind_to(listener, address, port);
	if (listen(listener, 1) < 0)
		die("cannot listen: %s", strerror(errno));
	if (write(ready, "", 1) != 1)
		die("nobody waits for the server");
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		die("nobody connected: %s", strerror(errno));
	no_delay(fd);
	work->serve(fd, work->warm);
	for (i = 0; i < ROUNDS; i++)
		work->serve(fd, count / ROUNDS);
	close(fd);
}

static int compare(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a;
	unsigned long long y = *(const unsigned long long *)b;

	return (x > y) - (x < y);
}

/* Something else may run in a round or two; the median excludes that. */
static void tcp_client(const struct work *work, const char *address,
		       unsigned int port, unsigned long long count)
{
	int fd = socket_with_timeout(SOCK_STREAM);
	unsigned long long took[ROUNDS], begin, delivered = 0;
	int i;

	connect_to(fd, address, port);
	no_delay(fd);
	if (work->ask(fd, work->warm) != work->warm)
		die("the other end left during the warm-up");
	for (i = 0; i < ROUNDS; i++) {
		begin = now();
		delivered += work->ask(fd, count / ROUNDS);
		took[i] = now() - begin;
	}
	qsort(took, ROUNDS, sizeof(took[0]), compare);
	printf("%llu %llu %llu\n", count / work->unit, delivered / work->unit,
	       (took[ROUNDS / 2 - 1] + took[ROUNDS / 2]) / 2 * ROUNDS);
}

/* Both directions of the flow, so that conntrack regards them as one. */
static void udp_server(const char *address, unsigned int port, int ready)
{
	int fd = socket_with_timeout(SOCK_DGRAM);
	struct sockaddr_in peer;
	socklen_t len;
	char byte;

	bind_to(fd, address, port);
	if (write(ready, "", 1) != 1)
		die("nobody waits for the server");
	for (;;) {
		len = sizeof(peer);
		if (recvfrom(fd, &byte, 1, 0, (struct sockaddr *)&peer,
			     &len) != 1)
			die("no datagram came");
		sendto(fd, &byte, 1, 0, (struct sockaddr *)&peer, len);
		if (byte == 'z')
			break;
	}
}

static void udp_client(const char *source, const char *address,
		       unsigned int port)
{
	int fd = socket_with_timeout(SOCK_DGRAM);
	const char *c;
	char byte;

	bind_to(fd, source, port);
	connect_to(fd, address, port);
	for (c = "abz"; *c; c++) {
		if (send(fd, c, 1, 0) != 1 || recv(fd, &byte, 1, 0) != 1)
			die("no answer from %s:%u", address, port);
	}
}

static pid_t fork_server(const char *netns, int *ready)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0)
		die("no pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("no process: %s", strerror(errno));
	if (pid == 0) {
		enter(netns);
		close(ends[0]);
		*ready = ends[1];
		return 0;
	}
	close(ends[1]);
	*ready = ends[0];
	return pid;
}

static void wait_ready(int ready)
{
	char byte;

	if (read(ready, &byte, 1) != 1)
		die("the server did not start");
}

static void wait_end(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status != 0)
		die("the server failed");
}

static const char usage[] =
	"Usage: traffic rr|stream FROM TO ADDRESS PORT COUNT\n"
	"       traffic hello FROM TO ADDRESS PORT SOURCE\n"
	"FROM and TO are network namespaces, ADDRESS is one of TO's.\n"
	"rr: COUNT requests and responses of one byte over TCP\n"
	"stream: COUNT megabytes over TCP\n"
	"Both go in ten rounds and print: sent, delivered, and ten times the\n"
	"nanoseconds of the median round.\n"
	"hello: UDP there and back, between SOURCE:PORT and ADDRESS:PORT\n";

int main(int argc, char **argv)
{
	const struct work *work = NULL;
	unsigned long long count;
	unsigned int port;
	bool hello;
	size_t i;
	int ready;
	pid_t pid;

	if (argc != 7) {
		fputs(usage, stderr);
		return 2;
	}
	hello = !strcmp(argv[1], "hello");
	for (i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
		if (!strcmp(argv[1], works[i].name))
			work = &works[i];
	}
	if (!work && !hello)
		die("no workload %s: it is rr, stream or hello", argv[1]);
	port = strtoul(argv[5], NULL, 10);
	count = hello ? 0 : strtoull(argv[6], NULL, 10) * work->unit;
	if (!port || port > 65535)
		die("PORT is a number from 1 to 65535");
	if (!hello && (!count || count % ROUNDS))
		die("COUNT is a multiple of %d", ROUNDS);

	pid = fork_server(argv[3], &ready);
	if (pid == 0) {
		if (hello)
			udp_server(argv[4], port, ready);
		else
			tcp_server(work, argv[4], port, count, ready);
		return 0;
	}
	enter(argv[2]);
	wait_ready(ready);
	if (hello)
		udp_client(argv[6], argv[4], port);
	else
		tcp_client(work, argv[4], port, count);
	wait_end(pid);
	return 0;
}
