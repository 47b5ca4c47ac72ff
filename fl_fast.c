// SPDX-License-Identifier: GPL-2.0
/*
 * The fast path, transmit half. An outer packet whose route is plain goes from
 * here to the neighbour's MAC and the lower device, as it would have done at
 * the end of its walk through the IP stack. Everything that could make the
 * walk end elsewhere is checked for each packet, or is part of the cached
 * route, which whoever changes something invalidates. The receive half is in
 * fl_ingress.c.
 */
#include <linux/netfilter.h>
#include <net/arp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/l3mdev.h>
#include <net/lwtunnel.h>
#include <net/ndisc.h>
#include <net/neighbour.h>
#include <net/route.h>

#include <flannel/dev.h>
#include <flannel/fast.h>

/**
 * fl_fast_route - is this a route whose packets just go to a neighbour?
 * @dst: route
 * @family: AF_INET or AF_INET6
 *
 * Return: true if nothing on the way transforms, redirects or copies them.
 * Context: RCU.
 */
bool fl_fast_route(const struct dst_entry *dst, u32 family)
{
	const struct net_device *dev = dst->dev;

	if (dst_xfrm(dst) || dst->lwtstate)
		return false;
	if ((dev->flags & IFF_LOOPBACK) || netif_is_l3_master(dev) ||
	    netif_is_l3_slave(dev))
		return false;
	if (family == AF_INET)
		return dst->output == ip_output;
	return IS_ENABLED(CONFIG_IPV6) && dst->output == fl_ip6_output;
}

/* "auto" leaves out no hook that somebody registered. Those behind routing are
 * easily called; those before it may change the route.
 */
static bool fl_fast_allowed(const struct fl_dev *fl,
			    const struct fl_config *cfg, u32 family)
{
	if (cfg->fastpath == FLANNEL_FASTPATH_ON)
		return true;
	return cfg->fastpath == FLANNEL_FASTPATH_AUTO &&
	       !fl_hooked(fl->net, family, NF_INET_LOCAL_OUT);
}

static bool fl_fast_fits(const struct sk_buff *skb, unsigned int mtu)
{
	return skb_is_gso(skb) ? skb_gso_validate_network_len(skb, mtu) :
				 skb->len <= mtu;
}

static int fl_fast_lost(struct sk_buff *skb, const struct neighbour *neigh)
{
	kfree_skb_reason(skb, SKB_DROP_REASON_NEIGH_CREATEFAIL);
	return PTR_ERR(neigh);
}

static int fl_fast_finish4(struct net *net, struct sock *sk,
			   struct sk_buff *skb)
{
	struct rtable *rt = skb_rtable(skb);
	struct neighbour *neigh;
	bool gateway6 = false;

	/* A hook may have found that the packet is to be transformed. */
	if (unlikely(dst_xfrm(&rt->dst)))
		return dst_output(net, sk, skb);
	neigh = ip_neigh_for_gw(rt, skb, &gateway6);
	if (IS_ERR(neigh))
		return fl_fast_lost(skb, neigh);
	return neigh_output(neigh, skb, gateway6);
}

#if IS_ENABLED(CONFIG_IPV6)
static int fl_fast_finish6(struct net *net, struct sock *sk,
			   struct sk_buff *skb)
{
	struct dst_entry *dst = skb_dst(skb);
	const struct in6_addr *nexthop;
	struct neighbour *neigh;

	if (unlikely(dst_xfrm(dst)))
		return dst_output(net, sk, skb);
	nexthop = rt6_nexthop(dst_rt6_info(dst), &ipv6_hdr(skb)->daddr);
	neigh = __ipv6_neigh_lookup_noref(dst->dev, nexthop);
	if (unlikely(!neigh)) {
		neigh = __neigh_create(&nd_tbl, nexthop, dst->dev, false);
		if (IS_ERR(neigh))
			return fl_fast_lost(skb, neigh);
	}
	return neigh_output(neigh, skb, false);
}
#else
static int fl_fast_finish6(struct net *net, struct sock *sk,
			   struct sk_buff *skb)
{
	kfree_skb(skb);
	return -EAFNOSUPPORT;
}
#endif

static int fl_fast_output4(struct fl_dev *fl, const struct fl_config *cfg,
			   struct sk_buff *skb, struct sock *sk)
{
	struct iphdr *iph = ip_hdr(skb);

	skb->protocol = htons(ETH_P_IP);
	iph->tot_len = htons(skb->len);
	ip_send_check(iph);
	if (cfg->fastpath == FLANNEL_FASTPATH_ON)
		return fl_fast_finish4(fl->net, sk, skb);
	return NF_HOOK(NFPROTO_IPV4, NF_INET_POST_ROUTING, fl->net, sk, skb,
		       NULL, skb->dev, fl_fast_finish4);
}

static int fl_fast_output6(struct fl_dev *fl, const struct fl_config *cfg,
			   struct sk_buff *skb, struct sock *sk)
{
	skb->protocol = htons(ETH_P_IPV6);
	if (cfg->fastpath == FLANNEL_FASTPATH_ON)
		return fl_fast_finish6(fl->net, sk, skb);
	return NF_HOOK(NFPROTO_IPV6, NF_INET_POST_ROUTING, fl->net, sk, skb,
		       NULL, skb->dev, fl_fast_finish6);
}

/**
 * fl_fast_output - hand an outer packet to the lower device
 * @fl: device
 * @cfg: its options
 * @skb: packet with all outer headers but the Ethernet one, and its route
 * @way: the route
 * @family: of the outer packet
 * @sk: UDP socket that it is sent from
 * @err: what became of it
 *
 * Return: false if the packet has to take the ordinary way, true if it is gone.
 * Context: RCU and BH disabled.
 */
bool fl_fast_output(struct fl_dev *fl, const struct fl_config *cfg,
		    struct sk_buff *skb, const struct fl_way *way, u32 family,
		    struct sock *sk, int *err)
{
	if (!way->plain || !fl_fast_allowed(fl, cfg, family) ||
	    unlikely(!fl_fast_fits(skb, way->mtu)))
		return false;

	fl_count(fl, FLANNEL_A_STATS_TX_FAST);
	skb->dev = way->dst->dev;
	*err = family == AF_INET ? fl_fast_output4(fl, cfg, skb, sk) :
				   fl_fast_output6(fl, cfg, skb, sk);
	return true;
}
