// SPDX-License-Identifier: GPL-2.0
/*
 * Transmit: add outer headers to a frame and send it to the underlay.
 *
 * If the peer has a cached route, a packet gets all its headers at once. If that route
 * is plain and the device's options permit, the packet then goes directly to the
 * neighbour's MAC and the lower device, where its way through the IP stack would have
 * ended: this is the transmit half of the fast path. Everything that could make that
 * way end elsewhere is either checked for each packet, or invalidates the cached route
 * when it changes. The receive half is in fl_ingress.c.
 *
 * For any other packet the route is looked up, and it passes through the IP stack.
 */
#include <linux/etherdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <net/arp.h>
#include <net/dst_metadata.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ip6_tunnel.h>
#include <net/ip_tunnels.h>
#include <net/ndisc.h>
#include <net/neighbour.h>
#include <net/route.h>
#include <net/udp.h>

#include <flannel/dev.h>
#include <flannel/flow.h>
#include <flannel/ip6.h>
#include <flannel/net.h>
#include <flannel/outer.h>
#include <flannel/rcv.h>
#include <flannel/route.h>
#include <flannel/send.h>
#include <flannel/sock.h>

/* Maximum nesting of tunnels before it is considered a loop. */
#define FL_SEND_DEPTH	4

/* What became of a packet */
enum fl_sent {
	FL_SEND_SENT,
	FL_SEND_LOST,		/* and counted */
	FL_SEND_DECLINED,	/* still the caller's */
};

/* Headers ----------------------------------------------------------------- */

/* Reserves headroom for all headers and turns offloads into those of a tunnel. */
static __always_inline bool
fl_send_prepare(struct sk_buff *skb, const struct dst_entry *dst,
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

/* The outer IPv4 header, and the UDP checksum. */
static __always_inline void fl_send_head4(struct fl_dev *fl, struct sk_buff *skb,
					  const struct fl_dest *dest,
					  const struct fl_outer *outer)
{
	__be32 saddr = outer->saddr->v4, daddr = dest->peer->key.addr.ip.v4;
	struct iphdr *iph;

	if (outer->csum)
		udp_set_csum(false, skb, saddr, daddr, skb->len);
	else
		udp_hdr(skb)->check = 0;
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));

	iph = __skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = outer->tos;
	iph->id = fl_outer_ident(fl, daddr,
				 max_t(u32, skb_shinfo(skb)->gso_segs, 1));
	iph->frag_off = ip_mtu_locked(outer->dst) ? 0 : outer->df;
	iph->ttl = outer->ttl;
	iph->protocol = IPPROTO_UDP;
	iph->saddr = saddr;
	iph->daddr = daddr;
}

/* The outer IPv6 header, and the UDP checksum. */
static __always_inline void fl_send_head6(const struct fl_config *cfg,
					  struct sk_buff *skb,
					  const struct fl_dest *dest,
					  const struct fl_outer *outer)
{
	const struct in6_addr *daddr = &dest->peer->key.addr.ip.v6;
	unsigned int payload = skb->len;
	struct ipv6hdr *ip6h;

	fl_udp6_set_csum(!outer->csum, skb, &outer->saddr->v6, daddr, payload);
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));

	ip6h = __skb_push(skb, sizeof(*ip6h));
	skb_reset_network_header(skb);
	ip6_flow_hdr(ip6h, outer->tos, cfg->label);
	ip6h->payload_len = htons(payload);
	ip6h->nexthdr = IPPROTO_UDP;
	ip6h->hop_limit = outer->ttl;
	ip6h->saddr = outer->saddr->v6;
	ip6h->daddr = *daddr;
}

/* Adds all outer headers and removes the state of the packet's previous path. */
static __always_inline void
fl_send_encap(const u32 family, struct fl_dev *fl, const struct fl_config *cfg,
	      struct sk_buff *skb, const struct fl_dest *dest,
	      const struct fl_outer *outer)
{
	if (dest->mac)
		ether_addr_copy(((struct ethhdr *)skb->data)->h_dest,
				dest->mac);
	fl_outer_push(skb, cfg, dest, outer);
	skb_scrub_packet(skb, fl_xnet(fl));
	skb_clear_hash_if_not_l4(skb);
	if (family == AF_INET)
		fl_send_head4(fl, skb, dest, outer);
	else
		fl_send_head6(cfg, skb, dest, outer);
}

