// SPDX-License-Identifier: GPL-2.0
/*
 * The outer source port: a hash of the inner flow. ECMP and RSS spread the flows of the
 * overlay, and each flow stays on one path.
 */
#include <kunit/visibility.h>
#include <linux/etherdevice.h>
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/unaligned.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include <flannel/dev.h>
#include <flannel/flow.h>

static u32 fl_flow_seed __read_mostly;
static u64 fl_flow_factor[2] __read_mostly;

static inline bool fl_flow_has_ports(u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_SCTP || protocol == IPPROTO_DCCP ||
	       protocol == IPPROTO_UDPLITE;
}

static noinline u32 fl_flow_ports_apart(const struct sk_buff *skb, int offset)
{
	u32 ports;

	return skb_copy_bits(skb, offset, &ports, sizeof(ports)) ? 0 : ports;
}

/* Source and destination port of a packet whose IP header is @hlen long. */
static __always_inline u32
fl_flow_ports(const struct sk_buff *skb, u8 protocol, int hlen)
{
	int offset = skb_network_offset(skb) + hlen;

	if (!fl_flow_has_ports(protocol))
		return 0;
	if (likely(skb_headlen(skb) >= offset + sizeof(u32)))
		return get_unaligned((const u32 *)(skb->data + offset));
	return fl_flow_ports_apart(skb, offset);
}

/* Two multiplications by secret factors: each input bit affects the upper half. */
static u32 fl_flow_mix(u64 addrs, u64 ports)
{
	u64 mix = (addrs ^ fl_flow_seed) * fl_flow_factor[0];

	mix ^= mix >> 32;
	mix = (mix + ports) * fl_flow_factor[1];
	return mix >> 32;
}

static u32 fl_flow_hash4(const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	u32 ports = 0;

	/* All fragments of a packet must take one path. */
	if (!ip_is_fragment(iph))
		ports = fl_flow_ports(skb, iph->protocol, iph->ihl * 4);
	return fl_flow_mix(((u64)(__force u32)iph->saddr << 32) |
			   (__force u32)iph->daddr,
			   ((u64)ports << 8) | iph->protocol);
}

static u32 fl_flow_hash6(const struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	u32 ports;

	ports = fl_flow_ports(skb, ip6h->nexthdr, sizeof(*ip6h));
	return jhash2((const u32 *)&ip6h->saddr, 2 * sizeof(ip6h->saddr) / 4,
		      fl_flow_seed ^ ports ^ (__force u32)ip6_flowlabel(ip6h));
}

static u32 fl_flow_hash_eth(const struct sk_buff *skb)
{
	return jhash(skb->data, 2 * ETH_ALEN, fl_flow_seed);
}

/* skb_get_hash() would give an equally good result at ten times the cost: it dissects
 * arbitrary packets and hashes with siphash.
 */
static u32 fl_flow_hash(struct sk_buff *skb)
{
	u32 hash;

	if (skb->l4_hash || skb->sw_hash)
		return skb->hash;
	if (skb->protocol == htons(ETH_P_IP))
		hash = fl_flow_hash4(skb);
	else if (skb->protocol == htons(ETH_P_IPV6))
		hash = fl_flow_hash6(skb);
	else
		return fl_flow_hash_eth(skb);
	__skb_set_sw_hash(skb, hash, true);
	return hash;
}

/**
 * fl_flow_init - choose the secret factors of the hash
 *
 * Context: process, once.
 */
void __init fl_flow_init(void)
{
	get_random_bytes(&fl_flow_seed, sizeof(fl_flow_seed));
	get_random_bytes(fl_flow_factor, sizeof(fl_flow_factor));
	fl_flow_factor[0] |= 1;
	fl_flow_factor[1] |= 1;
}

/**
 * fl_flow_port - the outer source port of a packet
 * @fl: device
 * @cfg: its options
 * @skb: inner frame; if it is IP, its IP header is linear
 *
 * Return: the port.
 * Context: BH disabled.
 */
__be16 fl_flow_port(const struct fl_dev *fl, const struct fl_config *cfg,
		    struct sk_buff *skb)
{
	int min = cfg->port_min, max = cfg->port_max;
	u32 hash = fl_flow_hash(skb);

	if (min >= max)
		inet_get_local_port_range(fl->net, &min, &max);
	/* The receiver may derive a queue number from the lower half of the hash alone:
	 * mix the halves.
	 */
	hash ^= hash << 16;
	return htons((((u64)hash * (max - min)) >> 32) + min);
}
EXPORT_SYMBOL_IF_KUNIT(fl_flow_port);
