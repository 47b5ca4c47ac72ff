// SPDX-License-Identifier: GPL-2.0
/*
 * Sends the same packets to the kernel's vxlan device and to ours, over a wire and over
 * a tap device: the output has to be the same. The first plane is vxlan's.
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
#define PATIENCE_MS	5000

/**
 * struct plane - a pair of nodes
 * @name: kind of the device
 * @wire: packet socket at the other end of the wire
 * @tap: the other end of the tap device
 * @device: packet sockets at the devices of the overlay
 * @frames: frames received since the last reset of all planes
 * @sum: checksum of them, independent of their order
 * @total: all frames received
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

/**
 * struct run - all packets and their destinations
 * @planes: destinations
 * @n: number of planes
 * @seed: of the packets
 * @patience: milliseconds by which one plane may lag behind another
 * @sent: packets, by the way they were sent
 */
struct run {
	struct plane planes[PLANES];
	unsigned int n;
	uint64_t seed;
	unsigned long patience;
	struct {
		unsigned long tap;
		unsigned long joined;
		unsigned long pieces;
	} sent;
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
	if (setsockopt(fd, SOL_PACKET, protocol ? PACKET_AUXDATA : PACKET_VNET_HDR, &on,
		       sizeof(on)))
		die("packet socket: %s", strerror(errno));
	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		die("%s: %s", dev, strerror(errno));
	return fd;
}

static int tap_open(const char *dev)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	snprintf(req.ifr_name, IFNAMSIZ, "%s", dev);
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

static uint64_t hash(uint64_t sum, const void *data, size_t len)
{
	const uint8_t *byte = data;

	while (len--)
		sum = (sum ^ *byte++) * 0x100000001b3;
	return sum;
}

/* The metadata for the stack: the tag, and whether a checksum is still to be filled
 * in. The verified part of it may differ.
 */
static struct tpacket_auxdata aside(struct msghdr *msg)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	struct tpacket_auxdata aux = {};

	if (cmsg && cmsg->cmsg_level == SOL_PACKET && cmsg->cmsg_type == PACKET_AUXDATA)
		memcpy(&aux, CMSG_DATA(cmsg), sizeof(aux));
	aux.tp_status &= TP_STATUS_CSUMNOTREADY | TP_STATUS_VLAN_VALID;
	return aux;
}

static uint64_t hash_aside(uint64_t sum, const struct tpacket_auxdata *aux,
			   const struct sockaddr_ll *from)
{
	sum = hash(sum, &aux->tp_status, sizeof(aux->tp_status));
	sum = hash(sum, &aux->tp_vlan_tci, sizeof(aux->tp_vlan_tci));
	sum = hash(sum, &aux->tp_vlan_tpid, sizeof(aux->tp_vlan_tpid));
	return hash(sum, &from->sll_protocol, sizeof(from->sll_protocol));
}

static void print_bytes(const uint8_t *data, size_t len)
{
	size_t at;

	for (at = 0; at < len && at < 200; at++)
		printf("%02x", data[at]);
	putchar('\n');
}

static void take(struct plane *plane, int device, bool verbose)
{
	static uint8_t data[1 << 16];
	struct sockaddr_ll from;
	struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct tpacket_auxdata aux;
	struct msghdr msg;
	uint64_t sum;
	ssize_t len;

	for (;;) {
		msg = (struct msghdr){
			.msg_name = &from, .msg_namelen = sizeof(from),
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = control, .msg_controllen = sizeof(control),
		};
		len = recvmsg(plane->device[device], &msg, 0);
		if (len < 0)
			return;
		if (from.sll_pkttype == PACKET_OUTGOING)
			continue;
		aux = aside(&msg);
		sum = hash_aside(hash(device, data, len), &aux, &from);
		plane->frames++;
		plane->total++;
		plane->sum += sum;
		if (!verbose)
			continue;
		printf("# %s: %zd bytes out of device %d, tag %#x%s: ", plane->name, len,
		       device, aux.tp_vlan_tci,
		       aux.tp_status & TP_STATUS_CSUMNOTREADY ? ", checksum left" : "");
		print_bytes(data, len);
	}
}

static bool same(const struct run *run)
{
	const struct plane *planes = run->planes;
	unsigned int i;

	for (i = 1; i < run->n; i++)
		if (planes[i].frames != planes[0].frames || planes[i].sum != planes[0].sum)
			return false;
	return true;
}

static void begin_anew(struct run *run)
{
	unsigned int i;

	for (i = 0; i < run->n; i++) {
		run->planes[i].frames = 0;
		run->planes[i].sum = 0;
	}
}

/* Wait until all planes agree, or nothing has arrived for too long. */
static bool collect(struct run *run, bool verbose)
{
	static uint8_t waste[1 << 16];
	uint64_t begin = kit_ms();
	unsigned int i;

	do {
		for (i = 0; i < run->n; i++) {
			take(&run->planes[i], 0, verbose);
			take(&run->planes[i], 1, verbose);
			while (read(run->planes[i].tap, waste, sizeof(waste)) > 0)
				;
		}
		if (same(run))
			return true;
		kit_sleep_ms(5);
	} while (kit_ms() - begin < run->patience);
	return false;
}

