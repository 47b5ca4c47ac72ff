// SPDX-License-Identifier: GPL-2.0
/*
 * Hand-made VXLAN packets, as from a stranger: any inner source, any MAC, any
 * header.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

#define VXLAN_PORT	8472
#define PAYLOAD		32
#define INNER_PORT	5000

struct vxlan {
	uint32_t flags;
	uint32_t vni;
};

/**
 * struct frame - the frame to send
 * @smac: inner source MAC
 * @dmac: inner destination MAC
 * @src: inner source
 * @dst: inner destination
 * @vni: VNI
 * @flags: first word of the VXLAN header, host byte order
 * @reserved: low byte of the second word
 * @tos: TOS or traffic class of the inner header
 * @number: put into the payload
 */
struct frame {
	struct flc_mac smac;
	struct flc_mac dmac;
	struct flc_addr src;
	struct flc_addr dst;
	uint32_t vni;
	uint32_t flags;
	uint8_t reserved;
	uint8_t tos;
	uint32_t number;
};

static uint16_t sum16(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *byte = data;

	for (; len > 1; len -= 2, byte += 2)
		sum += byte[0] << 8 | byte[1];
	if (len)
		sum += byte[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static size_t put_udp(char *to, const struct frame *frame)
{
	struct udphdr *udp = (struct udphdr *)to;
	uint32_t stamp[2] = { 0, htonl(frame->number) };
	size_t len = sizeof(*udp) + PAYLOAD;
	unsigned int bytes = flc_family_bytes(frame->src.family);
	uint32_t sum;

	memset(to, 0, len);
	udp->source = htons(INNER_PORT);
	udp->dest = htons(INNER_PORT);
	udp->len = htons(len);
	memcpy(udp + 1, stamp, sizeof(stamp));
	sum = sum16(frame->src.bytes, bytes, len + IPPROTO_UDP);
	sum = sum16(frame->dst.bytes, bytes, sum);
	udp->check = htons(~sum16(to, len, sum));
	return len;
}

static size_t put_ip(char *to, const struct frame *frame)
{
	struct iphdr *ip = (struct iphdr *)to;
	struct ip6_hdr *ip6 = (struct ip6_hdr *)to;
	size_t len;

	if (frame->src.family == AF_INET) {
		len = sizeof(*ip) + put_udp((char *)(ip + 1), frame);
		*ip = (struct iphdr){
			.version = 4, .ihl = 5, .tos = frame->tos, .ttl = 64,
			.protocol = IPPROTO_UDP, .tot_len = htons(len),
		};
		memcpy(&ip->saddr, frame->src.bytes, 4);
		memcpy(&ip->daddr, frame->dst.bytes, 4);
		ip->check = htons(~sum16(ip, sizeof(*ip), 0));
		return len;
	}
	len = put_udp((char *)(ip6 + 1), frame);
	memset(ip6, 0, sizeof(*ip6));
	ip6->ip6_flow = htonl(6U << 28 | (uint32_t)frame->tos << 20);
	ip6->ip6_plen = htons(len);
	ip6->ip6_nxt = IPPROTO_UDP;
	ip6->ip6_hops = 64;
	memcpy(&ip6->ip6_src, frame->src.bytes, 16);
	memcpy(&ip6->ip6_dst, frame->dst.bytes, 16);
	return sizeof(*ip6) + len;
}

static size_t put_arp(char *to, const struct frame *frame)
{
	struct ether_arp *arp = (struct ether_arp *)to;

	memset(arp, 0, sizeof(*arp));
	arp->arp_hrd = htons(ARPHRD_ETHER);
	arp->arp_pro = htons(ETHERTYPE_IP);
	arp->arp_hln = ETH_ALEN;
	arp->arp_pln = 4;
	arp->arp_op = htons(ARPOP_REQUEST);
	memcpy(arp->arp_sha, &frame->smac, ETH_ALEN);
	memcpy(arp->arp_spa, frame->src.bytes, 4);
	memcpy(arp->arp_tpa, frame->dst.bytes, 4);
	return sizeof(*arp);
}

static size_t put_frame(char *to, const struct frame *frame, bool arp)
{
	struct vxlan *vxlan = (struct vxlan *)to;
	struct ether_header *eth = (struct ether_header *)(vxlan + 1);
	uint16_t type = frame->src.family == AF_INET ? ETHERTYPE_IP :
						       ETHERTYPE_IPV6;

	vxlan->flags = htonl(frame->flags);
	vxlan->vni = htonl(frame->vni << 8 | frame->reserved);
	memcpy(eth->ether_dhost, &frame->dmac, ETH_ALEN);
	memcpy(eth->ether_shost, &frame->smac, ETH_ALEN);
	eth->ether_type = htons(arp ? ETHERTYPE_ARP : type);
	return (char *)(eth + 1) - to +
	       (arp ? put_arp((char *)(eth + 1), frame) :
		      put_ip((char *)(eth + 1), frame));
}

static int outer_socket(const struct flc_addr *from, const struct flc_addr *to,
			uint16_t port)
{
	int fd = socket(to->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 sa6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sa = { .sin_family = AF_INET };
	bool ipv4 = to->family == AF_INET;
	void *any = ipv4 ? (void *)&sa : (void *)&sa6;
	socklen_t len = ipv4 ? sizeof(sa) : sizeof(sa6);

	if (fd < 0)
		die("socket: %s", strerror(errno));
	memcpy(&sa.sin_addr, from->bytes, 4);
	memcpy(&sa6.sin6_addr, from->bytes, 16);
	if (from->family && bind(fd, any, len))
		die("bind: %s", strerror(errno));
	sa.sin_port = htons(port);
	sa6.sin6_port = htons(port);
	memcpy(&sa.sin_addr, to->bytes, 4);
	memcpy(&sa6.sin6_addr, to->bytes, 16);
	if (connect(fd, any, len))
		die("connect: %s", strerror(errno));
	return fd;
}

int cmd_inject(struct args *args)
{
	struct flc_addr from = arg_addr(args, "from");
	struct flc_addr to = arg_addr(args, "to");
	struct frame frame = {
		.src	  = arg_addr(args, "src"),
		.dst	  = arg_addr(args, "dst"),
		.smac	  = arg_mac(args, "smac", "02:00:00:00:00:66"),
		.dmac	  = arg_mac(args, "dmac", "02:00:00:00:00:67"),
		.vni	  = arg_number(args, "vni", 1),
		.flags	  = arg_number(args, "flags", 0x08000000),
		.reserved = arg_number(args, "reserved", 0),
		.tos	  = arg_number(args, "tos", 0),
	};
	unsigned long i, count = arg_number(args, "count", 1);
	unsigned long pause = arg_number(args, "pause-us", 0);
	unsigned long cut = arg_number(args, "cut", 0);
	uint16_t port = arg_number(args, "port", VXLAN_PORT);
	int outer_tos = arg_number(args, "outer-tos", 0);
	bool spread = arg_flag(args, "spread"), arp = arg_flag(args, "arp");
	const struct flc_addr first = frame.src;
	unsigned long sent = 0;
	char data[512];
	size_t len;
	int fd;

	args_end(args);
	if (!to.family || !frame.src.family ||
	    frame.src.family != frame.dst.family)
		die("inject: to, src or dst is missing, or their families differ");
	fd = outer_socket(&from, &to, port);
	if (to.family == AF_INET &&
	    setsockopt(fd, IPPROTO_IP, IP_TOS, &outer_tos, sizeof(outer_tos)))
		die("IP_TOS: %s", strerror(errno));
	for (i = 0; i < count; i++) {
		/* Each from a different subnet. */
		if (spread)
			frame.src = kit_addr4(&first, i, 8);
		frame.number = i;
		len = put_frame(data, &frame, arp);
		if (cut)
			len = cut;
		sent += send(fd, data, len, 0) == (ssize_t)len;
		if (pause)
			usleep(pause);
	}
	printf("sent=%lu\n", sent);
	close(fd);
	return 0;
}
