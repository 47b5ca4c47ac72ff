// SPDX-License-Identifier: GPL-2.0
/*
 * The fast path, transmit half. A packet whose peer has a cached route gets all
 * its outer headers here. If the route is a plain one and the device's options
 * allow, it goes to the neighbour's MAC and the lower device, as it would have
 * done at the end of its walk through the IP stack; else it goes on that walk.
 * Everything that could make the walk end elsewhere is checked for each packet,
 * or is part of the cached route, which whoever changes something invalidates.
 * The receive half is in fl_ingress.c.
 */
#include <linux/etherdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <net/arp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/l3mdev.h>
#include <net/lwtunnel.h>
#include <net/ndisc.h>
#include <net/neighbour.h>
#include <net/route.h>
#include <net/udp.h>

#include <flannel/dev.h>
#include <flannel/fast.h>
#include <flannel/flow.h>
#include <flannel/outer.h>
#include <flannel/sock.h>
#include <flannel/vxlan.h>

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
	/* An overlay in an overlay is for the stack, which notices loops. */
	if ((dev->flags & IFF_LOOPBACK) || netif_is_l3_master(dev) ||
	    netif_is_l3_slave(dev) || fl_dev_is(dev))
		return false;
	if (family == AF_INET)
		return dst->output == ip_output;
	return IS_ENABLED(CONFIG_IPV6) && dst->output == fl_ip6_output;
}

/* Is a cached route still what the routing tables say? For IPv4 a number that
 * each of their changes increments tells, and a route that was learned ends by
 * being marked.
 */
static __always_inline bool
fl_fast_current(const struct fl_dev *fl, const struct fl_route *route,
		u32 family)
{
	struct dst_entry *dst = route->dst;

	if (family == AF_INET)
		return dst->obsolete == DST_OBSOLETE_FORCE_CHK &&
		       container_of(dst, struct rtable, dst)->rt_genid ==
		       rt_genid_ipv4(fl->net);
	return !READ_ONCE(dst->obsolete) || dst_check(dst, route->cookie);
}

/* The cached route, if it leads elsewhere and is good for this packet. */
static __always_inline const struct fl_route *
fl_fast_find(const struct fl_dev *fl, const struct fl_peer *peer, u32 family,
	     u32 mark, u8 tos)
{
	const struct fl_route *route = rcu_dereference(peer->route);

	if (unlikely(!route || route->local || route->tos != tos))
		return NULL;
	if (unlikely(!fl_fast_current(fl, route, family)))
		return NULL;
	if (unlikely(mark && fl_route_by_mark(fl, family)))
		return NULL;
	return route;
}

static __always_inline bool
fl_fast_fits(const struct sk_buff *skb, const struct fl_route *route,
	     unsigned int overhead)
{
	unsigned int mtu = route->mtu ?: dst_mtu(route->dst);

	if (likely(!skb_is_gso(skb)))
		return skb->len - ETH_HLEN + overhead <= mtu;
	/* Who raised gso_max_size above 64 KiB knows what the stack makes of it. */
	return mtu > overhead && skb->len - ETH_HLEN + overhead <= IP_MAX_MTU &&
	       skb_gso_validate_network_len(skb, mtu - overhead);
}

/* Room for all headers, and segments and checksums become those of a tunnel. */
static __always_inline bool
fl_fast_prepare(struct sk_buff *skb, const struct dst_entry *dst,
		unsigned int overhead, bool csum)
{
	if (skb_cow_head(skb, LL_RESERVED_SPACE(dst->dev) + dst->header_len +
			      overhead - ETH_HLEN))
		return false;
	if (likely(!skb_is_gso(skb) && skb->ip_summed != CHECKSUM_PARTIAL)) {
		skb->ip_summed = CHECKSUM_NONE;
		skb->encapsulation = 0;
		return true;
	}
	if (iptunnel_handle_offloads(skb, csum ? SKB_GSO_UDP_TUNNEL_CSUM :
						 SKB_GSO_UDP_TUNNEL))
		return false;
	skb_set_inner_protocol(skb, htons(ETH_P_TEB));
	return true;
}

/* May the packet leave the IP stack's output out? With "auto" the hooks there are
 * called all the same. Those at OUTPUT may bring the packet on any other way, so
 * while there is one, that is the stack's business from the beginning.
 */
static __always_inline bool
fl_fast_allowed(const struct fl_dev *fl, const struct fl_config *cfg,
		const struct fl_route *route, u32 family)
{
	if (cfg->fastpath == FLANNEL_FASTPATH_OFF || !route->plain)
		return false;
	return cfg->fastpath == FLANNEL_FASTPATH_ON ||
	       !fl_hooked(fl->net, family, NF_INET_LOCAL_OUT);
}

/* Calls the hooks at POSTROUTING: security modules have one on most hosts. A hook
 * may keep the packet for longer than this module is there (an nfqueue does), and
 * with it the function that goes on with it. So that is the end of the kernel's own
 * output, told that the hooks have been called. Returns true if the packet is still
 * ours to send; else @err is what became of it.
 */