static void plane_send(const struct plane *plane, const struct outer *outer)
{
	struct iovec iov[] = {
		{ .iov_base = (void *)&outer->vnet, .iov_len = sizeof(outer->vnet) },
		{ .iov_base = (void *)outer->data, .iov_len = outer->len },
	};

	/* The kernel may refuse the header, or fail to apply it (ENOMEM if it
	 * cannot split a packet): that is not an error.
	 */
	if (writev(outer->via_tap ? plane->tap : plane->wire, iov, 2) < 0 &&
	    errno != EINVAL && errno != EIO && errno != ENOBUFS && errno != EMSGSIZE &&
	    errno != ENOMEM)
		die("%s: %s", plane->name, strerror(errno));
}

static void send_all(struct run *run, const struct outer *outer)
{
	unsigned int i;

	for (i = 0; i < run->n; i++)
		plane_send(&run->planes[i], outer);
}

/* Packet @number, to all planes. */
static void send_number(struct run *run, uint32_t number, struct outer *outer)
{
	struct outer piece;
	unsigned int k;

	outer_make(outer, run->seed, number);
	run->sent.tap += outer->via_tap;
	run->sent.joined += outer->datagrams > 1;
	run->sent.pieces += outer->pieces > 1;
	if (outer->pieces == 1)
		send_all(run, outer);
	else
		for (k = 0; outer_piece(outer, k, &piece); k++)
			send_all(run, &piece);
}

/* Packet @number had different results on two planes. */
static void tell(const struct run *run, uint32_t number, const struct outer *outer)
{
	const struct plane *plane;

	printf("different=%u\n# by the %s, %u datagrams, %u fragments%s%s\n", number,
	       outer->via_tap ? "tap" : "wire", outer->datagrams, outer->pieces,
	       outer->backwards ? " backwards" : "", outer->lost ? " but one" : "");
	printf("# checksum flags %u from %u, gso %u of %u, %zu bytes: ", outer->vnet.flags,
	       outer->vnet.csum_start, outer->vnet.gso_type, outer->vnet.gso_size, outer->len);
	print_bytes(outer->data, outer->len);
	for (plane = run->planes; plane < run->planes + run->n; plane++)
		printf("# %s: %u frames, %016llx\n", plane->name, plane->frames,
		       (unsigned long long)plane->sum);
}

/* Find the packet of a batch: send them again, one by one. */
static void explain(struct run *run, uint32_t first, uint32_t end)
{
	bool found = false;
	struct outer outer;

	printf("# packets %u to %u: not the same with all\n", first, end - 1);
	for (; first < end; first++) {
		begin_anew(run);
		send_number(run, first, &outer);
		if (collect(run, false))
			continue;
		found = true;
		tell(run, first, &outer);
		begin_anew(run);
		send_number(run, first, &outer);
		collect(run, true);
	}
	if (!found)
		puts("# but one by one they are: it matters what came before");
	begin_anew(run);
}

static void planes_open(struct run *run, char *names, const char *prefix)
{
	char *name;

	for (name = strtok(names, ","); name && run->n < PLANES; name = strtok(NULL, ",")) {
		run->planes[run->n].name = name;
		plane_open(&run->planes[run->n++], prefix);
	}
	if (run->n < 2)
		die("rxfuzz: planes: at least two");
}

/* So a sent packet has been received when the call returns. */
static void stay_on_one_cpu(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
}

int cmd_rxfuzz(struct args *args)
{
	const char *prefix = arg_needed(args, "prefix");
	char *names = strdup(arg_needed(args, "planes"));
	uint32_t first = arg_number(args, "first", 0), at = first, k;
	uint32_t end = first + arg_number(args, "count", 1);
	struct run run = {
		.seed = arg_number(args, "seed", 1),
		.patience = arg_number(args, "patience", PATIENCE_MS),
	};
	unsigned long different = 0;
	struct outer outer;
	unsigned int i;

	args_end(args);
	planes_open(&run, names, prefix);
	stay_on_one_cpu();
	for (; at < end && different < 3; at = k) {
		for (k = at; k < at + BATCH && k < end; k++)
			send_number(&run, k, &outer);
		if (collect(&run, false))
			continue;
		different++;
		explain(&run, at, k);
	}
	for (i = 0; i < run.n; i++)
		printf("%s=%lu\n", run.planes[i].name, run.planes[i].total);
	printf("packets=%u\ntap=%lu\njoined=%lu\npieces=%lu\nwrong=%lu\n", at - first,
	       run.sent.tap, run.sent.joined, run.sent.pieces, different);
	free(names);
	return different ? 1 : 0;
}
