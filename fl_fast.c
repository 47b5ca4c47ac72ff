// SPDX-License-Identifier: GPL-2.0
/*
 * The fast path, transmit half. An outer packet whose route is plain goes from
 * here to the neighbour's MAC and the lower device, as it would have done at
 * the end of its walk through the IP stack. Everything that could make the
 * walk end elsewhere is checked for each packet, or is part of the cached
 * route, which whoever changes something invalidates. The receive half is in
 * fl_ingress.c.
 */
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

/* "auto" leaves out no hook that somebody registered. */
static bool fl_fast_allowed(const struct fl_dev *fl,
			    const struct fl_config *cfg, u32 family)
{
	if (cfg->fastpath == FLANNEL_FASTPATH_ON)
		return true;
	return cfg->fastpath == FLANNEL_FASTPATH_AUTO &&
	       !fl_hooked(fl->net, family, NF_INET_LOCAL_OUT) &&
	       !fl_hooked(fl->net, family, NF_INET_POST_ROUTING);
}

static bool fl_fast_fits(const struct sk_buff *skb, unsigned int mtu)
{
	return skb_is_gso(skb) ? skb_gso_validate_network_len(skb, mtu) :
				 skb->len <= mtu;
}

static int fl_fast_lost(struct fl_dev *fl, struct sk_buff *skb, int err)
{
	fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_MEMORY);
	return err;
}

static int fl_fast_output4(struct fl_dev *fl, struct sk_buff *skb,
			   struct dst_entry *dst)
{
	struct rtable *rt = container_of(dst, struct rtable, dst);
	struct iphdr *iph = ip_hdr(skb);
	struct neighbour *neigh;
	bool gateway6 = false;

	neigh = ip_neigh_for_gw(rt, skb, &gateway6);
	if (IS_ERR(neigh))
		return fl_fast_lost(fl, skb, PTR_ERR(neigh));
	skb->protocol = htons(ETH_P_IP);
	iph->tot_len = htons(skb->len);
	ip_send_check(iph);
	return neigh_output(neigh, skb, gateway6);
}

#if IS_ENABLED(CONFIG_IPV6)
static int fl_fast_output6(struct fl_dev *fl, struct sk_buff *skb,
			   struct dst_entry *dst)
{
	const struct in6_addr *nexthop;
	struct neighbour *neigh;

	nexthop = rt6_nexthop(dst_rt6_info(dst), &ipv6_hdr(skb)->daddr);
	neigh = __ipv6_neigh_lookup_noref(dst->dev, nexthop);
	if (unlikely(!neigh)) {
		neigh = __neigh_create(&nd_tbl, nexthop, dst->dev, false);
		if (IS_ERR(neigh))
			return fl_fast_lost(fl, skb, PTR_ERR(neigh));
	}
	skb->protocol = htons(ETH_P_IPV6);
	return neigh_output(neigh, skb, false);
}
#else
static int fl_fast_output6(struct fl_dev *fl, struct sk_buff *skb,
			   struct dst_entry *dst)
{
	return fl_fast_lost(fl, skb, -EAFNOSUPPORT);
}
#endif

/**
 * fl_fast_output - hand an outer packet to the lower device
 * @fl: device
 * @cfg: its options
 * @skb: packet with all outer headers but the Ethernet one, and its route
 * @way: the route
 * @family: of the outer packet
 * @err: what became of it
 *
 * Return: false if the packet has to take the ordinary way, true if it is gone.
 * Context: RCU and BH disabled.
 */
bool fl_fast_output(struct fl_dev *fl, const struct fl_config *cfg,
		    struct sk_buff *skb, const struct fl_way *way, u32 family,
		    int *err)
{
	if (!way->plain || !fl_fast_allowed(fl, cfg, family) ||
	    unlikely(!fl_fast_fits(skb, way->mtu)))
		return false;

	skb->dev = way->dst->dev;
	fl_count(fl, FLANNEL_A_STATS_TX_FAST);
	*err = family == AF_INET ? fl_fast_output4(fl, skb, way->dst) :
				   fl_fast_output6(fl, skb, way->dst);
	return true;
}
