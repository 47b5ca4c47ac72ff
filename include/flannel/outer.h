/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an outer header takes from the options of the device and from the inner
 * packet. The ordinary way and the fast path both build headers from these.
 */
#ifndef _FLANNEL_OUTER_H
#define _FLANNEL_OUTER_H

#include <linux/ip.h>
#include <net/ip6_fib.h>
#include <net/ip_fib.h>
#include <net/ip_tunnels.h>

#include <flannel/dev.h>
#include <flannel/vxlan.h>

/* How many tunnels may nest before it must be a loop. */
#define FL_XMIT_DEPTH	4

/* The next outer IPv4 idents. CPUs take them from the device in blocks, so that
 * they do not write one line for each packet.
 */
static inline __be16 fl_outer_ident(struct fl_dev *fl, unsigned int count)
{
	struct fl_pcpu *pcpu = this_cpu_ptr(fl->pcpu);
	u32 ident;

	if (unlikely(pcpu->idents < count)) {
		pcpu->idents = max(count, 64U);
		pcpu->ident = atomic_add_return(pcpu->idents, &fl->ident) -
			      pcpu->idents;
	}
	ident = pcpu->ident;
	pcpu->ident += count;
	pcpu->idents -= count;
	return htons(ident);
}

/* The inner TOS; 0 of what is not IP, a tagged frame for one. */
static inline u8 fl_outer_inner_tos(const struct sk_buff *skb)
{
	if (likely(skb->protocol == htons(ETH_P_IP)))
		return ip_hdr(skb)->tos;
	if (skb->protocol == htons(ETH_P_IPV6))
		return ipv6_get_dsfield(ipv6_hdr(skb));
	return 0;
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
	if (skb->protocol == htons(ETH_P_IP))
		return ip_hdr(skb)->ttl;
	if (skb->protocol == htons(ETH_P_IPV6))
		return ipv6_hdr(skb)->hop_limit;
	return 0;
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
				 const struct fl_dest *dest, __be16 sport,
				 u32 mark)
{
	struct fl_vxlanhdr *vxh;
	struct udphdr *uh;

	uh = __skb_push(skb, FL_HLEN);
	skb_reset_transport_header(skb);
	uh->source = sport;
	uh->dest = dest->port;
	uh->len = htons(skb->len);

	vxh = (struct fl_vxlanhdr *)(uh + 1);
	vxh->flags = FL_VXLAN_I;
	vxh->vni = fl_vni_field(dest->vni);
	if (unlikely(cfg->gbp) && mark)
		vxh->flags |= cpu_to_be32(FL_VXLAN_GBP |
					  (mark & FL_VXLAN_GBP_MARK));
}

/* Can the answer of the routing tables depend on the mark? */
static inline bool fl_route_by_mark(const struct fl_dev *fl, u32 family)
{
	return family == AF_INET ? fib4_has_custom_rules(fl->net) :
				   fib6_has_custom_rules(fl->net);
}

#endif /* _FLANNEL_OUTER_H */