static __always_inline struct sock *fl_send_sock(const struct fl_dev *fl,
						 u32 family)
{
	const struct fl_sock *fs = family == AF_INET ?
				   rcu_dereference(fl->sock4) :
				   rcu_dereference(fl->sock6);

	return likely(fs) ? fl_sock_sk(fs) : NULL;
}

/* Sends through the host's IP stack. */
static __always_inline int fl_send_walk(const u32 family, struct fl_dev *fl,
					const struct fl_config *cfg,
					struct sk_buff *skb, struct sock *sk)
{
	if (cfg->notrack)
		skb_set_nfct(skb, IP_CT_UNTRACKED);
	return family == AF_INET ? ip_local_out(fl->net, sk, skb) :
				   fl_ip6_local_out(fl->net, sk, skb);
}

/* The end of that walk ------------------------------------------------------ */

/* Calls the POSTROUTING hooks: on most hosts security modules have one. A hook may keep
 * the packet for longer than this module is loaded (an nfqueue does), together with the
 * function that continues its processing. Therefore that function is the end of the
 * kernel's own output path, flagged that the hooks have been called. Returns true if
 * the packet is still ours to send; otherwise @err has the result.
 */
static bool fl_send_postroute4(struct fl_dev *fl, struct sk_buff *skb,
			       struct sock *sk, int *err)
{
	const struct dst_entry *dst = skb_dst(skb);
	int verdict;

	IPCB(skb)->flags |= IPSKB_REROUTED;
	verdict = nf_hook(NFPROTO_IPV4, NF_INET_POST_ROUTING, fl->net, sk, skb,
			  NULL, skb->dev, ip_output);
	if (likely(verdict == 1 && skb_dst(skb) == dst))
		return true;
	*err = verdict == 1 ? dst_output(fl->net, sk, skb) : verdict;
	return false;
}

static int fl_send_no_neigh(struct sk_buff *skb, const struct neighbour *neigh)
{
	kfree_skb_reason(skb, SKB_DROP_REASON_NEIGH_CREATEFAIL);
	return PTR_ERR(neigh);
}

/* Sends to the neighbour, like the end of ip_output(). */
static int fl_send_to_neigh4(struct sk_buff *skb)
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
		return fl_send_no_neigh(skb, neigh);
	return neigh_output(neigh, skb, gateway6);
}

static __always_inline int fl_send_plain4(struct fl_dev *fl,
					  const struct fl_config *cfg,
					  struct sk_buff *skb, struct sock *sk)
{
	struct iphdr *iph = ip_hdr(skb);
	int err;

	skb->protocol = htons(ETH_P_IP);
	iph->tot_len = htons(skb->len);
	iph->check = 0;
	iph->check = ip_fast_csum(iph, sizeof(*iph) / 4);
	if (cfg->fastpath != FLANNEL_FASTPATH_ON &&
	    fl_hooked(fl->net, AF_INET, NF_INET_POST_ROUTING) &&
	    !fl_send_postroute4(fl, skb, sk, &err))
		return err;
	return fl_send_to_neigh4(skb);
}

#if IS_ENABLED(CONFIG_IPV6)
static bool fl_send_postroute6(struct fl_dev *fl, struct sk_buff *skb,
			       struct sock *sk, int *err)
{
	const struct dst_entry *dst = skb_dst(skb);
	int verdict;

	IP6CB(skb)->flags |= IP6SKB_REROUTED;
	verdict = nf_hook(NFPROTO_IPV6, NF_INET_POST_ROUTING, fl->net, sk, skb,
			  NULL, skb->dev, ip6_output);
	if (likely(verdict == 1 && skb_dst(skb) == dst))
		return true;
	*err = verdict == 1 ? dst_output(fl->net, sk, skb) : verdict;
	return false;
}

