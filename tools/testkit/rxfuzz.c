// SPDX-License-Identifier: GPL-2.0
/*
 * The same packets for the kernel's vxlan device and for ours, over a wire and over a
 * tap device: what comes out has to be the same. The first plane is vxlan's.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "outer.h"

#define PLANES		8
#define BATCH		16
#define DEVICES		2

/**
 * struct plane - a pair of nodes
 * @name: kind of the device
 * @wire: packet socket at the other end of the wire
 * @tap: the other end of the tap device
 * @device: packet sockets at the devices of the overlay
 * @frames: how many came out, in this batch
 * @sum: of what they were, in any order
 * @total: how many came out at all
 */
struct plane {
	const char *name;
	int wire;
	int tap;
	int device[DEVICES];
	unsigned int frames;
	uint64_t sum;
	unsigned long total;
};

static void enter(const char *prefix, const char *name, const char *end)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s-%s-%s", prefix, name, end);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die("%s: %s", path, strerror(errno));
	close(fd);
}

static int packet_socket(const char *dev, int protocol)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET, .sll_protocol = htons(protocol),
		.sll_ifindex = if_nametoindex(dev),
	};
	int room = 8 << 20, on = 1;

	if (fd < 0)
		die("packet socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (!protocol && setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)))
		die("PACKET_VNET_HDR: %s", strerror(errno));
	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		die("%s: %s", dev, strerror(errno));
	return fd;
}

static int tap_open(const char *dev)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	strncpy(req.ifr_name, dev, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &req))
		die("tap device %s: %s", dev, strerror(errno));
	return fd;
}

static void plane_open(struct plane *plane, const char *prefix)
{
	enter(prefix, plane->name, "peer");
	plane->wire = packet_socket("eth0", 0);
	enter(prefix, plane->name, "dut");
	plane->tap = tap_open("tap0");
	plane->device[0] = packet_socket("ov4", ETH_P_ALL);
	plane->device[1] = packet_socket("ov6", ETH_P_ALL);
}

static uint64_t hash(const uint8_t *data, size_t len)
{
	uint64_t sum = 0xcbf29ce484222325;

	while (len--)
		sum = (sum ^ *data++) * 0x100000001b3;
	return sum;
}

static void take(struct plane *plane, int device, bool verbose)
{
	static uint8_t data[1 << 16];
	struct sockaddr_ll from;
	socklen_t size = sizeof(from);
	ssize_t len, i;

	while ((len = recvfrom(plane->device[device], data, sizeof(data), 0,
			       (struct sockaddr *)&from, &size)) >= 0) {
		if (from.sll_pkttype == PACKET_OUTGOING)
			continue;
		plane->frames++;
		plane->total++;
		plane->sum += hash(data, len) + device;
		if (!verbose)
			continue;
		printf("# %s: %zd bytes out of device %d: ", plane->name, len, device);
		for (i = 0; i < len && i < 80; i++)
			printf("%02x", data[i]);
		putchar('\n');
	}
}

static bool same(const struct plane *planes, unsigned int n)
{
	unsigned int i;

	for (i = 1; i < n; i++)
		if (planes[i].frames != planes[0].frames || planes[i].sum != planes[0].sum)
			return false;
	return true;
}

/* Until all planes agree, or nothing has come for so long that they never will. */
static bool collect(struct plane *planes, unsigned int n, bool verbose)
{
	static uint8_t waste[1 << 16];
	uint64_t begin = kit_ms();
	unsigned int i;

	do {
		for (i = 0; i < n; i++) {
			take(&planes[i], 0, verbose);
			take(&planes[i], 1, verbose);
			while (read(planes[i].tap, waste, sizeof(waste)) > 0)
				;
		}
		if (same(planes, n))
			return true;
		kit_sleep_ms(5);
	} while (kit_ms() - begin < 1000);
	return false;
}

static void plane_send(const struct plane *plane, const struct outer *outer)
{
	struct iovec iov[] = {
		{ .iov_base = (void *)&outer->vnet, .iov_len = sizeof(outer->vnet) },
		{ .iov_base = (void *)outer->data, .iov_len = outer->len },
	};

	/* The kernel may refuse what the header says: that is its right. */
	if (writev(outer->via_tap ? plane->tap : plane->wire, iov, 2) < 0 &&
	    errno != EINVAL && errno != EIO && errno != ENOBUFS && errno != EMSGSIZE)
		die("%s: %s", plane->name, strerror(errno));
}

/* Which packet of a batch it was: once more, one by one. */
static void explain(struct plane *planes, unsigned int n, uint64_t seed, uint32_t first,
		    uint32_t count)
{
	struct outer outer;
	unsigned int i;
	size_t at;

	for (; count; first++, count--) {
		for (i = 0; i < n; i++)
			planes[i].frames = planes[i].sum = 0;
		outer_make(&outer, seed, first);
		for (i = 0; i < n; i++)
			plane_send(&planes[i], &outer);
		if (collect(planes, n, count == 1))
			continue;
		printf("different=%u\n# %s, checksum flags %u from %u, gso %u of %u: ", first,
		       outer.via_tap ? "tap" : "wire", outer.vnet.flags,
		       outer.vnet.csum_start, outer.vnet.gso_type, outer.vnet.gso_size);
		for (at = 0; at < outer.len && at < 200; at++)
			printf("%02x", outer.data[at]);
		putchar('\n');
		for (i = 0; i < n; i++)
			printf("# %s: %u frames, %016llx\n", planes[i].name, planes[i].frames,
			       (unsigned long long)planes[i].sum);
	}
}

static unsigned int planes_open(struct plane *planes, char *names, const char *prefix)
{
	unsigned int n = 0;
	char *name;

	for (name = strtok(names, ","); name && n < PLANES; name = strtok(NULL, ",")) {
		planes[n].name = name;
		plane_open(&planes[n++], prefix);
	}
	if (n < 2)
		die("rxfuzz: planes: at least two");
	return n;
}

int cmd_rxfuzz(struct args *args)
{
	const char *prefix = arg_needed(args, "prefix");
	char *names = strdup(arg_needed(args, "planes"));
	uint32_t count = arg_number(args, "count", 1), first = arg_number(args, "first", 0);
	uint64_t seed = arg_number(args, "seed", 1);
	struct plane planes[PLANES] = {};
	unsigned long different = 0;
	struct outer outer;
	unsigned int i, n;
	uint32_t at, k;
	cpu_set_t one;

	args_end(args);
	n = planes_open(planes, names, prefix);
	/* What is sent has been received, then, when the call returns. */
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	puts("listening");
	fflush(stdout);
	for (at = first; at < first + count && different < 3; at += BATCH) {
		for (i = 0; i < n; i++)
			planes[i].frames = planes[i].sum = 0;
		for (k = at; k < at + BATCH && k < first + count; k++) {
			outer_make(&outer, seed, k);
			for (i = 0; i < n; i++)
				plane_send(&planes[i], &outer);
		}
		if (collect(planes, n, false))
			continue;
		different++;
		explain(planes, n, seed, at, k - at);
	}
	for (i = 0; i < n; i++)
		printf("%s=%lu\n", planes[i].name, planes[i].total);
	printf("packets=%u\nwrong=%lu\n", at - first, different);
	free(names);
	return different ? 1 : 0;
}
