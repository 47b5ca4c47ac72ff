// SPDX-License-Identifier: GPL-2.0
/*
 * Outer packets for the nodes of selftests/beside.sh. Each part is right most of the
 * time, so that many a packet gets far, and wrong in one way or another at times.
 */
#include <arpa/inet.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <string.h>

#include "outer.h"

#define PORT		8472
#define VXLAN_I		0x08000000
#define ETH_P_AD	0x88a8

static uint32_t below(struct outer *outer, uint32_t n)
{
	return kit_random_below(&outer->random, n);
}

static bool one_in(struct outer *outer, uint32_t n)
{
	return !below(outer, n);
}

static void put(struct outer *outer, const void *data, size_t len)
{
	memcpy(outer->data + outer->len, data, len);
	outer->len += len;
}

static void put16(struct outer *outer, uint16_t value)
{
	value = htons(value);
	put(outer, &value, sizeof(value));
}

static void put_random(struct outer *outer, size_t len)
{
	while (len--)
		outer->data[outer->len++] = kit_random(&outer->random);
}

static uint32_t sum16(const uint8_t *byte, size_t len, uint32_t sum)
{
	for (; len > 1; len -= 2, byte += 2)
		sum += byte[0] << 8 | byte[1];
	if (len)
		sum += byte[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void put_mac(struct outer *outer, int family, uint8_t end)
{
	uint8_t mac[6] = { 0x02, 0xf1, 0xa0, 0, 0, family << 4 | end };

	switch (below(outer, 12)) {
	case 0:
		memset(mac, 0xff, sizeof(mac));
		break;
	case 1:
		memcpy(mac, "\x33\x33\0\0\0\1", sizeof(mac));
		break;
	case 2:
		mac[5] = kit_random(&outer->random);
		break;
	case 3:
		if (one_in(outer, 8))
			memset(mac, 0, sizeof(mac));
		break;
	}
	put(outer, mac, sizeof(mac));
}

/* The packet in the inner frame, whose lengths may lie. */
static void put_inner_ip(struct outer *outer, int family, uint32_t number)
{
	size_t at = outer->len, len = 20 + 8 + 4 + below(outer, one_in(outer, 4) ? 1200 : 64);
	struct iphdr ip = {
		.version = 4, .ihl = 5, .ttl = below(outer, 8) ? 64 : 1,
		.tos = kit_random(&outer->random), .protocol = IPPROTO_UDP,
		.tot_len = htons(one_in(outer, 32) ? below(outer, 2000) : len),
		.saddr = htonl(10U << 24 | 200 << 16 | family << 8 | 2),
		.daddr = htonl(10U << 24 | 200 << 16 | family << 8 | 1),
	};

	if (one_in(outer, 32))
		ip.ihl = below(outer, 16);
	if (one_in(outer, 16))
		ip.frag_off = htons(below(outer, 0x4000));
	if (one_in(outer, 8))
		ip.protocol = kit_random(&outer->random);
	ip.check = htons(~sum16((uint8_t *)&ip, sizeof(ip), 0));
	put(outer, &ip, sizeof(ip));
	put16(outer, 4000 + below(outer, 8));
	put16(outer, 4000);
	put16(outer, len - 20);
	put16(outer, one_in(outer, 4) ? kit_random(&outer->random) : 0);
	number = htonl(number);
	put(outer, &number, sizeof(number));
	put_random(outer, at + len - outer->len);
}

static void put_inner_ip6(struct outer *outer, int family, uint32_t number)
{
	size_t len = 8 + 4 + below(outer, 64);
	struct ip6_hdr ip = {
		.ip6_flow = htonl(6U << 28 | (kit_random(&outer->random) & 0xfffffff)),
		.ip6_plen = htons(one_in(outer, 32) ? below(outer, 2000) : len),
		.ip6_nxt = one_in(outer, 4) ? kit_random(&outer->random) : IPPROTO_UDP,
		.ip6_hops = 64,
	};
	uint8_t prefix[] = { 0xfd, 0, 2, 0, 0, family };

	memcpy(&ip.ip6_src, prefix, sizeof(prefix));
	memcpy(&ip.ip6_dst, prefix, sizeof(prefix));
	ip.ip6_src.s6_addr[15] = 2;
	ip.ip6_dst.s6_addr[15] = 1;
	put(outer, &ip, sizeof(ip));
	number = htonl(number);
	put_random(outer, 8);
	put(outer, &number, sizeof(number));
	put_random(outer, len - 12);
}

static void put_inner(struct outer *outer, int family, uint32_t number)
{
	put_mac(outer, family, 1);
	put_mac(outer, family, one_in(outer, 32) ? 1 : 2);
	while (one_in(outer, 8)) {
		put16(outer, one_in(outer, 3) ? ETH_P_AD : ETHERTYPE_VLAN);
		put16(outer, kit_random(&outer->random));
	}
	switch (below(outer, 10)) {
	case 0:
		put16(outer, kit_random(&outer->random));
		put_random(outer, below(outer, 200));
		break;
	case 1:
		put16(outer, ETHERTYPE_ARP);
		put_random(outer, below(outer, 40));
		break;
	case 2:
	case 3:
		put16(outer, ETHERTYPE_IPV6);
		put_inner_ip6(outer, family, number);
		break;
	default:
		put16(outer, ETHERTYPE_IP);
		put_inner_ip(outer, family, number);
	}
}

static void put_vxlan(struct outer *outer, int family)
{
	uint32_t flags = VXLAN_I, vni = family << 8;

	if (one_in(outer, 24))
		flags ^= 1U << below(outer, 32);
	if (one_in(outer, 24))
		vni = kit_random(&outer->random);
	flags = htonl(flags);
	vni = htonl(vni);
	put(outer, &flags, sizeof(flags));
	put(outer, &vni, sizeof(vni));
}

static void put_outer_ip4(struct outer *outer)
{
	struct iphdr ip = {
		.version = 4, .ihl = 5, .ttl = one_in(outer, 16) ? below(outer, 3) : 64,
		.tos = kit_random(&outer->random), .protocol = IPPROTO_UDP,
		.id = kit_random(&outer->random),
		.frag_off = htons(one_in(outer, 2) ? 0x4000 : 0),
		.saddr = htonl(198U << 24 | 51 << 16 | (100 + outer->via_tap) << 8 | 2),
		.daddr = htonl(198U << 24 | 51 << 16 | (100 + outer->via_tap) << 8 | 1),
	};

	if (one_in(outer, 16))
		ip.saddr = htonl(198U << 24 | 51 << 16 | 100 << 8 | (below(outer, 256)));
	if (one_in(outer, 24))
		ip.daddr = htonl(198U << 24 | 51 << 16 | 100 << 8 | 11);
	if (one_in(outer, 40))
		ip.frag_off = htons(below(outer, 0x4000));
	if (one_in(outer, 40)) {
		ip.ihl = 6;
		put(outer, &ip, sizeof(ip));
		put(outer, "\x01\x01\x01", 4);
		return;
	}
	put(outer, &ip, sizeof(ip));
}

static void put_outer_ip6(struct outer *outer)
{
	struct ip6_hdr ip = {
		.ip6_flow = htonl(6U << 28 | (kit_random(&outer->random) & 0xfffffff)),
		.ip6_nxt = IPPROTO_UDP, .ip6_hops = 64,
	};
	uint8_t prefix[] = { 0x20, 1, 0x0d, 0xb8, 1, outer->via_tap };

	memcpy(&ip.ip6_src, prefix, sizeof(prefix));
	memcpy(&ip.ip6_dst, prefix, sizeof(prefix));
	ip.ip6_src.s6_addr[15] = one_in(outer, 16) ? kit_random(&outer->random) : 2;
	ip.ip6_dst.s6_addr[15] = one_in(outer, 24) ? 0x11 : 1;
	if (one_in(outer, 40)) {
		ip.ip6_nxt = one_in(outer, 2) ? IPPROTO_HOPOPTS : IPPROTO_DSTOPTS;
		put(outer, &ip, sizeof(ip));
		put(outer, "\x11\0\1\4\0\0\0", 8);
		return;
	}
	put(outer, &ip, sizeof(ip));
}

/* Lengths and checksums of the outer headers, now that all of it is there. */
static void fill_in(struct outer *outer, size_t ip_at, size_t udp_at, bool ipv4)
{
	struct iphdr *ip = (struct iphdr *)(outer->data + ip_at);
	struct ip6_hdr *ip6 = (struct ip6_hdr *)(outer->data + ip_at);
	struct udphdr *udp = (struct udphdr *)(outer->data + udp_at);
	uint16_t udp_len = outer->len - udp_at;
	uint32_t sum = IPPROTO_UDP + udp_len;

	udp->len = htons(one_in(outer, 32) ? below(outer, 2000) : udp_len);
	if (ipv4) {
		ip->tot_len = htons(one_in(outer, 48) ? below(outer, 2000) :
				    outer->len - ip_at);
		ip->check = 0;
		ip->check = htons(~sum16((uint8_t *)ip, ip->ihl * 4, 0) ^
				  one_in(outer, 64));
		sum = sum16((uint8_t *)&ip->saddr, 8, sum);
	} else {
		ip6->ip6_plen = htons(one_in(outer, 48) ? below(outer, 2000) :
				      outer->len - ip_at - sizeof(*ip6));
		sum = sum16((uint8_t *)&ip6->ip6_src, 32, sum);
	}
	switch (below(outer, ipv4 ? 4 : 3)) {
	case 0:
		udp->check = htons(sum);
		outer->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		outer->vnet.csum_start = udp_at;
		outer->vnet.csum_offset = offsetof(struct udphdr, check);
		break;
	case 1:
		udp->check = kit_random(&outer->random) & (one_in(outer, 4) ? 0xffff : 0);
		if (udp->check || ipv4)
			break;
		/* fall through */
	case 2:
		udp->check = 0;
		udp->check = htons(~sum16((uint8_t *)udp, udp_len, sum)) ?: 0xffff;
		break;
	}
}

/* What the kernel is told of sizes: a card's, or a guest's lie. */
static void put_gso(struct outer *outer)
{
	static const uint8_t kinds[] = {
		VIRTIO_NET_HDR_GSO_UDP, VIRTIO_NET_HDR_GSO_UDP, 5,
		VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6,
	};

	if (!one_in(outer, 8))
		return;
	outer->vnet.gso_type = kinds[below(outer, sizeof(kinds))];
	outer->vnet.gso_size = 1 + below(outer, 1400);
	outer->vnet.hdr_len = below(outer, 2) ? 42 : below(outer, 200);
}

static void spoil(struct outer *outer)
{
	unsigned int flips = 1 + below(outer, 3);

	if (one_in(outer, 12))
		outer->len = 14 + below(outer, outer->len - 14);
	if (one_in(outer, 24))
		while (flips--)
			outer->data[14 + below(outer, outer->len - 13)] ^= 1 << below(outer, 8);
	if (one_in(outer, 24))
		put_random(outer, 1 + below(outer, 40));
}

void outer_make(struct outer *outer, uint64_t seed, uint32_t number)
{
	uint8_t to[6] = { 2, 0, 0, 0, 0x10, 1 }, from[6] = { 2, 0, 0, 0, 0x10, 2 };
	size_t ip_at, udp_at;
	bool ipv4;
	int family;

	memset(outer, 0, offsetof(struct outer, data));
	outer->random.state = seed * 0x9e3779b97f4a7c15 + number + 1;
	kit_random(&outer->random);
	ipv4 = !one_in(outer, 3);
	family = ipv4 ? 4 : 6;
	outer->via_tap = one_in(outer, 3);
	to[4] = outer->via_tap ? 0x20 : 0x10;
	if (one_in(outer, 32))
		to[5] = kit_random(&outer->random);
	put(outer, to, 6);
	put(outer, from, 6);
	if (one_in(outer, 32)) {
		put16(outer, ETHERTYPE_VLAN);
		put16(outer, one_in(outer, 2) ? 0 : kit_random(&outer->random));
	}
	put16(outer, ipv4 ? ETHERTYPE_IP : ETHERTYPE_IPV6);
	ip_at = outer->len;
	if (ipv4)
		put_outer_ip4(outer);
	else
		put_outer_ip6(outer);
	udp_at = outer->len;
	put16(outer, 32768 + below(outer, 64));
	put16(outer, one_in(outer, 32) ? kit_random(&outer->random) : PORT);
	put16(outer, 0);
	put16(outer, 0);
	put_vxlan(outer, one_in(outer, 64) ? 10 - family : family);
	put_inner(outer, family, number);
	fill_in(outer, ip_at, udp_at, ipv4);
	put_gso(outer);
	spoil(outer);
}