static int fl_send_to_neigh6(struct sk_buff *skb)
{
	struct dst_entry *dst = skb_dst(skb);
	const struct in6_addr *nexthop;
	struct neighbour *neigh;

	nexthop = rt6_nexthop(dst_rt6_info(dst), &ipv6_hdr(skb)->daddr);
	neigh = __ipv6_neigh_lookup_noref(dst->dev, nexthop);
	if (unlikely(!neigh)) {
		neigh = __neigh_create(&nd_tbl, nexthop, dst->dev, false);
		if (IS_ERR(neigh))
			return fl_send_no_neigh(skb, neigh);
	}
	return neigh_output(neigh, skb, false);
}

static __always_inline int fl_send_plain6(struct fl_dev *fl,
					  const struct fl_config *cfg,
					  struct sk_buff *skb, struct sock *sk)
{
	int err;

	skb->protocol = htons(ETH_P_IPV6);
	IP6CB(skb)->nhoff = offsetof(struct ipv6hdr, nexthdr);
	if (cfg->fastpath != FLANNEL_FASTPATH_ON &&
	    fl_hooked(fl->net, AF_INET6, NF_INET_POST_ROUTING) &&
	    !fl_send_postroute6(fl, skb, sk, &err))
		return err;
	return fl_send_to_neigh6(skb);
}
#else
static int fl_send_plain6(struct fl_dev *fl, const struct fl_config *cfg,
			  struct sk_buff *skb, struct sock *sk)
{
	kfree_skb(skb);
	return -EAFNOSUPPORT;
}
#endif

/* By the cached route ------------------------------------------------------- */

/* The cached route, if it is not local and is valid for this packet. */
static __always_inline const struct fl_route *
fl_send_find(const struct fl_dev *fl, const struct fl_peer *peer, u32 family,
	     const struct fl_outer *outer)
{
	const struct fl_route *route = rcu_dereference(peer->route);

	if (unlikely(!route || route->local || route->tos != outer->tos))
		return NULL;
	if (unlikely(!fl_route_is_current(fl, route, family)))
		return NULL;
	if (unlikely(outer->mark && fl_route_by_mark(fl, family)))
		return NULL;
	return route;
}

static __always_inline bool
fl_send_fits(const struct sk_buff *skb, const struct fl_route *route,
	     unsigned int overhead)
{
	unsigned int mtu = route->mtu ?: dst_mtu(route->dst);

	if (likely(!skb_is_gso(skb)))
		return skb->len - ETH_HLEN + overhead <= mtu;
	/* Raising gso_max_size above 64 KiB implies that the stack handles such
	 * packets.
	 */
	return mtu > overhead && skb->len - ETH_HLEN + overhead <= IP_MAX_MTU &&
	       skb_gso_validate_network_len(skb, mtu - overhead);
}

/* May the packet bypass the IP stack's output path? With "auto" its hooks are still
 * called. OUTPUT hooks may send the packet anywhere else, so if there is one, the stack
 * handles the packet from the start.
 */
static __always_inline bool
fl_send_may_be_fast(const struct fl_dev *fl, const struct fl_config *cfg,
		    const struct fl_route *route, u32 family)
{
	if (cfg->fastpath == FLANNEL_FASTPATH_OFF || !route->plain)
		return false;
	return cfg->fastpath == FLANNEL_FASTPATH_ON ||
	       !fl_hooked(fl->net, family, NF_INET_LOCAL_OUT);
}

/* Sends over one outer address family. If it declines, it has done nothing to the frame
 * that fl_send_routed() would not do.
 */