static bool fl_fast_postroute4(struct fl_dev *fl, struct sk_buff *skb,
			       const struct dst_entry *dst, struct sock *sk,
			       int *err)
{
	int verdict;

	IPCB(skb)->flags |= IPSKB_REROUTED;
	verdict = nf_hook(NFPROTO_IPV4, NF_INET_POST_ROUTING, fl->net, sk, skb,
			  NULL, skb->dev, ip_output);
	if (likely(verdict == 1 && skb_dst(skb) == dst))
		return true;
	*err = verdict == 1 ? dst_output(fl->net, sk, skb) : verdict;
	return false;
}

static int fl_fast_lost(struct sk_buff *skb, const struct neighbour *neigh)
{
	kfree_skb_reason(skb, SKB_DROP_REASON_NEIGH_CREATEFAIL);
	return PTR_ERR(neigh);
}

/* To the neighbour, as the end of ip_output() does it. */
static int fl_fast_finish4(struct sk_buff *skb)
{
	struct rtable *rt = skb_rtable(skb);
	bool gateway6 = rt->rt_gw_family == AF_INET6;
	struct neighbour *neigh;

	if (unlikely(gateway6))
		neigh = ip_neigh_gw6(rt->dst.dev, &rt->rt_gw6);
	else
		neigh = ip_neigh_gw4(rt->dst.dev,
				     rt->rt_gw_family ? rt->rt_gw4 :
							ip_hdr(skb)->daddr);
	if (IS_ERR(neigh))
		return fl_fast_lost(skb, neigh);
	return neigh_output(neigh, skb, gateway6);
}

static int fl_fast_output4(struct fl_dev *fl, const struct fl_config *cfg,
			   struct sk_buff *skb, const struct fl_dest *dest,
			   const struct fl_route *route, u8 tos, u8 ttl,
			   __be16 df, bool csum, bool fast, struct sock *sk)
{
	__be32 daddr = dest->peer->key.addr.ip.v4;
	struct iphdr *iph;
	int err;

	if (csum)
		udp_set_csum(false, skb, route->saddr.v4, daddr, skb->len);
	else
		udp_hdr(skb)->check = 0;
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));

	iph = __skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = tos;
	iph->id = fl_outer_ident(fl, daddr,
				 max_t(u32, skb_shinfo(skb)->gso_segs, 1));
	iph->frag_off = ip_mtu_locked(route->dst) ? 0 : df;
	iph->ttl = ttl ?: route->ttl ?:
		   READ_ONCE(fl->net->ipv4.sysctl_ip_default_ttl);
	iph->protocol = IPPROTO_UDP;
	iph->saddr = route->saddr.v4;
	iph->daddr = daddr;
	if (!fast)
		return ip_local_out(fl->net, sk, skb);

	skb->protocol = htons(ETH_P_IP);
	iph->tot_len = htons(skb->len);
	iph->check = 0;
	iph->check = ip_fast_csum(iph, sizeof(*iph) / 4);
	if (cfg->fastpath != FLANNEL_FASTPATH_ON &&
	    fl_hooked(fl->net, AF_INET, NF_INET_POST_ROUTING) &&
	    !fl_fast_postroute4(fl, skb, route->dst, sk, &err))
		return err;
	return fl_fast_finish4(skb);
}

#if IS_ENABLED(CONFIG_IPV6)
static bool fl_fast_postroute6(struct fl_dev *fl, struct sk_buff *skb,
			       const struct dst_entry *dst, struct sock *sk,
			       int *err)
{
	int verdict;

	IP6CB(skb)->flags |= IP6SKB_REROUTED;
	verdict = nf_hook(NFPROTO_IPV6, NF_INET_POST_ROUTING, fl->net, sk, skb,
			  NULL, skb->dev, ip6_output);
	if (likely(verdict == 1 && skb_dst(skb) == dst))
		return true;
	*err = verdict == 1 ? dst_output(fl->net, sk, skb) : verdict;
	return false;
}

static int fl_fast_finish6(struct sk_buff *skb)
{
	struct dst_entry *dst = skb_dst(skb);
	const struct in6_addr *nexthop;
	struct neighbour *neigh;

	nexthop = rt6_nexthop(dst_rt6_info(dst), &ipv6_hdr(skb)->daddr);
	neigh = __ipv6_neigh_lookup_noref(dst->dev, nexthop);
	if (unlikely(!neigh)) {
		neigh = __neigh_create(&nd_tbl, nexthop, dst->dev, false);
		if (IS_ERR(neigh))
			return fl_fast_lost(skb, neigh);
	}
	return neigh_output(neigh, skb, false);
}

