// SPDX-License-Identifier: GPL-2.0
/*
 * Numbered UDP packets to many subnets, and a check of how they arrive: each
 * contains its subnet and its number within that subnet.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

#define TRAFFIC_PORT	5000
#define TRAFFIC_MAX	9000
#define TRAFFIC_BUFFER	(1024 * 1024 * 1024)

struct stamp {
	uint32_t subnet;
	uint32_t number;
};

static int traffic_socket(int family, int buffer_option)
{
	int size = TRAFFIC_BUFFER, on = 1;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket: %s", strerror(errno));
	if (setsockopt(fd, SOL_SOCKET, buffer_option, &size, sizeof(size)))
		die("socket buffer: %s", strerror(errno));
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		die("SO_REUSEADDR: %s", strerror(errno));
	return fd;
}

static socklen_t sockaddr_make(struct sockaddr_storage *sa,
			       const struct flc_addr *addr, uint16_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)sa;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)sa;

	memset(sa, 0, sizeof(*sa));
	sa->ss_family = addr->family;
	if (addr->family == AF_INET) {
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, addr->bytes, sizeof(in->sin_addr));
		return sizeof(*in);
	}
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, addr->bytes, sizeof(in6->sin6_addr));
	return sizeof(*in6);
}

/* The same host, @n subnets further; IPv6 subnets are /64. */
static struct flc_addr nth_subnet(const struct flc_addr *to, uint32_t n,
				  unsigned int shift)
{
	struct flc_addr addr = *to;
	uint32_t part;

	if (to->family == AF_INET)
		return kit_addr4(to, n, shift);
	memcpy(&part, addr.bytes + 4, sizeof(part));
	part = htonl(ntohl(part) + n);
	memcpy(addr.bytes + 4, &part, sizeof(part));
	return addr;
}

int cmd_burst(struct args *args)
{
	unsigned long subnets = arg_number(args, "subnets", 1);
	unsigned long packets = arg_number(args, "packets", 1);
	unsigned long size = arg_number(args, "size", 64);
	unsigned long pause = arg_number(args, "pause-us", 0);
	unsigned long shift = arg_number(args, "shift", 8);
	unsigned long sent = 0, failed = 0, s, p;
	uint16_t port = arg_number(args, "port", TRAFFIC_PORT);
	struct flc_addr to = arg_addr(args, "to");
	struct flc_addr from = arg_addr(args, "from");
	static char data[TRAFFIC_MAX];
	struct sockaddr_storage sa;
	struct stamp stamp;
	struct flc_addr addr;
	socklen_t len;
	int fd;

	args_end(args);
	if (!to.family || size < sizeof(stamp) || size > sizeof(data))
		die("burst: to is missing, or the size is not from %zu to %zu",
		    sizeof(stamp), sizeof(data));
	fd = traffic_socket(to.family, SO_SNDBUFFORCE);
	if (from.family) {
		len = sockaddr_make(&sa, &from, 0);
		if (bind(fd, (struct sockaddr *)&sa, len))
			die("bind: %s", strerror(errno));
	}
	for (p = 0; p < packets; p++) {
		for (s = 0; s < subnets; s++) {
			addr = nth_subnet(&to, s, shift);
			len = sockaddr_make(&sa, &addr, port);
			stamp.subnet = htonl(s);
			stamp.number = htonl(p);
			memcpy(data, &stamp, sizeof(stamp));
			if (sendto(fd, data, size, 0, (struct sockaddr *)&sa,
				   len) == (ssize_t)size)
				sent++;
			else
				failed++;
			if (pause)
				usleep(pause);
		}
	}
	printf("sent=%lu\nrefused=%lu\n", sent, failed);
	close(fd);
	return 0;
}

/*
 * struct tally - what has arrived
 * @next: number of the next packet, by subnet
 * @subnets: how many subnets
 * @received: packets
 * @late: packets that arrived after a later one
 * @missing: packets that were overtaken or never arrived
 */
struct tally {
	uint32_t *next;
	unsigned long subnets;
	unsigned long received;
	unsigned long late;
	unsigned long alien;
};

static void count_packet(struct tally *tally, const char *data, ssize_t len)
{
	struct stamp stamp;
	uint32_t *next;

	memcpy(&stamp, data, sizeof(stamp));
	if (len < (ssize_t)sizeof(stamp) || ntohl(stamp.subnet) >= tally->subnets) {
		tally->alien++;
		return;
	}
	next = &tally->next[ntohl(stamp.subnet)];
	tally->received++;
	if (ntohl(stamp.number) < *next)
		tally->late++;
	else
		*next = ntohl(stamp.number) + 1;
}

int cmd_sink(struct args *args)
{
	unsigned long packets = arg_number(args, "packets", 1);
	unsigned long idle = arg_number(args, "idle", 2000);
	unsigned long first = idle > 30000 ? idle : 30000;
	uint16_t port = arg_number(args, "port", TRAFFIC_PORT);
	struct flc_addr bind_to = arg_addr(args, "bind");
	struct tally tally = { .subnets = arg_number(args, "subnets", 1) };
	unsigned long expected = tally.subnets * packets;
	static char data[TRAFFIC_MAX];
	struct sockaddr_storage sa;
	struct pollfd fd;
	socklen_t len;
	ssize_t n;

	args_end(args);
	tally.next = calloc(tally.subnets, sizeof(*tally.next));
	if (!tally.next)
		die("no memory");
	if (!bind_to.family)
		flc_addr_parse(&bind_to, "0.0.0.0");
	fd.fd = traffic_socket(bind_to.family, SO_RCVBUFFORCE);
	fd.events = POLLIN;
	len = sockaddr_make(&sa, &bind_to, port);
	if (bind(fd.fd, (struct sockaddr *)&sa, len))
		die("bind: %s", strerror(errno));
	puts("listening");
	fflush(stdout);
	while (tally.received < expected) {
		/* The first one may take longer. */
		if (poll(&fd, 1, tally.received ? idle : first) <= 0)
			break;
		n = recv(fd.fd, data, sizeof(data), 0);
		if (n >= 0)
			count_packet(&tally, data, n);
	}
	printf("received=%lu\nout_of_order=%lu\nmissing=%lu\nalien=%lu\n",
	       tally.received, tally.late, expected - tally.received,
	       tally.alien);
	close(fd.fd);
	return 0;
}