static __always_inline enum fl_sent
fl_send_cached(const u32 family, struct fl_dev *fl,
	       const struct fl_config *cfg, struct sk_buff *skb,
	       const struct fl_dest *dest)
{
	const unsigned int overhead = fl_overhead(family);
	struct sock *sk = fl_send_sock(fl, family);
	unsigned int len = skb->len - ETH_HLEN;
	u8 inner_tos = fl_outer_inner_tos(skb);
	const struct fl_route *route;
	struct fl_outer outer;
	bool fast;
	int err;

	outer.mark = skb->mark;
	outer.csum = fl_outer_csum(cfg, family);
	outer.tos = fl_outer_tos(cfg, inner_tos);
	route = fl_send_find(fl, dest->peer, family, &outer);
	if (unlikely(!route || !sk || !fl_send_fits(skb, route, overhead)))
		return FL_SEND_DECLINED;
	fast = fl_send_may_be_fast(fl, cfg, route, family);
	if (!fast && unlikely(dev_recursion_level() > FL_SEND_DEPTH))
		return FL_SEND_DECLINED;
	if (unlikely(!fl_send_prepare(skb, route->dst, overhead, outer.csum)))
		return FL_SEND_DECLINED;

	if (fast)
		fl_count(fl, FLANNEL_A_STATS_TX_FAST);
	outer.tos = INET_ECN_encapsulate(outer.tos, inner_tos);
	outer.ttl = fl_outer_ttl(cfg, skb) ?: fl_route_ttl(fl, route, family);
	outer.df = fl_outer_df(cfg, skb);
	outer.sport = fl_flow_port(fl, cfg, skb);
	outer.dst = route->dst;
	outer.saddr = &route->saddr;
	fl_send_encap(family, fl, cfg, skb, dest, &outer);
	skb_dst_set_noref(skb, route->dst);
	if (!fast) {
		err = fl_send_walk(family, fl, cfg, skb, sk);
	} else {
		skb->dev = route->dst->dev;
		err = family == AF_INET ? fl_send_plain4(fl, cfg, skb, sk) :
					  fl_send_plain6(fl, cfg, skb, sk);
	}
	return fl_dev_sent(fl, err, len) ? FL_SEND_SENT : FL_SEND_LOST;
}

/* By a route that is looked up ---------------------------------------------- */

/* Is the remote a VTEP of this host? Then the packet need not pass through the
 * underlay. Returns true if the packet was consumed.
 */
static bool fl_send_local(struct fl_dev *fl, const struct fl_config *cfg,
			  struct sk_buff *skb, const struct fl_dest *dest,
			  const struct fl_way *way)
{
	u32 family = dest->peer->key.addr.family;
	struct fl_arrival arrival = { .defer = true, .learn = true };
	const struct fl_sock *fs;
	struct fl_dev *to;

	if (!cfg->localbypass || dest->port != cfg->port)
		return false;
	fs = family == AF_INET ? rcu_dereference(fl->sock4) :
				 rcu_dereference(fl->sock6);
	to = fs ? fl_sock_find_vni(fs, dest->vni) : NULL;
	if (!to) {
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_VNI);
		return true;
	}
	arrival.remote = family == AF_INET ? fl_addr4(way->saddr.v4) :
					     fl_addr6(&way->saddr.v6);
	arrival.peer = fl_peer_find(to, &arrival.remote, 0);
	if (dest->mac) {
		if (skb_cow_head(skb, 0)) {
			fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_MEMORY);
			return true;
		}
		ether_addr_copy(((struct ethhdr *)skb->data)->h_dest,
				dest->mac);
	}
	fl_count(fl, FLANNEL_A_STATS_TX_LOCAL);
	dev_sw_netstats_tx_add(fl->dev, 1, skb->len - ETH_HLEN);
	skb_scrub_packet(skb, !net_eq(dev_net(fl->dev), dev_net(to->dev)));
	skb->encapsulation = 0;
	fl_rcv(to, rcu_dereference(to->cfg), skb, &arrival);
	return true;
}

/* Notifies the inner sender if the packet is too big for the path. Returns true if the
 * packet was consumed.
 */
