/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values of the outer headers, derived from the options of the device and from the
 * inner packet.
 */
#ifndef _FLANNEL_OUTER_H
#define _FLANNEL_OUTER_H

#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <net/ip_tunnels.h>

#include <flannel/dev.h>
#include <flannel/send.h>
#include <flannel/wire.h>

/**
 * struct fl_outer - values of the outer headers of a packet
 * @dst: route
 * @saddr: outer source address
 * @mark: mark of the packet when we received it
 * @sport: UDP source port
 * @df: the "don't fragment" bit, or 0
 * @tos: TOS, without ECN until the route is known
 * @ttl: TTL
 * @csum: with a UDP checksum
 */
struct fl_outer {
	struct dst_entry	*dst;
	const union fl_ip	*saddr;
	u32			mark;
	__be16			sport;
	__be16			df;
	u8			tos;
	u8			ttl;
	bool			csum;
};

/* Each CPU takes outer IPv4 idents from the device in blocks of this size. */
#define FL_IDENTS	64

/* Does a CPU's block lack @count idents from @ident on? Blocks start at multiples of
 * their size.
 */
static inline bool fl_outer_block_ends(u32 ident, unsigned int count)
{
	u32 used = ident % FL_IDENTS;

	return !used || used + count > FL_IDENTS;
}

static inline u32 fl_outer_new_block(struct fl_dev *fl, unsigned int count)
{
	unsigned int size = round_up(count, FL_IDENTS);
	u32 ident = atomic_add_return(size, &fl->ident) - size;

	this_cpu_write(fl->pcpu->ident, ident + count);
	return ident;
}

/* Each destination gets the idents of the device in a different order, so that a
 * receiver cannot infer the idents of others or how many there were. Every step is
 * invertible, so no ident repeats before all others were used.
 */
static inline u16 fl_outer_shuffle(const struct fl_dev *fl, u32 ident,
				   __be32 daddr)
{
	u32 own = ((__force u32)daddr ^ fl->ident_key[0]) * GOLDEN_RATIO_32;
	u16 x = (ident + (own >> 16)) * fl->ident_key[1];

	x ^= x >> 7;
	return x * fl->ident_key[2];
}

/* The next @count outer IPv4 idents for a destination. A CPU takes them in a single
 * step: with PREEMPT_RT another sender may preempt us between any two.
 */
static inline __be16 fl_outer_ident(struct fl_dev *fl, __be32 daddr,
				    unsigned int count)
{
	u32 ident = this_cpu_add_return(fl->pcpu->ident, count) - count;

	if (unlikely(fl_outer_block_ends(ident, count)))
		ident = fl_outer_new_block(fl, count);
	return htons(fl_outer_shuffle(fl, ident, daddr));
}

/* Does the network header point to a linear IP header? In a tagged frame it does if the
 * code that added the tag knew the offset; otherwise it points to the tag.
 */
static inline bool fl_outer_knows_ip(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP) ||
	    skb->protocol == htons(ETH_P_IPV6))
		return true;
	return eth_type_vlan(skb->protocol) &&
	       skb_network_offset(skb) >= VLAN_ETH_HLEN &&
	       skb_headlen(skb) >= skb_network_offset(skb) +
				   sizeof(struct iphdr);
}

/* The inner TOS; 0 of what is not IP. */
static inline u8 fl_outer_inner_tos(const struct sk_buff *skb)
{
	if (likely(skb->protocol == htons(ETH_P_IP)))
		return ip_hdr(skb)->tos;
	return fl_outer_knows_ip(skb) ?
	       ip_tunnel_get_dsfield(ip_hdr(skb), skb) : 0;
}

static inline u8 fl_outer_tos(const struct fl_config *cfg, u8 inner_tos)
{
	return cfg->tos == 1 ? inner_tos : cfg->tos;
}

/* 0 is the route's hop limit. */
static inline u8 fl_outer_ttl(const struct fl_config *cfg,
			      const struct sk_buff *skb)
{
	if (likely(!cfg->ttl_inherit))
		return cfg->ttl;
	return fl_outer_knows_ip(skb) ?
	       ip_tunnel_get_ttl(ip_hdr(skb), skb) : 0;
}

static inline __be16 fl_outer_df(const struct fl_config *cfg,
				 const struct sk_buff *skb)
{
	if (likely(cfg->df == FLANNEL_DF_UNSET))
		return 0;
	if (cfg->df == FLANNEL_DF_SET || skb->protocol == htons(ETH_P_IPV6))
		return htons(IP_DF);
	if (skb->protocol == htons(ETH_P_IP))
		return ip_hdr(skb)->frag_off & htons(IP_DF);
	return 0;
}

static inline bool fl_outer_csum(const struct fl_config *cfg, u32 family)
{
	return family == AF_INET ? cfg->udp_csum : !cfg->zero_csum6_tx;
}

/* Puts UDP and VXLAN headers before a frame; the UDP checksum comes later. */
static inline void fl_outer_push(struct sk_buff *skb,
				 const struct fl_config *cfg,
				 const struct fl_dest *dest,
				 const struct fl_outer *outer)
{
	struct fl_vxlanhdr *vxh;
	struct udphdr *uh;

	uh = __skb_push(skb, FL_HLEN);
	skb_reset_transport_header(skb);
	uh->source = outer->sport;
	uh->dest = dest->port;
	uh->len = htons(skb->len);

	vxh = (struct fl_vxlanhdr *)(uh + 1);
	vxh->flags = FL_VXLAN_I;
	vxh->vni = fl_vni_field(dest->vni);
	if (unlikely(cfg->gbp) && outer->mark)
		vxh->flags |= cpu_to_be32(FL_VXLAN_GBP |
					  (outer->mark & FL_VXLAN_GBP_MARK));
}

#endif /* _FLANNEL_OUTER_H */