static int fl_fast_output6(struct fl_dev *fl, const struct fl_config *cfg,
			   struct sk_buff *skb, const struct fl_dest *dest,
			   const struct fl_route *route, u8 tos, u8 ttl,
			   bool csum, bool fast, struct sock *sk)
{
	const struct in6_addr *daddr = &dest->peer->key.addr.ip.v6;
	unsigned int payload = skb->len;
	struct ipv6hdr *ip6h;
	int err;

	udp6_set_csum(!csum, skb, &route->saddr.v6, daddr, payload);
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));

	ip6h = __skb_push(skb, sizeof(*ip6h));
	skb_reset_network_header(skb);
	ip6_flow_hdr(ip6h, tos, cfg->label);
	ip6h->payload_len = htons(payload);
	ip6h->nexthdr = IPPROTO_UDP;
	ip6h->hop_limit = ttl ?: ip6_dst_hoplimit(route->dst);
	ip6h->saddr = route->saddr.v6;
	ip6h->daddr = *daddr;
	if (!fast)
		return ip6_local_out(fl->net, sk, skb);

	skb->protocol = htons(ETH_P_IPV6);
	IP6CB(skb)->nhoff = offsetof(struct ipv6hdr, nexthdr);
	if (cfg->fastpath != FLANNEL_FASTPATH_ON &&
	    fl_hooked(fl->net, AF_INET6, NF_INET_POST_ROUTING) &&
	    !fl_fast_postroute6(fl, skb, route->dst, sk, &err))
		return err;
	return fl_fast_finish6(skb);
}
#else
static int fl_fast_output6(struct fl_dev *fl, const struct fl_config *cfg,
			   struct sk_buff *skb, const struct fl_dest *dest,
			   const struct fl_route *route, u8 tos, u8 ttl,
			   bool csum, bool fast, struct sock *sk)
{
	kfree_skb(skb);
	return -EAFNOSUPPORT;
}
#endif

/* What fl_fast_send() does, for one family of outer addresses. */
static __always_inline enum fl_fast_result
fl_fast_send_over(const u32 family, struct fl_dev *fl,
		  const struct fl_config *cfg, struct sk_buff *skb,
		  const struct fl_dest *dest)
{
	const unsigned int overhead = fl_overhead(family);
	bool csum = fl_outer_csum(cfg, family);
	unsigned int len = skb->len - ETH_HLEN;
	u8 inner_tos = fl_outer_inner_tos(skb);
	const struct fl_route *route;
	const struct fl_sock *fs;
	u32 mark = skb->mark;
	u8 tos, ttl;
	__be16 df;
	bool fast;
	int err;

	tos = fl_outer_tos(cfg, inner_tos);
	route = fl_fast_find(fl, dest->peer, family, mark, tos);
	fs = family == AF_INET ? rcu_dereference(fl->sock4) :
				 rcu_dereference(fl->sock6);
	if (unlikely(!route || !fs || !fl_fast_fits(skb, route, overhead)))
		return FL_FAST_DECLINED;
	fast = fl_fast_allowed(fl, cfg, route, family);
	if (!fast && unlikely(dev_recursion_level() > FL_XMIT_DEPTH))
		return FL_FAST_DECLINED;
	if (unlikely(!fl_fast_prepare(skb, route->dst, overhead, csum)))
		return FL_FAST_DECLINED;

	if (fast)
		fl_count(fl, FLANNEL_A_STATS_TX_FAST);
	if (dest->mac)
		ether_addr_copy(((struct ethhdr *)skb->data)->h_dest,
				dest->mac);
	tos = INET_ECN_encapsulate(tos, inner_tos);
	ttl = fl_outer_ttl(cfg, skb);
	df = fl_outer_df(cfg, skb);
	fl_outer_push(skb, cfg, dest, fl_flow_port(fl, cfg, skb), mark);
	skb_scrub_packet(skb, fl_xnet(fl));
	skb_clear_hash_if_not_l4(skb);
	skb_dst_set_noref(skb, route->dst);
	if (fast)
		skb->dev = route->dst->dev;
	else if (cfg->notrack)
		skb_set_nfct(skb, IP_CT_UNTRACKED);

	if (family == AF_INET)
		err = fl_fast_output4(fl, cfg, skb, dest, route, tos, ttl, df,
				      csum, fast, fl_sock_sk(fs));
	else
		err = fl_fast_output6(fl, cfg, skb, dest, route, tos, ttl,
				      csum, fast, fl_sock_sk(fs));
	return fl_dev_sent(fl, err, len) ? FL_FAST_SENT : FL_FAST_LOST;
}

/**
 * fl_fast_send - encapsulate a frame and send it by the cached route
 * @fl: device
 * @cfg: its options
 * @skb: frame; data at the Ethernet header; if it is IP, its IP header is
 *	linear and known
 * @dest: where to
 *
 * Return: what became of it; FL_FAST_DECLINED if it has to take the ordinary way,
 * with nothing done to it that the ordinary way would not do.
 * Context: RCU and BH disabled.
 */
enum fl_fast_result fl_fast_send(struct fl_dev *fl, const struct fl_config *cfg,
				 struct sk_buff *skb, const struct fl_dest *dest)
{
	if (dest->peer->key.addr.family == AF_INET)
		return fl_fast_send_over(AF_INET, fl, cfg, skb, dest);
	return fl_fast_send_over(AF_INET6, fl, cfg, skb, dest);
}