static bool fl_send_too_big(struct fl_dev *fl, const struct fl_config *cfg,
			    struct sk_buff *skb, const struct fl_way *way,
			    unsigned int overhead)
{
	int err;

	if (!skb_is_gso(skb) &&
	    likely(skb->len - ETH_HLEN + overhead <= way->mtu))
		return false;
	err = skb_tunnel_check_pmtu(skb, way->dst, overhead,
				    netif_is_any_bridge_port(fl->dev));
	if (likely(!err))
		return false;
	if (err < 0) {
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_TOO_BIG);
		return true;
	}
	/* The packet is now the ICMP message to its sender, which is behind the bridge
	 * that we are a port of.
	 */
	skb->encapsulation = 0;
	skb->dev = fl->dev;
	skb->pkt_type = PACKET_HOST;
	__skb_pull(skb, skb_network_offset(skb));
	netif_rx(skb);
	return true;
}

static void fl_send_lost(struct fl_dev *fl, struct sk_buff *skb, int err)
{
	switch (err) {
	case -EAFNOSUPPORT:
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_FAMILY);
		break;
	case -ELOOP:
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_LOOP);
		break;
	case -ENOMEM:
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_MEMORY);
		break;
	default:
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_ROUTE);
	}
}

static bool fl_send_routed(struct fl_dev *fl, const struct fl_config *cfg,
			   struct sk_buff *skb, const struct fl_dest *dest)
{
	const u32 family = dest->peer->key.addr.family;
	const unsigned int overhead = fl_overhead(family);
	struct sock *sk = fl_send_sock(fl, family);
	unsigned int len = skb->len - ETH_HLEN;
	u8 inner_tos = fl_outer_inner_tos(skb);
	struct fl_outer outer = {
		.mark	= skb->mark,
		.csum	= fl_outer_csum(cfg, family),
		.tos	= fl_outer_tos(cfg, inner_tos),
	};
	struct fl_way way;
	int err;

	if (unlikely(dev_recursion_level() > FL_SEND_DEPTH)) {
		fl_send_lost(fl, skb, -ELOOP);
		return false;
	}
	outer.sport = fl_flow_port(fl, cfg, skb);
	/* Without a socket the device is going down. */
	err = sk ? fl_route_way(fl, cfg, dest, &outer, &way) : -EAFNOSUPPORT;
	if (unlikely(err)) {
		fl_send_lost(fl, skb, err);
		return false;
	}
	if (unlikely((way.local && fl_send_local(fl, cfg, skb, dest, &way)) ||
		     fl_send_too_big(fl, cfg, skb, &way, overhead)))
		goto release;
	if (unlikely(!fl_send_prepare(skb, way.dst, overhead, outer.csum))) {
		fl_send_lost(fl, skb, -ENOMEM);
		goto release;
	}

	outer.tos = INET_ECN_encapsulate(outer.tos, inner_tos);
	outer.ttl = fl_outer_ttl(cfg, skb) ?: fl_dst_ttl(way.dst, family);
	outer.df = fl_outer_df(cfg, skb);
	outer.dst = way.dst;
	outer.saddr = &way.saddr;
	fl_send_encap(family, fl, cfg, skb, dest, &outer);
	if (way.held)
		skb_dst_set(skb, way.dst);
	else
		skb_dst_set_noref(skb, way.dst);
	err = fl_send_walk(family, fl, cfg, skb, sk);
	return fl_dev_sent(fl, err, len);

release:
	if (way.held)
		dst_release(way.dst);
	return false;
}

/**
 * fl_send - encapsulate a frame and send it
 * @fl: device
 * @cfg: its options
 * @skb: frame, consumed; data at the Ethernet header; if it is IP, its IP
 *	header is linear and known
 * @dest: where to
 *
 * Return: true if it was sent.
 * Context: RCU and BH disabled.
 */
bool fl_send(struct fl_dev *fl, const struct fl_config *cfg,
	     struct sk_buff *skb, const struct fl_dest *dest)
{
	enum fl_sent sent;

	if (dest->peer->key.addr.family == AF_INET)
		sent = fl_send_cached(AF_INET, fl, cfg, skb, dest);
	else
		sent = fl_send_cached(AF_INET6, fl, cfg, skb, dest);
	if (unlikely(sent == FL_SEND_DECLINED))
		return fl_send_routed(fl, cfg, skb, dest);
	return sent == FL_SEND_SENT;
}
