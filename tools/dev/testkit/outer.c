// SPDX-License-Identifier: GPL-2.0
/*
 * Outer packets for the nodes of selftests/lib/beside.sh. Each part is valid most of the
 * time, so many packets get far, and sometimes invalid in one way or another.
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
#define GSO_UDP_L4	5	/* of <linux/virtio_net.h>, since 6.2 */

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

/* The datagram in the inner packet. @sum is the sum over its addresses. */
static void put_inner_udp(struct outer *outer, uint32_t sum, size_t len, uint32_t number)
{
	size_t at = outer->len;
	uint16_t check;

	outer->inner_at = at;
	put16(outer, 4000 + below(outer, 8));
	put16(outer, 4000);
	put16(outer, len);
	put16(outer, 0);
	number = htonl(number);
	put(outer, &number, sizeof(number));
	put_random(outer, at + len - outer->len);
	sum += IPPROTO_UDP + len;
	switch (below(outer, 4)) {
	case 0:
		check = 0;
		break;
	case 1:
		check = kit_random(&outer->random);
		break;
	default:
		check = htons(~sum16(outer->data + at, len, sum)) ?: 0xffff;
	}
	memcpy(outer->data + at + offsetof(struct udphdr, check), &check, sizeof(check));
}

/* The packet in the inner frame; its lengths may be wrong. */
static void put_inner_ip(struct outer *outer, int family, uint32_t number)
{
	size_t len = 8 + 4 + below(outer, one_in(outer, 4) ? 1200 : 64);
	struct iphdr ip = {
		.version = 4, .ihl = 5, .ttl = below(outer, 8) ? 64 : 1,
		.tos = kit_random(&outer->random), .protocol = IPPROTO_UDP,
		.tot_len = htons(one_in(outer, 32) ? below(outer, 2000) : 20 + len),
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
	put_inner_udp(outer, sum16((uint8_t *)&ip.saddr, 8, 0), len, number);
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
	outer->inner_ipv6 = true;
	put(outer, &ip, sizeof(ip));
	put_inner_udp(outer, sum16((uint8_t *)&ip.ip6_src, 32, 0), len, number);
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

static void set_vnet_csum(struct outer *outer, size_t start)
{
	outer->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	outer->vnet.csum_start = start;
	outer->vnet.csum_offset = offsetof(struct udphdr, check);
}

/* The inner checksum is left to the device; the outer one, if any, is correct once the
 * device has filled in the inner one. @sum is the sum over the outer addresses.
 */
static void leave_inner(struct outer *outer, size_t udp_at, uint32_t sum)
{
	struct udphdr *inner = (struct udphdr *)(outer->data + outer->inner_at);
	struct udphdr *udp = (struct udphdr *)(outer->data + udp_at);
	size_t addrs = outer->inner_ipv6 ? 32 : 8;

	inner->check = htons(sum16(outer->data + outer->inner_at - addrs, addrs,
				   IPPROTO_UDP + ntohs(inner->len)));
	set_vnet_csum(outer, outer->inner_at);
	udp->check = 0;
	if (outer->ipv4 && one_in(outer, 2))
		return;
	sum = sum16(outer->data + udp_at, outer->inner_at - udp_at, sum) +
	      (uint16_t)~ntohs(inner->check);
	udp->check = htons(~sum16(NULL, 0, sum)) ?: 0xffff;
}

static uint16_t right_checksum(const struct outer *outer, size_t udp_at, uint32_t sum)
{
	return htons(~sum16(outer->data + udp_at, outer->len - udp_at, sum)) ?: 0xffff;
}

static void fill_in_checksum(struct outer *outer, size_t udp_at, uint32_t sum)
{
	struct udphdr *udp = (struct udphdr *)(outer->data + udp_at);
	unsigned int kind = below(outer, 5);

	if (outer->datagrams > 1)
		kind = 0;
	/* A fragment has no checksum that a device could fill in. */
	else if (outer->pieces > 1)
		kind = 1 + kind % 2;
	else if (kind == 3 && !outer->inner_at)
		kind = 0;
	udp->check = 0;
	switch (kind) {
	case 0:
		udp->check = htons(sum16(NULL, 0, sum));
		set_vnet_csum(outer, udp_at);
		break;
	case 1:
		if (!outer->ipv4 && !one_in(outer, 8))
			udp->check = right_checksum(outer, udp_at, sum);
		break;
	case 2:
		udp->check = right_checksum(outer, udp_at, sum);
		break;
	case 3:
		leave_inner(outer, udp_at, sum);
		break;
	default:
		if (one_in(outer, 4))
			udp->check = kit_random(&outer->random);
		else if (!outer->ipv4)
			udp->check = right_checksum(outer, udp_at, sum);
	}
}

/* Lengths and checksums of the outer headers, once the packet is complete. */
static void fill_in(struct outer *outer, size_t udp_at)
{
	struct iphdr *ip = (struct iphdr *)(outer->data + outer->ip_at);
	struct ip6_hdr *ip6 = (struct ip6_hdr *)(outer->data + outer->ip_at);
	struct udphdr *udp = (struct udphdr *)(outer->data + udp_at);
	uint16_t udp_len = outer->len - udp_at;
	uint32_t sum = IPPROTO_UDP + udp_len;

	udp->len = htons(one_in(outer, 32) ? below(outer, 2000) : udp_len);
	if (outer->ipv4) {
		ip->tot_len = htons(one_in(outer, 48) ? below(outer, 2000) :
				    outer->len - outer->ip_at);
		ip->check = 0;
		ip->check = htons(~sum16((uint8_t *)ip, ip->ihl * 4, 0) ^
				  one_in(outer, 64));
		sum = sum16((uint8_t *)&ip->saddr, 8, sum);
	} else {
		ip6->ip6_plen = htons(one_in(outer, 48) ? below(outer, 2000) :
				      outer->len - outer->ip_at - sizeof(*ip6));
		sum = sum16((uint8_t *)&ip6->ip6_src, 32, sum);
	}
	fill_in_checksum(outer, udp_at, sum);
}

/* Merge several datagrams of one length into one packet: the first one exists. */
static void join(struct outer *outer, size_t udp_at)
{
	size_t at = udp_at + sizeof(struct udphdr), len = outer->len - at;
	unsigned int n = 1 + below(outer, 7);

	outer->datagrams = 1;
	while (n-- && outer->len + len + 64 < OUTER_SIZE) {
		put(outer, outer->data + at, len);
		outer->datagrams++;
	}
	if (one_in(outer, 3))
		outer->len -= below(outer, len);
	outer->vnet.gso_type = GSO_UDP_L4;
	outer->vnet.gso_size = one_in(outer, 16) ? 1 + below(outer, 2000) : len;
	outer->vnet.hdr_len = at;
}

/* The sizes for the kernel, which a guest may set wrongly. */
static void put_gso(struct outer *outer)
{
	static const uint8_t kinds[] = {
		VIRTIO_NET_HDR_GSO_UDP, VIRTIO_NET_HDR_GSO_UDP, GSO_UDP_L4,
		VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6,
	};

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

static void put_outer_ethernet(struct outer *outer)
{
	uint8_t to[6] = { 2, 0, 0, 0, 0x10, 1 }, from[6] = { 2, 0, 0, 0, 0x10, 2 };

	if (outer->via_tap)
		to[4] = 0x20;
	if (one_in(outer, 32))
		to[5] = kit_random(&outer->random);
	put(outer, to, 6);
	put(outer, from, 6);
	if (one_in(outer, 32)) {
		put16(outer, ETHERTYPE_VLAN);
		put16(outer, one_in(outer, 2) ? 0 : kit_random(&outer->random));
	}
	put16(outer, outer->ipv4 ? ETHERTYPE_IP : ETHERTYPE_IPV6);
}

/* How it is sent: unchanged, merged with others, in fragments, or with false sizes. */
static void choose_form(struct outer *outer, size_t udp_at)
{
	outer->datagrams = 1;
	outer->pieces = 1;
	switch (below(outer, 20)) {
	case 0:
	case 1:
		join(outer, udp_at);
		break;
	case 2:
		outer->pieces = 2 + below(outer, 3);
		outer->backwards = one_in(outer, 3);
		outer->lost = one_in(outer, 8);
		break;
	case 3:
	case 4:
		put_gso(outer);
		break;
	}
}

void outer_make(struct outer *outer, uint64_t seed, uint32_t number)
{
	size_t udp_at;
	int family;

	memset(outer, 0, offsetof(struct outer, data));
	outer->random.state = seed * 0x9e3779b97f4a7c15 + number + 1;
	kit_random(&outer->random);
	outer->ipv4 = !one_in(outer, 3);
	family = outer->ipv4 ? 4 : 6;
	outer->via_tap = one_in(outer, 3);
	put_outer_ethernet(outer);
	outer->ip_at = outer->len;
	if (outer->ipv4)
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
	choose_form(outer, udp_at);
	fill_in(outer, udp_at);
	spoil(outer);
}

/* Fragments ------------------------------------------------------------------ */

static void put_piece_ip4(const struct outer *outer, struct outer *piece, size_t from,
			  size_t len, bool more)
{
	struct iphdr ip;

	memcpy(&ip, outer->data + outer->ip_at, sizeof(ip));
	ip.ihl = 5;
	ip.tot_len = htons(sizeof(ip) + len);
	ip.frag_off = htons((more ? 0x2000 : 0) | from / 8);
	ip.check = 0;
	ip.check = htons(~sum16((uint8_t *)&ip, sizeof(ip), 0));
	put(piece, &ip, sizeof(ip));
}

static void put_piece_ip6(const struct outer *outer, struct outer *piece, size_t from,
			  size_t len, bool more)
{
	struct ip6_frag frag = {
		.ip6f_offlg = htons(from | more), .ip6f_ident = outer->random.state,
	};
	struct ip6_hdr ip;

	memcpy(&ip, outer->data + outer->ip_at, sizeof(ip));
	frag.ip6f_nxt = ip.ip6_nxt;
	ip.ip6_nxt = IPPROTO_FRAGMENT;
	ip.ip6_plen = htons(sizeof(frag) + len);
	put(piece, &ip, sizeof(ip));
	put(piece, &frag, sizeof(frag));
}

bool outer_piece(const struct outer *outer, unsigned int n, struct outer *piece)
{
	size_t begin = outer->ip_at + (outer->ipv4 ? sizeof(struct iphdr) :
						     sizeof(struct ip6_hdr));
	size_t payload = outer->len > begin ? outer->len - begin : 0;
	size_t step = (payload / outer->pieces + 8) & ~7UL, from, len;
	unsigned int pieces = (payload + step - 1) / step;

	if (n + outer->lost >= pieces)
		return false;
	if (outer->backwards)
		n = pieces - 1 - n;
	from = n * step;
	len = payload - from > step ? step : payload - from;
	memset(piece, 0, offsetof(struct outer, data));
	piece->via_tap = outer->via_tap;
	put(piece, outer->data, outer->ip_at);
	if (outer->ipv4)
		put_piece_ip4(outer, piece, from, len, from + len < payload);
	else
		put_piece_ip6(outer, piece, from, len, from + len < payload);
	put(piece, outer->data + begin + from, len);
	return true;
}
